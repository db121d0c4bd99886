/*
 * Handshakes, pixel formats and key updates of RFB, on bytes written by hand
 */

#include "rfbtest.h"

#define RFB33 'R', 'F', 'B', ' ', '0', '0', '3', '.', '0', '0', '3', '\n'
#define RFB37 'R', 'F', 'B', ' ', '0', '0', '3', '.', '0', '0', '7', '\n'
#define RFB38 'R', 'F', 'B', ' ', '0', '0', '3', '.', '0', '0', '8', '\n'
#define CHALLENGE 0x91, 0x32, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16
#define INIT U16(640), U16(480), 32, 24, 0, 1, U16(255), U16(255), U16(255), 16, 8, 0, 0, 0, 0, \
             U32(3)
#define NAME 'v', 'n', 'c'

/** The forms that recorders are known to write. */
static void prologues(void **state)
{
    static const struct {
        const char *what;
        uint8_t bytes[90];
        int size, minor, security, init;
    } cases[] = {
        { "3.3, None", { RFB33, U32(1), INIT, NAME }, 43, 3, 1, 16 },
        { "3.3, VNC authentication", { RFB33, U32(2), CHALLENGE, U32(0), INIT, NAME },
          63, 3, 2, 36 },
        { "3.7 without a result", { RFB37, 1, 1, INIT, NAME }, 41, 7, 1, 14 },
        { "3.8 without a result", { RFB38, 1, 1, INIT, NAME }, 41, 8, 1, 14 },
        { "3.8 with a result", { RFB38, 1, 1, U32(0), INIT, NAME }, 45, 8, 1, 18 },
        { "3.8, four types", { RFB38, 4, 2, 19, 1, 30, U32(0), INIT, NAME }, 48, 8, 1, 21 },
        { "3.8, VNC authentication", { RFB38, 2, 2, 16, CHALLENGE, U32(0), INIT, NAME },
          62, 8, 2, 35 },
        { "3.8, VNC authentication without a result", { RFB38, 1, 2, CHALLENGE, INIT, NAME },
          57, 8, 2, 30 },
        { "3.8, but what follows is 3.3's", { RFB38, U32(1), INIT, NAME }, 43, 8, 1, 16 },
        { "3.7, but what follows is 3.3's", { RFB37, U32(1), INIT, NAME }, 43, 7, 1, 16 },
        { "3.8, but what follows is 3.3's with authentication",
          { RFB38, U32(2), CHALLENGE, U32(0), INIT, NAME }, 63, 8, 2, 36 },
    };

    for (int i = 0; i < FF_ARRAY_ELEMS(cases); i++) {
        RFBPrologue pro;
        size_t need;

        print_message("# %s\n", cases[i].what);
        for (int n = 0; n < cases[i].size; n++) {
            uint8_t *copy = bytes_copy(cases[i].bytes, n);

            assert_int_equal(avpriv_rfb_prologue(&pro, copy, n, &need), AVERROR(EAGAIN));
            /* where a result of four bytes may be is looked at before the place without */
            assert_in_range(need, n + 1, cases[i].size + 4);
            free(copy);
        }
        assert_int_equal(avpriv_rfb_prologue(&pro, cases[i].bytes, sizeof(cases[i].bytes), &need),
                         cases[i].size);
        assert_int_equal(pro.minor, cases[i].minor);
        assert_int_equal(pro.server_init, cases[i].init);
        assert_int_equal(pro.security_type, cases[i].security);
        assert_int_equal(pro.name_size, 3);
    }
}

static void broken_prologues(void **state)
{
    static const uint8_t cases[][64] = {
        { 'F', 'B', 'S', ' ', '0', '0', '1', '.', '0', '0', '0', '\n' },
        { 'R', 'F', 'B', ' ', '9', 'x', 'x', '.', '0', '0', '3', '\n', U32(1), INIT, NAME },
        /* a refusal: no security type, and the reason for it */
        { RFB33, U32(0), U32(2), 'n', 'o' },
        { RFB33, U32(1), U16(640), U16(480), 32, 24, 0, 1, U16(255), U16(255), U16(255),
          16, 8, 0, 0, 0, 0, U32(0xFFFFFFFF) },
        { RFB38, 1, 1, 0 },
    };

    for (int i = 0; i < FF_ARRAY_ELEMS(cases); i++) {
        RFBPrologue pro;
        size_t need;

        assert_int_equal(avpriv_rfb_prologue(&pro, cases[i], sizeof(cases[i]), &need),
                         AVERROR_INVALIDDATA);
    }
}

