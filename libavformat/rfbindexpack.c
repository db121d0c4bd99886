/*
 * Indices of RFB recordings: packing states
 *
 * This file is part of FFmpeg.
 *
 * FFmpeg is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * FFmpeg is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with FFmpeg; if not, write to the Free Software
 * Foundation, Inc., 51 Franklin Street, Fifth Floor, Boston, MA 02110-1301 USA
 */

#include <string.h>

#include "libavutil/common.h"
#include "libavutil/intreadwrite.h"
#include "libavutil/mem.h"
#include "libavutil/murmur3.h"
#include "rfbindexpack.h"

#define T RFB_INDEX_TILE

/** Largest piece: a tile's pixels, or a stream's output. */
#define MAX_PIECE FFMAX(T * T * 3, 32 << 10)

/** So many pieces are remembered, and no more. */
#define MIN_SLOTS (1 << 12)
#define MAX_SLOTS (1 << 21)

int ff_rfb_index_pack_open(RFBIndexPacker *k, AVIOContext *out)
{
    static const uint8_t header[RFB_INDEX_HEADER];

    k->out      = out;
    k->nb_slots = MIN_SLOTS;
    k->hash     = av_murmur3_alloc();
    k->slot     = av_calloc(k->nb_slots, sizeof(*k->slot));
    k->packed   = av_malloc(2 * MAX_PIECE);
    k->delta    = av_malloc(MAX_PIECE);
    if (!k->hash || !k->slot || !k->packed || !k->delta ||
        deflateInit2(&k->z, 1, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY) != Z_OK)
        return AVERROR(ENOMEM);
    k->z_open = 1;
    /* what is not finished has no header */
    avio_write(out, header, sizeof(header));
    k->pos = sizeof(header);
    return 0;
}

void ff_rfb_index_pack_free(RFBIndexPacker *k)
{
    if (k->z_open)
        deflateEnd(&k->z);
    av_free(k->hash);
    av_free(k->slot);
    av_free(k->packed);
    av_free(k->delta);
    av_free(k->list);
    av_free(k->last);
    memset(k, 0, sizeof(*k));
}

/* ---- which pieces there are ---- */

/** @return where a piece is noted or can be */
static RFBIndexSlot *find(RFBIndexSlot *slot, unsigned nb, const uint64_t hash[2])
{
    unsigned i = hash[0] & (nb - 1);

    while (slot[i].pos && (slot[i].hash[0] != hash[0] || slot[i].hash[1] != hash[1]))
        i = (i + 1) & (nb - 1);
    return &slot[i];
}

/** Make room for one more. @return 0, or AVERROR(ENOMEM) when there is none */
static int grow(RFBIndexPacker *k)
{
    unsigned nb = 2 * k->nb_slots;
    RFBIndexSlot *slot;

    if (k->used < k->nb_slots / 2)
        return 0;
    if (nb > MAX_SLOTS || !(slot = av_calloc(nb, sizeof(*slot))))
        return AVERROR(ENOMEM);
    for (unsigned i = 0; i < k->nb_slots; i++)
        if (k->slot[i].pos)
            *find(slot, nb, k->slot[i].hash) = k->slot[i];
    av_free(k->slot);
    k->slot     = slot;
    k->nb_slots = nb;
    return 0;
}

/* ---- packing ---- */

/** @return bytes, or size if that is not less */
static size_t deflate_into(RFBIndexPacker *k, uint8_t *dst, const uint8_t *src, size_t size)
{
    deflateReset(&k->z);
    k->z.next_in   = (uint8_t *)src;
    k->z.avail_in  = size;
    k->z.next_out  = dst;
    k->z.avail_out = size;
    return deflate(&k->z, Z_FINISH) == Z_STREAM_END ? size - k->z.avail_out : size;
}

