/*
 * RFB: the decoder's state between updates
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

#include "libavutil/avutil.h"
#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/intreadwrite.h"
#include "libavutil/mem.h"
#include "rfb_rect.h"
#include "rfb_state.h"

/* The head, all numbers big-endian:
 *     0  "RFBS"
 *     4  u16 version, u16 0
 *     8  ServerInit: u16 width, u16 height, PIXEL_FORMAT, u32 0 (no name)
 *    32  u32 streams (RFBHistory) that have a history
 *    36  for 8 zlib streams u32 bytes of their output, ~0: not begun
 *    68  cursor: u16 width, height, hot spot x, y, position x, y, u8 placed, 0, 0, 0
 *    84  u32 bytes of JPEG tables
 *    88  256 times u32 0xFFRRGGBB
 *        JPEG tables, as in ff_rfb_tables_save()
 *        the cursor's pixels, u32 0xAARRGGBB */
enum { SERVER_INIT = 8, LIVE = 32, STREAMS = 36, CURSOR = 68, TABLES = 84, PALETTE = 88 };

#define VERSION   1
#define NOT_BEGUN 0xFFFFFFFF

/** Larger pointers are not kept in states. */
#define MAX_CURSOR (RFB_STATE_MAX_HEAD - RFB_STATE_FIXED - RFB_MAX_TABLES)

/* ---- reading ---- */

static int invalid(const uint8_t *state, size_t size)
{
    return size < RFB_STATE_FIXED || memcmp(state, "RFBS", 4) || AV_RB16(state + 4) != VERSION ||
           AV_RB32(state + TABLES) > RFB_MAX_TABLES ||
           AV_RB16(state + CURSOR) * INT64_C(4) * AV_RB16(state + CURSOR + 2) > MAX_CURSOR;
}

int avpriv_rfb_state_info(RFBStateInfo *info, const uint8_t *state, size_t size,
                          int64_t max_pixels)
{
    RFBParser p;

    memset(info, 0, sizeof(*info));
    if (invalid(state, size) ||
        avpriv_rfb_parser_init(&p, state + SERVER_INIT, max_pixels) < 0)
        return AVERROR_INVALIDDATA;
    info->width  = p.width;
    info->height = p.height;
    info->pf     = p.pf;
    info->live   = AV_RB32(state + LIVE);
    info->head   = RFB_STATE_FIXED + AV_RB32(state + TABLES) +
                   AV_RB16(state + CURSOR) * AV_RB16(state + CURSOR + 2) * 4;
    info->pixels = info->head;
    for (int i = 0; i < RFB_ZSTD_STREAMS; i++) {
        uint32_t n = AV_RB32(state + STREAMS + 4 * i);

        if (n == NOT_BEGUN)
            continue;
        if (n > RFB_WINDOW)
            return AVERROR_INVALIDDATA;
        info->window[i] = n;
        info->pixels   += n;
    }
    info->size = info->pixels + (size_t)p.width * p.height * 4;
    return size < info->head ||
           ff_rfb_tables_load(NULL, state + RFB_STATE_FIXED, AV_RB32(state + TABLES)) < 0 ?
           AVERROR_INVALIDDATA : 0;
}

void avpriv_rfb_state_parts(RFBStateParts *parts, const uint8_t *state)
{
    const uint8_t *c = state + CURSOR;
    size_t tables = AV_RB32(state + TABLES);

    *parts = (RFBStateParts){ .palette = state + PALETTE,
        .cursor   = state + RFB_STATE_FIXED + tables,
        .cursor_w = AV_RB16(c),     .cursor_h = AV_RB16(c + 2),
        .hot_x    = AV_RB16(c + 4), .hot_y    = AV_RB16(c + 6),
        .x        = AV_RB16(c + 8), .y        = AV_RB16(c + 10), .placed = c[12] };
    for (int i = 0; i < RFB_ZSTD_STREAMS; i++)
        parts->begun |= (AV_RB32(state + STREAMS + 4 * i) != NOT_BEGUN) << i;
    for (size_t i = 0; i < tables; i++)
        parts->has_tables |= !!state[RFB_STATE_FIXED + i];
}

void avpriv_rfb_state_server_init(const RFBStateInfo *info, uint8_t *dst)
{
    AV_WB16(dst, info->width);
    AV_WB16(dst + 2, info->height);
    avpriv_rfb_pixel_format_write(&info->pf, dst + 4);
    AV_WB32(dst + 20, 0);
}

const uint8_t *avpriv_rfb_state_find(const uint8_t *side_data, size_t *size)
{
    if (!side_data || *size < RFB_SERVER_INIT_SIZE + 4 || AV_RB32(side_data + 20) ||
        memcmp(side_data + RFB_SERVER_INIT_SIZE, "RFBS", 4))
        return NULL;
    *size -= RFB_SERVER_INIT_SIZE;
    return side_data + RFB_SERVER_INIT_SIZE;
}

static int load_cursor(RFBCursor *c, const uint8_t *head, const uint8_t *pixels)
{
    int w = AV_RB16(head), h = AV_RB16(head + 2);

    av_fast_malloc(&c->argb, &c->alloc, (size_t)w * h * sizeof(*c->argb) + 1);
    if (!c->argb)
        return AVERROR(ENOMEM);
    c->w      = w;
    c->h      = h;
    c->hot_x  = AV_RB16(head + 4);
    c->hot_y  = AV_RB16(head + 6);
    c->x      = AV_RB16(head + 8);
    c->y      = AV_RB16(head + 10);
    c->placed = head[12];
    for (int i = 0; i < w * h; i++)
        c->argb[i] = AV_RB32(pixels + 4 * i);
    return 0;
}