static void broken_server_inits(void **state)
{
    static const uint8_t cases[][RFB_SERVER_INIT_SIZE] = {
        { U16(0), U16(480), 32, 24, 0, 1, U16(255), U16(255), U16(255), 16, 8, 0 },
        { U16(65535), U16(65535), 32, 24, 0, 1, U16(255), U16(255), U16(255), 16, 8, 0 },
        { U16(640), U16(480), 13, 8, 0, 1, U16(255), U16(255), U16(255), 16, 8, 0 },
        { U16(640), U16(480), 32, 24, 0, 1, U16(0), U16(0), U16(0), 16, 8, 0 },
        { U16(640), U16(480), 32, 24, 0, 1, U16(255), U16(255), U16(255), 16, 8, 64 },
        { U16(640), U16(480), 16, 16, 0, 0 },
    };

    for (int i = 0; i < FF_ARRAY_ELEMS(cases); i++) {
        RFBParser p;

        assert_int_equal(avpriv_rfb_parser_init(&p, cases[i], 0), AVERROR_INVALIDDATA);
        assert_non_null(p.error.what);
        assert_string_equal(p.error.name, "ServerInit");
    }
}

/** One pixel of one colour: a maximum is 255, and what is between is in proportion. */
static void pixel_formats(void **state)
{
    static const struct {
        RFBPixelFormat pf;
        uint8_t bytes[4];
        uint32_t rgb;
    } cases[] = {
        { { 32, 24, 0, 1, { 255, 255, 255 }, { 16, 8, 0 } }, { 3, 2, 1, 9 }, 0x010203 },
        { { 32, 24, 1, 1, { 255, 255, 255 }, { 16, 8, 0 } }, { 9, 1, 2, 3 }, 0x010203 },
        { { 32, 24, 0, 1, { 255, 255, 255 }, { 0, 8, 16 } }, { 1, 2, 3, 9 }, 0x010203 },
        { { 32, 24, 0, 1, { 255, 255, 255 }, { 24, 16, 8 } }, { 9, 3, 2, 1 }, 0x010203 },
        { { 32, 32, 1, 1, { 255, 255, 255 }, { 24, 16, 8 } }, { 1, 2, 3, 9 }, 0x010203 },
        { { 32, 24, 0, 1, { 255, 255, 255 }, { 3, 11, 19 } }, { 0x0F, 0x10, 0x18, 0 }, 0x010203 },
        /* 10 bits a channel: 512 of 1023 is 127.6, 1023, 256 of 1023 is 63.8 */
        { { 32, 30, 1, 1, { 1023, 1023, 1023 }, { 20, 10, 0 } }, { 0x20, 0x0F, 0xFD, 0x00 },
          0x80FF40 },
        /* 16 of 31 is 131.6, 32 of 63 is 129.5 */
        { { 16, 16, 0, 1, { 31, 63, 31 }, { 11, 5, 0 } }, { 0x1F, 0x84 }, 0x8482FF },
        { { 16, 16, 1, 1, { 31, 63, 31 }, { 11, 5, 0 } }, { 0x84, 0x1F }, 0x8482FF },
        { { 16, 15, 0, 1, { 31, 31, 31 }, { 10, 5, 0 } }, { 0x1F, 0x42 }, 0x8484FF },
        { { 16, 16, 0, 1, { 31, 63, 31 }, { 0, 5, 11 } }, { 0x10, 0xFC }, 0x8482FF },
        /* ScreenToaster's: green of 5 bits and blue of 6 */
        { { 16, 16, 0, 1, { 31, 31, 63 }, { 11, 6, 0 } }, { 0x20, 0x84 }, 0x848482 },
        /* 5 of 7 is 182.1, 1 of 3 is 85 */
        { { 8, 8, 0, 1, { 7, 7, 3 }, { 5, 2, 0 } }, { 0xB5 }, 0xB6B655 },
        { { 8, 8, 1, 1, { 7, 7, 3 }, { 0, 3, 6 } }, { 0x6D }, 0xB6B655 },
        { { 8, 6, 0, 1, { 3, 3, 3 }, { 4, 2, 0 } }, { 0xC0 | 0x1B }, 0x55AAFF },
        /* maxima that are no power of two less one */
        { { 8, 8, 0, 1, { 5, 5, 5 }, { 3, 0, 6 } }, { 5 << 3 | 2 }, 0xFF6600 },
    };

    for (int i = 0; i < FF_ARRAY_ELEMS(cases); i++) {
        int size = cases[i].pf.bits_per_pixel / 8;
        Bytes b = { 0 };
        Session s;

        session_begin(&s, 5, 1, &cases[i].pf);
        put_update(&b, 3);
        put_rect(&b, 0, 0, 2, 1, RFB_ENC_RAW);
        put(&b, cases[i].bytes, size);
        put(&b, cases[i].bytes, size);
        put_rect(&b, 2, 0, 1, 1, RFB_ENC_RRE);
        put32(&b, 0);
        put(&b, cases[i].bytes, size);
        put_rect(&b, 3, 0, 1, 1, RFB_ENC_HEXTILE);
        put8(&b, 2);
        put(&b, cases[i].bytes, size);
        play_bytes(&s, &b);
        expect_colour(&s, 0, 0, 4, 1, cases[i].rgb);
        session_end(&s);
    }
}

