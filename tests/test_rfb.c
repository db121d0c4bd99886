/*
 * The encodings of RFB on bytes written by hand
 *
 * What is expected was worked out from RFC 6143 and rfbproto.rst, never from
 * what these sources paint. Tight is in test_rfb_tight.c, the tiles of TRLE
 * and ZRLE are in test_rfb_tiles.c.
 */

#include "rfbtest.h"

static void raw(void **state)
{
    Session s;

    session_begin(&s, 5, 3, &bgrx);
    /* the fourth byte of a pixel means nothing */
    play(&s, BYTES(UPDATE(1), RECT(1, 1, 3, 2, RFB_ENC_RAW),
                   RED, GREEN, BLUE, WHITE, 0, 0, 0, 255, 0, 0, 255, 77));
    expect(&s, "....."
               ".rgb."
               ".w.r.");
    play(&s, BYTES(UPDATE(2), RECT(0, 0, 1, 1, RFB_ENC_RAW), GREEN,
                   RECT(4, 2, 1, 1, RFB_ENC_RAW), BLUE));
    expect(&s, "g...."
               ".rgb."
               ".w.rb");
    session_end(&s);
}

static void raw_without_pixels(void **state)
{
    Session s;

    session_begin(&s, 2, 1, &bgrx);
    play(&s, BYTES(UPDATE(3), RECT(0, 0, 0, 1, RFB_ENC_RAW), RECT(1, 0, 1, 0, RFB_ENC_RAW),
                   RECT(1, 0, 1, 1, RFB_ENC_RAW), RED));
    expect(&s, ".r");
    play(&s, BYTES(UPDATE(0)));
    expect(&s, ".r");
    session_end(&s);
}

static void raw_out_of_the_frame(void **state)
{
    Session s;

    session_begin(&s, 3, 2, &bgrx);
    play_damaged(&s, BYTES(UPDATE(2), RECT(2, 1, 2, 2, RFB_ENC_RAW), RED, GREEN, BLUE, WHITE,
                           RECT(0, 0, 1, 1, RFB_ENC_RAW), BLUE));
    assert_int_equal(s.frame.nb_errors, 1);
    assert_string_equal(s.frame.error.name, "Raw");
    assert_int_equal(s.frame.error.offset, 4);
    expect(&s, "b.."
               "..r");
    session_end(&s);
}

static void copy_rect(void **state)
{
    Session s;

    session_begin(&s, 4, 2, &bgrx);
    play(&s, BYTES(UPDATE(2), RECT(0, 0, 2, 1, RFB_ENC_RAW), RED, GREEN,
                   RECT(2, 1, 2, 1, RFB_ENC_COPY_RECT), U16(0), U16(0)));
    expect(&s, "rg.."
               "..rg");
    session_end(&s);
}

/** Source and target share pixels: the target gets what was there before. */
static void copy_rect_overlapping(void **state)
{
    static const struct {
        int sx, sy, x, y;
        const char *picture;
    } cases[] = {
        { 0, 0, 1, 0, "rrg" "bbw" "rg." },
        { 1, 0, 0, 0, "gbb" "www" "rg." },
        { 0, 0, 0, 1, "rgb" "rgw" "bw." },
        { 0, 1, 0, 0, "bwb" "rgw" "rg." },
        { 0, 0, 1, 1, "rgb" "brg" "rbw" },
        { 1, 1, 0, 0, "wwb" "g.w" "rg." },
        { 1, 0, 0, 1, "rgb" "gbw" "ww." },
        { 0, 1, 1, 0, "rbw" "brg" "rg." },
    };

    for (int i = 0; i < FF_ARRAY_ELEMS(cases); i++) {
        Session s;

        session_begin(&s, 3, 3, &bgrx);
        play(&s, BYTES(UPDATE(1), RECT(0, 0, 3, 3, RFB_ENC_RAW), RED, GREEN, BLUE,
                       BLUE, WHITE, WHITE, RED, GREEN, BLACK));
        expect(&s, "rgb"
                   "bww"
                   "rg.");
        play(&s, BYTES(UPDATE(1), RECT(cases[i].x, cases[i].y, 2, 2, RFB_ENC_COPY_RECT),
                       U16(cases[i].sx), U16(cases[i].sy)));
        expect(&s, cases[i].picture);
        session_end(&s);
    }
}

