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

/**
 * @file
 * All that decoding goes on from: who has the state that a decoder had before
 * an update can go on there without anything that came earlier, and gets the
 * same pictures to the last bit. Indices of recordings are made of such states.
 *
 * A state is one piece of bytes: a head, for each zlib stream that has begun
 * the output that it may copy from, the pixels. A packet brings it in its side
 * data, AV_PKT_DATA_NEW_EXTRADATA: a ServerInit without a name, then the state.
 */

#ifndef AVCODEC_RFB_STATE_H
#define AVCODEC_RFB_STATE_H

#include <stddef.h>
#include <stdint.h>

#include "rfb.h"

/** Bytes that every head has, and the most that one can have. */
#define RFB_STATE_FIXED    (88 + 4 * 256)
#define RFB_STATE_MAX_HEAD (RFB_STATE_FIXED + 4096 + (256 << 10))

/** What a state's head says of it. */
typedef struct RFBStateInfo {
    int width, height;
    RFBPixelFormat pf;
    unsigned live;              ///< streams (RFBHistory) that have a history
    size_t head;                ///< bytes of the head,
    size_t window[RFB_ZSTD_STREAMS]; ///< and of these, in turn; 0: nothing, or not begun
    size_t pixels;              ///< offset of them: lines without padding, 0x00RRGGBB or an
                                ///< index of the colour map, little-endian
    size_t size;                ///< of all of it
} RFBStateInfo;

/**
 * Look at a head; nothing else need be there.
 * @param size       bytes that are there
 * @param max_pixels larger frames are refused, 0 for RFB_MAX_PIXELS
 * @return 0 or AVERROR_INVALIDDATA
 */
int avpriv_rfb_state_info(RFBStateInfo *info, const uint8_t *state, size_t size,
                          int64_t max_pixels);

/** What else is in a head. */
typedef struct RFBStateParts {
    unsigned begun;             ///< zlib streams that have begun, as bits
    int has_tables;             ///< of JPEG rectangles
    const uint8_t *palette;     ///< 256 times 0xFF, red, green, blue
    const uint8_t *cursor;      ///< big-endian 0xAARRGGBB
    int cursor_w, cursor_h, hot_x, hot_y, x, y, placed;
} RFBStateParts;

/** Take apart a head that avpriv_rfb_state_info() accepts. */
void avpriv_rfb_state_parts(RFBStateParts *parts, const uint8_t *state);

/** Write the ServerInit that goes before a state. @param dst RFB_SERVER_INIT_SIZE bytes */
void avpriv_rfb_state_server_init(const RFBStateInfo *info, uint8_t *dst);

/** Find the state in a packet's side data. @return NULL if there is none */
const uint8_t *avpriv_rfb_state_find(const uint8_t *side_data, size_t *size);

struct RFBFrame;

/**
 * Save the state between updates.
 * @param buf grown as is needed (av_fast_malloc())
 * @return 0; AVERROR(EAGAIN) where it is more than can be saved: Zstandard or
 *         H.264 streams are going on, data was lost; or AVERROR(ENOMEM)
 */
int ff_rfb_state_save(const RFBParser *p, const struct RFBFrame *f, uint8_t **buf,
                      unsigned *alloc, size_t *size);

/**
 * Take the place of what was there. After an error nothing is.
 * @return 0, AVERROR_INVALIDDATA or AVERROR(ENOMEM)
 */
int ff_rfb_state_load(RFBParser *p, struct RFBFrame *f, const uint8_t *state, size_t size);

struct AVCodecContext;

/** ff_rfb_state_save() of the `rfb` decoder. */
int avpriv_rfb_decoder_save(struct AVCodecContext *avctx, uint8_t **buf, unsigned *alloc,
                            size_t *size);

/** @param by_option set to RFBParser.by_option @return pixels painted so far */
int64_t avpriv_rfb_decoder_work(const struct AVCodecContext *avctx, int *by_option);

#endif /* AVCODEC_RFB_STATE_H */
