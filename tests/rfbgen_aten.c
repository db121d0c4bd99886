/*
 * A random RFB server that keeps its own picture: Aten's rectangles
 *
 * AST2100 with blocks of one colour, coded as cosines, and of up to four
 * colours; Hermon. Written from doc/formats.md and ITU-T T.81.
 */

#include <math.h>

#include "rfbgen.h"

enum { LUMA = 0, CHROMA = 1 };

typedef struct Ast {
    RFBGen *g;
    Bytes *b;
    uint32_t word;
    int n;                      ///< bits in it
    int size, x, y;             ///< of blocks; where the next one is
    int dc[3];
    uint8_t colour[4][3];
} Ast;

/** The highest bit first, into words of 32 bits that are little-endian. */
static void put_bits(Ast *a, int n, unsigned v)
{
    while (n--) {
        a->word = a->word << 1 | (v >> n & 1);
        if (++a->n < 32)
            continue;
        for (int i = 0; i < 4; i++)
            put8(a->b, a->word >> 8 * i);
        a->n = 0;
    }
}

static int clip(double v)
{
    return v < 0 ? 0 : v > 255 ? 255 : v;
}

/** What viewers show of Y Cb Cr, each part rounded by itself. */
static uint32_t pixel_of(const RFBGen *g, const uint8_t *c)
{
    double y = floor(76284 / 65536. * (c[0] - 16) + 0.5), cb = c[1] - 128, cr = c[2] - 128;
    int r = clip(y + floor(1.59765625 * cr + 0.5));
    int green = clip(y + floor(-0.8125 * cr + 0.5) + floor(-0.390625 * cb + 0.5));
    int b = clip(y + floor(2.015625 * cb + 0.5));

    return (uint32_t)(r ? r * g->pf.max[0] / 255 : 0) << g->pf.shift[0] |
           (uint32_t)(green ? green * g->pf.max[1] / 255 : 0) << g->pf.shift[1] |
           (uint32_t)(b ? b * g->pf.max[2] / 255 : 0) << g->pf.shift[2];
}

/** Black or white where the session's format has not got all colours. */
static void random_colour(RFBGen *g, uint8_t *c)
{
    int exact = g->pf.max[0] == 255 && g->pf.max[1] == 255 && g->pf.max[2] == 255;

    for (int i = 0; i < 3; i++)
        c[i] = exact ? gen_random(g, 256) : i ? 128 : gen_random(g, 2) ? 235 : 16;
}

static void paint(Ast *a, int x, int y, const uint8_t *colour)
{
    RFBGen *g = a->g;

    if (x < g->width && y < g->height)
        g->pixel[y * g->width + x] = pixel_of(g, colour);
}

/** T.81, K.3.3: a block's only coefficient, as the difference to the last one, and its end. */
static void put_difference(Ast *a, int kind, int diff)
{
    static const char *const codes[2][12] = {
        { "00", "010", "011", "100", "101", "110", "1110", "11110", "111110", "1111110",
          "11111110", "111111110" },
        { "00", "01", "10", "110", "1110", "11110", "111110", "1111110", "11111110",
          "111111110", "1111111110", "11111111110" },
    };
    int size = 0;

    while (abs(diff) >> size)
        size++;
    for (const char *c = codes[kind][size]; *c; c++)
        put_bits(a, 1, *c - '0');
    put_bits(a, size, diff < 0 ? diff + (1 << size) - 1 : diff);
    for (const char *c = kind == LUMA ? "1010" : "00"; *c; c++)
        put_bits(a, 1, *c - '0');
}

/** One colour, but in large blocks each quarter has a brightness of its own. */
static void put_cosines(Ast *a)
{
    uint8_t c[4][3];

    random_colour(a->g, c[0]);
    for (int i = 0; i < a->size / 8 * (a->size / 8); i++) {
        random_colour(a->g, c[i]);
        put_difference(a, LUMA, 8 * (c[i][0] - 128) - a->dc[0]);
        a->dc[0] = 8 * (c[i][0] - 128);
    }
    for (int i = 1; i < 3; i++) {
        put_difference(a, CHROMA, 8 * (c[0][i] - 128) - a->dc[i]);
        a->dc[i] = 8 * (c[0][i] - 128);
    }
    for (int y = 0; y < a->size; y++) {
        for (int x = 0; x < a->size; x++) {
            int quarter = y / 8 * 2 + x / 8;

            c[quarter][1] = c[0][1];
            c[quarter][2] = c[0][2];
            paint(a, a->x * a->size + x, a->y * a->size + y, c[quarter]);
        }
    }
}

