/*
 * Going on behind what cannot be read
 *
 * Recordings whose updates are damaged so that their length is lost, or whose
 * blocks are. The demuxer goes on where it can prove that an update begins,
 * says what it left out, and marks the packet behind it; where there is nothing
 * but bytes that are no RFB, it stops.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/intreadwrite.h"
#include "libavcodec/packet.h"
#include "libavformat/rfbsearch.h"
#include "decode.h"
#include "recordings.h"

static Decoded whole, damaged;
static uint32_t random_state = 1;

static unsigned roll(unsigned n)
{
    random_state = random_state * 1664525 + 1013904223;
    return (random_state >> 8) % n;
}

static const char *const samples[] = {
    "tests/samples/tiger_text_tight_nojpeg.fbs", "tests/samples/tiger_drag_hextile.fbs",
    "tests/samples/x11vnc_mix_zlib.fbs", "tests/samples/qemu_boot_zrle_native.fbs",
};

enum { NB_SAMPLES = sizeof(samples) / sizeof(*samples) };

static void open_recording(Recording *r, const char *name)
{
    size_t size;
    uint8_t *file = decode_read_file(name, &size);

    assert_non_null(file);
    assert_int_equal(recording_parse(r, file, size), 0);
    free(file);
}

static void put_block(Bytes *b, const uint8_t *data, size_t size, unsigned ms)
{
    put32(b, size);
    put(b, data, size);
    while (size++ & 3)
        put8(b, 0);
    put32(b, ms);
}

/** The session in blocks of a size, or with 0 in blocks of an update; 100 ms for each update. */
static Bytes make_file(const Recording *r, size_t block)
{
    Bytes b = { 0 };
    size_t pos = 0, size = r->update_end[r->nb_updates - 1];

    put(&b, "FBS 001.000\n", 12);
    for (int i = 0; pos < size; ) {
        size_t n = block ? block : r->update_end[i] - pos;

        if (!pos)
            n = r->prologue;
        n = FFMIN(n, size - pos);
        put_block(&b, r->session.data + pos, n, 100 * i);
        i   += pos > 0;
        pos += n;
    }
    return b;
}

static size_t update_begin(const Recording *r, int i)
{
    return i ? r->update_end[i - 1] : r->prologue;
}

static void play(Decoded *d, const Bytes *b)
{
    uint8_t *copy = bytes_copy(b->data, b->size);

    decode(d, copy, b->size, 0);
    free(copy);
    for (int i = 1; i < d->nb_packets; i++)
        if (d->packet[i].pts < d->packet[i - 1].pts)
            fail_msg("time runs backwards at packet %d, from %d to %d: %s", i,
                     (int)d->packet[i - 1].pts, (int)d->packet[i].pts, d->log);
}

static void expect_before(const char *name, int nb, int times)
{
    if (damaged.nb_pictures < nb)
        fail_msg("%s: %d pictures, %d are before the damage", name, damaged.nb_pictures, nb);
    for (int i = 0; i < nb; i++)
        if (damaged.picture[i].sum != whole.picture[i].sum || damaged.picture[i].corrupt ||
            (times && damaged.picture[i].pts != whole.picture[i].pts))
            fail_msg("%s: picture %d before the damage is another one", name, i);
}

/** The packets behind the damage are the last ones of the whole recording. */
static void expect_behind(const char *name, int before, int behind)
{
    const Packet *got = damaged.packet + damaged.nb_packets - behind;
    const Packet *want = whole.packet + whole.nb_packets - behind;

    if (damaged.nb_packets < before + behind)
        fail_msg("%s: %d packets, not %d and %d: %s", name, damaged.nb_packets, before, behind,
                 damaged.log);
    for (int i = 0; i < behind; i++)
        if (got[i].sum != want[i].sum || got[i].pts != want[i].pts)
            fail_msg("%s: packet %d of %d behind the damage is another one, or at %d, not %d", name,
                     i, behind, (int)got[i].pts, (int)want[i].pts);
    if (!(damaged.packet[before].flags & AV_PKT_FLAG_CORRUPT))
        fail_msg("%s: the packet behind the damage is not marked", name);
    for (int i = before + 1; i < damaged.nb_packets; i++)
        if (damaged.packet[i].flags & AV_PKT_FLAG_CORRUPT)
            fail_msg("%s: packet %d is marked", name, i);
}

