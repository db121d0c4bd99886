/*
 * RFB streams of recordings, cut into updates
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
 * Takes the bytes of a recorded session in the chunks of its container, each
 * with a time, and finds where every FramebufferUpdate ends and when it came.
 * Knows nothing of files: the demuxers of all containers share it.
 */

#ifndef AVFORMAT_RFBSTREAM_H
#define AVFORMAT_RFBSTREAM_H

#include <stddef.h>
#include <stdint.h>

#include "libavcodec/rfb.h"
#include "libavutil/buffer.h"
#include "rfbsearch.h"

/** Times as recorders write them, made to run on. Zero-initialise. */
typedef struct RFBClock {
    uint32_t last;              ///< as written
    int64_t shift;              ///< what to add
    int64_t now;                ///< ms, never runs backwards
    int started;
} RFBClock;

/** A place in the recording from which it can be read again. */
typedef struct RFBPlace {
    int64_t chunk;              ///< the container's name for the chunk
    int64_t skip;               ///< bytes of its data that lie before the place
    int64_t time;               ///< ms, of what was read before
    RFBClock clock;             ///< before the chunk
    int update;                 ///< an update ends here, not the handshake
} RFBPlace;

/** One FramebufferUpdate and whatever messages stand before it. */
typedef struct RFBUpdate {
    int64_t end;                ///< stream offset behind it
    int64_t pts;                ///< ms
    int key;                    ///< decoding can start here
    int lost;                   ///< something could not be read before it, see RFBGap
    int64_t chunk;              ///< its first byte is in
    RFBPlace start;
    int width, height;          ///< when it starts
    RFBPixelFormat pf;
    int blank;              ///< no pixel is painted
} RFBUpdate;

/** What could not be read. */
typedef struct RFBGap {
    RFBError error;
    int64_t pos;                ///< file offset of the byte that says so, -1: not known
    int64_t size;               ///< bytes of the stream that were left out
    int64_t end;                ///< file offset where it goes on
} RFBGap;

#define RFB_STREAM_QUEUE 1024

/** For RFBError.what: the end of the recording is in it, and so are other messages. */
#define RFB_SWALLOWS "message that is damaged and takes in others, bytes"

/** When chunks ended that the message at hand has taken in; few of many are kept. */
#define RFB_STREAM_MARKS 256

typedef struct RFBMark {
    int64_t offset;             ///< of the stream
    int64_t time;               ///< ms
} RFBMark;

/** One thread at a time. */
typedef struct RFBStream {
    RFBParser parser;
    uint8_t *buf;               ///< what was not taken yet, from head on
    size_t head, size;
    size_t alloc;
    AVBufferRef *ref;           ///< what buf lies in
    AVBufferPool *pool;         ///< of such buffers
    int64_t offset;             ///< stream offset of buf[0]
    int64_t walked;             ///< stream offset behind the last whole message

    int64_t chunk;              ///< the chunk at hand: its name,
    int64_t chunk_skip;         ///< how much of its block came before,
    int64_t chunk_pos;          ///< file offset of its data, -1: not known
    int64_t chunk_start;        ///< its stream offset
    int64_t from, to;           ///< ms at its start and end
    int64_t latest;             ///< ms, of the updates so far
    RFBClock clock;             ///< for containers that need it; may be run ahead of a chunk
    RFBClock before, after;     ///< at the start of the chunk's block, and behind it
    int several;                ///< it holds more than one update's end
    int fresh;                  ///< first queue entry whose time is not settled

    RFBPlace origin;            ///< where the first chunk begins
    RFBPlace here;              ///< behind the last update
    int64_t here_offset;        ///< its stream offset
    int64_t here_chunk;         ///< where its next byte is
    int first;                  ///< no update was found yet
    int width, height;          ///< the session as it was there
    RFBPixelFormat pf;
    int begun;

    RFBUpdate queue[RFB_STREAM_QUEUE];
    int queue_head, queue_nb;
    int64_t skip;               ///< bytes of a message too large to keep that are still to come
    int error;                  ///< nothing can be read behind walked
    int64_t error_pos;          ///< file offset of the byte that says so, -1: not known

    int resync;                 ///< set by the owner: behind an error, search for an update
    enum { RFB_SEARCH_OFF, RFB_SEARCH_ON, RFB_SEARCH_FAILED } searching;
    int ended;                  ///< there are no more chunks
    int torn;                   ///< some did not follow on each other
    int resumed;                ///< the next one does not
    int gap_ahead;              ///< an update with lost set was not taken yet
    int early;                  ///< updates of the search whose times were used
    RFBGap gap;                 ///< the last one
    RFBSearch search;
    int64_t trial_pos;          ///< file offset of the place on trial
    RFBMark mark[RFB_STREAM_MARKS];
    int nb_marks;
    int swallowed;              ///< a message took in what is read now: marks tell when it came

    /** Called with each message when it is walked, and without data by ff_rfb_stream_restart(). */
    void (*message)(void *opaque, const uint8_t *data, size_t size);
    void *opaque;
} RFBStream;

