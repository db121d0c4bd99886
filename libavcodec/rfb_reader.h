/*
 * RFB byte reader with a memory for truncation
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

/**
 * @file
 * All input of the RFB grammar is read through this. Reading past the end
 * gives zeros, and the reader remembers how many bytes it would have taken.
 */

#ifndef AVCODEC_RFB_READER_H
#define AVCODEC_RFB_READER_H

#include <stddef.h>
#include <stdint.h>

#include "libavutil/attributes.h"
#include "libavutil/intreadwrite.h"

typedef struct RFBReader {
    const uint8_t *start, *ptr, *end;
    uint64_t need;          ///< bytes from start that a failed read wanted, 0: none failed
} RFBReader;

static inline void ff_rfb_reader_init(RFBReader *r, const uint8_t *buf, size_t size)
{
    r->start = r->ptr = buf;
    r->end   = buf + size;
    r->need  = 0;
}

static inline size_t ff_rfb_left(const RFBReader *r)
{
    return r->end - r->ptr;
}

/**
 * Take n bytes; sizes that come from the input are computed in 64 bits.
 * @return the first of them, or NULL when there are fewer
 */
static av_always_inline const uint8_t *ff_rfb_take(RFBReader *r, uint64_t n)
{
    const uint8_t *p = r->ptr;

    /* once something was missing, all that follows is, even if it is empty */
    if (n > (size_t)(r->end - p) || r->need) {
        if (!r->need)
            r->need = p - r->start + n;
        r->ptr = r->end;
        return NULL;
    }
    r->ptr = p + n;
    return p;
}

static inline unsigned ff_rfb_u8(RFBReader *r)
{
    const uint8_t *p = ff_rfb_take(r, 1);

    return p ? *p : 0;
}

static inline unsigned ff_rfb_u16(RFBReader *r)
{
    const uint8_t *p = ff_rfb_take(r, 2);

    return p ? AV_RB16(p) : 0;
}

static inline uint32_t ff_rfb_u32(RFBReader *r)
{
    const uint8_t *p = ff_rfb_take(r, 4);

    return p ? AV_RB32(p) : 0;
}

#endif /* AVCODEC_RFB_READER_H */
