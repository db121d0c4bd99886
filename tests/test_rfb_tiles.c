/*
 * The tiles of TRLE and ZRLE on bytes written by hand, after RFC 6143, 7.7.5
 * and 7.7.6, and rfbproto.rst
 */

#include "rfbtest.h"

/** A session with ZRLE's zlib stream. */
typedef struct Tiles {
    Session s;
    z_stream z;
} Tiles;

static void tiles_begin(Tiles *t, int w, int h, const RFBPixelFormat *pf)
{
    memset(&t->z, 0, sizeof(t->z));
    assert_int_equal(deflateInit(&t->z, 6), Z_OK);
    session_begin(&t->s, w, h, pf);
}

static void tiles_end(Tiles *t)
{
    deflateEnd(&t->z);
    session_end(&t->s);
}

static void zrle(Tiles *t, int x, int y, int w, int h, const uint8_t *data, size_t size)
{
    Bytes b = { 0 };

    put_update(&b, 1);
    put_rect(&b, x, y, w, h, RFB_ENC_ZRLE);
    put_deflated(&b, &t->z, data, size);
    play_damaged(&t->s, b.data, b.size);
    bytes_free(&b);
}

static void trle(Tiles *t, int x, int y, int w, int h, const uint8_t *data, size_t size)
{
    Bytes b = { 0 };

    put_update(&b, 1);
    put_rect(&b, x, y, w, h, RFB_ENC_TRLE);
    put(&b, data, size);
    play_damaged(&t->s, b.data, b.size);
    bytes_free(&b);
}

typedef void (*Rectangle)(Tiles *t, int x, int y, int w, int h, const uint8_t *data, size_t size);

/** Without palettes that are used again, tiles of at most 16x16 are the same in both. */
#define IN_BOTH(test) \
    static void test(void **state) \
    { \
        test ## _in(zrle); \
        test ## _in(trle); \
    }

static void raw_and_solid_in(Rectangle rectangle)
{
    Tiles t;

    tiles_begin(&t, 4, 2, &bgrx);
    rectangle(&t, 1, 0, 3, 2, BYTES(0, CRED, CGREEN, CBLUE, CWHITE, CBLACK, CRED));
    expect(&t.s, ".rgb"
                 ".w.r");
    rectangle(&t, 0, 1, 2, 1, BYTES(1, CBLUE));
    expect(&t.s, ".rgb"
                 "bb.r");
    assert_int_equal(t.s.frame.nb_errors, 0);
    tiles_end(&t);
}
IN_BOTH(raw_and_solid)

/** 1, 2 and 4 bits a pixel by the number of colours, lines in whole bytes. */
static void packed_palette_in(Rectangle rectangle)
{
    Tiles t;

    tiles_begin(&t, 9, 2, &bgrx);
    rectangle(&t, 0, 0, 9, 2, BYTES(2, CRED, CBLUE, 0xA5, 0x80, 0x0F, 0x00));
    expect(&t.s, "brbrrbrbb"
                 "rrrrbbbbr");
    rectangle(&t, 0, 0, 5, 2, BYTES(3, CWHITE, CBLUE, CGREEN, 0x18, 0x80, 0x95, 0x00));
    expect(&t.s, "wbgwgbrbb"
                 "gbbbwbbbr");
    rectangle(&t, 0, 0, 3, 1, BYTES(4, CWHITE, CBLUE, CGREEN, CRED, 0x1B << 2));
    expect(&t.s, "bgrwgbrbb"
                 "gbbbwbbbr");
    rectangle(&t, 0, 0, 3, 2, BYTES(5, CBLACK, CBLACK, CGREEN, CWHITE, CRED,
                                    0x42, 0x30, 0x04, 0x20));
    expect(&t.s, "rgwwgbrbb"
                 ".rgbwbbbr");
    rectangle(&t, 0, 0, 2, 1, BYTES(16, CBLACK, CBLACK, CBLACK, CBLACK, CBLACK, CBLACK, CBLACK,
                                    CBLACK, CBLACK, CBLACK, CBLACK, CBLACK, CBLACK, CBLACK,
                                    CBLUE, CWHITE, 0xEF));
    expect(&t.s, "bwwwgbrbb"
                 ".rgbwbbbr");
    assert_int_equal(t.s.frame.nb_errors, 0);
    tiles_end(&t);
}
IN_BOTH(packed_palette)

