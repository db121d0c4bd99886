/*
 * Make the first inputs of the fuzz targets
 *
 *     mkcorpus FOLDER [RECORDING...]
 *
 * Short sessions of the random server, and the beginnings of recordings, each
 * in the form that a target reads: into FOLDER/message, prologue, decoder,
 * demux, and for every encoding that there is into FOLDER/encoding/NUMBER.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/intreadwrite.h"
#include "libavcodec/rfb_rect.h"
#include "recordings.h"
#include "rfbgen.h"

enum { NB_SESSIONS = 60, NB_MESSAGES = 3, BEGINNING = 6000, PROLOGUE = 12 + 4 };

/** Of each encoding, so many rectangles of each recording, and no larger ones. */
enum { NB_RECTS = 4, MAX_RECT = 3000, MAX_SEEN = 256 };

static const char *folder;

static void save(const char *target, const char *name, Bytes *b)
{
    char path[4096];
    FILE *out;

    mkdir(folder, 0777);
    for (const char *end = target; end; end = strchr(end + 1, '/')) {
        snprintf(path, sizeof(path), "%s/%.*s", folder, (int)(end - target), target);
        mkdir(path, 0777);
    }
    snprintf(path, sizeof(path), "%s/%s", folder, target);
    mkdir(path, 0777);
    snprintf(path, sizeof(path), "%s/%s/%s", folder, target, name);
    out = fopen(path, "wb");
    if (!out || fwrite(b->data, 1, b->size, out) != b->size || fclose(out)) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        exit(1);
    }
    bytes_free(b);
}

/** block := length(u32) data padding-to-4 time(u32) */
static void put_block(Bytes *b, const uint8_t *data, size_t size, unsigned ms)
{
    put32(b, size);
    put(b, data, size);
    while (size++ & 3)
        put8(b, 0);
    put32(b, ms);
}

/** A session in all the forms. */
static void save_session(const char *name, int format, const uint8_t *init,
                         const Bytes *message, int nb)
{
    Bytes messages = { 0 }, decoder = { 0 }, fbs = { 0 }, prologue = { 0 };

    put8(&messages, format);
    put8(&messages, init[1] - 1);
    put8(&messages, init[3] - 1);
    put8(&decoder, format);
    put(&decoder, init, RFB_SERVER_INIT_SIZE);
    put(&prologue, format & 1 ? "RFB 003.003\n\0\0\0\1" : "RFB 003.008\n\1\1\0\0\0",
        format & 1 ? 16 : 18);
    put(&prologue, init, RFB_SERVER_INIT_SIZE);
    put(&fbs, "FBS 001.000\n", 12);
    put_block(&fbs, prologue.data, prologue.size, 0);
    for (int i = 0; i < nb; i++) {
        put(&messages, message[i].data, message[i].size);
        put16(&decoder, FFMIN(message[i].size, 0xFFFF));
        put(&decoder, message[i].data, FFMIN(message[i].size, 0xFFFF));
        put_block(&fbs, message[i].data, message[i].size, 40 * i);
    }
    put8(&fbs, format);
    save("message", name, &messages);
    save("decoder", name, &decoder);
    save("prologue", name, &prologue);
    save("demux", name, &fbs);
}

/** An encoding that no recording has: bytes that might be anything. */
static void save_zeros(int32_t encoding, int format)
{
    char target[64], name[32];
    Bytes b = { 0 };

    put32(&b, encoding);
    put8(&b, format);
    put16(&b, 0x3F3F);
    put32(&b, 8 << 8 | 8);
    memset(bytes_room(&b, 200), 0, 200);
    snprintf(target, sizeof(target), "encoding/%"PRId32, encoding);
    snprintf(name, sizeof(name), "zeros-%d", format);
    save(target, name, &b);
}

/** One rectangle as fuzz_encoding reads it. */
static void save_rect(const char *name, int n, int format, const uint8_t *rect, size_t size)
{
    int list = AV_RB32(rect + 8) == RFB_ENC_XZ;
    char target[64], file[300];
    Bytes b = { 0 };

    put(&b, rect + 8, 4);
    put8(&b, format);
    put16(&b, 0xFEFE);
    for (int i = 0; i < 4; i++)
        put8(&b, FFMIN(AV_RB16(rect + 2 * i), i < 2 && !list ? 0 : 255));
    put(&b, rect + 12, size - 12);
    snprintf(target, sizeof(target), "encoding/%"PRId32, (int32_t)AV_RB32(rect + 8));
    snprintf(file, sizeof(file), "%s-%d", name, n);
    save(target, file, &b);
}