/** Nothing is parsed before ff_rfb_stream_begin(). */
void ff_rfb_stream_init(RFBStream *s);

/**
 * The session is known.
 * @param p    as its ServerInit describes it
 * @param size bytes of the handshake, the last of which is in the latest chunk
 */
void ff_rfb_stream_begin(RFBStream *s, const RFBParser *p, size_t size);
void ff_rfb_stream_free(RFBStream *s);

/** Room for a chunk of up to n bytes. @return NULL without memory */
uint8_t *ff_rfb_stream_reserve(RFBStream *s, size_t n);

/**
 * The bytes put where ff_rfb_stream_reserve() said are a chunk.
 * @param n    its size
 * @param skip how many of these were read before (after ff_rfb_stream_restart())
 * @param time ms, not before the last chunk's
 * @param name the container's name for the block, pos the file offset of the
 *             bytes, or -1, part the bytes of the block in earlier chunks
 */
void ff_rfb_stream_chunk(RFBStream *s, size_t n, size_t skip, int64_t time,
                         int64_t name, int64_t pos, int64_t part);

/**
 * @param u  the next update, valid until it is taken
 * @return 1, 0 if another chunk is wanted, or the error that ended the stream
 *         (s->parser.error tells, s->error_pos is where)
 */
int ff_rfb_stream_next(RFBStream *s, RFBUpdate *u);

/** Bytes from the last one taken up to the end of an update. */
const uint8_t *ff_rfb_stream_data(const RFBStream *s, int64_t end, size_t *size);

/**
 * The buffer that ff_rfb_stream_data() lies in: whoever holds it may read the
 * data for as long, and 64 bytes behind it, which are not always zero.
 * @return a new reference, or NULL without memory
 */
AVBufferRef *ff_rfb_stream_buffer(const RFBStream *s);

/**
 * There are no more chunks. If the message at hand has taken in others, it is
 * not cut off but damaged.
 * @return 1 if that ended a search, or began one: ff_rfb_stream_next() may know more, else 0
 */
int ff_rfb_stream_end(RFBStream *s);

/**
 * The next chunk does not follow the last one: drop what is not whole, and
 * search for the next update.
 * @param what  a constant text, for RFBGap.error, and value, what goes with it
 * @param pos   file offset of the damage
 */
void ff_rfb_stream_gap(RFBStream *s, const char *what, int64_t value, int64_t pos);

/**
 * Something could not be read behind the last chunk, and the owner has found
 * out where it goes on: the next chunk begins with an update.
 */
void ff_rfb_stream_resume(RFBStream *s, const RFBGap *gap);

/** Drop the bytes before the end of an update. */
void ff_rfb_stream_take(RFBStream *s, int64_t end);

/** Bytes of an incomplete message at the end. */
size_t ff_rfb_stream_left(const RFBStream *s);

/** Go on at the start of an update, with chunks from u->start.chunk on. */
void ff_rfb_stream_restart(RFBStream *s, const RFBUpdate *u);

/**
 * @param ms 32 bit counter, which wraps after 49.7 days and jumps back when
 *           somebody sets the clock
 * @return milliseconds, not less than the last ones
 */
int64_t ff_rfb_clock(RFBClock *c, uint32_t ms);

#endif /* AVFORMAT_RFBSTREAM_H */
