/*
 * RFB messages read one by one
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
 * Some containers write their times right into the RFB stream, and only its
 * grammar tells where. Here such a stream is read a message, and if need be a
 * rectangle, at a time.
 */

#ifndef AVFORMAT_RFBWALK_H
#define AVFORMAT_RFBWALK_H

#include <stddef.h>
#include <stdint.h>

#include "libavcodec/rfb.h"
#include "avformat.h"
#include "rfbinput.h"
#include "rfbstream.h"

/** Zero-initialise. */
typedef struct RFBWalk {
    RFBParser parser;
    uint8_t *buf;               ///< what was read and not taken yet, from head on
    size_t head, size;
    unsigned alloc;
    RFBParser session;          ///< as it was before the message at hand
    RFBSearch search;
} RFBWalk;

static inline const uint8_t *ff_rfb_walk_data(const RFBWalk *w)
{
    return w->buf + w->head;
}

/** File offset of what ff_rfb_walk_data() points to. */
static inline int64_t ff_rfb_walk_offset(const RFBWalk *w, const RFBInput *in)
{
    return in->pos - (int64_t)(w->size - w->head);
}

/** Have n bytes at hand. @return 0, AVERROR_EOF, or another error */
int ff_rfb_walk_need(RFBWalk *w, RFBInput *in, size_t n);

/** Drop n bytes that are pos bytes from what is at hand. */
void ff_rfb_walk_cut(RFBWalk *w, size_t pos, size_t n);

/**
 * Go on to the end of the message.
 * @return its bytes, all of which are at hand, or 0 with parser.by_rects set:
 *         the next rectangle begins at parser.pos; AVERROR_EOF, or another
 *         error: AVERROR_INVALIDDATA is for ff_rfb_walk_resync()
 */
int ff_rfb_walk_message(RFBWalk *w, RFBInput *in);

/**
 * The stream is not what it should be, pos bytes from what is at hand.
 * @return AVERROR_INVALIDDATA
 */
int ff_rfb_walk_refuse(RFBWalk *w, const char *what, int64_t value, size_t pos);

/**
 * The input went on behind a gap: what was not taken before it is lost.
 * @param start set to where that is
 * @return AVERROR_INVALIDDATA
 */
int ff_rfb_walk_gap(RFBWalk *w, const RFBInput *in, int64_t *start);

/**
 * Go to the next place that ff_rfb_search() proves, behind a message that
 * cannot be read; strict is for the search. A compressed input and one that
 * cannot seek is searched from where it is, what was cut out of it aside.
 * @param start file offset of the message
 * @return 0, AVERROR_INVALIDDATA if there is no such place, or another error
 */
int ff_rfb_walk_search(RFBWalk *w, RFBInput *in, int64_t start, int strict,
                       RFBStamp stamp, void *opaque);

/**
 * The same, for the stream that is made of the messages; it is told where it
 * goes on, or if that is nowhere, the user is.
 */
int ff_rfb_walk_resync(AVFormatContext *s, RFBWalk *w, RFBInput *in, RFBStream *stream,
                       int64_t start, RFBStamp stamp, void *opaque);

/**
 * The input ended in a message that began at start: it may have been cut off,
 * or its length is damaged and it took in others, of which two in a row are
 * proof.
 * @return 0 if so: it goes on with them; AVERROR_EOF, or another error
 */
int ff_rfb_walk_end(AVFormatContext *s, RFBWalk *w, RFBInput *in, RFBStream *stream,
                    int64_t start, RFBStamp stamp, void *opaque);

/**
 * Read on in the handshake, and not a byte beyond.
 * @return 1 when it is complete, 0 when it is not or is broken, which
 *         avpriv_rfb_prologue() tells, AVERROR_EOF, or another error
 */
int ff_rfb_walk_prologue(RFBInput *in, RFBStream *stream);

/**
 * Give the message of n bytes at hand to a stream as a chunk whose name is an
 * offset such that the offset of what is behind it is n bytes more.
 */
int ff_rfb_walk_give(RFBWalk *w, RFBInput *in, RFBStream *stream, size_t n, int64_t time);

/** Go on with this session. */
void ff_rfb_walk_begin(RFBWalk *w, const RFBParser *p);

/** Forget what was read, since the input will be moved. */
static inline void ff_rfb_walk_drop(RFBWalk *w)
{
    w->head = w->size = 0;
}

void ff_rfb_walk_free(RFBWalk *w);

#endif /* AVFORMAT_RFBWALK_H */
