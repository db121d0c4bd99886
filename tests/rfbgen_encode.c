/*
 * A random RFB server that keeps its own picture: Hextile, Tight, TRLE, ZRLE
 */

#include "rfbgen.h"

/* --- Hextile ----------------------------------------------------------------- */

enum { RAW = 1, BACKGROUND = 2, FOREGROUND = 4, SUBRECTS = 8, COLOURED = 16,
       ZLIB_RAW = 32, ZLIB_HEX = 64 };

/** Colours that the next tile need not say again. */
typedef struct HexState {
    int has_background, has_foreground;
    uint32_t background, foreground;
} HexState;

/** Runs that differ from the background. @return their number, or -1 for too many */
static int put_subrects(RFBGen *g, Bytes *b, const GenPixels *t, uint32_t background, int coloured)
{
    int count = 0;

    for (int i = 0, n; i < t->n; i += n) {
        for (n = 1; (i + n) % t->w && t->pixel[i + n] == t->pixel[i]; n++)
            ;
        if (t->pixel[i] == background)
            continue;
        if (coloured)
            gen_put_pixel(g, b, t->pixel[i]);
        put8(b, i % t->w << 4 | i / t->w);
        put8(b, (n - 1) << 4);
        count++;
    }
    return count > 255 ? -1 : count;
}

/** @return the tile's first byte; the others go to b */
static int hextile_tile(RFBGen *g, Bytes *b, const GenPixels *t, HexState *s)
{
    uint32_t background = s->has_background && gen_random(g, 2) ? s->background :
                          t->pixel[gen_random(g, t->n)];
    uint32_t foreground = 0;
    int bits = 0, coloured = 0, count, different = 0;
    Bytes subrects = { 0 };

    for (int i = 0; i < t->n; i++) {
        if (t->pixel[i] == background)
            continue;
        coloured |= different && t->pixel[i] != foreground;
        different = 1;
        foreground = t->pixel[i];
    }
    coloured |= !gen_random(g, 5);
    count = put_subrects(g, &subrects, t, background, coloured);
    if (count < 0 || !gen_random(g, 8)) {
        for (int i = 0; i < t->n; i++)
            gen_put_pixel(g, b, t->pixel[i]);
        /* whether the colours outlive a raw tile is not said anywhere */
        s->has_background = s->has_foreground = 0;
        bytes_free(&subrects);
        return RAW;
    }
    if (!s->has_background || s->background != background || !gen_random(g, 4)) {
        bits |= BACKGROUND;
        gen_put_pixel(g, b, background);
    }
    if (count && !coloured && (!s->has_foreground || s->foreground != foreground)) {
        bits |= FOREGROUND;
        gen_put_pixel(g, b, foreground);
    }
    if (count || !gen_random(g, 9)) {
        bits |= SUBRECTS | (coloured ? COLOURED : 0);
        put8(b, count);
        put(b, subrects.data, subrects.size);
    }
    s->background = background;
    s->has_background = 1;
    if (bits & FOREGROUND) {
        s->foreground = foreground;
        s->has_foreground = 1;
    } else if (bits & COLOURED) {
        s->has_foreground = 0;
    }
    bytes_free(&subrects);
    return bits;
}

int gen_hextile(RFBGen *g, Bytes *b, const GenPixels *p, int zlibhex)
{
    HexState state = { 0 };
    GenPixels t;

    for (int y = 0; y < p->h; y += 16) {
        for (int x = 0; x < p->w; x += 16) {
            int w = p->w - x < 16 ? p->w - x : 16, h = p->h - y < 16 ? p->h - y : 16, bits;
            Bytes tile = { 0 };

            gen_cut(&t, p->pixel, p->w, x, y, w, h);
            bits = hextile_tile(g, &tile, &t, &state);
            if (zlibhex && tile.size && gen_random(g, 4)) {
                int raw = bits & RAW;
                Bytes d = gen_deflated(g, raw ? GEN_HEX_RAW : GEN_HEX, &tile);

                put8(b, raw ? ZLIB_RAW : bits | ZLIB_HEX);
                put16(b, d.size);
                put(b, d.data, d.size);
                bytes_free(&d);
            } else {
                put8(b, bits);
                put(b, tile.data, tile.size);
            }
            bytes_free(&tile);
        }
    }
    return 1;
}

/* --- Tight ------------------------------------------------------------------- */

enum { FILL = 8, NO_ZLIB = 10, FILTER = 4 };
enum { COPY, PALETTE, GRADIENT };