static void pixel_format_names(void **state)
{
    static const struct { const char *name; uint8_t bytes[4]; uint32_t rgb; } cases[] = {
        { "bgrx8888",   { 3, 2, 1, 9 }, 0x010203 },   { "rgbx8888",   { 1, 2, 3, 9 }, 0x010203 },
        { "xrgb8888",   { 9, 1, 2, 3 }, 0x010203 },   { "xbgr8888",   { 9, 3, 2, 1 }, 0x010203 },
        { "bgrx8888be", { 3, 2, 1, 9 }, 0x010203 },   { "rgb565",     { 0x00, 0xF8 }, 0xFF0000 },
        { "rgb565le",   { 0x00, 0xF8 }, 0xFF0000 },   { "rgb565be",   { 0xF8, 0x00 }, 0xFF0000 },
        { "bgr565",     { 0x00, 0xF8 }, 0x0000FF },   { "rgb555",     { 0x00, 0x7C }, 0xFF0000 },
        { "rgb332",     { 0xE0 }, 0xFF0000 },         { "bgr233",     { 0xC0 }, 0x0000FF },
    };
    RFBPixelFormat pf;

    for (int i = 0; i < FF_ARRAY_ELEMS(cases); i++) {
        RFBColours c = { 0 };

        print_message("# %s\n", cases[i].name);
        assert_int_equal(avpriv_rfb_pixel_format_parse(&pf, cases[i].name), 0);
        assert_int_equal(ff_rfb_colours_init(&c, &pf), 0);
        assert_int_equal(ff_rfb_pixel(&c.pixel, cases[i].bytes), cases[i].rgb);
        ff_rfb_colours_free(&c);
    }
    assert_int_equal(avpriv_rfb_pixel_format_parse(&pf, "map8"), 0);
    assert_false(pf.true_colour);
    assert_int_equal(avpriv_rfb_pixel_format_parse(&pf, "rgb"), AVERROR(EINVAL));
    assert_int_equal(avpriv_rfb_pixel_format_parse(&pf, ""), AVERROR(EINVAL));
    assert_int_equal(avpriv_rfb_pixel_format_parse(&pf, "le"), AVERROR(EINVAL));
}

static void walk(RFBParser *p, const uint8_t *buf, size_t size, int key)
{
    assert_int_equal(walk_exactly(p, buf, size), size);
    assert_int_equal(avpriv_rfb_parser_is_key(p), key);
}

