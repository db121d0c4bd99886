/*
 * A random RFB server that keeps its own picture: its updates
 */

#include "rfbgen.h"

static const RFBPixelFormat formats[] = {
    { 32, 24, 0, 1, { 255, 255, 255 }, { 16, 8, 0 } },
    { 32, 24, 0, 1, { 255, 255, 255 }, { 0, 8, 16 } },
    { 32, 24, 1, 1, { 255, 255, 255 }, { 16, 8, 0 } },
    { 32, 24, 0, 1, { 255, 255, 255 }, { 24, 16, 8 } },
    { 32, 24, 1, 1, { 255, 255, 255 }, { 24, 16, 8 } },
    { 32, 32, 0, 1, { 255, 255, 255 }, { 16, 8, 0 } },
    { 32, 24, 0, 1, { 255, 255, 255 }, { 24, 8, 0 } },
    { 32, 30, 1, 1, { 1023, 1023, 1023 }, { 20, 10, 0 } },
    { 32, 18, 0, 1, { 63, 63, 63 }, { 1, 9, 25 } },
    { 16, 16, 0, 1, { 31, 63, 31 }, { 11, 5, 0 } },
    { 16, 16, 1, 1, { 31, 63, 31 }, { 11, 5, 0 } },
    { 16, 15, 0, 1, { 31, 31, 31 }, { 10, 5, 0 } },
    { 16, 15, 1, 1, { 31, 31, 31 }, { 0, 5, 10 } },
    { 16, 16, 0, 1, { 31, 31, 63 }, { 11, 6, 0 } },
    { 16, 12, 0, 1, { 15, 12, 9 }, { 8, 4, 0 } },
    { 8, 8, 0, 1, { 7, 7, 3 }, { 5, 2, 0 } },
    { 8, 8, 0, 1, { 7, 7, 3 }, { 0, 3, 6 } },
    { 8, 6, 0, 1, { 3, 3, 3 }, { 4, 2, 0 } },
    { 8, 8, 0, 0 },
};
#define NB_FORMATS (sizeof(formats) / sizeof(*formats))

unsigned gen_random(RFBGen *g, unsigned n)
{
    g->state ^= g->state << 13;
    g->state ^= g->state >> 17;
    g->state ^= g->state << 5;
    return g->state % n;
}

static uint32_t random_pixel(RFBGen *g)
{
    uint32_t v = 0;

    if (!g->pf.true_colour)
        return gen_random(g, 256);
    for (int i = 0; i < 3; i++)
        v |= (uint32_t)gen_random(g, g->pf.max[i] + 1) << g->pf.shift[i];
    return v;
}

uint32_t gen_shown(const RFBGen *g, int x, int y)
{
    uint32_t v = g->pixel[y * g->width + x], rgb = 0;

    if (!g->pf.true_colour)
        return v;
    for (int i = 0; i < 3; i++) {
        double max = g->pf.max[i];
        double part;
        int bits = 1;

        while ((1 << bits) - 1 < g->pf.max[i])
            bits++;
        part = (v >> g->pf.shift[i]) & ((1u << bits) - 1);
        rgb  = rgb << 8 | (uint32_t)(part / max * 255 + 0.5);
    }
    return rgb;
}

void gen_put_pixel(RFBGen *g, Bytes *b, uint32_t v)
{
    int n = g->pf.bits_per_pixel / 8;

    v |= (gen_random(g, 1 << 30) << 2) & ~g->used;
    for (int i = 0; i < n; i++)
        put8(b, v >> 8 * (g->pf.big_endian ? n - 1 - i : i));
}

void gen_put_cpixel(RFBGen *g, Bytes *b, uint32_t v)
{
    int low = !(g->used >> 24), high = !(g->used & 0xFF);

    if (g->pf.bits_per_pixel != 32 || !g->pf.true_colour || (!low && !high)) {
        gen_put_pixel(g, b, v);
        return;
    }
    v = low ? v : v >> 8;
    for (int i = 0; i < 3; i++)
        put8(b, v >> 8 * (g->pf.big_endian ? 2 - i : i));
}