/** Differences to what the three neighbours lead one to expect. */
static void gradient(RFBGen *g, Bytes *b, const GenPixels *p)
{
    for (int i = 0; i < p->n; i++) {
        int has_left = i % p->w > 0, has_up = i >= p->w;
        uint32_t out = 0;

        for (int c = 0; c < 3; c++) {
            int max = g->pf.max[c], shift = g->pf.shift[c];
            int left   = has_left ? p->pixel[i - 1] >> shift & max : 0;
            int up     = has_up ? p->pixel[i - p->w] >> shift & max : 0;
            int corner = has_left && has_up ? p->pixel[i - p->w - 1] >> shift & max : 0;
            int guess  = left + up - corner;

            guess = guess < 0 ? 0 : guess > max ? max : guess;
            out  |= (((p->pixel[i] >> shift & max) - guess) & (uint32_t)max) << shift;
        }
        gen_put_tpixel(g, b, out);
    }
}

static int can_predict(const RFBGen *g)
{
    for (int c = 0; c < 3; c++)
        if (g->pf.max[c] & (g->pf.max[c] + 1))
            return 0;
    return g->pf.true_colour && g->pf.bits_per_pixel > 8;
}

static void palette(RFBGen *g, Bytes *b, Bytes *data, const GenPixels *p, const GenPixels *colours)
{
    put8(b, PALETTE);
    put8(b, colours->n - 1);
    for (int i = 0; i < colours->n; i++)
        gen_put_tpixel(g, b, colours->pixel[i]);
    for (int i = 0; i < p->n; i++) {
        int index = gen_index(colours, p->pixel[i]), bit = i % p->w & 7;

        if (colours->n > 2 || !bit)
            put8(data, colours->n > 2 ? index : 0);
        if (colours->n <= 2)
            data->data[data->size - 1] |= index << (7 - bit);
    }
}

static void put_compact(Bytes *b, unsigned n)
{
    put8(b, n & 0x7F | (n > 0x7F) << 7);
    if (n > 0x7F)
        put8(b, n >> 7 & 0x7F | (n > 0x3FFF) << 7);
    if (n > 0x3FFF)
        put8(b, n >> 14);
}

static void reset(RFBGen *g, int stream)
{
    if (g->by_zstd)
        ZSTD_CCtx_reset(g->zstd[stream], ZSTD_reset_session_only);
    else
        deflateReset(&g->z[stream]);
}

static int resets(RFBGen *g)
{
    int bits = gen_random(g, 3) ? 0 : gen_random(g, 2) ? 15 : gen_random(g, 16);

    for (int i = 0; i < 4; i++)
        if (bits >> i & 1)
            reset(g, i);
    return bits;
}

int gen_tight(RFBGen *g, Bytes *b, const GenPixels *p)
{
    int stream = gen_random(g, 4), plain = !gen_random(g, 6), filter = gen_random(g, 4);
    int bits = resets(g), nb;
    Bytes data = { 0 }, d;
    GenPixels colours;

    nb = gen_colours(&colours, p, 256);
    if (nb == 1 && gen_random(g, 4)) {
        put8(b, FILL << 4 | bits);
        gen_put_tpixel(g, b, p->pixel[0]);
        return 1;
    }
    if ((filter == PALETTE && !nb) || (filter == GRADIENT && !can_predict(g)))
        filter = COPY;
    put8(b, (plain ? NO_ZLIB | (filter != 3 ? FILTER : 0) :
             stream | (filter != 3 ? FILTER : 0)) << 4 | bits);
    if (filter == PALETTE) {
        palette(g, b, &data, p, &colours);
    } else if (filter == GRADIENT) {
        put8(b, GRADIENT);
        gradient(g, &data, p);
    } else {
        if (filter == COPY)
            put8(b, COPY);
        for (int i = 0; i < p->n; i++)
            gen_put_tpixel(g, &data, p->pixel[i]);
    }
    if (data.size < 12) {
        put(b, data.data, data.size);
    } else if (plain) {
        put_compact(b, data.size);
        put(b, data.data, data.size);
    } else {
        d = gen_deflated(g, stream, &data);
        put_compact(b, d.size);
        put(b, d.data, d.size);
        bytes_free(&d);
    }
    bytes_free(&data);
    return 1;
}

/* --- TRLE and ZRLE ------------------------------------------------------------ */

enum { SUB_RAW = 0, SUB_SOLID = 1, SUB_PACKED_AGAIN = 127, SUB_RLE = 128, SUB_RLE_AGAIN = 129 };

static void run_length(Bytes *b, int n)
{
    for (n--; n >= 255; n -= 255)
        put8(b, 255);
    put8(b, n);
}

