/*
 * One session in many FBS files
 *
 * Recorders cut the same bytes into blocks where they like, write the
 * handshake in several forms and end their files in several ways. What is
 * played must not depend on it.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/intreadwrite.h"
#include "libavcodec/rfb.h"
#include "decode.h"
#include "recordings.h"

static Decoded whole, other, again;
static uint8_t *file;
static size_t file_size;
static Recording rec;

static int load(void **state)
{
    file = decode_read_file("tests/samples/tiger_drag_tight.fbs", &file_size);
    if (!file || recording_parse(&rec, file, file_size) < 0)
        return -1;
    decode(&whole, file, file_size, 0);
    return whole.nb_pictures == rec.nb_updates ? 0 : -1;
}

static int unload(void **state)
{
    recording_free(&rec);
    free(file);
    return 0;
}

/** Number of the block that a byte of the session came in. */
static int block_of(const Recording *r, size_t pos)
{
    int i = r->nb_blocks - 1;

    while (i > 0 && r->block[i] > pos)
        i--;
    return i;
}

static void put_block(Bytes *b, const uint8_t *data, size_t size, uint32_t ms)
{
    put32(b, size);
    put(b, data, size);
    while (size++ & 3)
        put8(b, 0xA5);          /* what is in the padding is nobody's business */
    put32(b, ms);
}

static Bytes begin_file(void)
{
    Bytes b = { 0 };

    put(&b, "FBS 001.000\n", 12);
    return b;
}

static void expect_pictures(const Decoded *want, int nb)
{
    assert_true(other.opened >= 0);
    assert_int_equal(other.nb_errors, 0);
    assert_int_equal(other.nb_pictures, nb);
    for (int i = 0; i < nb; i++) {
        if (other.picture[i].sum != want->picture[i].sum)
            fail_msg("picture %d is another one", i);
        if (i && other.picture[i].pts < other.picture[i - 1].pts)
            fail_msg("picture %d comes before the last one", i);
    }
}

/** Decode, compare the pictures, and free. */
static void play(Bytes *b, int nb)
{
    uint8_t *copy = bytes_copy(b->data, b->size);

    decode(&other, copy, b->size, 0);
    expect_pictures(&whole, nb);
    free(copy);
    bytes_free(b);
}

static void expect_packets(void)
{
    assert_int_equal(other.nb_packets, whole.nb_packets);
    for (int i = 0; i < whole.nb_packets; i++)
        if (other.packet[i].size != whole.packet[i].size ||
            other.packet[i].sum != whole.packet[i].sum)
            fail_msg("packet %d is another one", i);
}

/** The session in blocks of other sizes; a block has the time its last byte had. */
static Bytes recut(const Recording *r, int (*next)(uint32_t *), uint32_t seed)
{
    Bytes b = begin_file();

    for (size_t at = 0, n; at < r->session.size; at += n) {
        n = next(&seed);
        n = FFMIN(n, r->session.size - at);
        put_block(&b, r->session.data + at, n, r->block_time[block_of(r, at + n - 1)]);
    }
    return b;
}

static int one(uint32_t *seed)
{
    return 1;
}

static int some(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return 1 + (*seed >> 8) % 700;
}

static int many(uint32_t *seed)
{
    return 1 << 30;
}

/** With a byte a block there is no doubt about any update's time. */
static void blocks_of_a_byte(void **state)
{
    Bytes b = recut(&rec, one, 0);

    play(&b, rec.nb_updates);
    expect_packets();
    for (int i = 0; i < rec.nb_updates; i++)
        assert_int_equal(other.picture[i].pts,
                         rec.block_time[block_of(&rec, rec.update_end[i] - 1)]);
}

static void blocks_of_any_size(void **state)
{
    for (uint32_t seed = 1; seed <= 8; seed++) {
        Bytes b = recut(&rec, some, seed);

        play(&b, rec.nb_updates);
        expect_packets();
    }
}

/** Updates that share a block's time are spread over it. */
static void one_block(void **state)
{
    uint32_t end = rec.block_time[rec.nb_blocks - 1];
    Bytes b = recut(&rec, many, 0);

    play(&b, rec.nb_updates);
    expect_packets();
    assert_true(other.picture[0].pts < end / 4);
    assert_true(other.picture[rec.nb_updates - 1].pts <= end);
    assert_true(other.picture[rec.nb_updates - 1].pts > end * 3 / 4);
}

/** Other recordings, whose pixels and messages differ. */
static void other_recordings(void **state)
{
    static const char *const names[] = {
        "qemu_boot_zlib_wmvi_audio", "tight_map8_tight", "x11vnc_mix_zywrle_q2",
        "qemu_memtest_tight_222", "tiger_idle60_zrle",
    };
    static Decoded before;

    for (int i = 0; i < FF_ARRAY_ELEMS(names); i++) {
        Recording r;
        char name[200];
        size_t size;
        uint8_t *data;
        Bytes b;

        snprintf(name, sizeof(name), "tests/samples/%s.fbs", names[i]);
        data = decode_read_file(name, &size);
        assert_non_null(data);
        assert_int_equal(recording_parse(&r, data, size), 0);
        decode(&before, data, size, 0);
        for (int j = 0; j < 2; j++) {
            b = recut(&r, j ? some : one, i);
            decode(&other, b.data, b.size, 0);
            expect_pictures(&before, r.nb_updates);
            bytes_free(&b);
        }
        recording_free(&r);
        free(data);
    }
}

