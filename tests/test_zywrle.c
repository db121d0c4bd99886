/*
 * The inverse wavelet transform of ZYWRLE, above all on what no recording at
 * hand has: 16 bits a pixel and tiles of odd sizes
 */

#include "rfbtest.h"

#include "libavutil/adler32.h"
#include "libavcodec/rfb_rect.h"

#define OUTSIDE 0x12345678

/** A tile in the upper left of a larger picture. */
typedef struct Tile {
    RFBColours colours;
    RFBCanvas c;
    uint32_t data[66 * 66];
} Tile;

static void tile_begin(Tile *t, const char *format, int w, int h)
{
    RFBPixelFormat pf;

    memset(t, 0, sizeof(*t));
    assert_int_equal(avpriv_rfb_pixel_format_parse(&pf, format), 0);
    assert_int_equal(ff_rfb_colours_init(&t->colours, &pf), 0);
    t->c = (RFBCanvas){ t->data, 66, 0, 0, w, h };
    for (int i = 0; i < FF_ARRAY_ELEMS(t->data); i++)
        t->data[i] = OUTSIDE;
}

/** Coefficients of any kind. */
static void tile_fill(Tile *t)
{
    uint32_t random = 1;

    for (int y = 0; y < t->c.h; y++) {
        for (int x = 0; x < t->c.w; x++) {
            random = random * 1664525 + 1013904223;
            t->data[y * 66 + x] = ff_rfb_colour(&t->colours, random >> 8);
        }
    }
}

static uint32_t tile_end(Tile *t)
{
    uint32_t sum = 1;

    for (int y = 0; y < 66; y++) {
        for (int x = 0; x < 66; x++) {
            uint8_t rgb[3] = { t->data[y * 66 + x] >> 16, t->data[y * 66 + x] >> 8,
                               t->data[y * 66 + x] };

            if (x < t->c.w && y < t->c.h)
                sum = av_adler32_update(sum, rgb, 3);
            else
                assert_int_equal(t->data[y * 66 + x], OUTSIDE);
        }
    }
    ff_rfb_colours_free(&t->colours);
    return sum;
}

/** Two by two pixels arrive as the details of both, y and x, then the mean. */
static void one_step(void **state)
{
    static const struct { uint32_t in[4], out[4]; } cases[] = {
        { { 0, 0, 0, 0 },               { 0x808080, 0x808080, 0x808080, 0x808080 } },
        { { 0, 0, 0x000400, 0x000A00 }, { 0x8A8A8A, 0x868686, 0x8A8A8A, 0x868686 } },
        { { 0, 0x000400, 0, 0x000A00 }, { 0x8A8A8A, 0x8A8A8A, 0x868686, 0x868686 } },
        { { 0, 0, 0x00FC00, 0x000A00 }, { 0x868686, 0x8A8A8A, 0x868686, 0x8A8A8A } },
        { { 0, 0, 0, 0x100000 },        { 0x987878, 0x987878, 0x987878, 0x987878 } },
        { { 0, 0, 0, 0x00007F },        { 0x4141FF, 0x4141FF, 0x4141FF, 0x4141FF } },
    };

    for (int i = 0; i < FF_ARRAY_ELEMS(cases); i++) {
        Tile t;

        tile_begin(&t, "bgrx8888", 2, 2);
        for (int j = 0; j < 4; j++)
            t.data[j / 2 * 66 + j % 2] = cases[i].in[j];
        ff_rfb_zywrle(&t.colours, &t.c, 1);
        for (int j = 0; j < 4; j++)
            assert_int_equal(t.data[j / 2 * 66 + j % 2], cases[i].out[j]);
        tile_end(&t);
    }
}

/** Checksums of what the transform in libvncserver 0.9.15 makes of the same tiles. */
static void like_servers(void **state)
{
    static const struct { const char *format; int w, h, level; uint32_t sum; } cases[] = {
        { "bgrx8888", 64, 64, 1, 0xEB696ED8 },
        { "bgrx8888", 63, 61, 3, 0x90905811 },
        { "rgbx8888", 64,  9, 2, 0x209848D8 },
        { "rgb565",   64, 64, 3, 0x692B9F4B },
        { "rgb565be", 37, 64, 2, 0x62D7A9F4 },
        { "bgr565",    3,  2, 1, 0x6B6E0AA8 },
        { "rgb555",   64, 64, 2, 0xB77EEE69 },
        { "bgr555",   15, 23, 3, 0xCE59FF9A },
    };

    for (int i = 0; i < FF_ARRAY_ELEMS(cases); i++) {
        Tile t;

        tile_begin(&t, cases[i].format, cases[i].w, cases[i].h);
        tile_fill(&t);
        ff_rfb_zywrle(&t.colours, &t.c, cases[i].level);
        assert_int_equal(tile_end(&t), cases[i].sum);
    }
}

/** Tiles too narrow, and formats that servers make no wavelets of, stay as they are. */
static void untouched(void **state)
{
    static const struct { const char *format; int w, h, level; } cases[] = {
        { "bgrx8888", 1, 64, 1 }, { "bgrx8888", 64, 7, 3 }, { "rgb565", 3, 3, 2 },
        { "bgr233", 64, 64, 1 }, { "map8", 64, 64, 1 },
    };

    for (int i = 0; i < FF_ARRAY_ELEMS(cases); i++) {
        Tile a, b;

        tile_begin(&a, cases[i].format, cases[i].w, cases[i].h);
        tile_begin(&b, cases[i].format, cases[i].w, cases[i].h);
        tile_fill(&a);
        tile_fill(&b);
        ff_rfb_zywrle(&a.colours, &a.c, cases[i].level);
        assert_memory_equal(a.data, b.data, sizeof(a.data));
        tile_end(&a);
        tile_end(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_step),
        cmocka_unit_test(like_servers),
        cmocka_unit_test(untouched),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