int gen_tpixel_is_rgb(const RFBGen *g)
{
    return g->pf.bits_per_pixel == 32 && g->pf.true_colour && g->pf.depth == 24 &&
           g->pf.max[0] == 255 && g->pf.max[1] == 255 && g->pf.max[2] == 255;
}

void gen_put_tpixel(RFBGen *g, Bytes *b, uint32_t v)
{
    if (!gen_tpixel_is_rgb(g)) {
        gen_put_pixel(g, b, v);
        return;
    }
    for (int i = 0; i < 3; i++)
        put8(b, v >> g->pf.shift[i]);
}

Bytes gen_deflated(RFBGen *g, int stream, const Bytes *data)
{
    ZSTD_inBuffer in = { data->data, data->size, 0 };
    ZSTD_outBuffer out = { .size = ZSTD_compressBound(data->size) + 100 };
    Bytes b = { 0 };

    if (!g->by_zstd)
        return deflated(&g->z[stream], data->data, data->size);
    out.dst = bytes_room(&b, out.size);
    if (ZSTD_compressStream2(g->zstd[stream], &out, &in, ZSTD_e_flush))
        abort();
    b.size = out.pos;
    return b;
}

void gen_put_deflated(RFBGen *g, Bytes *b, int stream, const Bytes *data)
{
    Bytes d = gen_deflated(g, stream, data);

    put32(b, d.size);
    put(b, d.data, d.size);
    bytes_free(&d);
}

int gen_index(const GenPixels *colours, uint32_t v)
{
    for (int i = 0; i < colours->n; i++)
        if (colours->pixel[i] == v)
            return i;
    return -1;
}

int gen_colours(GenPixels *colours, const GenPixels *p, int max)
{
    colours->n = 0;
    for (int i = 0; i < p->n; i++) {
        if (gen_index(colours, p->pixel[i]) >= 0)
            continue;
        if (colours->n == max)
            return 0;
        colours->pixel[colours->n++] = p->pixel[i];
    }
    return colours->n;
}

void gen_cut(GenPixels *dst, const uint32_t *src, int stride, int x, int y, int w, int h)
{
    dst->w = w;
    dst->h = h;
    dst->n = 0;
    for (int j = y; j < y + h; j++)
        for (int i = x; i < x + w; i++)
            dst->pixel[dst->n++] = src[j * stride + i];
}

void gen_paste(RFBGen *g, const GenPixels *p, int x, int y)
{
    for (int j = 0; j < p->h; j++)
        for (int i = 0; i < p->w; i++)
            g->pixel[(y + j) * g->width + x + i] = p->pixel[j * p->w + i];
}

/** Something new for a part of the screen: plain, text, dither, noise, a slope. */
void gen_scribble(RFBGen *g, GenPixels *p)
{
    uint32_t colour[300];
    int kind = gen_random(g, 6), nb = kind == 0 ? 1 : kind == 1 ? 2 : 1 + gen_random(g, 20);
    int run = 1 + gen_random(g, 300), at = 0;

    for (int i = 0; i < 300; i++)
        colour[i] = random_pixel(g);
    if (!gen_random(g, 8))
        nb = 300;
    for (int i = 0; i < p->n; i++) {
        if (kind == 5)
            p->pixel[i] = random_pixel(g);
        else if (kind == 4 && g->pf.true_colour)
            p->pixel[i] = (uint32_t)(i % p->w * g->pf.max[0] / p->w) << g->pf.shift[0] |
                          (uint32_t)(i / p->w * g->pf.max[1] / p->h) << g->pf.shift[1];
        else if (kind == 3)
            p->pixel[i] = colour[gen_random(g, nb)];
        else {
            if (!gen_random(g, run))
                at = gen_random(g, nb);
            p->pixel[i] = colour[at];
        }
    }
}

static int put_raw(RFBGen *g, Bytes *b, const GenPixels *p)
{
    for (int i = 0; i < p->n; i++)
        gen_put_pixel(g, b, p->pixel[i]);
    return 1;
}