/** The handshake in the forms that recorders write. */
static void handshakes(void **state)
{
    static const struct { const char *bytes; int size; } forms[] = {
        { "RFB 003.003\n\0\0\0\1", 16 },
        { "RFB 003.003\n\0\0\0\2abcdefghijklmnop\0\0\0", 36 },
        { "RFB 003.007\n\1\1", 14 },
        { "RFB 003.008\n\1\1", 14 },
        { "RFB 003.008\n\1\1\0\0\0", 18 },
        { "RFB 003.008\n\3\2\1\x10\0\0\0", 20 },
        { "RFB 003.008\n\1\2abcdefghijklmnop\0\0\0", 34 },
        { "RFB 003.008\n\0\0\0\1", 16 },
    };
    const uint8_t *init = rec.session.data + rec.server_init;

    for (int i = 0; i < FF_ARRAY_ELEMS(forms); i++) {
        for (int together = 0; together < 2; together++) {
            Bytes b = begin_file(), start = { 0 };

            put(&start, forms[i].bytes, forms[i].size);
            if (together) {
                put(&start, init, rec.session.size - rec.server_init);
                put_block(&b, start.data, start.size, 5000);
            } else {
                put_block(&b, start.data, start.size, 0);
                put_block(&b, init, rec.prologue - rec.server_init, 0);
                put_block(&b, rec.session.data + rec.prologue, rec.session.size - rec.prologue,
                          5000);
            }
            play(&b, rec.nb_updates);
            bytes_free(&start);
        }
    }
}

/** The ways in which files end. */
static void ends(void **state)
{
    uint32_t end = rec.block_time[rec.nb_blocks - 1];
    Bytes b = { 0 };

    put(&b, file, file_size - 2);           /* within the last time */
    play(&b, rec.nb_updates);
    assert_int_equal(other.ended, AVERROR_EOF);

    put(&b, file, file_size);
    put(&b, "\0\0", 2);                     /* within a length */
    play(&b, rec.nb_updates);
    assert_int_equal(other.ended, AVERROR_EOF);

    put(&b, file, file_size);               /* rfbproxy's last block tells the duration */
    put_block(&b, NULL, 0, end + 2500);
    play(&b, rec.nb_updates);
    assert_int_equal(other.duration, end + 2500);
    assert_int_equal(other.ended, AVERROR_EOF);
    assert_int_equal(other.packet[other.nb_packets - 1].pts +
                     other.packet[other.nb_packets - 1].duration, end + 2500);
}

/** In a pipe nothing can be looked at ahead. */
static void pipes(void **state)
{
    decode(&other, file, file_size, DECODE_STREAM);
    expect_pictures(&whole, rec.nb_updates);
    for (int i = 0; i < rec.nb_updates; i++)
        assert_int_equal(other.picture[i].pts, whole.picture[i].pts);
}

/** A recorder writes on while the file is read: wherever it was when that began, nothing is lost. */
static void grows(void **state)
{
    for (int i = rec.nb_blocks / 2; i < rec.nb_blocks; i++) {
        size_t end = i + 1 < rec.nb_blocks ? rec.block[i + 1] : rec.session.size;
        Bytes b = begin_file();
        uint8_t *copy;

        for (int j = 0; j <= i; j++)
            put_block(&b, rec.session.data + rec.block[j],
                      (j < i ? rec.block[j + 1] : end) - rec.block[j], rec.block_time[j]);
        copy = bytes_copy(b.data, b.size);
        decode(&other, copy, b.size, DECODE_GROWN);
        expect_pictures(&whole, other.nb_pictures);
        decode(&again, copy, b.size, 0);
        assert_int_equal(other.nb_pictures, again.nb_pictures);
        free(copy);
        bytes_free(&b);
    }
}

/** A file of the same blocks at other times. */
static Bytes retimed(uint32_t (*time)(int block, uint32_t ms))
{
    Bytes b = begin_file();

    for (int i = 0; i < rec.nb_blocks; i++) {
        size_t end = i + 1 < rec.nb_blocks ? rec.block[i + 1] : rec.session.size;

        put_block(&b, rec.session.data + rec.block[i], end - rec.block[i],
                  time(i, rec.block_time[i]));
    }
    return b;
}

static uint32_t wrapping(int block, uint32_t ms)
{
    return ms - 3000;
}

static uint32_t stepping_back(int block, uint32_t ms)
{
    return block < rec.nb_blocks / 2 ? ms + 10000 : ms;
}

static uint32_t standing(int block, uint32_t ms)
{
    return 77;
}

/** 2^32 ms are followed by 0: the session takes as long as it took. */
static void times(void **state)
{
    int64_t length = whole.picture[rec.nb_updates - 1].pts - whole.picture[0].pts;
    Bytes b = retimed(wrapping);

    play(&b, rec.nb_updates);
    assert_int_equal(other.picture[rec.nb_updates - 1].pts - other.picture[0].pts, length);
    b = retimed(stepping_back);
    play(&b, rec.nb_updates);
    assert_in_range(other.picture[rec.nb_updates - 1].pts - other.picture[0].pts, length / 2,
                    length + 10000);
    b = retimed(standing);
    play(&b, rec.nb_updates);
    assert_int_equal(other.picture[rec.nb_updates - 1].pts, 77);
}

/** Each picture is shown until the next one, and the last one to the end of the file. */
static void durations(void **state)
{
    for (int i = 0; i + 1 < whole.nb_packets; i++)
        assert_int_equal(whole.packet[i].pts + whole.packet[i].duration, whole.packet[i + 1].pts);
    assert_int_equal(whole.duration, rec.block_time[rec.nb_blocks - 1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_of_a_byte),
        cmocka_unit_test(blocks_of_any_size),
        cmocka_unit_test(one_block),
        cmocka_unit_test(other_recordings),
        cmocka_unit_test(handshakes),
        cmocka_unit_test(ends),
        cmocka_unit_test(pipes),
        cmocka_unit_test(grows),
        cmocka_unit_test(times),
        cmocka_unit_test(durations),
    };

    return cmocka_run_group_tests(tests, load, unload);
}
