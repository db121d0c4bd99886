/*
 * Tight on bytes written by hand, after rfbproto.rst, "Tight Encoding"
 */

#include "rfbtest.h"

enum { FILL = 0x80, JPEG = 0x90, NO_ZLIB = 0xA0, FILTER = 0x40 };
enum { COPY, PALETTE, GRADIENT };

typedef struct Streams {
    z_stream z[4];
} Streams;

static void streams_begin(Streams *t)
{
    memset(t, 0, sizeof(*t));
    for (int i = 0; i < 4; i++)
        assert_int_equal(deflateInit(&t->z[i], 6), Z_OK);
}

static void streams_end(Streams *t)
{
    for (int i = 0; i < 4; i++)
        deflateEnd(&t->z[i]);
}

static void put_compact(Bytes *b, unsigned n)
{
    put8(b, n > 0x7F ? n & 0x7F | 0x80 : n);
    if (n > 0x7F)
        put8(b, n > 0x3FFF ? n >> 7 & 0x7F | 0x80 : n >> 7);
    if (n > 0x3FFF)
        put8(b, n >> 14);
}

/** length and data of basic compression */
static void put_basic(Bytes *b, z_stream *z, const uint8_t *data, size_t size)
{
    Bytes d = deflated(z, data, size);

    put_compact(b, d.size);
    put(b, d.data, d.size);
    free(d.data);
}

static void fill(void **state)
{
    Session s;

    session_begin(&s, 3, 2, &bgrx);
    play(&s, BYTES(UPDATE(2), RECT(0, 0, 3, 2, RFB_ENC_TIGHT), FILL, TRED,
                   RECT(1, 1, 2, 1, RFB_ENC_TIGHT), FILL, TBLUE));
    expect(&s, "rrr"
               "rbb");
    session_end(&s);
}

/** Less than 12 bytes stand as they are, without a length. */
static void twelve_bytes(void **state)
{
    static const uint8_t four[] = { TGREEN, TBLUE, TRED, TWHITE };
    Bytes b = { 0 };
    Streams t;
    Session s;

    streams_begin(&t);
    session_begin(&s, 4, 3, &bgrx);
    play(&s, BYTES(UPDATE(2), RECT(0, 0, 3, 1, RFB_ENC_TIGHT), 0x00, TRED, TGREEN, TBLUE,
                   RECT(0, 1, 1, 2, RFB_ENC_TIGHT), FILTER, COPY, TBLUE, TRED));
    expect(&s, "rgb."
               "b..."
               "r...");
    put_update(&b, 2);
    put_rect(&b, 0, 2, 4, 1, RFB_ENC_TIGHT);
    put8(&b, 0x00);
    put_basic(&b, &t.z[0], four, 12);
    put_rect(&b, 2, 0, 2, 2, RFB_ENC_TIGHT);
    put8(&b, 0x20 | FILTER);
    put8(&b, COPY);
    put_basic(&b, &t.z[2], four, 12);
    play_bytes(&s, &b);
    expect(&s, "rggb"
               "b.rw"
               "gbrw");
    streams_end(&t);
    session_end(&s);
}

/** Lengths of one, two and three bytes. */
static void compact_lengths(void **state)
{
    static const struct { int size, bytes; } cases[] = {
        { 42, 1 }, { 43, 2 }, { 5461, 2 }, { 5462, 3 },
    };

    for (int i = 0; i < FF_ARRAY_ELEMS(cases); i++) {
        int n = cases[i].size;
        Bytes b = { 0 };
        Session s;

        session_begin(&s, n, 1, &bgrx);
        put_update(&b, 1);
        put_rect(&b, 0, 0, n, 1, RFB_ENC_TIGHT);
        put8(&b, NO_ZLIB);
        put_compact(&b, 3 * n);
        assert_int_equal(b.size, 4 + 12 + 1 + cases[i].bytes);
        for (int x = 0; x < n; x++)
            put(&b, BYTES(x >> 8, x, 99));
        play_bytes(&s, &b);
        for (int x = 0; x < n; x++)
            expect_colour(&s, x, 0, 1, 1, x << 8 | 99);
        session_end(&s);
    }
}