/** A background, perhaps one colour over all of it, then runs of all that differs. */
static int put_rre(RFBGen *g, Bytes *b, const GenPixels *p, int compact)
{
    void (*number)(Bytes *, unsigned) = compact ? put8 : put16;
    uint32_t under = p->pixel[gen_random(g, p->n)];
    int covered = gen_random(g, 2), count = covered;
    size_t start = b->size;

    if (compact && (p->w > 255 || p->h > 255))
        return 0;
    put32(b, 0);
    gen_put_pixel(g, b, covered ? random_pixel(g) : under);
    if (covered) {
        gen_put_pixel(g, b, under);
        number(b, 0);
        number(b, 0);
        number(b, p->w);
        number(b, p->h);
    }
    for (int i = 0, n; i < p->n; i += n) {
        for (n = 1; (i + n) % p->w && p->pixel[i + n] == p->pixel[i]; n++)
            ;
        if (p->pixel[i] == under)
            continue;
        gen_put_pixel(g, b, p->pixel[i]);
        number(b, i % p->w);
        number(b, i / p->w);
        number(b, n);
        number(b, 1);
        count++;
    }
    for (int i = 0; i < 4; i++)
        b->data[start + i] = count >> (24 - 8 * i);
    return 1;
}

static void put_zlib(RFBGen *g, Bytes *b, const GenPixels *p)
{
    Bytes raw = { 0 };

    put_raw(g, &raw, p);
    gen_put_deflated(g, b, GEN_ZLIB, &raw);
    bytes_free(&raw);
}

static int put_ultra2(RFBGen *g, Bytes *b, GenPixels *p)
{
    Bytes jpeg = { 0 };
    int done = gen_jpeg(g, &jpeg, p, 1);

    put32(b, jpeg.size);
    put(b, jpeg.data, jpeg.size);
    bytes_free(&jpeg);
    return done;
}

/** Pixels from elsewhere, perhaps overlapping. */
static void put_copy(RFBGen *g, Bytes *b, int x, int y, int w, int h)
{
    int sx = gen_random(g, g->width - w + 1), sy = gen_random(g, g->height - h + 1);
    GenPixels p;

    gen_cut(&p, g->pixel, g->width, sx, sy, w, h);
    gen_paste(g, &p, x, y);
    put_rect(b, x, y, w, h, RFB_ENC_COPY_RECT);
    put16(b, sx);
    put16(b, sy);
}

static const int encodings[] = {
    RFB_ENC_RAW, RFB_ENC_RRE, RFB_ENC_CORRE, RFB_ENC_HEXTILE, RFB_ENC_ZLIB, RFB_ENC_TIGHT,
    RFB_ENC_TIGHT, RFB_ENC_ZLIBHEX, RFB_ENC_ULTRA, RFB_ENC_TRLE, RFB_ENC_ZRLE, RFB_ENC_ZRLE,
    RFB_ENC_ULTRA2, RFB_ENC_JPEG, RFB_ENC_OPEN_H264, RFB_ENC_ZSTD, RFB_ENC_TIGHT_ZSTD,
    RFB_ENC_ZSTDHEX, RFB_ENC_ZSTDRLE, RFB_ENC_XOR_ZLIB, RFB_ENC_XOR_MONO_COLOR_ZLIB,
    RFB_ENC_XOR_MULTI_COLOR_ZLIB, RFB_ENC_SOLID_COLOR,
};