/** Pack a piece as well as is quickly done. @return how, with *data and *n what to write */
static int pack_piece(RFBIndexPacker *k, const uint8_t *src, size_t size, const uint8_t **data,
                      size_t *n)
{
    uint8_t *second = k->packed + MAX_PIECE;
    int kind = RFB_PIECE_DEFLATE;
    size_t less;

    *data = k->packed;
    *n    = deflate_into(k, k->packed, src, size);
    /* photographs are better off as differences between neighbours */
    if (*n > size / 3) {
        for (size_t i = 0; i < size; i++)
            k->delta[i] = src[i] - (i < 3 ? 0 : src[i - 3]);
        less = deflate_into(k, second, k->delta, size);
        if (less < *n) {
            *data = second;
            *n    = less;
            kind  = RFB_PIECE_DELTA;
        }
    }
    if (*n < size)
        return kind;
    *data = src;
    return RFB_PIECE_PLAIN;
}

static int64_t write_piece(RFBIndexPacker *k, const uint8_t *src, size_t size)
{
    int64_t pos = k->pos;
    const uint8_t *data;
    size_t n;
    int kind = pack_piece(k, src, size, &data, &n);

    avio_wb32(k->out, size);
    avio_wb32(k->out, (uint32_t)kind << 30 | n);
    avio_wb32(k->out, crc32(0, data, n));
    avio_write(k->out, data, n);
    k->pos += RFB_INDEX_PIECE + n;
    return pos;
}

/** Write a piece, if it is not there yet. @return where it is */
static int64_t put_piece(RFBIndexPacker *k, const uint8_t *src, size_t size)
{
    uint64_t hash[2];
    uint8_t bytes[16];
    RFBIndexSlot *slot;
    int64_t pos;

    av_murmur3_init_seeded(k->hash, size);
    av_murmur3_update(k->hash, src, size);
    av_murmur3_final(k->hash, bytes);
    hash[0] = AV_RB64(bytes);
    hash[1] = AV_RB64(bytes + 8);
    slot = find(k->slot, k->nb_slots, hash);
    if (slot->pos)
        return slot->pos;
    pos = write_piece(k, src, size);
    if (grow(k) >= 0) {
        *find(k->slot, k->nb_slots, hash) = (RFBIndexSlot){ { hash[0], hash[1] }, pos };
        k->used++;
    }
    return pos;
}

int64_t ff_rfb_index_pack_window(RFBIndexPacker *k, const uint8_t *window, size_t size)
{
    return put_piece(k, window, size);
}

int ff_rfb_index_pack(RFBIndexPacker *k, const uint8_t *data, size_t size, uint32_t *packed,
                      uint32_t *check)
{
    uLongf n = compressBound(size);
    uint8_t *dst = av_malloc(n);

    if (!dst)
        return AVERROR(ENOMEM);
    if (compress2(dst, &n, data, size, 6) != Z_OK) {
        av_free(dst);
        return AVERROR(ENOMEM);
    }
    *packed = n;
    *check  = crc32(0, dst, n);
    avio_write(k->out, dst, n);
    k->pos += n;
    av_free(dst);
    return k->out->error;
}

/* ---- states ---- */

static int same_tile(const uint8_t *a, const uint8_t *b, size_t stride, int w, int h)
{
    for (int y = 0; y < h; y++)
        if (memcmp(a + y * stride, b + y * stride, w * 4))
            return 0;
    return 1;
}

static int64_t put_tile(RFBIndexPacker *k, const uint8_t *src, size_t stride, int w, int h)
{
    uint8_t tile[T * T * 3], *dst = tile;

    for (int y = 0; y < h; y++, src += stride)
        for (int x = 0; x < w; x++, dst += 3)
            AV_WL24(dst, AV_RL32(src + 4 * x));
    return put_piece(k, tile, w * h * 3);
}

/** Write the pieces of the pixels. @param list where they are; old: those of the last state, or NULL */
static uint8_t *put_pixels(RFBIndexPacker *k, const RFBStateInfo *info, const uint8_t *pixels,
                           uint8_t *list, const uint8_t *old)
{
    size_t stride = (size_t)info->width * 4;
    const uint8_t *last = k->last + k->info.pixels;

    for (int y = 0; y < info->height; y += T)
        for (int x = 0; x < info->width; x += T, list += 8) {
            int w = FFMIN(info->width - x, T), h = FFMIN(info->height - y, T);
            size_t at = y * stride + x * 4;

            if (old && same_tile(pixels + at, last + at, stride, w, h))
                memcpy(list, old, 8);
            else
                AV_WB64(list, put_tile(k, pixels + at, stride, w, h));
            if (old)
                old += 8;
        }
    return list;
}

