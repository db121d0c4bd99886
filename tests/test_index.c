/*
 * Indices: seeks with one give the pictures that are known, whatever happened to it
 *
 * Of every recording an index is made that has a point at every update, or as
 * many as there are. A seek to each update's time gives the picture that the
 * list beside the recording has, which other decoders made. An index that was
 * cut off, changed, or made of another recording is left alone: the pictures
 * are still those.
 *
 * INDEX_ALL has those in $SAMPLES tried, too. INDEX_CASES is how many damaged
 * indices are tried (120), INDEX_SEED makes others than the usual ones.
 */

#define _GNU_SOURCE           /* memfd_create() */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "config.h"
#include "libavutil/common.h"
#include "libavutil/intreadwrite.h"
#include "libavutil/md5.h"
#include "libavutil/opt.h"
#include "libavcodec/avcodec.h"
#include "libavformat/avformat.h"
#include "libavformat/rfbindex.h"
#include "bytes.h"
#include "decode.h"
#include "memory.h"
#include "recordings.h"

#ifndef CONFIG_LIBTURBOJPEG
#define CONFIG_LIBTURBOJPEG 0
#endif

enum { MAX_TARGETS = 6 };

/** Update by update: when, and the MD5s of rgb24 that are right. */
typedef struct Known {
    int64_t time[MAX_UPDATES];
    char md5[MAX_UPDATES][2][33];
    char flags[MAX_UPDATES][8];
    int nb;
} Known;

static uint32_t state;
static Known known;
static char why[200];

static unsigned roll(unsigned n)
{
    state = state * 1664525 + 1013904223;
    return n ? (state >> 4) % n : 0;
}

/* NAME.md5: index time width height rects flags md5 [md5] */
static int read_known(const char *recording)
{
    char path[1000], line[300];
    FILE *in;

    snprintf(path, sizeof(path), "%.*s.md5", (int)strlen(recording) - 4, recording);
    known.nb = 0;
    if (!(in = fopen(path, "r")))
        return 0;
    while (fgets(line, sizeof(line), in) && known.nb < MAX_UPDATES) {
        int n = known.nb;

        *known.md5[n][1] = 0;
        if (*line != '#' && sscanf(line, "%*d %"SCNd64" %*d %*d %*d %7s %32s %32s", &known.time[n],
                                   known.flags[n], known.md5[n][0], known.md5[n][1]) >= 3)
            known.nb++;
    }
    fclose(in);
    return known.nb;
}

static void log_nothing(void *class, int level, const char *format, va_list args)
{
}

