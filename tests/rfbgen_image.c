/*
 * A random RFB server that keeps its own picture: rectangles of JPEG and H.264
 *
 * Grey only and without loss, written from ITU-T T.81 and H.264: JPEG of
 * blocks of one colour, H.264 of macroblocks that are not compressed (I_PCM)
 * or that stay as they were (P_Skip).
 */

#include "rfbgen.h"

/** Bits, the highest first. */
typedef struct Bits {
    Bytes *b;
    unsigned byte;
    int n;
    int stuffing;               ///< JPEG: a zero behind each 0xFF
} Bits;

static void put_bits(Bits *s, int n, unsigned v)
{
    while (n--) {
        s->byte = s->byte << 1 | (v >> n & 1);
        if (++s->n < 8)
            continue;
        put8(s->b, s->byte);
        if (s->stuffing && s->byte == 0xFF)
            put8(s->b, 0);
        s->byte = s->n = 0;
    }
}

static void align(Bits *s, int bit)
{
    while (s->n)
        put_bits(s, 1, bit);
}

/** The pixel that looks like a grey. */
static uint32_t grey_pixel(const RFBGen *g, int level)
{
    uint32_t v = 0;

    for (int i = 0; i < 3; i++)
        v |= (uint32_t)(level ? level * g->pf.max[i] / 255 : 0) << g->pf.shift[i];
    return v;
}

/** A grey that the format can have. */
static int random_grey(RFBGen *g)
{
    int exact = g->pf.max[0] == 255 && g->pf.max[1] == 255 && g->pf.max[2] == 255;

    return exact ? gen_random(g, 256) : gen_random(g, 2) * 255;
}

/* --- JPEG ---------------------------------------------------------------- */

static void put_marker(RFBGen *g, Bytes *b, int marker)
{
    /* any number of 0xFF may stand in front */
    while (!gen_random(g, 6))
        put8(b, 0xFF);
    put16(b, 0xFF00 | marker);
}

/** Ones all over: what is quantized does not change. */
static void put_quantization(RFBGen *g, Bytes *b, int n)
{
    put_marker(g, b, 0xDB);
    put16(b, 2 + 65);
    put8(b, n);
    memset(bytes_room(b, 64), 1, 64);
}

/** DC: twelve codes of four bits, in an order that variant says. AC: only "end of block". */
static void put_huffman(RFBGen *g, Bytes *b, int ac, int n, int variant)
{
    put_marker(g, b, 0xC4);
    put16(b, 2 + 17 + (ac ? 1 : 12));
    put8(b, ac << 4 | n);
    for (int i = 1; i <= 16; i++)
        put8(b, ac ? i == 1 : i == 4 ? 12 : 0);
    for (int i = 0; i < (ac ? 1 : 12); i++)
        put8(b, ac ? 0 : (i + variant) % 12);
}

/** Something to skip that looks like the end. */
static void put_comment(RFBGen *g, Bytes *b)
{
    put_marker(g, b, 0xFE);
    put16(b, 2 + 6);
    put(b, "\xFF\xD9\xFF\xDA\0", 6);
}

/** A block's only coefficient, as the difference to the last one. */
static void put_difference(Bits *s, int variant, int diff)
{
    int size = 0;

    while (abs(diff) >> size)
        size++;
    put_bits(s, 4, (size - variant + 12) % 12);
    put_bits(s, size, diff < 0 ? diff + (1 << size) - 1 : diff);
    put_bits(s, 1, 0);
}

static void put_scan(RFBGen *g, Bytes *b, GenPixels *p, int variant, int restart)
{
    Bits s = { b, .stuffing = 1 };
    int last = 0, n = 0;

    for (int y = 0; y < p->h; y += 8) {
        for (int x = 0; x < p->w; x += 8, n++) {
            int level = random_grey(g);

            if (restart && n && n % restart == 0) {
                align(&s, 1);
                put16(b, 0xFFD0 | (n / restart - 1) % 8);
                last = 0;
            }
            put_difference(&s, variant, 8 * (level - 128) - last);
            last = 8 * (level - 128);
            for (int j = y; j < y + 8 && j < p->h; j++)
                for (int i = x; i < x + 8 && i < p->w; i++)
                    p->pixel[j * p->w + i] = grey_pixel(g, level);
        }
    }
    align(&s, 1);
}