static void copy_rect_from_outside(void **state)
{
    Session s;

    session_begin(&s, 2, 1, &bgrx);
    play_damaged(&s, BYTES(UPDATE(1), RECT(0, 0, 1, 1, RFB_ENC_COPY_RECT), U16(9), U16(60000)));
    assert_int_equal(s.frame.nb_errors, 1);
    expect(&s, "..");
    session_end(&s);
}

static void rre(void **state)
{
    Session s;

    session_begin(&s, 6, 4, &bgrx);
    /* the later sub-rectangle lies over the earlier */
    play(&s, BYTES(UPDATE(1), RECT(1, 1, 4, 3, RFB_ENC_RRE), U32(2), RED,
                   GREEN, U16(0), U16(0), U16(3), U16(2),
                   BLUE, U16(2), U16(1), U16(2), U16(2)));
    expect(&s, "......"
               ".gggr."
               ".ggbb."
               ".rrbb.");
    play(&s, BYTES(UPDATE(1), RECT(0, 0, 2, 1, RFB_ENC_RRE), U32(0), WHITE));
    expect(&s, "ww...."
               ".gggr."
               ".ggbb."
               ".rrbb.");
    play_damaged(&s, BYTES(UPDATE(1), RECT(0, 0, 2, 1, RFB_ENC_RRE), U32(2), RED,
                           GREEN, U16(1), U16(0), U16(2), U16(1),
                           BLUE, U16(1), U16(0), U16(1), U16(1)));
    assert_int_equal(s.frame.nb_errors, 1);
    assert_string_equal(s.frame.error.name, "RRE");
    expect_colour(&s, 0, 0, 1, 1, letter('r'));
    expect_colour(&s, 1, 0, 1, 1, letter('b'));
    expect_colour(&s, 2, 0, 1, 1, 0);
    session_end(&s);
}

static void corre(void **state)
{
    Session s;

    session_begin(&s, 4, 3, &bgrx);
    play(&s, BYTES(UPDATE(1), RECT(0, 0, 4, 3, RFB_ENC_CORRE), U32(2), WHITE,
                   GREEN, 0, 0, 3, 2, BLUE, 2, 1, 2, 2));
    expect(&s, "gggw"
               "ggbb"
               "wwbb");
    session_end(&s);
}

/** A long way to go is told exactly; what cannot be is refused, not waited for. */
static void rre_of_many(void **state)
{
    RFBParser p;
    Session s;

    session_begin(&s, 4, 3, &bgrx);
    p = s.walk;
    assert_int_equal(walk_exactly(&p, BYTES(UPDATE(1), RECT(0, 0, 4, 3, RFB_ENC_RRE),
                                            U32(1000000), RED)), AVERROR(EAGAIN));
    assert_int_equal(p.need, 4 + 12 + 4 + 4 + 1000000 * 12);
    play_broken(&s, BYTES(UPDATE(1), RECT(0, 0, 4, 3, RFB_ENC_RRE), U32(0xFFFFFFFF), RED));
    session_end(&s);
}

enum { HEX_RAW = 1, HEX_BG = 2, HEX_FG = 4, HEX_SUBRECTS = 8, HEX_COLOURED = 16 };

/** Tiles of 16x16, 2x16, 16x2 and 2x2. */
static void hextile(void **state)
{
    Session s;

    session_begin(&s, 19, 19, &bgrx);
    play(&s, BYTES(UPDATE(1), RECT(1, 1, 18, 18, RFB_ENC_HEXTILE),
                   /* all red but for a blue pixel at 15,0 and a green 16x1 line at the bottom */
                   HEX_BG | HEX_SUBRECTS | HEX_COLOURED, RED, 2,
                   BLUE, 0xF0, 0x00, GREEN, 0x0F, 0xF0,
                   /* the background is still red, the foreground is new */
                   HEX_FG | HEX_SUBRECTS, WHITE, 1, 0x12, 0x01,
                   /* red still, and the foreground is still white */
                   HEX_SUBRECTS, 2, 0x00, 0x10, 0xE1, 0x10,
                   /* a background alone */
                   HEX_BG, BLUE));
    expect_colour(&s, 1, 1, 15, 15, letter('r'));
    expect_colour(&s, 16, 1, 1, 1, letter('b'));
    expect_colour(&s, 16, 2, 1, 14, letter('r'));
    expect_colour(&s, 1, 16, 16, 1, letter('g'));

    expect_colour(&s, 17, 1, 1, 16, letter('r'));
    expect_colour(&s, 18, 1, 1, 2, letter('r'));
    expect_colour(&s, 18, 3, 1, 2, letter('w'));
    expect_colour(&s, 18, 5, 1, 12, letter('r'));

    expect_colour(&s, 1, 17, 2, 1, letter('w'));
    expect_colour(&s, 3, 17, 14, 1, letter('r'));
    expect_colour(&s, 1, 18, 14, 1, letter('r'));
    expect_colour(&s, 15, 18, 2, 1, letter('w'));

    expect_colour(&s, 17, 17, 2, 2, letter('b'));
    expect_colour(&s, 0, 0, 19, 1, 0);
    expect_colour(&s, 0, 0, 1, 19, 0);
    session_end(&s);
}