/** The recording as gzip writes it until it is killed. */
static Bytes compressed(const uint8_t *data, size_t size)
{
    z_stream z = { 0 };
    Bytes b;

    if (deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    b = deflated(&z, data, size);
    deflateEnd(&z);
    return b;
}

/* ---- making ---- */

/** Make an index of a recording in memory. @return how many states it has, or a negative code */
static int make_index(Bytes *index, const uint8_t *data, size_t size, int64_t step)
{
    char name[] = "/tmp/test_index.XXXXXX";
    Memory m = { data, size };
    AVFormatContext *s = avformat_alloc_context();
    AVIOContext *pb = memory_open(&m, 1), *out;
    RFBIndexBuild build = { .step = step };
    AVDictionary *options = NULL;
    int fd = mkstemp(name), ret;
    size_t n;
    uint8_t *made;

    av_dict_set(&options, "index", "none", 0);
    s->pb = pb;
    ret   = avformat_open_input(&s, "", av_find_input_format("fbs"), &options);
    av_dict_free(&options);
    if (ret >= 0 && (ret = avio_open(&out, name, AVIO_FLAG_WRITE)) >= 0) {
        ret = avpriv_rfb_index_build(s, out, &build);
        avio_close(out);
    }
    avformat_close_input(&s);
    memory_close(&pb);
    memset(index, 0, sizeof(*index));
    if (ret >= 0 && (made = decode_read_file(name, &n))) {
        memcpy(bytes_room(index, n), made, n);
        free(made);
    }
    close(fd);
    unlink(name);
    return ret < 0 ? ret : build.states;
}

/* ---- using ---- */

typedef struct Player {
    Memory m;
    AVIOContext *pb;
    AVFormatContext *s;
    AVCodecContext *c;
    AVPacket *pkt;
    AVFrame *frame;
    int fd;
} Player;

/** Open a recording with an index, both of which are in memory. */
static void open_player(Player *p, const uint8_t *data, size_t size, const Bytes *index)
{
    AVDictionary *options = NULL;
    char name[64];

    memset(p, 0, sizeof(*p));
    p->fd = memfd_create("index", 0);
    assert_int_equal(write(p->fd, index->data, index->size), index->size);
    snprintf(name, sizeof(name), "file:/proc/self/fd/%d", p->fd);
    av_dict_set(&options, "index", name, 0);
    av_dict_set(&options, "max_fps", "0", 0);
    p->m     = (Memory){ data, size };
    p->s     = avformat_alloc_context();
    p->s->pb = p->pb = memory_open(&p->m, 1);
    assert_true(avformat_open_input(&p->s, "", av_find_input_format("fbs"), &options) >= 0);
    av_dict_free(&options);
    p->c = avcodec_alloc_context3(avcodec_find_decoder_by_name("rfb"));
    assert_true(avcodec_parameters_to_context(p->c, p->s->streams[0]->codecpar) >= 0);
    av_opt_set_int(p->c->priv_data, "draw_mouse", 0, 0);
    assert_true(avcodec_open2(p->c, NULL, NULL) >= 0);
    p->pkt   = av_packet_alloc();
    p->frame = av_frame_alloc();
}

static void close_player(Player *p)
{
    av_frame_free(&p->frame);
    av_packet_free(&p->pkt);
    avcodec_free_context(&p->c);
    avformat_close_input(&p->s);
    memory_close(&p->pb);
    close(p->fd);
}

/** @param md5 set to that of the picture at a time; "" if there is none. @return packets decoded */
static int picture_at(Player *p, int64_t ms, char *md5)
{
    uint8_t sum[16];
    int n = 0, got = 0;

    *md5 = 0;
    if (av_seek_frame(p->s, 0, ms, AVSEEK_FLAG_BACKWARD) < 0)
        return 0;
    avcodec_flush_buffers(p->c);
    while (!got && av_read_frame(p->s, p->pkt) >= 0) {
        n++;
        avcodec_send_packet(p->c, p->pkt);
        av_packet_unref(p->pkt);
        got = avcodec_receive_frame(p->c, p->frame) >= 0;
    }
    if (!got)
        return n;
    decode_rgb24_md5(sum, p->frame);
    av_frame_unref(p->frame);
    for (int i = 0; i < 16; i++)
        sprintf(md5 + 2 * i, "%02x", sum[i]);
    return n;
}

/** Whether the picture at a time is one of those that are right then. */
static int is_right(const char *md5, int64_t time)
{
    int last = 0, n;

    for (n = 0; n < known.nb && known.time[n] <= time; n++)
        last = n;
    for (n = last; n >= 0 && known.time[n] == known.time[last]; n--)
        if (strchr(known.flags[n], 'u') || !strcmp(md5, known.md5[n][0]) ||
            !strcmp(md5, known.md5[n][1]))
            return 1;
    return 0;
}

/** Go to times of updates. @return the most packets decoded for one, 0 if one is wrong */
static int check_pictures(Player *p, int nb, int backwards)
{
    int most = 0;

    for (int i = 0; i < nb; i++) {
        int k = (int64_t)(backwards ? nb - 1 - i : i) * known.nb / nb, n;
        char md5[33];

        n = picture_at(p, known.time[k], md5);
        if (!is_right(md5, known.time[k])) {
            snprintf(why, sizeof(why), "at %"PRId64" ms: %s instead of %s", known.time[k], md5,
                     known.md5[k][0]);
            return 0;
        }
        most = FFMAX(most, n);
    }
    return most;
}

/* ---- tests ---- */

static char *names[MAX_RECORDINGS];
static int nb_names;

/** JPEG pictures are those of the list only where libjpeg-turbo decodes them. */
static int is_exact(const Known *k)
{
    int jpeg = 0;

    for (int i = 0; i < k->nb; i++)
        jpeg |= !!strchr(k->flags[i], 'j');
    return !jpeg || CONFIG_LIBTURBOJPEG;
}

/** What was tried, and how it went. */
typedef struct Tally {
    int tried, states, places, bad, far;
} Tally;

static int gzip_places(const Player *p)
{
    const RFBIndex *x = avpriv_rfb_index_get(p->s);
    int nb = 0;

    for (int i = 0; x && i < x->nb_points; i++)
        nb += x->point[i].window && (!i || x->point[i].window != x->point[i - 1].window);
    return nb;
}

static void try_exact(Tally *t, const char *name, const uint8_t *data, size_t size)
{
    int n, most;
    Bytes index;
    Player p;

    n = make_index(&index, data, size, 1);
    assert_true(n >= 0);
    open_player(&p, data, size, &index);
    most = check_pictures(&p, FFMIN(known.nb, MAX_TARGETS), 0);
    if (!most || !check_pictures(&p, 2, 1)) {
        print_message("%s: %s\n", name, why);
        t->bad++;
    }
    /* a state, perhaps a packet at the same time, one more, and the picture again */
    t->far    += n > known.nb / 2 && most > 12;
    t->places += gzip_places(&p);
    t->states += n;
    t->tried++;
    close_player(&p);
    bytes_free(&index);
}

static void test_exact(void **unused)
{
    Tally plain = { 0 }, gzip = { 0 };

    for (int i = 0; i < nb_names; i++) {
        size_t size;
        uint8_t *data = read_known(names[i]) ? decode_read_file(names[i], &size) : NULL;
        Bytes b;

        if (data && is_exact(&known) && !strstr(names[i], "zywrle_q2")) {
            try_exact(&plain, names[i], data, size);
            b = compressed(data, size);
            try_exact(&gzip, names[i], b.data, b.size);
            bytes_free(&b);
        }
        free(data);
    }
    print_message("# %d recordings, %d states, %d places in gzip data\n", plain.tried, plain.states,
                  gzip.places);
    assert_int_equal(plain.bad + gzip.bad, 0);
    assert_int_equal(plain.far + gzip.far, 0);
    assert_int_equal(plain.states, gzip.states);
    assert_int_equal(plain.places, 0);
    assert_true(plain.tried > 8 && plain.states > 100 && gzip.places > 5);
}

/** What may happen to a file, and what is never to be believed then. */
static void damage(Bytes *b, const Bytes *other)
{
    size_t at;

    switch (roll(6)) {
    case 0:
        b->size = roll(b->size);
        break;
    case 1:
        for (int n = 1 + roll(3); n > 0; n--)
            b->data[roll(b->size)] ^= 1 << roll(8);
        break;
    case 2:
        for (int n = 1 + roll(50); n > 0; n--)
            b->data[roll(b->size)] = roll(256);
        break;
    case 3:
        b->data[roll(RFB_INDEX_HEADER)] ^= 1 << roll(8);
        break;
    case 4:
        at = roll(FFMIN(b->size, other->size));
        memcpy(b->data + at, other->data + at, roll(FFMIN(b->size, other->size) - at));
        break;
    default:
        b->size = 0;
        memcpy(bytes_room(b, other->size), other->data, other->size);
    }
}

static void try_damaged(const uint8_t *data, size_t size, const Bytes *good, const Bytes *other)
{
    int cases = getenv("INDEX_CASES") ? atoi(getenv("INDEX_CASES")) : 50;

    for (int i = 0; i < cases; i++) {
        Bytes b = { 0 };
        Player p;

        memcpy(bytes_room(&b, good->size), good->data, good->size);
        damage(&b, other);
        open_player(&p, data, size, &b);
        if (!check_pictures(&p, 2, i & 1))
            fail_msg("damaged index %d: %s", i, why);
        close_player(&p);
        bytes_free(&b);
    }
}

static void test_damaged(void **unused)
{
    const char *first = "tests/samples/x11vnc_mix_zlib.fbs";
    const char *second = "tests/samples/tight_map8_tight.fbs";
    size_t size, other_size;
    uint8_t *data = decode_read_file(first, &size), *more = decode_read_file(second, &other_size);
    Bytes good, other, packed, index;

    assert_true(data && more && read_known(first));
    packed = compressed(data, size);
    assert_true(make_index(&good, data, size, 1) > 3);
    assert_true(make_index(&other, more, other_size, 1) > 3);
    assert_true(make_index(&index, packed.data, packed.size, 1) > 3);
    try_damaged(data, size, &good, &other);
    try_damaged(packed.data, packed.size, &index, &good);
    bytes_free(&good);
    bytes_free(&other);
    bytes_free(&packed);
    bytes_free(&index);
    free(data);
    free(more);
}

/** A recording that was written to since: the index is good for what it was made of. */
static void test_grown(void **unused)
{
    const char *name = "tests/samples/tiger_drag_tight.fbs";
    size_t size;
    uint8_t *data = decode_read_file(name, &size);
    Bytes index;
    Recording r;
    Player p;

    assert_true(data && read_known(name) && !recording_parse(&r, data, size));
    /* up to the end of a block in its middle */
    assert_true(make_index(&index, data, r.block_pos[r.nb_blocks / 2], 1) > 3);
    open_player(&p, data, size, &index);
    assert_non_null(avpriv_rfb_index_get(p.s));
    assert_false(avpriv_rfb_index_get(p.s)->whole);
    if (!check_pictures(&p, MAX_TARGETS, 0) || !check_pictures(&p, MAX_TARGETS, 1))
        fail_msg("%s", why);
    close_player(&p);
    bytes_free(&index);
    recording_free(&r);
    free(data);
}

/** What is in the recording is no longer what the index was made of, between the samples. */
static void test_changed(void **unused)
{
    const char *name = "tests/samples/tiger_text_tight_nojpeg.fbs";
    size_t size;
    uint8_t *data = decode_read_file(name, &size);
    char with[33], without[33];
    Bytes index, none = { 0 };
    Recording r;
    Player p;

    assert_true(data && read_known(name) && !recording_parse(&r, data, size));
    assert_true(make_index(&index, data, size, 1) > 3);
    for (int i = r.nb_updates / 3; i < r.nb_updates; i += 5) {
        uint8_t *copy = malloc(size);
        size_t at = recording_file_pos(&r, r.update_end[i - 1]);

        memcpy(copy, data, size);
        copy[at + 1] ^= 0x55;       /* padding: the pictures stay what they are */
        open_player(&p, copy, size, &index);
        picture_at(&p, known.time[i], with);
        close_player(&p);
        open_player(&p, copy, size, &none);
        picture_at(&p, known.time[i], without);
        close_player(&p);
        assert_string_equal(with, without);
        assert_true(is_right(with, known.time[i]));
        free(copy);
    }
    bytes_free(&index);
    recording_free(&r);
    free(data);
}

int main(void)
{
    const char *folders[] = { "tests/samples", getenv("SAMPLES") };
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exact),
        cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_grown),
        cmocka_unit_test(test_changed),
    };

    state = getenv("INDEX_SEED") ? atoi(getenv("INDEX_SEED")) : 1;
    av_log_set_callback(log_nothing);
    if (!decode_available()) {
        printf("skip test_index - no fbs demuxer or rfb decoder\n");
        return 0;
    }
    nb_names = recordings_list(names, folders, getenv("INDEX_ALL") ? 2 : 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