/** An update whose first rectangle has an encoding that nobody knows. */
static void unknown_encoding(void **state)
{
    static const size_t blocks[] = { 0, 1000, 1 << 16, 13 };

    for (int i = 0; i < NB_SAMPLES; i++)
        for (int j = 0; j < sizeof(blocks) / sizeof(*blocks); j++) {
            Recording r;
            Bytes b;
            int k;

            open_recording(&r, samples[i]);
            b = make_file(&r, blocks[j]);
            play(&whole, &b);
            bytes_free(&b);
            assert_int_equal(whole.nb_packets, r.nb_updates);
            k = 1 + roll(r.nb_updates - 4);
            AV_WB32(r.session.data + update_begin(&r, k) + 12, 0x1234);
            /* other messages may stand before the update */
            if (r.session.data[update_begin(&r, k)]) {
                recording_free(&r);
                continue;
            }
            b = make_file(&r, blocks[j]);
            play(&damaged, &b);
            /* what is spread over the time of a block has less to be spread over */
            expect_before(samples[i], k, !blocks[j]);
            if (!blocks[j])
                expect_behind(samples[i], k, r.nb_updates - k - 1);
            /* the end of the damaged update may be found, too */
            if (damaged.nb_packets < r.nb_updates - 1 || damaged.nb_packets > r.nb_updates)
                fail_msg("%s: %d packets of %d: %s", samples[i], damaged.nb_packets,
                         r.nb_updates, damaged.log);
            assert_int_equal(damaged.ended, AVERROR_EOF);
            if (!strstr(damaged.log, "unknown encoding 4660 (0x1234) at byte ") ||
                !strstr(damaged.log, "bytes cannot be read, going on with the update at byte "))
                fail_msg("%s: %s", samples[i], damaged.log);
            bytes_free(&b);
            recording_free(&r);
        }
}

/** Where the k-th block's head is; block 0 is the handshake. */
static size_t block_pos(const Bytes *b, int k)
{
    size_t at = 12;

    for (; k > 0; k--)
        at += 4 + (AV_RB32(b->data + at) + 3 & ~3u) + 4;
    return at;
}

/** A block's length is another one: all that lies behind the block is there, in time. */
static void block_length(void **state)
{
    static const uint32_t change[] = { 1u << 31, 1 << 24, 1 << 16, 1 << 10, 1 << 6, 8, 4, 1 };
    static const size_t blocks[] = { 0, 1000, 1 << 14 };

    for (int i = 0; i < NB_SAMPLES; i++)
        for (int j = 0; j < FF_ARRAY_ELEMS(change); j++)
            for (int way = 0; way < FF_ARRAY_ELEMS(blocks); way++) {
                int k, nb = 0, before = 0, behind = 0;
                Recording r;
                size_t at;
                Bytes b;

                open_recording(&r, samples[i]);
                b = make_file(&r, blocks[way]);
                while (block_pos(&b, nb) < b.size)
                    nb++;
                if (nb < 18) {
                    bytes_free(&b);
                    recording_free(&r);
                    continue;
                }
                play(&whole, &b);
                k  = 2 + roll(nb - 2 - nb / 3);
                at = block_pos(&b, k);
                for (int n = 0; n < r.nb_updates; n++) {
                    size_t end = r.update_end[n];
                    int first = !blocks[way] ? n + 1 : 1 + (int)((end - r.prologue - 1) / blocks[way]);

                    before += first < k;
                }
                AV_WB32(b.data + at, AV_RB32(b.data + at) ^ change[j]);
                play(&damaged, &b);
                expect_before(samples[i], before, 0);
                for (int n = damaged.nb_packets - 1, m = whole.nb_packets - 1;
                     n >= 0 && m >= 0 && damaged.packet[n].sum == whole.packet[m].sum; n--, m--)
                    behind++;
                /* at the worst the one at hand, what the wrong length swallowed, and the next */
                if (damaged.ended != AVERROR_EOF || damaged.duration != whole.duration ||
                    (behind < r.nb_updates - before - 6 && behind < r.nb_updates / 4))
                    fail_msg("%s, length of block %d ^ %x: %d and %d of %d packets, duration %d of "
                             "%d, then %d: %s", samples[i], k, change[j], before, behind,
                             r.nb_updates, (int)damaged.duration, (int)whole.duration,
                             damaged.ended, damaged.log);
                bytes_free(&b);
                recording_free(&r);
            }
}

