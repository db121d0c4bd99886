/*
 * What the tests of the RFB core share
 *
 * A session that is fed messages made by hand. Every message that is played
 * is also tried for what holds of all messages: each proper prefix asks for
 * more and never for more than there is, and painting takes what walking took.
 */

#ifndef TESTS_RFBTEST_H
#define TESTS_RFBTEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/intreadwrite.h"
#include "libavcodec/rfb.h"
#include "libavcodec/rfb_frame.h"
#include "bytes.h"

/* Lists of bytes for messages written down by hand. */
#define U16(n)  (uint8_t)((n) >> 8), (uint8_t)(n)
#define U32(n)  U16((uint32_t)(n) >> 16), U16((uint32_t)(n) & 0xFFFF)
#define RECT(x, y, w, h, encoding) U16(x), U16(y), U16(w), U16(h), U32(encoding)
#define UPDATE(n) 0, 0, U16(n)
#define BYTES(...) (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ })

/* Pixels of the usual format: 32 bits, little-endian, red in bits 16 to 23. */
#define BLACK   0, 0, 0, 0
#define RED     0, 0, 255, 0
#define GREEN   0, 255, 0, 0
#define BLUE    255, 0, 0, 0
#define WHITE   255, 255, 255, 0

/* The same as CPIXEL of TRLE and ZRLE, and as TPIXEL of Tight. */
#define CRED    0, 0, 255
#define CGREEN  0, 255, 0
#define CBLUE   255, 0, 0
#define CWHITE  255, 255, 255
#define CBLACK  0, 0, 0
#define TRED    255, 0, 0
#define TGREEN  0, 255, 0
#define TBLUE   0, 0, 255
#define TWHITE  255, 255, 255
#define TBLACK  0, 0, 0

static const RFBPixelFormat bgrx = { 32, 24, 0, 1, { 255, 255, 255 }, { 16, 8, 0 } };

typedef struct Session {
    RFBParser walk, paint;
    RFBFrame frame;
} Session;

static inline void session_begin(Session *s, int w, int h, const RFBPixelFormat *pf)
{
    uint8_t init[RFB_SERVER_INIT_SIZE] = { U16(w), U16(h) };

    memset(s, 0, sizeof(*s));
    avpriv_rfb_pixel_format_write(pf, init + 4);
    assert_int_equal(avpriv_rfb_parser_init(&s->walk, init, 0), 0);
    assert_int_equal(avpriv_rfb_parser_init(&s->paint, init, 0), 0);
    assert_int_equal(ff_rfb_frame_init(&s->frame, &s->paint), 0);
    s->frame.zywrle_level = 1;
}

static inline void session_end(Session *s)
{
    ff_rfb_frame_free(&s->frame);
}

/** Walk over size bytes alone in memory, so that reading behind them is seen. */
static inline int walk_exactly(RFBParser *p, const uint8_t *buf, size_t size)
{
    uint8_t *copy = bytes_copy(buf, size);
    int ret = avpriv_rfb_parse(p, NULL, copy, size);

    free(copy);
    return ret;
}

static inline void try_prefixes(const RFBParser *before, const uint8_t *buf, size_t size)
{
    RFBParser grown = *before, p;

    for (size_t n = 0; n < size; n++) {
        p = *before;
        assert_int_equal(walk_exactly(&p, buf, n), AVERROR(EAGAIN));
        assert_in_range(p.need, n + 1, size);
        assert_int_equal(walk_exactly(&grown, buf, n), AVERROR(EAGAIN));
    }
    assert_int_equal(walk_exactly(&grown, buf, size), size);
}

/** One whole message, that may hold damage inside elements of known length. */
static inline void play_damaged(Session *s, const uint8_t *buf, size_t size)
{
    uint8_t *copy = bytes_copy(buf, size);

    try_prefixes(&s->walk, buf, size);
    assert_int_equal(avpriv_rfb_parse(&s->walk, NULL, copy, size), size);
    ff_rfb_frame_begin(&s->frame);
    assert_int_equal(avpriv_rfb_parse(&s->paint, &s->frame, copy, size), size);
    free(copy);
}

/** One whole message without fault. */
static inline void play(Session *s, const uint8_t *buf, size_t size)
{
    play_damaged(s, buf, size);
    if (s->frame.nb_errors)
        fail_msg("%s: %s %d", s->frame.error.name, s->frame.error.what,
                 (int)s->frame.error.value);
}

static inline void play_bytes(Session *s, Bytes *b)
{
    play(s, b->data, b->size);
    bytes_free(b);
}

/** A message that nothing behind it can be read after. @return byte offset of the fault */
static inline size_t play_broken(Session *s, const uint8_t *buf, size_t size)
{
    RFBParser p = s->walk;
    size_t offset;

    assert_int_equal(walk_exactly(&p, buf, size), AVERROR_INVALIDDATA);
    assert_non_null(p.error.what);
    offset = p.error.offset;
    p = s->paint;
    assert_int_equal(avpriv_rfb_parse(&p, &s->frame, buf, size), AVERROR_INVALIDDATA);
    assert_int_equal(p.error.offset, offset);
    return offset;
}

/** The upper byte means nothing: libjpeg-turbo writes 255 there. */
static inline uint32_t pixel_at(const Session *s, int x, int y)
{
    return s->frame.data[(size_t)y * s->frame.stride + x] & 0xFFFFFF;
}

static inline uint32_t letter(char c)
{
    static const struct { char name; uint32_t rgb; } colours[] = {
        { '.', 0x000000 }, { 'r', 0xFF0000 }, { 'g', 0x00FF00 }, { 'b', 0x0000FF },
        { 'w', 0xFFFFFF },
    };

    for (int i = 0; i < FF_ARRAY_ELEMS(colours); i++)
        if (colours[i].name == c)
            return colours[i].rgb;
    fail_msg("no colour '%c'", c);
    return 0;
}

static inline void expect_colour(const Session *s, int x, int y, int w, int h, uint32_t rgb)
{
    for (int j = y; j < y + h; j++)
        for (int i = x; i < x + w; i++)
            if (pixel_at(s, i, j) != rgb)
                fail_msg("pixel %d,%d is %06x, not %06x", i, j, pixel_at(s, i, j), rgb);
}

/** The whole frame, a letter a pixel; black is a dot. */
static inline void expect(const Session *s, const char *picture)
{
    int w = s->frame.width;

    assert_int_equal(strlen(picture), w * s->frame.height);
    for (int i = 0; picture[i]; i++)
        expect_colour(s, i % w, i / w, 1, 1, letter(picture[i]));
}

#endif /* TESTS_RFBTEST_H */