int gen_jpeg(RFBGen *g, Bytes *b, GenPixels *p, int whole)
{
    int q = gen_random(g, 4), h = gen_random(g, 2), restart = gen_random(g, 3), own = 0;
    int *variant = whole ? &own : &g->huffman[h];

    if (!g->pf.true_colour)
        return 0;
    put16(b, 0xFFD8);
    if (whole || !g->quantization[q] || gen_random(g, 2)) {
        put_quantization(g, b, q);
        g->quantization[q] |= !whole;
    }
    if (!gen_random(g, 3))
        put_comment(g, b);
    put_marker(g, b, 0xC0);
    put16(b, 11);
    put8(b, 8);
    put16(b, p->h);
    put16(b, p->w);
    put32(b, 1 << 24 | 1 << 16 | 0x11 << 8 | q);
    if (!*variant || gen_random(g, 2)) {
        *variant = 1 + gen_random(g, 11);
        put_huffman(g, b, 0, h, *variant);
        put_huffman(g, b, 1, h, *variant);
    }
    if (restart) {
        put_marker(g, b, 0xDD);
        put16(b, 4);
        put16(b, restart);
    }
    put_marker(g, b, 0xDA);
    put16(b, 8);
    put8(b, 1);
    put16(b, 1 << 8 | h << 4 | h);
    put8(b, 0);
    put16(b, 63 << 8);
    put_scan(g, b, p, *variant, restart);
    put_marker(g, b, 0xD9);
    return 1;
}

/* --- H.264 --------------------------------------------------------------- */

/** Exp-Golomb codes of H.264, 9.1; v < 65535. */
static void put_ue(Bits *s, unsigned v)
{
    int n = 0;

    while ((v + 1) >> (n + 1))
        n++;
    put_bits(s, n, 0);
    put_bits(s, n + 1, v + 1);
}

/** A NAL unit: start code, head, and the bytes so that they look like no start code. */
static void put_nal(RFBGen *g, Bytes *b, int head, Bits *s)
{
    int zeros = 0;

    put_bits(s, 1, 1);
    align(s, 0);
    if (gen_random(g, 2))
        put8(b, 0);
    put16(b, 0);
    put16(b, 1 << 8 | head);
    for (size_t i = 0; i < s->b->size; i++) {
        if (zeros >= 2 && s->b->data[i] < 4) {
            put8(b, 3);
            zeros = 0;
        }
        zeros = s->b->data[i] ? 0 : zeros + 1;
        put8(b, s->b->data[i]);
    }
    s->b->size = 0;
}

/** 7.3.2.1 and E.1.1: Baseline, full range; pictures may be cut only to whole pairs. */
static void put_sps(Bits *s, int w, int h)
{
    int cut_w = (-w & 15) / 2, cut_h = (-h & 15) / 2;

    put_bits(s, 24, 66 << 16 | 0xC0 << 8 | 40);
    put_ue(s, 0);
    put_ue(s, 0);               /* frame_num has four bits */
    put_ue(s, 2);               /* pictures come out in the order they come in */
    put_ue(s, 1);
    put_bits(s, 1, 0);
    put_ue(s, (w + 15) / 16 - 1);
    put_ue(s, (h + 15) / 16 - 1);
    put_bits(s, 3, 6 | (cut_w || cut_h));
    if (cut_w || cut_h) {
        put_ue(s, 0);
        put_ue(s, cut_w);
        put_ue(s, 0);
        put_ue(s, cut_h);
    }
    put_bits(s, 3, 4);          /* vui_parameters_present_flag */
    put_bits(s, 6, 1 << 5 | 5 << 2 | 1 << 1);
    put_bits(s, 6, 0);
}

/** 7.3.2.2 */
static void put_pps(Bits *s)
{
    put_ue(s, 0);
    put_ue(s, 0);
    put_bits(s, 2, 0);
    for (int i = 0; i < 3; i++)
        put_ue(s, 0);
    put_bits(s, 3, 0);
    for (int i = 0; i < 3; i++)
        put_ue(s, 0);
    put_bits(s, 3, 4);          /* deblocking_filter_control_present_flag */
}