/** Rectangles of all encodings that a session has. */
static void save_rects(const char *name, int format, const uint8_t *init,
                       const uint8_t *data, size_t size)
{
    const RFBEncodingInfo *seen[MAX_SEEN];
    int nb_seen = 0, ret;
    size_t last = 0;
    RFBParser p;

    if (avpriv_rfb_parser_init(&p, init, 0) < 0)
        return;
    p.by_rects = 1;
    while (size) {
        ret = avpriv_rfb_parse(&p, NULL, data, size);
        if (last && (ret > 0 || (ret == AVERROR(EAGAIN) && p.need <= size))) {
            size_t n = (ret > 0 ? ret : p.pos) - last;
            const RFBEncodingInfo *info = ff_rfb_encoding(AV_RB32(data + last + 8));
            int count = 0;

            for (int i = 0; i < nb_seen; i++)
                count += seen[i] == info;
            if (n >= 12 && n <= MAX_RECT && info && count < NB_RECTS && nb_seen < MAX_SEEN) {
                seen[nb_seen++] = info;
                save_rect(name, count, format, data + last, n);
            }
        }
        last = ret == AVERROR(EAGAIN) ? p.pos : 0;
        if (ret == AVERROR(EAGAIN) && p.need > size)
            return;
        if (ret < 0 && ret != AVERROR(EAGAIN))
            return;
        data += FFMAX(ret, 0);
        size -= FFMAX(ret, 0);
    }
}

static void random_session(int seed)
{
    static const char *const formats[] = {      /* in the order of fuzz_message.c */
        "bgrx8888", "rgbx8888", "bgrx8888be", "xbgr8888", "rgb565", "rgb565be", "rgb555",
        "rgb332", "bgr233", "rgb222", "map8",
    };
    int format = seed % 11, w = 1 + seed * 7 % 40, h = 1 + seed * 5 % 30;
    uint8_t init[RFB_SERVER_INIT_SIZE];
    Bytes message[NB_MESSAGES] = { 0 };
    static RFBGen g;
    RFBPixelFormat pf;
    char name[32];

    avpriv_rfb_pixel_format_parse(&pf, formats[format]);
    gen_begin_as(&g, seed, &pf, w, h);
    gen_server_init(&g, init);
    for (int i = 0; i < NB_MESSAGES; i++)
        gen_message(&g, &message[i]);
    snprintf(name, sizeof(name), "random-%02d", seed);
    save_session(name, format, init, message, NB_MESSAGES);
    for (int i = 0; i < NB_MESSAGES; i++) {
        save_rects(name, format, init, message[i].data, message[i].size);
        bytes_free(&message[i]);
    }
    gen_end(&g);
}

/** The beginning of a recording with a handshake of version 3.3 in a block of its own. */
static void recording(const char *name)
{
    const char *base = strrchr(name, '/') ? strrchr(name, '/') + 1 : name;
    static uint8_t file[BEGINNING];
    uint8_t init[RFB_SERVER_INIT_SIZE];
    FILE *in = fopen(name, "rb");
    size_t size = in ? fread(file, 1, sizeof(file), in) : 0, first, at;
    Bytes message = { 0 }, fbs = { 0 };

    if (in)
        fclose(in);
    if (size < sizeof(file) || memcmp(file, "FBS 001.00", 10))
        return;
    first = AV_RB32(file + 12);
    at    = 12 + 4 + (first + 3 & ~3u) + 4;
    if (first < PROLOGUE + RFB_SERVER_INIT_SIZE || at + 8 > size)
        return;
    put(&fbs, file, size);
    save("demux", base, &fbs);
    memcpy(init, file + 16 + PROLOGUE, sizeof(init));
    /* one block behind it, as far as it goes */
    put(&message, file + at + 4, FFMIN(AV_RB32(file + at), size - at - 4));
    save_session(base, file[16 + PROLOGUE + 4] == 32 ? 0 : 4, init, &message, 1);
    bytes_free(&message);
}

/** Rectangles from all of a recording. */
static void recording_rects(const char *name)
{
    const char *base = strrchr(name, '/') ? strrchr(name, '/') + 1 : name;
    FILE *in = fopen(name, "rb");
    Bytes file = { 0 };
    Recording r;
    uint8_t buf[4096];
    size_t n;

    while (in && (n = fread(buf, 1, sizeof(buf), in)) > 0)
        put(&file, buf, n);
    if (in)
        fclose(in);
    if (!recording_parse(&r, file.data, file.size)) {
        const uint8_t *init = r.session.data + r.server_init;

        save_rects(base, init[4] == 32 ? 0 : init[4] == 16 ? 4 : 7, init,
                   r.session.data + r.prologue, r.session.size - r.prologue);
        recording_free(&r);
    }
    bytes_free(&file);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: mkcorpus FOLDER [RECORDING...]\n");
        return 2;
    }
    folder = argv[1];
    for (int i = 0; i < NB_SESSIONS; i++)
        random_session(i);
    for (int i = 2; i < argc; i++) {
        recording(argv[i]);
        recording_rects(argv[i]);
    }
    for (int i = 0; ff_rfb_encoding_at(i); i++)
        for (int format = 0; format < 11; format += 5)
            save_zeros(ff_rfb_encoding_at(i)->number, format);
    return 0;
}