/** A rectangle with new contents in some encoding that can have them. */
static void put_picture(RFBGen *g, Bytes *b, int x, int y, int w, int h, int encoding)
{
    size_t start = b->size;
    GenPixels p;
    int done = 1;

    if (encoding == RFB_ENC_OPEN_H264)
        gen_h264_place(g, &x, &y, &w, &h);
    gen_cut(&p, g->pixel, g->width, x, y, w, h);
    if (gen_random(g, 5))
        gen_scribble(g, &p);
    put_rect(b, x, y, w, h, encoding);
    g->by_zstd = encoding >= RFB_ENC_ZSTD && encoding <= RFB_ENC_ZSTDRLE;
    switch (encoding) {
    case RFB_ENC_RAW:     put_raw(g, b, &p);                   break;
    case RFB_ENC_RRE:     done = put_rre(g, b, &p, 0);         break;
    case RFB_ENC_CORRE:   done = put_rre(g, b, &p, 1);         break;
    case RFB_ENC_HEXTILE: done = gen_hextile(g, b, &p, 0);     break;
    case RFB_ENC_ZSTDHEX:
    case RFB_ENC_ZLIBHEX: done = gen_hextile(g, b, &p, 1);     break;
    case RFB_ENC_ZSTD:
    case RFB_ENC_ZLIB:    put_zlib(g, b, &p);                  break;
    case RFB_ENC_ULTRA:   gen_ultra(g, b, &p);                 break;
    case RFB_ENC_XOR_ZLIB:
    case RFB_ENC_XOR_MONO_COLOR_ZLIB:
    case RFB_ENC_XOR_MULTI_COLOR_ZLIB:
        done = gen_masked_zlib(g, b, &p, x, y, encoding);
        break;
    case RFB_ENC_SOLID_COLOR: done = gen_solid(g, b, &p);      break;
    case RFB_ENC_JPEG:    done = gen_jpeg(g, b, &p, 0);        break;
    case RFB_ENC_ULTRA2:  done = put_ultra2(g, b, &p);         break;
    case RFB_ENC_OPEN_H264: done = gen_h264(g, b, &p, x, y);   break;
    case RFB_ENC_TIGHT_ZSTD:
    case RFB_ENC_TIGHT:   done = gen_tight(g, b, &p);          break;
    case RFB_ENC_TRLE:    done = gen_trle(g, b, &p);           break;
    case RFB_ENC_ZSTDRLE:
    case RFB_ENC_ZRLE:    done = gen_zrle(g, b, &p);           break;
    }
    if (!done) {
        b->size  = start;
        encoding = RFB_ENC_RAW;
        put_rect(b, x, y, w, h, encoding);
        put_raw(g, b, &p);
    }
    if (encoding >= 0)
        g->nb_rects[encoding]++;
    gen_paste(g, &p, x, y);
}

static void put_size(RFBGen *g, Bytes *b)
{
    int w = 1 + gen_random(g, GEN_MAX_WIDTH), h = 1 + gen_random(g, GEN_MAX_HEIGHT);
    int both_w = w < g->width ? w : g->width, both_h = h < g->height ? h : g->height;
    GenPixels p;

    gen_cut(&p, g->pixel, g->width, 0, 0, both_w, both_h);
    memset(g->pixel, 0, sizeof(g->pixel));
    g->width  = w;
    g->height = h;
    gen_paste(g, &p, 0, 0);
    if (gen_random(g, 2)) {
        put_rect(b, 0, 0, w, h, RFB_ENC_DESKTOP_SIZE);
    } else {
        put_rect(b, gen_random(g, 3), 0, w, h, RFB_ENC_EXTENDED_DESKTOP_SIZE);
        put32(b, 1 << 24);
        memset(bytes_room(b, 16), 7, 16);
    }
}

static void put_cursor(RFBGen *g, Bytes *b)
{
    int w = gen_random(g, 20), h = gen_random(g, 20);

    put_rect(b, 0, 0, w, h, RFB_ENC_CURSOR);
    for (int i = 0; i < w * h; i++)
        gen_put_pixel(g, b, random_pixel(g));
    for (int i = 0; i < (w + 7) / 8 * h; i++)
        put8(b, gen_random(g, 256));
}

static void put_any_rect(RFBGen *g, Bytes *b, int encoding)
{
    int x = gen_random(g, g->width), y = gen_random(g, g->height), kind = gen_random(g, 100);
    int w = 1 + gen_random(g, g->width - x), h = 1 + gen_random(g, g->height - y);

    if (!gen_random(g, 3)) {
        w = w % 9 + 1;
        h = h % 9 + 1;
        x = x + w > g->width  ? g->width  - w : x;
        y = y + h > g->height ? g->height - h : y;
        if (x < 0 || y < 0) {
            x = y = 0;
            w = h = 1;
        }
    }
    if (kind < 2)
        put_size(g, b);
    else if (kind < 4)
        put_cursor(g, b);
    else if (kind < 6)
        put_rect(b, x, y, 0, 0, RFB_ENC_POINTER_POS);
    else if (kind < 7)
        gen_h264_control(g, b);
    else if (kind < 12)
        gen_pack(g, b);
    else if (kind < 15)
        gen_list(g, b);
    else if (kind < 18 && gen_aten(g, b))
        return;
    else if (kind < 26)
        put_copy(g, b, x, y, w, h);
    else
        put_picture(g, b, x, y, w, h, encoding);
}

