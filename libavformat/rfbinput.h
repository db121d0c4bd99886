/*
 * Input of RFB recordings, compressed or not
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
 * Recordings are often compressed with gzip, and a recorder that was killed
 * leaves such a file without its end. Here it is read as if it were not
 * compressed, as far as it goes. Where the compressed data are damaged, it goes
 * on at the next place that needs nothing of what came before, if there is one:
 * another gzip member, or a full flush.
 */

#ifndef AVFORMAT_RFBINPUT_H
#define AVFORMAT_RFBINPUT_H

#include <stdint.h>

#include <zlib.h>

#include "avformat.h"

/** windowBits as zlib wants them: for a gzip member, and for deflate data alone. */
#define RFB_GZIP_WINDOW (15 + 16)
#define RFB_RAW_WINDOW  (-15)

/** Whether 3 bytes are those that a gzip member begins with. */
static inline int ff_rfb_input_is_gzip(const uint8_t *b)
{
    return b[0] == 0x1F && b[1] == 0x8B && b[2] == 8;
}

/** Damage in compressed data. Offsets but pos are of the compressed bytes. */
typedef struct RFBInputGap {
    const char *what;           ///< what is wrong, mostly as zlib says it
    int64_t pos;                ///< uncompressed bytes before it
    int64_t member;             ///< the gzip member that is damaged,
    int64_t damage;             ///< and where that was noticed
    int64_t next;               ///< where it goes on, 0: nowhere
    int raw;                    ///< that is behind a flush, not a member's head
    int nothing_lost;           ///< only a checksum is wrong: it went on without a gap
} RFBInputGap;

/** For RFBError.what, with the number of the gap. */
#define RFB_INPUT_GAP "gap in the gzip data, number"

/** Then reading stops. */
#define RFB_INPUT_MAX_GAPS 64

/**
 * Zero-initialise. Offsets are of the uncompressed bytes; each gap that is left
 * behind counts as one, so that what is before and behind it differ.
 */
typedef struct RFBInput {
    AVIOContext *pb;
    int64_t start;              ///< where the file begins
    int64_t pos;
    int seekable;
    int direct;                 ///< so many more reads go past the buffer of pb
    int gzip;
    z_stream z;
    uint8_t *in;                ///< compressed bytes
    int64_t member;             ///< compressed offset of the gzip member at hand
    int raw;                    ///< it is read from its middle on
    int trailer;                ///< bytes that are left of its end, which cannot be checked then
    int at_end;                 ///< no more can be had
    int at_gap;                 ///< since the next gap is here
    RFBInputGap gap[RFB_INPUT_MAX_GAPS]; ///< all that were ever met
    int nb_gaps;
    int passed;                 ///< so many lie before pos,
    int lost;                   ///< and of them so many where something was lost
    struct RFBGzipPlaces *places;   ///< where inflating can begin, if they are noted
} RFBInput;

/** @return 0 or a negative AVERROR code; ff_rfb_input_close() is good after both */
int ff_rfb_input_open(RFBInput *in, AVIOContext *pb);
void ff_rfb_input_close(RFBInput *in);

/** @return bytes read, fewer than size only at the end or a gap, or a negative AVERROR code */
int ff_rfb_input_read(RFBInput *in, uint8_t *buf, int size);

/**
 * Go on behind a gap where reading stopped.
 * @return 1, or 0 if this is the end
 */
int ff_rfb_input_resume(RFBInput *in);

/**
 * What was read makes no sense from a place on. If that was so before it was
 * compressed, the rest of the gzip member is good, up to its checksum. If it is
 * not, or cannot be checked, nothing behind that place can be believed, even if
 * it looks well: it may be made of what is wrong. Then there is a gap.
 * @return 1 if what is behind it is as it was written, 0 if reading stops there
 *         now, or a negative AVERROR code
 */
int ff_rfb_input_doubt(RFBInput *in, int64_t pos);

/** What was read is not to be believed: the next seek begins anew, and knows so many gaps. */
void ff_rfb_input_forget(RFBInput *in, int nb_gaps);

/**
 * Going back in a compressed file means to read it again. Gaps on the way are
 * passed. @return 0 or negative
 */
int ff_rfb_input_seek(RFBInput *in, int64_t pos);

/** @return where it goes on behind a gap where something was lost, counted from 0 */
int64_t ff_rfb_input_behind(const RFBInput *in, int lost);

/** @return offset in the file of what is read next, which is later if it is compressed */
int64_t ff_rfb_input_file_offset(const RFBInput *in);

/** @return bytes, -1 when not known */
int64_t ff_rfb_input_size(RFBInput *in);

/**
 * The first bytes of a file to be probed, uncompressed.
 * @return how many
 */
int ff_rfb_input_probe(const AVProbeData *p, uint8_t *buf, int size);

#endif /* AVFORMAT_RFBINPUT_H */
