/*
 * RFB streams of recordings: where to go on behind damage
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
 * What cannot be read has no length, so everything behind it is lost until some
 * place can be proved to be the beginning of an update. The proof is a chain:
 * an update that walks to its end, with known encodings, and right behind it
 * another one, with nothing but messages between them; or at the end of the
 * recording one, if all of its rectangles are inside the frame. Some sixty of
 * 2^32 encodings are known, so that in random data an update seems to begin at
 * one byte in 2^34, two in a row at one in 2^68, and one that is inside a frame
 * of 2048x2048 at one in 2^54. What is not random either, such as areas of one
 * colour, is kept out by counting only rectangles that have an area.
 *
 * Zlib data that are flushed end in 0, 0, 255, 255, which is also how an update
 * begins whose last rectangle is LastRect. So with servers that use it what is
 * left of the update that broke is found, too.
 */

#ifndef AVFORMAT_RFBSEARCH_H
#define AVFORMAT_RFBSEARCH_H

#include <stddef.h>
#include <stdint.h>

#include "libavcodec/rfb.h"

/** Times of the updates that are found while a place is on trial. */
#define RFB_SEARCH_TIMES 32

/**
 * What a container writes into the stream, at these places. It speaks for a
 * trial if it makes sense, and ends it if it does not.
 */
typedef enum RFBStampPlace {
    RFB_STAMP_FIRST,            ///< before a message with which reading might go on
    RFB_STAMP_MESSAGE,          ///< before one behind that
    RFB_STAMP_RECT,
    RFB_STAMP_END,              ///< behind a message
} RFBStampPlace;

/**
 * @param buf what is at the place, and n bytes of it
 * @return bytes that are no RFB, AVERROR(EAGAIN) for more of buf, or another
 *         error if this cannot be the place
 */
typedef int (*RFBStamp)(void *opaque, const uint8_t *buf, size_t n, RFBStampPlace place);

typedef struct RFBSearch {
    RFBParser session;          ///< as it was where reading stopped
    RFBStamp stamp;             ///< for containers that write something in between
    void *opaque;
    int strict;                 ///< set after ff_rfb_search_begin(): the end proves nothing
    int64_t time;               ///< ms, of the data at hand
    int on_trial;               ///< the data begin at a place that may be one
    RFBParser parser;           ///< of the trial
    size_t walked;              ///< bytes of the trial that are whole messages, and stamps
    size_t stamps;              ///< bytes of stamps in the message at hand
    size_t length;              ///< of the last message, when only its stamp is to come
    RFBStampPlace place;        ///< where a stamp may be, of the one that is next
    int at_stamp;               ///< there it was not looked for yet
    int updates;                ///< that count
    int speaks;                 ///< the one at hand has a rectangle that does
    int outside;                ///< a rectangle reaches out of the frame
    int at_rect;                ///< stopped before a rectangle that was not judged yet
    int idle;                   ///< messages since the last one of these
    int nb_times;
    int64_t times[RFB_SEARCH_TIMES]; ///< when the updates were whole
    int64_t work;               ///< bytes that were walked in vain
} RFBSearch;

/**
 * @param session as it was before the message that cannot be read
 * @param stamp   NULL where the stream stands as it is
 */
void ff_rfb_search_begin(RFBSearch *s, const RFBParser *session, RFBStamp stamp, void *opaque);

/**
 * Go on with the search.
 * @param buf  from the first byte that no trial has refused
 * @param end  there will be no more data
 * @param skip set to the number of bytes to be dropped from buf
 * @return 1 if the rest is good, 0 if more data are wanted, AVERROR_INVALIDDATA
 *         if there is nothing, or it takes too long
 */
int ff_rfb_search(RFBSearch *s, const uint8_t *buf, size_t size, int end, size_t *skip);

#endif /* AVFORMAT_RFBSEARCH_H */