static void put_colours(Ast *a, int bits)
{
    int slot[4];

    for (int i = 0; i < 1 << bits; i++) {
        int is_new = !gen_random(a->g, 3);

        slot[i] = gen_random(a->g, 4);
        put_bits(a, 1, is_new);
        put_bits(a, 2, slot[i]);
        if (is_new)
            random_colour(a->g, a->colour[slot[i]]);
        for (int c = 0; is_new && c < 3; c++)
            put_bits(a, 8, a->colour[slot[i]][c]);
    }
    for (int i = 0; i < 64; i++) {
        int v = gen_random(a->g, 1 << bits);

        put_bits(a, bits, v);
        paint(a, a->x * 8 + i % 8, a->y * 8 + i / 8, a->colour[slot[v]]);
    }
}

/** The header and some blocks. In their first state two colours are greys that few formats have. */
static void put_ast2100(RFBGen *g, Bytes *b)
{
    Ast a = { g, b, .size = gen_random(g, 2) ? 8 : 16,
              .colour = { { 0, 128, 128 }, { 255, 128, 128 } } };
    int across, down, nb = gen_random(g, 30);

    put8(b, 11);
    put8(b, 11);
    put16(b, a.size == 8 ? 444 : 422);
    across = (g->width + a.size - 1) / a.size;
    down   = (g->height + a.size - 1) / a.size;
    for (int i = 2; i < 4; i++)
        memcpy(a.colour[i], i == 2 ? (uint8_t[]){ 128, 128, 128 } : (uint8_t[]){ 192, 128, 128 }, 3);
    while (nb--) {
        int few = a.size == 8 && g->pf.max[0] == 255 && gen_random(g, 2) ? 1 + gen_random(g, 3) : 0;
        int placed = !gen_random(g, 4);

        put_bits(&a, 4, placed << 3 | (few ? 4 + few : 0));
        if (placed) {
            /* viewers clip what is outside, and go on in the first column */
            a.x = gen_random(g, across + !gen_random(g, 9));
            a.y = gen_random(g, down + !gen_random(g, 9));
            put_bits(&a, 8, a.x);
            put_bits(&a, 8, a.y);
        }
        if (few)
            put_colours(&a, few - 1);
        else
            put_cosines(&a);
        if (++a.x >= across) {
            a.x = 0;
            a.y = a.y + 1 >= down ? 0 : a.y + 1;
        }
    }
    put_bits(&a, 4, 9);
    put_bits(&a, 31, 0);
}

static void put_hermon_pixel(RFBGen *g, Bytes *b, int x, int y)
{
    int white = gen_random(g, 2), v = white ? 0x7FFF : 0;

    /* the highest bit means nothing */
    v |= gen_random(g, 2) << 15;
    put8(b, v);
    put8(b, v >> 8);
    if (x < g->width && y < g->height)
        g->pixel[y * g->width + x] = white ? (uint32_t)g->pf.max[0] << g->pf.shift[0] |
            (uint32_t)g->pf.max[1] << g->pf.shift[1] | (uint32_t)g->pf.max[2] << g->pf.shift[2] : 0;
}

static void put_hermon(RFBGen *g, Bytes *b)
{
    int whole = !gen_random(g, 4), nb = whole ? 0 : gen_random(g, 6);
    int size = 10 + (whole ? 2 * g->width * g->height : nb * (6 + 2 * 256));

    put8(b, whole);
    put8(b, 0);
    put32(b, nb);
    put32(b, size);
    for (int i = 0; whole && i < g->width * g->height; i++)
        put_hermon_pixel(g, b, i % g->width, i / g->width);
    while (nb--) {
        int x = gen_random(g, (g->width + 15) / 16), y = gen_random(g, (g->height + 15) / 16);

        put32(b, gen_random(g, 1 << 30));
        put8(b, y);
        put8(b, x);
        for (int i = 0; i < 256; i++)
            put_hermon_pixel(g, b, 16 * x + i % 16, 16 * y + i / 16);
    }
}

int gen_aten(RFBGen *g, Bytes *b)
{
    int hermon = !gen_random(g, 3);
    Bytes data = { 0 };

    if (!g->pf.true_colour)
        return 0;
    if (hermon)
        put_hermon(g, &data);
    else
        put_ast2100(g, &data);
    put_rect(b, 0, 0, g->width, g->height, hermon ? RFB_ENC_ATEN_HERMON : RFB_ENC_ATEN_AST2100);
    put32(b, gen_random(g, 2));
    put32(b, data.size);
    put(b, data.data, data.size);
    bytes_free(&data);
    return 1;
}