/** Each stream has a history of its own, until a rectangle resets it. */
static void resets(void **state)
{
    static const uint8_t line[] = { TRED, TRED, TRED, TRED, TRED, TGREEN };
    Streams t;
    Session s;

    streams_begin(&t);
    session_begin(&s, 6, 4, &bgrx);
    for (int round = 0; round < 3; round++) {
        Bytes b = { 0 };

        put_update(&b, 4);
        for (int i = 0; i < 4; i++) {
            put_rect(&b, 0, i, 6, 1, RFB_ENC_TIGHT);
            /* the last round begins with all streams reset in the first rectangle */
            put8(&b, i << 4 | (round == 2 && !i ? 0x0F : 0));
            if (round == 2 && !i)
                for (int j = 0; j < 4; j++)
                    deflateReset(&t.z[j]);
            put_basic(&b, &t.z[i], line, sizeof(line));
        }
        play_bytes(&s, &b);
        expect(&s, "rrrrrg" "rrrrrg" "rrrrrg" "rrrrrg");
        ff_rfb_fill(&s.frame, 0, 0, 6, 4, 0);
    }
    streams_end(&t);
    session_end(&s);
}

/** The reset bits count in rectangles that are not compressed, too. */
static void reset_by_fill(void **state)
{
    static const uint8_t line[] = { TRED, TRED, TRED, TRED, TRED, TGREEN };
    Bytes b = { 0 };
    Streams t;
    Session s;

    streams_begin(&t);
    session_begin(&s, 6, 1, &bgrx);
    put_update(&b, 3);
    put_rect(&b, 0, 0, 6, 1, RFB_ENC_TIGHT);
    put8(&b, 0x10);
    put_basic(&b, &t.z[1], line, sizeof(line));
    put_rect(&b, 0, 0, 1, 1, RFB_ENC_TIGHT);
    put8(&b, FILL | 1 << 1);
    put(&b, BYTES(TBLUE));
    deflateReset(&t.z[1]);
    put_rect(&b, 0, 0, 6, 1, RFB_ENC_TIGHT);
    put8(&b, 0x10);
    put_basic(&b, &t.z[1], line, sizeof(line));
    play_bytes(&s, &b);
    expect(&s, "rrrrrg");
    streams_end(&t);
    session_end(&s);
}

/** A bit a pixel, the highest first, lines in whole bytes; 0 is the first colour. */
static void palette_of_two(void **state)
{
    Bytes b = { 0 };
    Streams t;
    Session s;

    streams_begin(&t);
    session_begin(&s, 9, 2, &bgrx);
    play(&s, BYTES(UPDATE(1), RECT(0, 0, 9, 2, RFB_ENC_TIGHT), FILTER, PALETTE, 1, TRED, TBLUE,
                   0xA5, 0x80, 0x0F, 0x7F));
    expect(&s, "brbrrbrbb"
               "rrrrbbbbr");
    /* 12 lines of a byte are compressed */
    session_end(&s);
    session_begin(&s, 1, 12, &bgrx);
    put_update(&b, 1);
    put_rect(&b, 0, 0, 1, 12, RFB_ENC_TIGHT);
    put(&b, BYTES(0x30 | FILTER, PALETTE, 1, TWHITE, TGREEN));
    put_basic(&b, &t.z[3], BYTES(128, 0, 0, 128, 0, 0, 0, 0, 128, 128, 0, 128));
    play_bytes(&s, &b);
    expect(&s, "gwwgwwwwggwg");
    streams_end(&t);
    session_end(&s);
}

static void palette_of_many(void **state)
{
    Bytes b = { 0 };
    Streams t;
    Session s;

    streams_begin(&t);
    session_begin(&s, 4, 3, &bgrx);
    play(&s, BYTES(UPDATE(1), RECT(0, 0, 3, 1, RFB_ENC_TIGHT), FILTER, PALETTE, 2,
                   TRED, TGREEN, TBLUE, 2, 0, 1));
    put_update(&b, 1);
    put_rect(&b, 0, 0, 4, 3, RFB_ENC_TIGHT);
    put(&b, BYTES(FILTER, PALETTE, 3, TRED, TGREEN, TBLUE, TWHITE));
    put_basic(&b, &t.z[0], BYTES(0, 1, 2, 3, 3, 3, 2, 2, 1, 0, 0, 1));
    play_bytes(&s, &b);
    expect(&s, "rgbw"
               "wwbb"
               "grrg");
    /* a palette of one: no server has a reason, but the grammar allows it */
    play(&s, BYTES(UPDATE(1), RECT(0, 0, 4, 1, RFB_ENC_TIGHT), FILTER, PALETTE, 0, TBLUE, 0));
    expect_colour(&s, 0, 0, 4, 1, letter('b'));
    play_damaged(&s, BYTES(UPDATE(2), RECT(0, 0, 3, 1, RFB_ENC_TIGHT), FILTER, PALETTE, 2,
                           TRED, TGREEN, TBLUE, 2, 3, 1, RECT(3, 0, 1, 1, RFB_ENC_TIGHT),
                           FILL, TGREEN));
    assert_int_equal(s.frame.nb_errors, 1);
    assert_string_equal(s.frame.error.name, "Tight");
    expect_colour(&s, 3, 0, 1, 1, letter('g'));
    streams_end(&t);
    session_end(&s);
}