/** A length is 1 more than the sum of its bytes, of which all but the last are 255. */
static void plain_runs_in(Rectangle rectangle)
{
    Tiles t;

    tiles_begin(&t, 16, 16, &bgrx);
    rectangle(&t, 0, 0, 4, 2, BYTES(128, CRED, 0, CGREEN, 4, CBLUE, 1));
    expect_colour(&t.s, 0, 0, 1, 1, letter('r'));
    expect_colour(&t.s, 1, 0, 3, 1, letter('g'));
    expect_colour(&t.s, 0, 1, 2, 1, letter('g'));
    expect_colour(&t.s, 2, 1, 2, 1, letter('b'));
    rectangle(&t, 0, 0, 16, 16, BYTES(128, CGREEN, 255, 0));
    expect_colour(&t.s, 0, 0, 16, 16, letter('g'));
    rectangle(&t, 0, 0, 16, 16, BYTES(128, CRED, 254, CBLUE, 0));
    expect_colour(&t.s, 0, 0, 16, 15, letter('r'));
    expect_colour(&t.s, 15, 15, 1, 1, letter('b'));
    assert_int_equal(t.s.frame.nb_errors, 0);
    tiles_end(&t);
}
IN_BOTH(plain_runs)

static void palette_runs_in(Rectangle rectangle)
{
    Tiles t;

    tiles_begin(&t, 4, 2, &bgrx);
    rectangle(&t, 0, 0, 4, 2, BYTES(130, CRED, CBLUE, 0, 0x81, 3, 1, 0x80, 1));
    expect(&t.s, "rbbb"
                 "bbrr");
    tiles_end(&t);
}
IN_BOTH(palette_runs)

/** The last tiles of a line and a column are smaller. */
static void zrle_tiles(void **state)
{
    Tiles t;

    tiles_begin(&t, 67, 66, &bgrx);
    zrle(&t, 1, 1, 66, 65, BYTES(1, CRED, 1, CGREEN, 130, CBLUE, CWHITE, 0x80, 62, 1,
                                 0, CWHITE, CBLACK));
    assert_int_equal(t.s.frame.nb_errors, 0);
    expect_colour(&t.s, 1, 1, 64, 64, letter('r'));
    expect_colour(&t.s, 65, 1, 2, 64, letter('g'));
    expect_colour(&t.s, 1, 65, 63, 1, letter('b'));
    expect_colour(&t.s, 64, 65, 2, 1, letter('w'));
    expect_colour(&t.s, 66, 65, 1, 1, 0);
    expect_colour(&t.s, 0, 0, 67, 1, 0);
    tiles_end(&t);
}

/** 127 is a packed palette tile and 129 one of runs, with the last tile's colours. */
static void trle_palette_again(void **state)
{
    Tiles t;

    tiles_begin(&t, 50, 1, &bgrx);
    trle(&t, 0, 0, 50, 1, BYTES(2, CRED, CBLUE, 0x80, 0x01,
                                127, 0x7F, 0xFE,
                                129, 0x80, 9, 0x81, 5,
                                127, 0x40));
    assert_int_equal(t.s.frame.nb_errors, 0);
    expect(&t.s, "brrrrrrrrrrrrrrb" "rbbbbbbbbbbbbbbr" "rrrrrrrrrrbbbbbb" "rb");
    trle(&t, 0, 0, 34, 1, BYTES(131, CGREEN, CWHITE, CBLUE, 0x82, 13, 1, 0,
                                127, 0x1B, 0x00, 0x00, 0x06 << 4 | 0x0A,
                                129, 0x01, 0x02));
    /* 1B is 0 1 2 3, and 3 is no colour of the three */
    assert_int_equal(t.s.frame.nb_errors, 1);
    tiles_end(&t);

    tiles_begin(&t, 34, 1, &bgrx);
    trle(&t, 0, 0, 34, 1, BYTES(131, CGREEN, CWHITE, CBLUE, 0x82, 13, 1, 0,
                                127, 0x1A, 0x00, 0x00, 0x06 << 4 | 0x0A,
                                129, 0x01, 0x02));
    assert_int_equal(t.s.frame.nb_errors, 0);
    expect(&t.s, "bbbbbbbbbbbbbbwg" "gwbbggggggggwbbb" "wb");
    tiles_end(&t);
}