static int load(RFBFrame *f, const RFBStateInfo *info, const uint8_t *state)
{
    const uint8_t *window = state + info->head, *src = state + info->pixels;
    size_t tables = AV_RB32(state + TABLES);
    int ret;

    for (int i = 0; i < 256; i++)
        f->palette[i] = AV_RB32(state + PALETTE + 4 * i);
    if ((ret = ff_rfb_tables_load(f, state + RFB_STATE_FIXED, tables)) < 0 ||
        (ret = load_cursor(&f->cursor, state + CURSOR, state + RFB_STATE_FIXED + tables)) < 0)
        return ret;
    for (int i = 0; i < RFB_ZSTD_STREAMS; window += info->window[i++])
        if (AV_RB32(state + STREAMS + 4 * i) != NOT_BEGUN &&
            (ret = ff_rfb_inflate_load(&f->zlib[i], window, info->window[i])) < 0)
            return ret;
    for (int y = 0; y < info->height; y++) {
        uint32_t *dst = f->data + (size_t)y * f->stride;

        for (int x = 0; x < info->width; x++, src += 4)
            dst[x] = AV_RL32(src);
    }
    return 0;
}

int ff_rfb_state_load(RFBParser *p, RFBFrame *f, const uint8_t *state, size_t size)
{
    int64_t max_pixels = p->max_pixels;
    RFBStateInfo info;
    int ret;

    if (avpriv_rfb_state_info(&info, state, size, max_pixels) < 0 || size != info.size ||
        avpriv_rfb_parser_init(p, state + SERVER_INIT, max_pixels) < 0)
        return AVERROR_INVALIDDATA;
    if ((ret = ff_rfb_frame_init(f, p)) < 0)
        return ret;
    p->live = info.live;
    if ((ret = load(f, &info, state)) < 0)
        ff_rfb_frame_init(f, p);
    return ret;
}

/* ---- writing ---- */

static void save_head(const RFBParser *p, const RFBFrame *f, uint8_t *dst)
{
    const RFBCursor *c = &f->cursor;

    memset(dst, 0, PALETTE);
    memcpy(dst, "RFBS", 4);
    AV_WB16(dst + 4, VERSION);
    AV_WB16(dst + SERVER_INIT, f->width);
    AV_WB16(dst + SERVER_INIT + 2, f->height);
    avpriv_rfb_pixel_format_write(&p->pf, dst + SERVER_INIT + 4);
    AV_WB32(dst + LIVE, p->live);
    AV_WB16(dst + CURSOR, c->w);
    AV_WB16(dst + CURSOR + 2, c->h);
    AV_WB16(dst + CURSOR + 4, c->hot_x);
    AV_WB16(dst + CURSOR + 6, c->hot_y);
    AV_WB16(dst + CURSOR + 8, c->x);
    AV_WB16(dst + CURSOR + 10, c->y);
    dst[CURSOR + 12] = !!c->placed;
    for (int i = 0; i < 256; i++)
        AV_WB32(dst + PALETTE + 4 * i, f->palette[i]);
}

/** @return how many bytes the streams' output has, or a negative AVERROR code */
static int save_streams(const RFBFrame *f, uint8_t *head, uint8_t *dst)
{
    int size = 0;

    for (int i = 0; i < RFB_NB_ZLIB_STREAMS; i++) {
        int n = ff_rfb_inflate_save(&f->zlib[i], dst + size);

        if (n < 0 && n != AVERROR_EOF)
            return n;
        if (i < RFB_ZSTD_STREAMS)
            AV_WB32(head + STREAMS + 4 * i, n < 0 ? NOT_BEGUN : n);
        size += FFMAX(n, 0);
    }
    return size;
}

int ff_rfb_state_save(const RFBParser *p, const RFBFrame *f, uint8_t **buf, unsigned *alloc,
                      size_t *size)
{
    const RFBCursor *c = &f->cursor;
    size_t pixels = (size_t)f->width * f->height, tables, most;
    uint8_t *dst;
    int n;

    if (f->doubt || p->contexts.nb || p->aten || f->behind || c->w * c->h * INT64_C(4) > MAX_CURSOR)
        return AVERROR(EAGAIN);
    most = RFB_STATE_MAX_HEAD + RFB_ZSTD_STREAMS * RFB_WINDOW + 4 * pixels;
    if (most > INT_MAX)
        return AVERROR(EAGAIN);
    av_fast_malloc(buf, alloc, most);
    if (!*buf)
        return AVERROR(ENOMEM);
    save_head(p, f, *buf);
    dst    = *buf + RFB_STATE_FIXED;
    tables = ff_rfb_tables_save(f, dst);
    AV_WB32(*buf + TABLES, tables);
    dst += tables;
    for (int i = 0; i < c->w * c->h; i++, dst += 4)
        AV_WB32(dst, c->argb[i]);
    if ((n = save_streams(f, *buf, dst)) < 0)
        return n;
    dst += n;
    for (int y = 0; y < f->height; y++) {
        const uint32_t *src = f->data + (size_t)y * f->stride;

        for (int x = 0; x < f->width; x++, dst += 4)
            AV_WL32(dst, src[x] & 0xFFFFFF);
    }
    *size = dst - *buf;
    return 0;
}