static void hextile_raw(void **state)
{
    Session s;

    session_begin(&s, 17, 2, &bgrx);
    /* in a raw tile the other bits mean nothing */
    play(&s, BYTES(UPDATE(2), RECT(0, 0, 3, 2, RFB_ENC_HEXTILE),
                   HEX_RAW | HEX_BG | HEX_FG | HEX_SUBRECTS | HEX_COLOURED,
                   RED, GREEN, BLUE, WHITE, BLACK, RED,
                   RECT(3, 0, 1, 1, RFB_ENC_HEXTILE), HEX_BG, GREEN));
    expect(&s, "rgbg............."
               "w.r..............");
    session_end(&s);
}

static void hextile_out_of_the_tile(void **state)
{
    Session s;

    session_begin(&s, 2, 2, &bgrx);
    play_damaged(&s, BYTES(UPDATE(1), RECT(0, 0, 2, 2, RFB_ENC_HEXTILE),
                           HEX_BG | HEX_FG | HEX_SUBRECTS, RED, GREEN, 2,
                           0x11, 0xFF, 0x11, 0x00));
    assert_int_equal(s.frame.nb_errors, 1);
    assert_string_equal(s.frame.error.name, "Hextile");
    expect_colour(&s, 0, 0, 2, 1, letter('r'));
    expect_colour(&s, 0, 1, 1, 1, letter('r'));
    expect_colour(&s, 1, 1, 1, 1, letter('g'));
    session_end(&s);
}

/** The second rectangle's data makes no sense without the first one's. */
static void zlib(void **state)
{
    static const uint8_t pixels[] = { RED, RED, RED, GREEN, RED, RED, RED, GREEN };
    z_stream z = { 0 };
    Bytes b = { 0 };
    Session s;

    assert_int_equal(deflateInit(&z, 9), Z_OK);
    session_begin(&s, 4, 4, &bgrx);
    put_update(&b, 2);
    put_rect(&b, 0, 0, 4, 2, RFB_ENC_ZLIB);
    put_deflated(&b, &z, pixels, sizeof(pixels));
    put_rect(&b, 0, 2, 2, 2, RFB_ENC_ZLIB);
    put_deflated(&b, &z, pixels + 8, 16);
    play_bytes(&s, &b);
    expect(&s, "rrrg"
               "rrrg"
               "rg.."
               "rr..");
    put_update(&b, 1);
    put_rect(&b, 2, 2, 2, 1, RFB_ENC_ZLIB);
    put_deflated(&b, &z, pixels, 8);
    play_bytes(&s, &b);
    expect_colour(&s, 2, 2, 2, 1, letter('r'));
    deflateEnd(&z);
    session_end(&s);
}

static void zlib_damaged(void **state)
{
    Session s;

    session_begin(&s, 4, 1, &bgrx);
    play_damaged(&s, BYTES(UPDATE(2), RECT(0, 0, 4, 1, RFB_ENC_ZLIB), U32(3), 0xFF, 0xFF, 0xFF,
                           RECT(0, 0, 1, 1, RFB_ENC_RAW), RED));
    assert_int_equal(s.frame.nb_errors, 1);
    assert_string_equal(s.frame.error.name, "Zlib");
    expect_colour(&s, 0, 0, 1, 1, letter('r'));
    session_end(&s);
}

/** length(u16), then the tile without its first byte, in a stream of its own kind. */
static void put_zlibhex(Bytes *b, z_stream *z, const uint8_t *tile, size_t size)
{
    Bytes d = deflated(z, tile, size);

    put16(b, d.size);
    put(b, d.data, d.size);
    free(d.data);
}