/**
 * The guess is left + up - upper left, held within 0 to 255; what is outside
 * of the rectangle is 0.
 *
 *     sent       guess             shown
 *     10 20      0     10          10  30
 *     5  250     10    15+30-10    15  29  (35 + 250 = 285, modulo 256)
 */
static void gradient(void **state)
{
    Bytes b = { 0 };
    Streams t;
    Session s;

    streams_begin(&t);
    session_begin(&s, 2, 2, &bgrx);
    put_update(&b, 1);
    put_rect(&b, 0, 0, 2, 2, RFB_ENC_TIGHT);
    put(&b, BYTES(FILTER, GRADIENT));
    put_basic(&b, &t.z[0], BYTES(10, 0, 1, 20, 0, 1, 5, 0, 1, 250, 0, 1));
    play_bytes(&s, &b);
    /* blue: 1 | 1+1=2; 1+1=2 | 2+2-1=3, +1=4 */
    expect_colour(&s, 0, 0, 1, 1, 10 << 16 | 1);
    expect_colour(&s, 1, 0, 1, 1, 30 << 16 | 2);
    expect_colour(&s, 0, 1, 1, 1, 15 << 16 | 2);
    expect_colour(&s, 1, 1, 1, 1, 29 << 16 | 4);
    streams_end(&t);
    session_end(&s);
}

/** The guess is held at both ends: 200+200-10 is 255, 10+10-200 is 0. */
static void gradient_at_its_limits(void **state)
{
    Session s;

    session_begin(&s, 2, 2, &bgrx);
    play(&s, BYTES(UPDATE(1), RECT(0, 0, 2, 2, RFB_ENC_TIGHT), NO_ZLIB | FILTER, GRADIENT, 12,
                   /* red 10 200; 200 255 - green 200 10; 10 0+7 */
                   10, 200, 0, 190, 66, 0,
                   190, 66, 0, 0, 7, 0));
    expect_colour(&s, 0, 0, 1, 1, 10 << 16 | 200 << 8);
    expect_colour(&s, 1, 0, 1, 1, 200 << 16 | 10 << 8);
    expect_colour(&s, 0, 1, 1, 1, 200 << 16 | 10 << 8);
    expect_colour(&s, 1, 1, 1, 1, 255 << 16 | 7 << 8);
    session_end(&s);
}

/** In 16 bits each channel counts in its own range. */
static void gradient_565(void **state)
{
    static const RFBPixelFormat pf = { 16, 16, 1, 1, { 31, 63, 31 }, { 11, 5, 0 } };
    Session s;

    session_begin(&s, 3, 1, &pf);
    /* red 31, 31+1=0, 0+31; green 0, 63, 63+63=62 modulo 64; blue 1, 3, 6;
     * six bytes are not compressed */
    play(&s, BYTES(UPDATE(1), RECT(0, 0, 3, 1, RFB_ENC_TIGHT), FILTER, GRADIENT,
                   U16(31 << 11 | 0 << 5 | 1), U16(1 << 11 | 63 << 5 | 2),
                   U16(31 << 11 | 63 << 5 | 3)));
    expect_colour(&s, 0, 0, 1, 1, 0xFF0000 | 8);
    expect_colour(&s, 1, 0, 1, 1, 0x00FF00 | 25);
    expect_colour(&s, 2, 0, 1, 1, 0xFF0000 | 251 << 8 | 49);
    session_end(&s);
}