/** A block's time is another one. */
static void block_time(void **state)
{
    for (int i = 0; i < NB_SAMPLES; i++)
        for (int bit = 0; bit < 32; bit++) {
            Recording r;
            size_t at;
            Bytes b;
            int k;

            open_recording(&r, samples[i]);
            b = make_file(&r, 0);
            play(&whole, &b);
            k  = 2 + roll(r.nb_updates - 6);
            at = block_pos(&b, k) - 4;
            b.data[at + 3 - bit / 8] ^= 1 << bit % 8;
            play(&damaged, &b);
            expect_before(samples[i], k - 2, 1);
            if (damaged.ended != AVERROR_EOF || damaged.nb_packets < r.nb_updates - 2)
                fail_msg("%s, time of block %d, bit %d: %d of %d packets: %s", samples[i], k - 1, bit,
                         damaged.nb_packets, r.nb_updates, damaged.log);
            if (bit > 22 && damaged.duration != whole.duration)
                fail_msg("%s, time of block %d, bit %d: lasts %d, not %d: %s", samples[i], k - 1, bit,
                         (int)damaged.duration, (int)whole.duration, damaged.log);
            bytes_free(&b);
            recording_free(&r);
        }
}

/** Everything from an update on is something else. */
static void fill(uint8_t *data, size_t size, int kind)
{
    static const uint8_t patterns[][8] = {
        { 0 }, { 0, 0, 0, 16 }, { 0, 0, 0, 1, 0, 0, 0, 0 }, { 0, 0, 0, 5 }, { 16 },
        { 0, 1, 0, 1, 0, 1, 0, 1 }, { 0, 0, 0, 16, 0, 0, 0, 16 }, { 2 },
    };

    for (size_t i = 0; i < size; i++)
        data[i] = kind < 8 ? patterns[kind][kind == 4 || kind == 7 ? 0 : i % (kind == 2 ? 8 : 4)] :
                  kind < 16 ? roll(256) : kind < 20 ? roll(4) ? 0 : roll(256) :
                  i ? data[i - 1] + !roll(20) : 0;
}

static void nothing_behind(void **state)
{
    for (int i = 0; i < NB_SAMPLES; i++)
        for (int kind = 0; kind < 24; kind++) {
            Recording r;
            Bytes b;
            int k;
            size_t at;

            open_recording(&r, samples[i]);
            b = make_file(&r, 1 << 14);
            play(&whole, &b);
            bytes_free(&b);
            k  = 1 + roll(r.nb_updates - 2);
            at = update_begin(&r, k);
            fill(r.session.data + at, r.session.size - at, kind);
            /* so that it is noticed */
            memcpy(r.session.data + at, "\0\0\0\1\0\0\0\0\0\10\0\10\0\0\x12\x34", 16);
            b = make_file(&r, 1 << 14);
            play(&damaged, &b);
            if (damaged.nb_packets != k || damaged.ended != AVERROR_INVALIDDATA)
                fail_msg("%s, kind %d: %d packets, not %d, and then %d: %s", samples[i], kind,
                         damaged.nb_packets, k, damaged.ended, damaged.log);
            if (!strstr(damaged.log, "what is behind it cannot be read"))
                fail_msg("%s: %s", samples[i], damaged.log);
            bytes_free(&b);
            recording_free(&r);
        }
}

/** No place in random bytes is taken for an update. */
static void random_bytes(void **state)
{
    enum { SIZE = 1 << 20 };
    uint8_t init[RFB_SERVER_INIT_SIZE] = { 0x40, 0, 0x10, 0, 32, 24, 0, 1, 0, 255, 0, 255, 0, 255,
                                           16, 8, 0 };
    static RFBSearch s;
    uint8_t *data = malloc(SIZE);
    RFBParser p;

    assert_int_equal(avpriv_rfb_parser_init(&p, init, 0), 0);
    for (int round = 0; round < 24; round++) {
        size_t skip;

        for (size_t i = 0; i < SIZE; i++)
            data[i] = roll(256);
        ff_rfb_search_begin(&s, &p, NULL, NULL);
        assert_int_equal(ff_rfb_search(&s, data, SIZE, 1, &skip), AVERROR_INVALIDDATA);
        assert_true(s.work < 1 << 20);
    }
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_encoding),
        cmocka_unit_test(block_length),
        cmocka_unit_test(block_time),
        cmocka_unit_test(nothing_behind),
        cmocka_unit_test(random_bytes),
    };

    return cmocka_run_group_tests_name("resync", tests, NULL, NULL);
}