/** Keep a copy of the state and of its list, for the next one. */
static int keep(RFBIndexPacker *k, const uint8_t *state, const RFBStateInfo *info, uint8_t *list)
{
    av_fast_malloc(&k->last, &k->last_alloc, info->size);
    if (!k->last)
        return AVERROR(ENOMEM);
    memcpy(k->last, state, info->size);
    av_free(k->list);
    k->list = list;
    k->info = *info;
    return 0;
}

static size_t count_windows(const RFBStateInfo *info)
{
    size_t n = 0;

    for (int i = 0; i < RFB_ZSTD_STREAMS; i++)
        n += !!info->window[i];
    return n;
}

int ff_rfb_index_pack_state(RFBIndexPacker *k, RFBIndexPoint *p, const uint8_t *state,
                            size_t size)
{
    RFBStateInfo info;
    size_t tiles;
    const uint8_t *window, *old = NULL;
    uint8_t *list, *dst;
    int ret = avpriv_rfb_state_info(&info, state, size, INT32_MAX);

    if (ret < 0)
        return ret;
    tiles = (size_t)((info.width + T - 1) / T) * ((info.height + T - 1) / T);
    if (!(list = av_malloc(info.head + 8 * (RFB_ZSTD_STREAMS + tiles))))
        return AVERROR(ENOMEM);
    memcpy(list, state, info.head);
    dst    = list + info.head;
    window = state + info.head;
    for (int i = 0; i < RFB_ZSTD_STREAMS; window += info.window[i++])
        if (info.window[i]) {
            AV_WB64(dst, put_piece(k, window, info.window[i]));
            dst += 8;
        }
    if (k->list && k->info.width == info.width && k->info.height == info.height)
        old = k->list + k->info.head + 8 * count_windows(&k->info);
    dst = put_pixels(k, &info, state + info.pixels, dst, old);
    p->state      = k->pos;
    p->state_size = dst - list;
    ret = ff_rfb_index_pack(k, list, dst - list, &p->state_packed, &p->state_check);
    if (ret >= 0)
        ret = keep(k, state, &info, list);
    if (ret < 0)
        av_free(list);
    return ret;
}

int ff_rfb_index_pack_header(RFBIndexPacker *k, const uint8_t *header)
{
    int64_t ret = avio_seek(k->out, 0, SEEK_SET);

    if (ret < 0)
        return ret;
    avio_write(k->out, header, RFB_INDEX_HEADER);
    avio_flush(k->out);
    return k->out->error;
}

/* ---- the directory ---- */

static void put64(uint8_t **dst, int64_t v)
{
    AV_WB64(*dst, v);
    *dst += 8;
}

static void put32(uint8_t **dst, uint32_t v)
{
    AV_WB32(*dst, v);
    *dst += 4;
}

/* see ff_rfb_index_read_point() */
void ff_rfb_index_write_point(const RFBIndexPoint *p, uint8_t *dst)
{
    const RFBUpdate *u = &p->update;
    const RFBPlace *at = &u->start;
    uint8_t *end = dst + RFB_INDEX_POINT;

    put32(&dst, !!u->key | !!at->update << 1 | !!at->clock.started << 2);
    put64(&dst, p->before);
    put64(&dst, u->pts);
    put64(&dst, p->times);
    put64(&dst, at->chunk);
    put64(&dst, at->skip);
    put64(&dst, at->time);
    put32(&dst, at->clock.last);
    put64(&dst, at->clock.shift);
    put64(&dst, at->clock.now);
    put64(&dst, u->chunk);
    put32(&dst, (uint32_t)u->width << 16 | u->height);
    avpriv_rfb_pixel_format_write(&u->pf, dst);
    dst += RFB_PIXEL_FORMAT_SIZE;
    put32(&dst, p->check);
    put64(&dst, p->state);
    put32(&dst, p->state_packed);
    put32(&dst, p->state_size);
    put32(&dst, p->state_check);
    put64(&dst, p->window);
    put64(&dst, p->gzip.pos);
    put64(&dst, p->gzip.file);
    put64(&dst, p->gzip.member);
    put32(&dst, p->gzip.size << 3 | p->gzip.bits);
    memset(dst, 0, end - dst);
}
