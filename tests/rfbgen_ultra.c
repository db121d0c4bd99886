/*
 * A random RFB server that keeps its own picture: UltraVNC's rectangles
 *
 * They are not specified; what is here follows what UltraVNC's servers send.
 */

#include <lzo/lzo1x.h>

#include "rfbgen.h"

static void put_pixels(RFBGen *g, Bytes *b, const GenPixels *p)
{
    for (int i = 0; i < p->n; i++)
        gen_put_pixel(g, b, p->pixel[i]);
}

/** One literal run and the end marker. */
static void put_literals(Bytes *b, const Bytes *data)
{
    size_t n = data->size;

    if (n <= 238) {
        if (n)
            put8(b, 17 + n);
    } else {
        put8(b, 0);
        for (n -= 18; n > 255; n -= 255)
            put8(b, 0);
        put8(b, n);
    }
    put(b, data->data, data->size);
    put(b, "\x11\0", 3);
}

/** length(u32) and LZO1X, as liblzo2 makes it or not compressed at all */
static void put_lzo(RFBGen *g, Bytes *b, const Bytes *data)
{
    static lzo_align_t memory[LZO1X_1_MEM_COMPRESS / sizeof(lzo_align_t) + 1];
    Bytes lzo = { 0 };
    lzo_uint size;

    if (data->size && gen_random(g, 4)) {
        bytes_room(&lzo, data->size + data->size / 16 + 67);
        if (lzo_init() != LZO_E_OK ||
            lzo1x_1_compress(data->data, data->size, lzo.data, &size, memory) != LZO_E_OK)
            abort();
        lzo.size = size;
    } else {
        put_literals(&lzo, data);
    }
    put32(b, lzo.size);
    put(b, lzo.data, lzo.size);
    bytes_free(&lzo);
}

void gen_ultra(RFBGen *g, Bytes *b, const GenPixels *p)
{
    Bytes raw = { 0 };

    put_pixels(g, &raw, p);
    put_lzo(g, b, &raw);
    bytes_free(&raw);
}

int gen_solid(RFBGen *g, Bytes *b, const GenPixels *p)
{
    GenPixels colours;

    if (gen_colours(&colours, p, 1) != 1)
        return 0;
    gen_put_pixel(g, b, p->pixel[0]);
    return 1;
}

/** A mask, whose bits begin with the lowest, and the pixels that it wants. */
static int put_masked(RFBGen *g, Bytes *b, const GenPixels *p, int x, int y, int encoding)
{
    int mono = encoding == RFB_ENC_XOR_MONO_COLOR_ZLIB, xor = encoding == RFB_ENC_XOR_ZLIB;
    GenPixels colours, old;
    Bytes pixels = { 0 };
    size_t mask = b->size;

    if (mono && gen_colours(&colours, p, 2) != 2)
        return 0;
    gen_cut(&old, g->pixel, g->width, x, y, p->w, p->h);
    memset(bytes_room(b, (p->n + 7) / 8), 0, (p->n + 7) / 8);
    for (int i = 0; i < p->n; i++) {
        /* what is the same may be said again */
        int same = p->pixel[i] == (xor ? old.pixel[i] : p->pixel[0]);
        int bit = !same || (!mono && !gen_random(g, 8));

        b->data[mask + i / 8] |= bit << i % 8;
        if (bit && !mono)
            gen_put_pixel(g, &pixels, p->pixel[i]);
    }
    if (!xor)
        gen_put_pixel(g, b, p->pixel[0]);
    if (mono)
        gen_put_pixel(g, b, colours.pixel[1]);
    put(b, pixels.data, pixels.size);
    bytes_free(&pixels);
    return 1;
}

int gen_masked_zlib(RFBGen *g, Bytes *b, const GenPixels *p, int x, int y, int encoding)
{
    Bytes data = { 0 };
    int done = put_masked(g, &data, p, x, y, encoding);

    if (done)
        gen_put_deflated(g, b, GEN_ZLIB, &data);
    bytes_free(&data);
    return done;
}

