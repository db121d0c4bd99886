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
 * compressed, as far as it goes.
 */

#ifndef AVFORMAT_RFBINPUT_H
#define AVFORMAT_RFBINPUT_H

#include <stdint.h>

#include <zlib.h>

#include "avformat.h"

/** Zero-initialise. All offsets are of the uncompressed bytes. */
typedef struct RFBInput {
    AVIOContext *pb;
    int64_t start;              ///< where the file begins
    int64_t pos;
    int seekable;
    int direct;                 ///< so many more reads go past the buffer of pb
    int gzip;
    z_stream z;
    uint8_t *in;                ///< compressed bytes
    int at_end;                 ///< no more can be had
} RFBInput;

/** @return 0 or a negative AVERROR code; ff_rfb_input_close() is good after both */
int ff_rfb_input_open(RFBInput *in, AVIOContext *pb);
void ff_rfb_input_close(RFBInput *in);

/** @return bytes read, fewer than size only at the end, or a negative AVERROR code */
int ff_rfb_input_read(RFBInput *in, uint8_t *buf, int size);

/** Going back in a compressed file means to read it again. @return 0 or negative */
int ff_rfb_input_seek(RFBInput *in, int64_t pos);

/** @return bytes, -1 when not known */
int64_t ff_rfb_input_size(RFBInput *in);

/**
 * The first bytes of a file to be probed, uncompressed.
 * @return how many
 */
int ff_rfb_input_probe(const AVProbeData *p, uint8_t *buf, int size);

#endif /* AVFORMAT_RFBINPUT_H */