/** All of the frame is painted, in whatever pieces, and from nothing older. */
static void key_by_coverage(void **state)
{
    Session s;
    RFBParser *p = &s.walk;

    session_begin(&s, 2, 2, &bgrx);
    walk(p, BYTES(UPDATE(1), RECT(0, 0, 2, 2, RFB_ENC_RRE), U32(0), RED), 1);
    walk(p, BYTES(UPDATE(0)), 0);
    walk(p, BYTES(2), 0);
    walk(p, BYTES(UPDATE(1), RECT(0, 0, 2, 1, RFB_ENC_RRE), U32(0), RED), 0);
    walk(p, BYTES(UPDATE(2), RECT(0, 0, 2, 1, RFB_ENC_RRE), U32(0), RED,
                  RECT(0, 1, 2, 1, RFB_ENC_RRE), U32(0), RED), 1);
    /* larger than the frame, and overlapping */
    walk(p, BYTES(UPDATE(2), RECT(0, 0, 9, 1, RFB_ENC_RRE), U32(0), RED,
                  RECT(0, 0, 2, 2, RFB_ENC_RRE), U32(0), RED), 1);
    walk(p, BYTES(UPDATE(2), RECT(0, 0, 2, 1, RFB_ENC_RRE), U32(0), RED,
                  RECT(0, 0, 2, 1, RFB_ENC_RRE), U32(0), RED), 0);
    walk(p, BYTES(UPDATE(3), RECT(1, 0, 1, 2, RFB_ENC_RRE), U32(0), RED,
                  RECT(0, 0, 1, 1, RFB_ENC_RRE), U32(0), RED,
                  RECT(0, 1, 1, 1, RFB_ENC_RRE), U32(0), RED), 1);
    /* what is copied was there before */
    walk(p, BYTES(UPDATE(2), RECT(0, 0, 2, 1, RFB_ENC_RRE), U32(0), RED,
                  RECT(0, 1, 2, 1, RFB_ENC_COPY_RECT), U16(0), U16(0)), 0);
    walk(p, BYTES(UPDATE(2), RECT(0, 0, 3, 2, RFB_ENC_DESKTOP_SIZE),
                  RECT(0, 0, 2, 2, RFB_ENC_RRE), U32(0), RED), 0);
    walk(p, BYTES(UPDATE(2), RECT(0, 0, 1, 1, RFB_ENC_DESKTOP_SIZE),
                  RECT(0, 0, 1, 1, RFB_ENC_RRE), U32(0), RED), 1);
    session_end(&s);
}

/** 256 tiles in the order servers send them. */
static void key_by_tiles(void **state)
{
    Bytes b = { 0 };
    Session s;

    session_begin(&s, 256, 160, &bgrx);
    put_update(&b, 256);
    for (int i = 0; i < 256; i++) {
        put_rect(&b, i % 16 * 16, i / 16 * 10, 16, 10, RFB_ENC_RRE);
        put(&b, BYTES(U32(0), RED));
    }
    walk(&s.walk, b.data, b.size, 1);
    AV_WB16(b.data + 4, 1);     /* the first one leaves a column free */
    walk(&s.walk, b.data, b.size, 0);
    bytes_free(&b);
    session_end(&s);
}

/** No stream may go on whose beginning lies before. */
static void key_by_streams(void **state)
{
    Session s;
    RFBParser *p = &s.walk;

    session_begin(&s, 4, 1, &bgrx);
    walk(p, BYTES(UPDATE(1), RECT(0, 0, 4, 1, RFB_ENC_TIGHT), 0x00, 1, 0), 1);
    walk(p, BYTES(UPDATE(1), RECT(0, 0, 4, 1, RFB_ENC_TIGHT), 0x00, 1, 0), 0);
    walk(p, BYTES(UPDATE(1), RECT(0, 0, 4, 1, RFB_ENC_TIGHT), 0x01, 1, 0), 1);
    /* not used here, but what comes later may use it */
    walk(p, BYTES(UPDATE(1), RECT(0, 0, 4, 1, RFB_ENC_TIGHT), 0x80, TRED), 0);
    walk(p, BYTES(UPDATE(1), RECT(0, 0, 4, 1, RFB_ENC_TIGHT), 0x8F, TRED), 1);
    /* used before the reset */
    walk(p, BYTES(UPDATE(2), RECT(0, 0, 4, 1, RFB_ENC_TIGHT), 0x00, 1, 0,
                  RECT(0, 0, 4, 1, RFB_ENC_TIGHT), 0x8F, TRED), 0);
    /* a stream of its own, which nothing resets */
    walk(p, BYTES(UPDATE(1), RECT(0, 0, 4, 1, RFB_ENC_ZRLE), U32(1), 0), 0);
    walk(p, BYTES(UPDATE(1), RECT(0, 0, 4, 1, RFB_ENC_TIGHT), 0x8F, TRED), 0);
    session_end(&s);

    session_begin(&s, 4, 1, &bgrx);
    walk(p, BYTES(UPDATE(1), RECT(0, 0, 4, 1, RFB_ENC_ZRLE), U32(1), 0), 1);
    walk(p, BYTES(UPDATE(1), RECT(0, 0, 4, 1, RFB_ENC_ZRLE), U32(1), 0), 0);
    session_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prologues),
        cmocka_unit_test(broken_prologues),
        cmocka_unit_test(broken_server_inits),
        cmocka_unit_test(pixel_formats),
        cmocka_unit_test(pixel_format_names),
        cmocka_unit_test(key_by_coverage),
        cmocka_unit_test(key_by_tiles),
        cmocka_unit_test(key_by_streams),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