/** A pixel of three bytes needs 32 bits, depth 24 and three maxima of 255. */
static void tpixel(void **state)
{
    static const RFBPixelFormat depth32 = { 32, 32, 0, 1, { 255, 255, 255 }, { 16, 8, 0 } };
    static const RFBPixelFormat seven = { 32, 24, 0, 1, { 255, 127, 255 }, { 16, 8, 0 } };
    static const RFBPixelFormat big = { 32, 24, 1, 1, { 255, 255, 255 }, { 0, 8, 16 } };
    static const RFBPixelFormat rgb565 = { 16, 16, 0, 1, { 31, 63, 31 }, { 11, 5, 0 } };
    Session s;

    session_begin(&s, 1, 1, &depth32);
    play(&s, BYTES(UPDATE(1), RECT(0, 0, 1, 1, RFB_ENC_TIGHT), FILL, GREEN));
    expect(&s, "g");
    session_end(&s);
    session_begin(&s, 1, 1, &seven);
    play(&s, BYTES(UPDATE(1), RECT(0, 0, 1, 1, RFB_ENC_TIGHT), FILL, 0, 127, 0, 0));
    expect(&s, "g");
    session_end(&s);
    /* always red first, whatever the format's order is */
    session_begin(&s, 1, 1, &big);
    play(&s, BYTES(UPDATE(1), RECT(0, 0, 1, 1, RFB_ENC_TIGHT), FILL, TRED));
    expect(&s, "r");
    session_end(&s);
    session_begin(&s, 5, 1, &rgb565);
    play(&s, BYTES(UPDATE(1), RECT(0, 0, 5, 1, RFB_ENC_TIGHT), 0x00,
                   0x00, 0xF8, 0xE0, 0x07, 0x1F, 0x00, 0x00, 0x00, 0xFF, 0xFF));
    expect(&s, "rgb.w");
    session_end(&s);
}

/** A gray 8x8 picture whose only coefficient is 0: every pixel is 128. */
static void jpeg(void **state)
{
    static const uint8_t gray[] = {
        0xFF, 0xD8, 0xFF, 0xDB, 0x00, 0x43, 0x00, 16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17,
        16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51, 61, 60, 57, 51, 56, 55,
        64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87, 95, 98, 103, 104, 103, 62, 77,
        113, 121, 112, 100, 120, 92, 101, 103, 99, 0xFF, 0xC0, 0x00, 0x0B, 0x08, 0x00, 0x08, 0x00,
        0x08, 0x01, 0x01, 0x11, 0x00, 0xFF, 0xC4, 0x00, 0x14, 0x00, 0x01, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xC4, 0x00, 0x14, 0x10, 0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0xFF, 0xDA, 0x00, 0x08, 0x01, 0x01, 0x00, 0x00, 0x3F, 0x00, 0x3F,
        0xFF, 0xD9
    };
    Bytes b = { 0 };
    Session s;

    session_begin(&s, 9, 9, &bgrx);
    put_update(&b, 1);
    put_rect(&b, 1, 1, 8, 8, RFB_ENC_TIGHT);
    put8(&b, JPEG);
    put_compact(&b, sizeof(gray));
    put(&b, gray, sizeof(gray));
    play_damaged(&s, b.data, b.size);
    if (s.frame.nb_errors && !s.frame.jpeg) {
        bytes_free(&b);
        session_end(&s);
        skip();         /* built without libjpeg-turbo: the decoder brings the function */
    }
    assert_int_equal(s.frame.nb_errors, 0);
    expect_colour(&s, 0, 0, 9, 1, 0);
    expect_colour(&s, 1, 1, 8, 8, 0x808080);

    /* a picture of another size than its rectangle is damage */
    AV_WB16(b.data + 8, 4);
    play_damaged(&s, b.data, b.size);
    assert_int_equal(s.frame.nb_errors, 1);
    assert_string_equal(s.frame.error.name, "Tight");
    bytes_free(&b);
    session_end(&s);
}

static void damaged(void **state)
{
    Session s;

    session_begin(&s, 6, 1, &bgrx);
    play_damaged(&s, BYTES(UPDATE(3), RECT(0, 0, 6, 1, RFB_ENC_TIGHT), 0x00, 2, 0x12, 0x34,
                           RECT(0, 0, 6, 1, RFB_ENC_TIGHT), JPEG, 2, 0x12, 0x34,
                           RECT(5, 0, 1, 1, RFB_ENC_TIGHT), FILL, TGREEN));
    assert_int_equal(s.frame.nb_errors, 2);
    expect_colour(&s, 5, 0, 1, 1, letter('g'));
    assert_int_equal(play_broken(&s, BYTES(UPDATE(1), RECT(0, 0, 6, 1, RFB_ENC_TIGHT), 0xF0)),
                     16);
    assert_int_equal(play_broken(&s, BYTES(UPDATE(1), RECT(0, 0, 6, 1, RFB_ENC_TIGHT),
                                           FILTER, 7)), 17);
    session_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fill),
        cmocka_unit_test(twelve_bytes),
        cmocka_unit_test(compact_lengths),
        cmocka_unit_test(resets),
        cmocka_unit_test(reset_by_fill),
        cmocka_unit_test(palette_of_two),
        cmocka_unit_test(palette_of_many),
        cmocka_unit_test(gradient),
        cmocka_unit_test(gradient_at_its_limits),
        cmocka_unit_test(gradient_565),
        cmocka_unit_test(tpixel),
        cmocka_unit_test(jpeg),
        cmocka_unit_test(damaged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