static void zlibhex(void **state)
{
    z_stream raw = { 0 }, hex = { 0 };
    Bytes b = { 0 };
    Session s;

    assert_int_equal(deflateInit(&raw, 9), Z_OK);
    assert_int_equal(deflateInit(&hex, 9), Z_OK);
    session_begin(&s, 18, 1, &bgrx);
    put_update(&b, 3);
    put_rect(&b, 0, 0, 18, 1, RFB_ENC_ZLIBHEX);
    put8(&b, 64 | HEX_BG | HEX_FG | HEX_SUBRECTS);
    put_zlibhex(&b, &hex, BYTES(RED, GREEN, 1, 0x10, 0x10));
    put8(&b, HEX_SUBRECTS);                     /* as in Hextile */
    put(&b, BYTES(1, 0x10, 0x00));
    put_rect(&b, 0, 0, 1, 1, RFB_ENC_ZLIBHEX);
    put8(&b, 32);
    put_zlibhex(&b, &raw, BYTES(BLUE));
    put_rect(&b, 15, 0, 1, 1, RFB_ENC_ZLIBHEX);
    put8(&b, 64 | HEX_BG);
    put_zlibhex(&b, &hex, BYTES(WHITE));
    play_bytes(&s, &b);
    expect(&s, "bggrrrrrrrrrrrrwrg");
    deflateEnd(&raw);
    deflateEnd(&hex);
    session_end(&s);
}

/** One literal run of LZO1X, then its end marker. */
static void ultra(void **state)
{
    Session s;

    session_begin(&s, 3, 1, &bgrx);
    play(&s, BYTES(UPDATE(1), RECT(0, 0, 3, 1, RFB_ENC_ULTRA), U32(1 + 12 + 3),
                   17 + 12, RED, GREEN, BLUE, 0x11, 0, 0));
    expect(&s, "rgb");
    session_end(&s);
}

static void unknown_encoding(void **state)
{
    Session s;

    session_begin(&s, 2, 1, &bgrx);
    assert_int_equal(play_broken(&s, BYTES(UPDATE(2), RECT(0, 0, 1, 1, RFB_ENC_RAW), RED,
                                           RECT(1, 0, 1, 1, 0x1234), RED)), 4 + 16 + 8);
    assert_int_equal(s.walk.error.offset, 0);
    /* what stands before it is painted */
    expect(&s, "r.");
    session_end(&s);
}

/** Whose it is, if anybody's. */
static void encodings_of_others(void **state)
{
    static const struct {
        int32_t number;
        const char *owner;
    } others[] = {
        { 20, "H.264" }, { 22, "JRLE" },
        { 1000, "Apple" }, { 1002, "Apple" }, { 1003, NULL }, { 1011, "Apple" },
        { 1024, "RealVNC" }, { 1099, "RealVNC" }, { 1105, "Apple" }, { 0x48323634, "VA H.264" },
        { 0x574d5700, NULL }, { -32, "JPEG Quality Level" }, { 0xC0A1E5CF, "PluginStreaming" },
        { 0xFFFE0005, "libvncserver" }, { 0xFFFF0006, "UltraVNC" }, { 0xFFFF8005, "UltraVNC" },
    };

    for (int i = 0; i < FF_ARRAY_ELEMS(others); i++) {
        Bytes b = { 0 };
        Session s;

        session_begin(&s, 2, 1, &bgrx);
        put_update(&b, 1);
        put_rect(&b, 0, 0, 1, 1, others[i].number);
        assert_int_equal(avpriv_rfb_parse(&s.walk, NULL, b.data, b.size), AVERROR_INVALIDDATA);
        if (others[i].owner)
            assert_string_equal(s.walk.error.name, others[i].owner);
        else
            assert_null(s.walk.error.name);
        assert_int_equal((int32_t)s.walk.error.value, others[i].number);
        assert_int_equal(s.walk.error.offset, 4 + 8);
        bytes_free(&b);
        session_end(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(raw),
        cmocka_unit_test(raw_without_pixels),
        cmocka_unit_test(raw_out_of_the_frame),
        cmocka_unit_test(copy_rect),
        cmocka_unit_test(copy_rect_overlapping),
        cmocka_unit_test(copy_rect_from_outside),
        cmocka_unit_test(rre),
        cmocka_unit_test(corre),
        cmocka_unit_test(rre_of_many),
        cmocka_unit_test(hextile),
        cmocka_unit_test(hextile_raw),
        cmocka_unit_test(hextile_out_of_the_tile),
        cmocka_unit_test(zlib),
        cmocka_unit_test(zlib_damaged),
        cmocka_unit_test(zlibhex),
        cmocka_unit_test(ultra),
        cmocka_unit_test(unknown_encoding),
        cmocka_unit_test(encodings_of_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