/** A small rectangle with its head, in one of the forms that packs may have. */
static void put_inner(RFBGen *g, Bytes *b, int raw_only)
{
    static const int encodings[] = { RFB_ENC_RAW, RFB_ENC_SOLID_COLOR, RFB_ENC_XOR_ZLIB,
                                     RFB_ENC_XOR_MONO_COLOR_ZLIB };
    int w = 1 + gen_random(g, g->width < 20 ? g->width : 20);
    int h = 1 + gen_random(g, g->height < 20 ? g->height : 20);
    int x = gen_random(g, g->width - w + 1), y = gen_random(g, g->height - h + 1);
    int encoding = encodings[raw_only ? 0 : gen_random(g, 4)], done = 0;
    size_t start = b->size;
    GenPixels p;

    gen_cut(&p, g->pixel, g->width, x, y, w, h);
    gen_scribble(g, &p);
    put_rect(b, x, y, w, h, encoding);
    if (encoding == RFB_ENC_SOLID_COLOR)
        done = gen_solid(g, b, &p);
    else if (encoding != RFB_ENC_RAW)
        done = put_masked(g, b, &p, x, y, encoding);
    if (!done) {
        b->size = start;
        put_rect(b, x, y, w, h, RFB_ENC_RAW);
        put_pixels(g, b, &p);
    }
    gen_paste(g, &p, x, y);
}

void gen_pack(RFBGen *g, Bytes *b)
{
    int kind = gen_random(g, 4), n = !!kind + gen_random(g, 4);
    Bytes all = { 0 };
    uLongf size;

    for (int i = 0; i < n; i++)
        put_inner(g, &all, kind != 3);
    put_rect(b, n, all.size % 65535, all.size / 65535, 0,
             kind == 0 ? RFB_ENC_ULTRA_ZIP : kind == 1 ? RFB_ENC_QUEUE_ZSTD : RFB_ENC_QUEUE_ZIP);
    g->by_zstd = kind == 1;
    if (kind == 0) {
        put_lzo(g, b, &all);
    } else if (kind < 3) {
        gen_put_deflated(g, b, GEN_ZLIB, &all);
    } else {
        /* until 1.2: compressed by itself */
        size_t start = b->size;

        put32(b, 0);
        size = compressBound(all.size);
        if (compress(bytes_room(b, size), &size, all.data ? all.data : (uint8_t *)"",
                     all.size) != Z_OK)
            abort();
        b->size = start + 4 + size;
        for (int i = 0; i < 4; i++)
            b->data[start + i] = size >> (24 - 8 * i);
    }
    bytes_free(&all);
}

/** The stream begins with the settings of UltraVNC's, but for a smaller history. */
static void begin_xz(RFBGen *g)
{
    lzma_options_lzma o = { .dict_size = 1 << 16, .lc = 2, .mode = LZMA_MODE_FAST,
                            .mf = LZMA_MF_HC4, .nice_len = 128 };
    const lzma_filter filters[] = { { LZMA_FILTER_LZMA2, &o }, { LZMA_VLI_UNKNOWN, NULL } };

    if (!g->xz.internal && lzma_stream_encoder(&g->xz, filters, LZMA_CHECK_NONE) != LZMA_OK)
        abort();
}

void gen_list(RFBGen *g, Bytes *b)
{
    int n = 1 + gen_random(g, 4);
    Bytes tiles = { 0 }, all = { 0 }, out = { 0 };
    size_t room;

    begin_xz(g);
    for (int i = 0; i < n; i++) {
        int small = gen_random(g, 3);
        int x = gen_random(g, g->width), y = gen_random(g, g->height);
        int w = 1 + gen_random(g, small ? 3 : g->width) % (g->width - x);
        int h = 1 + gen_random(g, small ? 3 : g->height) % (g->height - y);
        GenPixels p;

        gen_cut(&p, g->pixel, g->width, x, y, w, h);
        gen_scribble(g, &p);
        put16(&all, x);
        put16(&all, y);
        put16(&all, w);
        put16(&all, h);
        gen_put_tiles(g, &tiles, &p);
        gen_paste(g, &p, x, y);
    }
    put(&all, tiles.data, tiles.size);
    room = all.size + all.size / 8 + 1000;
    g->xz.next_in   = all.data;
    g->xz.avail_in  = all.size;
    g->xz.next_out  = bytes_room(&out, room);
    g->xz.avail_out = room;
    if (lzma_code(&g->xz, LZMA_SYNC_FLUSH) != LZMA_STREAM_END)
        abort();
    out.size = room - g->xz.avail_out;
    put_rect(b, n >> 16, n & 0xFFFF, out.size >> 16, out.size & 0xFFFF, RFB_ENC_XZ);
    put(b, out.data, out.size);
    g->nb_listed += n - 1;
    bytes_free(&tiles);
    bytes_free(&all);
    bytes_free(&out);
}