static void put_framebuffer_update(RFBGen *g, Bytes *b)
{
    size_t start = b->size;
    int n = gen_random(g, 5), last = !gen_random(g, 4), whole = !gen_random(g, 4);
    int encoding = encodings[gen_random(g, sizeof(encodings) / sizeof(*encodings))];

    g->nb_listed = 0;
    put_update(b, last ? 0xFFFF : n + whole);
    if (whole)
        put_picture(g, b, 0, 0, g->width, g->height, encoding);
    for (int i = 0; i < n; i++) {
        if (gen_random(g, 2))
            encoding = encodings[gen_random(g, sizeof(encodings) / sizeof(*encodings))];
        put_any_rect(g, b, encoding);
    }
    if (last)
        put_rect(b, 0, 0, 0, 0, RFB_ENC_LAST_RECT);
    else
        b->data[start + 3] += g->nb_listed;
}

int gen_message(RFBGen *g, Bytes *b)
{
    size_t start = b->size;
    int n;

    switch (gen_random(g, 20)) {
    case 0:
        put8(b, RFB_MSG_BELL);
        break;
    case 1:
        n = gen_random(g, 50);
        put32(b, RFB_MSG_SERVER_CUT_TEXT << 24);
        put32(b, gen_random(g, 2) ? -n : n);
        memset(bytes_room(b, n), 'x', n);
        break;
    case 2:
        n = gen_random(g, 20);
        put16(b, RFB_MSG_SET_COLOUR_MAP_ENTRIES << 8);
        put16(b, gen_random(g, 236));
        put16(b, n);
        memset(bytes_room(b, 6 * n), gen_random(g, 256), 6 * n);
        break;
    default:
        put_framebuffer_update(g, b);
    }
    return b->data[start];
}

void gen_server_init(const RFBGen *g, uint8_t *buf)
{
    Bytes b = { 0 };

    put16(&b, g->width);
    put16(&b, g->height);
    put8(&b, g->pf.bits_per_pixel);
    put8(&b, g->pf.depth);
    put8(&b, g->pf.big_endian);
    put8(&b, g->pf.true_colour);
    for (int i = 0; i < 3; i++)
        put16(&b, g->pf.max[i]);
    for (int i = 0; i < 3; i++)
        put8(&b, g->pf.shift[i]);
    memset(bytes_room(&b, 7), 0, 7);
    memcpy(buf, b.data, RFB_SERVER_INIT_SIZE);
    bytes_free(&b);
}

void gen_begin_as(RFBGen *g, uint32_t seed, const RFBPixelFormat *pf, int width, int height)
{
    memset(g, 0, sizeof(*g));
    g->state  = 2654435761u * (seed + 1) | 1;
    g->pf     = *pf;
    g->used   = pf->true_colour ? 0 : 0xFF;
    g->width  = width;
    g->height = height;
    for (int i = 0; i < 3 && pf->true_colour; i++) {
        uint32_t mask = 1;

        while (mask < pf->max[i])
            mask = 2 * mask + 1;
        g->used |= mask << pf->shift[i];
    }
    for (int i = 0; i < GEN_NB_STREAMS; i++) {
        if (deflateInit(&g->z[i], gen_random(g, 10)) != Z_OK || !(g->zstd[i] = ZSTD_createCCtx()))
            abort();
        /* levels as UltraVNC's */
        ZSTD_CCtx_setParameter(g->zstd[i], ZSTD_c_compressionLevel, (int)gen_random(g, 10) - 7);
    }
}

void gen_begin(RFBGen *g, uint32_t seed)
{
    g->state = 2654435761u * (seed + 1) | 1;
    gen_begin_as(g, seed, &formats[seed % NB_FORMATS], 1 + gen_random(g, GEN_MAX_WIDTH),
                 1 + gen_random(g, GEN_MAX_HEIGHT));
}

void gen_end(RFBGen *g)
{
    for (int i = 0; i < GEN_NB_STREAMS; i++) {
        deflateEnd(&g->z[i]);
        ZSTD_freeCCtx(g->zstd[i]);
    }
    lzma_end(&g->xz);
}
