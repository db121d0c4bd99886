/*
 * Indices of RFB recordings
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
 * An index makes every time of a recording quick to reach. It is a file of its
 * own that knows places of the recording: key packets, and between them points
 * at which it has the whole state of the decoder. Pieces of states that are the
 * same in several, most of the screen usually, are there once.
 *
 * An index is believed only as far as it can be checked: every part of it has a
 * checksum, it names the recording by its size and samples of its bytes, and
 * the update that should be found at a place has to be there. Whatever is wrong
 * with one, the recording is read as if there were none.
 *
 * A recording that has grown since keeps its index: it is good up to where it
 * goes. See doc/index.md for the format.
 */

#ifndef AVFORMAT_RFBINDEX_H
#define AVFORMAT_RFBINDEX_H

#include <stddef.h>
#include <stdint.h>

#include "avformat.h"
#include "rfbgzseek.h"
#include "rfbstream.h"

#define RFB_INDEX_SUFFIX ".rfbindex"

/* Layout; all numbers are big-endian, and checksums zlib's crc32(). */
#define RFB_INDEX_MAGIC   "RFBINDEX"
#define RFB_INDEX_VERSION 2
enum {
    RFB_INDEX_HEADER   = 80,
    RFB_INDEX_SUMMARY  = 48,
    RFB_INDEX_POINT    = 160,
    RFB_INDEX_PIECE    = 12,        ///< in front of each piece: size, packed size | kind, crc
    RFB_INDEX_HASH     = 20,        ///< SHA-1
    RFB_INDEX_TILE     = 64,        ///< pixels, each way
    RFB_INDEX_PLACES   = 8,         ///< samples of the recording
    RFB_INDEX_SAMPLE   = 4096,      ///< bytes of each
    RFB_INDEX_CHECK    = 256,       ///< bytes of the next update that are checked
};

/** How a piece is stored, in the two highest bits of its packed size. */
enum { RFB_PIECE_PLAIN, RFB_PIECE_DEFLATE, RFB_PIECE_DELTA };

/** Most bytes of the unpacked directory. */
#define RFB_INDEX_MAX_DIRECTORY (32 << 20)

/** Flags of the header. */
enum { RFB_INDEX_WHOLE = 1, RFB_INDEX_TIMES = 2 };

/** A place where decoding can begin, in the order of time. */
typedef struct RFBIndexPoint {
    RFBUpdate update;           ///< the one behind it; key: it needs no state
    int64_t before;             ///< ms, of the update before it
    int64_t cut;                ///< ms that max_gap takes out before the point, or for a key
                                ///< before its update
    int64_t times;              ///< so many bytes of the times lie before the point's update
    uint32_t check;             ///< checksum of the update's first bytes
    int64_t state;              ///< file offset of the state's list of pieces
    uint32_t state_packed, state_size, state_check;
    RFBGzipPlace gzip;          ///< of a compressed recording, a place before it
    int64_t window;             ///< file offset of the piece that is its window; 0: no place
} RFBIndexPoint;

/** Zero-initialise. One thread. */
typedef struct RFBIndex {
    AVIOContext *pb;            ///< NULL: there is no index
    RFBIndexPoint *point;
    int nb_points;
    int64_t size;               ///< bytes of the recording that are known
    int whole;                  ///< they are all it has
    int64_t end;                ///< ms, the latest time that the container tells
    int64_t first, last;        ///< ms, of updates
    int64_t updates;
    int resized;                ///< the desktop changed its size
    int64_t cut;                ///< ms that max_gap takes out in all
    uint32_t session;
    int64_t file_size;          ///< of the index
    uint8_t *times;             ///< what stands between updates in time, only for max_gap
    size_t times_size;
    void *unpacker;             ///< of avpriv_rfb_unpack()
} RFBIndex;

/**
 * Read an index if it is one of this recording.
 * @param pb   the recording, seekable; stays where it is
 * @param path of the index; NULL: beside the recording, if that is a file
 * @return 0, or AVERROR(ENOMEM)
 */
int ff_rfb_index_open(AVFormatContext *s, RFBIndex *x, AVIOContext *pb, const char *path);
void ff_rfb_index_close(RFBIndex *x);

/** A number for what else an index depends on: the container and the session's beginning. */
uint32_t ff_rfb_index_session(const AVFormatContext *s);

/** Set the cut of all points. @return 0 or AVERROR_INVALIDDATA */
int ff_rfb_index_set_gap(RFBIndex *x, int64_t max_gap);

/**
 * Read the state of a point as it goes into side data, behind its ServerInit.
 * @return 0 or a negative AVERROR code
 */
int ff_rfb_index_state(RFBIndex *x, const RFBIndexPoint *p, int64_t max_pixels, uint8_t **data,
                       size_t *size);

/**
 * Bring a compressed recording near a point, if the index can.
 * @return 0 or a negative AVERROR code
 */
int ff_rfb_index_approach(RFBIndex *x, const RFBIndexPoint *p, struct RFBInput *in);

/** The index that an opened recording of ours has. @return NULL if it has none */
const RFBIndex *avpriv_rfb_index_get(const AVFormatContext *s);

/** SHA-1 of samples of a recording's first bytes. @return 0 or a negative AVERROR code */
int ff_rfb_index_hash(AVIOContext *pb, int64_t size, uint8_t *hash);

/** What making an index is told, and tells. */
typedef struct RFBIndexBuild {
    /** @return 0, or what avpriv_rfb_index_build() is to return at once */
    int (*progress)(void *opaque, int64_t done, int64_t size);
    void *opaque;
    int64_t step;               ///< ms from point to point, 0: as the work of decoding asks for
    int keys, states;           ///< points of either kind
    int64_t size;               ///< bytes of the index
    int whole;                  ///< it goes up to the end of the recording
} RFBIndexBuild;

/**
 * Make an index.
 * @param s   a recording that one of our demuxers has just opened, without max_gap or an index
 * @param out empty; complete only when this returns 0
 * @return 0 or a negative AVERROR code; damage of the recording is none
 */
int avpriv_rfb_index_build(AVFormatContext *s, AVIOContext *out, RFBIndexBuild *b);

/** Read a point's part of the directory. */
void ff_rfb_index_read_point(RFBIndexPoint *p, const uint8_t *src);

#endif /* AVFORMAT_RFBINDEX_H */