/** @return pixels from i on that are the same */
static int run(const GenPixels *t, int i)
{
    int n = 1;

    while (i + n < t->n && t->pixel[i + n] == t->pixel[i])
        n++;
    return n;
}

static void packed(Bytes *b, const GenPixels *t, const GenPixels *colours)
{
    int bits = colours->n > 4 ? 4 : colours->n > 2 ? 2 : 1;

    for (int y = 0; y < t->h; y++) {
        for (int x = 0; x < t->w; x++) {
            int bit = x * bits & 7;

            if (!bit)
                put8(b, 0);
            b->data[b->size - 1] |= gen_index(colours, t->pixel[y * t->w + x]) << (8 - bits - bit);
        }
    }
}

static void indexed_runs(RFBGen *g, Bytes *b, const GenPixels *t, const GenPixels *colours)
{
    for (int i = 0, n; i < t->n; i += n) {
        int index = gen_index(colours, t->pixel[i]);

        n = run(t, i);
        if (n == 1 && gen_random(g, 8)) {
            put8(b, index);
        } else {
            put8(b, index | 128);
            run_length(b, n);
        }
    }
}

static void put_palette(RFBGen *g, Bytes *b, const GenPixels *colours)
{
    for (int i = 0; i < colours->n; i++)
        gen_put_cpixel(g, b, colours->pixel[i]);
}

static int all_in(const GenPixels *colours, const GenPixels *t)
{
    for (int i = 0; i < t->n; i++)
        if (gen_index(colours, t->pixel[i]) < 0)
            return 0;
    return 1;
}

/** @param last  TRLE: the palette of the tile before, none if n is 0; else NULL */
static void put_tile(RFBGen *g, Bytes *b, const GenPixels *t, GenPixels *last)
{
    GenPixels colours;
    int nb = gen_colours(&colours, t, 127), kind = gen_random(g, 4);

    if (last && last->n && gen_random(g, 3) && all_in(last, t)) {
        int pack = last->n <= 16 && kind & 1;

        put8(b, pack ? SUB_PACKED_AGAIN : SUB_RLE_AGAIN);
        if (pack)
            packed(b, t, last);
        else
            indexed_runs(g, b, t, last);
        return;
    }
    if (last)
        last->n = 0;
    /* a palette may have colours that are not used */
    if (nb > 1 && nb < 100 && !gen_random(g, 4)) {
        colours.pixel[nb] = colours.pixel[0];
        colours.n = ++nb;
    }
    if (nb == 1 && kind) {
        put8(b, SUB_SOLID);
        gen_put_cpixel(g, b, t->pixel[0]);
    } else if (nb > 1 && kind >= 2) {
        int pack = nb <= 16 && kind == 2;

        put8(b, pack ? nb : 128 + nb);
        put_palette(g, b, &colours);
        if (pack)
            packed(b, t, &colours);
        else
            indexed_runs(g, b, t, &colours);
        if (last)
            *last = colours;
    } else if (kind == 0) {
        put8(b, SUB_RAW);
        for (int i = 0; i < t->n; i++)
            gen_put_cpixel(g, b, t->pixel[i]);
    } else {
        put8(b, SUB_RLE);
        for (int i = 0, n; i < t->n; i += n) {
            n = run(t, i);
            if (n > 1 && !gen_random(g, 4))
                n--;
            gen_put_cpixel(g, b, t->pixel[i]);
            run_length(b, n);
        }
    }
}

static void put_tiles(RFBGen *g, Bytes *b, const GenPixels *p, int size, GenPixels *last)
{
    GenPixels t;

    for (int y = 0; y < p->h; y += size) {
        for (int x = 0; x < p->w; x += size) {
            int w = p->w - x < size ? p->w - x : size, h = p->h - y < size ? p->h - y : size;

            gen_cut(&t, p->pixel, p->w, x, y, w, h);
            put_tile(g, b, &t, last);
        }
    }
}

int gen_trle(RFBGen *g, Bytes *b, const GenPixels *p)
{
    GenPixels last;

    last.n = 0;
    put_tiles(g, b, p, 16, &last);
    return 1;
}

void gen_put_tiles(RFBGen *g, Bytes *b, const GenPixels *p)
{
    put_tiles(g, b, p, 64, NULL);
}

int gen_zrle(RFBGen *g, Bytes *b, const GenPixels *p)
{
    Bytes tiles = { 0 };

    gen_put_tiles(g, &tiles, p);
    gen_put_deflated(g, b, GEN_ZRLE, &tiles);
    bytes_free(&tiles);
    return 1;
}