/** New greys for a macroblock. */
static void put_pcm(RFBGen *g, Bits *s, GenContext *c, int x, int y)
{
    int a = random_grey(g), b = random_grey(g);

    align(s, 0);
    for (int j = y; j < y + 16; j++) {
        for (int i = x; i < x + 16; i++) {
            int level = gen_random(g, 2) ? a : b;

            put8(s->b, level);
            if (i < c->w && j < c->h)
                c->luma[j * c->w + i] = level;
        }
    }
    memset(bytes_room(s->b, 128), 128, 128);
}

/** 7.3.3 and 7.3.4 */
static void put_picture(RFBGen *g, Bytes *b, GenContext *c, int idr)
{
    Bytes payload = { 0 };
    Bits s = { &payload };
    int skipped = 0;

    if (idr) {
        put_sps(&s, c->w, c->h);
        put_nal(g, b, 0x67, &s);
        put_pps(&s);
        put_nal(g, b, 0x68, &s);
        c->frame_num = 0;
    }
    put_ue(&s, 0);
    put_ue(&s, idr ? 7 : 5);
    put_ue(&s, 0);
    put_bits(&s, 4, c->frame_num++);
    if (idr) {
        put_ue(&s, c->idr_pic_id ^= 1);
        put_bits(&s, 2, 0);
    } else {
        put_bits(&s, 3, 0);
    }
    put_ue(&s, 0);
    put_ue(&s, 1);              /* no deblocking */
    for (int y = 0; y < c->h; y += 16) {
        for (int x = 0; x < c->w; x += 16) {
            if (!idr && gen_random(g, 3)) {
                skipped++;
                continue;
            }
            if (!idr)
                put_ue(&s, skipped);
            put_ue(&s, idr ? 25 : 30);
            put_pcm(g, &s, c, x, y);
            skipped = 0;
        }
    }
    if (skipped)
        put_ue(&s, skipped);
    put_nal(g, b, idr ? 0x65 : 0x41, &s);
    bytes_free(&payload);
}

enum { RESET_CONTEXT = 1, RESET_ALL_CONTEXTS = 2 };

static GenContext *context_of(RFBGen *g, int x, int y, int w, int h)
{
    for (int i = 0; i < g->nb_contexts; i++)
        if (g->context[i].x == x && g->context[i].y == y &&
            g->context[i].w == w && g->context[i].h == h)
            return &g->context[i];
    return NULL;
}

void gen_h264_place(RFBGen *g, int *x, int *y, int *w, int *h)
{
    const GenContext *c = &g->context[gen_random(g, GEN_MAX_CONTEXTS)];

    if (c - g->context >= g->nb_contexts || c->x + c->w > g->width || c->y + c->h > g->height)
        return;
    *x = c->x;
    *y = c->y;
    *w = c->w;
    *h = c->h;
}

void gen_h264_control(RFBGen *g, Bytes *b)
{
    put_rect(b, 0, 0, g->width, g->height, RFB_ENC_OPEN_H264);
    put32(b, 0);
    put32(b, RESET_ALL_CONTEXTS);
    g->nb_contexts = 0;
}

int gen_h264(RFBGen *g, Bytes *b, GenPixels *p, int x, int y)
{
    GenContext *c = context_of(g, x, y, p->w, p->h);
    int flags = c && !gen_random(g, 4) ? RESET_CONTEXT : 0;
    Bytes data = { 0 };

    if (!g->pf.true_colour)
        return 0;
    if (!gen_random(g, 8) || (!c && g->nb_contexts == GEN_MAX_CONTEXTS)) {
        flags |= RESET_ALL_CONTEXTS;
        g->nb_contexts = 0;
        c = NULL;
    }
    if (!c) {
        c = &g->context[g->nb_contexts++];
        c->x = x;
        c->y = y;
        c->w = p->w;
        c->h = p->h;
        flags |= 4;             /* a flag that nobody knows */
    }
    put_picture(g, &data, c, flags || !gen_random(g, 4));
    while (!gen_random(g, 3))
        put_picture(g, &data, c, !gen_random(g, 4));
    put32(b, data.size);
    put32(b, flags);
    put(b, data.data, data.size);
    bytes_free(&data);
    for (int i = 0; i < p->n; i++)
        p->pixel[i] = grey_pixel(g, c->luma[i]);
    return 1;
}