/** CPIXEL: the three bytes that hold all the bits, if there are three such. */
static void cpixels_in(Rectangle rectangle)
{
    static const struct {
        RFBPixelFormat pf;
        uint8_t solid[5];
        int size;
    } cases[] = {
        { { 32, 24, 0, 1, { 255, 255, 255 }, { 16, 8, 0 } }, { 1, 0xA3, 0xA2, 0xA1 }, 4 },
        { { 32, 24, 1, 1, { 255, 255, 255 }, { 16, 8, 0 } }, { 1, 0xA1, 0xA2, 0xA3 }, 4 },
        { { 32, 24, 0, 1, { 255, 255, 255 }, { 24, 16, 8 } }, { 1, 0xA3, 0xA2, 0xA1 }, 4 },
        { { 32, 24, 1, 1, { 255, 255, 255 }, { 24, 16, 8 } }, { 1, 0xA1, 0xA2, 0xA3 }, 4 },
        { { 32, 24, 0, 1, { 255, 255, 255 }, { 0, 8, 16 } }, { 1, 0xA1, 0xA2, 0xA3 }, 4 },
        /* servers that declare a depth of 32 do the same */
        { { 32, 32, 0, 1, { 255, 255, 255 }, { 16, 8, 0 } }, { 1, 0xA3, 0xA2, 0xA1 }, 4 },
        /* neither the upper nor the lower three bytes hold these */
        { { 32, 24, 0, 1, { 255, 255, 255 }, { 24, 8, 0 } }, { 1, 0xA3, 0xA2, 0, 0xA1 }, 5 },
        { { 32, 24, 1, 1, { 255, 255, 255 }, { 0, 24, 16 } }, { 1, 0xA2, 0xA3, 0, 0xA1 }, 5 },
    };

    for (int i = 0; i < FF_ARRAY_ELEMS(cases); i++) {
        Tiles t;

        tiles_begin(&t, 2, 2, &cases[i].pf);
        rectangle(&t, 0, 0, 2, 1, cases[i].solid, cases[i].size);
        assert_int_equal(t.s.frame.nb_errors, 0);
        expect_colour(&t.s, 0, 0, 2, 1, 0xA1A2A3);
        tiles_end(&t);
    }
}
IN_BOTH(cpixels)

static void sixteen_bits_in(Rectangle rectangle)
{
    static const RFBPixelFormat pf = { 16, 16, 1, 1, { 31, 63, 31 }, { 11, 5, 0 } };
    Tiles t;

    tiles_begin(&t, 3, 1, &pf);
    rectangle(&t, 0, 0, 3, 1, BYTES(0, 0xF8, 0x00, 0x07, 0xE0, 0x00, 0x1F));
    expect(&t.s, "rgb");
    tiles_end(&t);
}
IN_BOTH(sixteen_bits)

/** The history of the zlib stream goes on: without the first rectangle the second is damaged. */
static void zrle_history(void **state)
{
    static const uint8_t data[] = { 128, CRED, 3, CBLUE, 6, CGREEN, 7, CWHITE, 0, CBLACK, 0 };
    Tiles t;

    tiles_begin(&t, 21, 2, &bgrx);
    zrle(&t, 0, 0, 21, 1, data, sizeof(data));
    zrle(&t, 0, 1, 21, 1, data, sizeof(data));
    assert_int_equal(t.s.frame.nb_errors, 0);
    expect(&t.s, "rrrrbbbbbbbggggggggw."
                 "rrrrbbbbbbbggggggggw.");
    ff_rfb_frame_reset(&t.s.frame);
    zrle(&t, 0, 1, 21, 1, data, sizeof(data));
    assert_int_equal(t.s.frame.nb_errors, 1);
    tiles_end(&t);
}

static void zrle_damaged(void **state)
{
    static const struct { uint8_t data[8]; int size; } cases[] = {
        { { 128, CRED, 4 }, 5 },            /* a run of 5 in a tile of 4 */
        { { 0, CRED, CRED }, 7 },           /* two pixels are missing */
        { { 129, 0, 0, 0, 0 }, 5 },
        { { 2, CRED }, 4 },
        { { 0 }, 0 },
    };

    for (int i = 0; i < FF_ARRAY_ELEMS(cases); i++) {
        Tiles t;

        tiles_begin(&t, 4, 1, &bgrx);
        zrle(&t, 0, 0, 4, 1, cases[i].data, cases[i].size);
        assert_int_equal(t.s.frame.nb_errors, 1);
        assert_string_equal(t.s.frame.error.name, "ZRLE");
        play(&t.s, BYTES(UPDATE(1), RECT(3, 0, 1, 1, RFB_ENC_RAW), GREEN));
        expect_colour(&t.s, 3, 0, 1, 1, letter('g'));
        tiles_end(&t);
    }
}

/** In TRLE the fault makes the rest of the message unreadable. */
static void trle_damaged(void **state)
{
    Tiles t;

    tiles_begin(&t, 4, 1, &bgrx);
    play_broken(&t.s, BYTES(UPDATE(1), RECT(0, 0, 4, 1, RFB_ENC_TRLE), 128, CRED, 4));
    play_broken(&t.s, BYTES(UPDATE(1), RECT(0, 0, 4, 1, RFB_ENC_TRLE), 127, 0x00));
    tiles_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(raw_and_solid),
        cmocka_unit_test(packed_palette),
        cmocka_unit_test(plain_runs),
        cmocka_unit_test(palette_runs),
        cmocka_unit_test(zrle_tiles),
        cmocka_unit_test(trle_palette_again),
        cmocka_unit_test(cpixels),
        cmocka_unit_test(sixteen_bits),
        cmocka_unit_test(zrle_history),
        cmocka_unit_test(zrle_damaged),
        cmocka_unit_test(trle_damaged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
