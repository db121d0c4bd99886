/*
 * FBS files, looked over before they are read
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
 * What has to be known of an FBS file before its first block is read and is
 * not in its header: which of two layouts it has, and how long it is.
 */

#ifndef AVFORMAT_FBSSCAN_H
#define AVFORMAT_FBSSCAN_H

#include <stdint.h>

#include "fbs.h"
#include "rfbinput.h"

/**
 * A file of node's rfb2 has the magic of another layout. Tell them apart by the
 * times of the blocks at hand: what input that cannot be rewound has buffered.
 * @param in at the first block; stays there
 * @param l  what the magic says
 */
const FBSLayout *ff_fbs_scan_layout(RFBInput *in, const FBSLayout *l);

/**
 * Find the last time in the file.
 * @param in       at the first block, and seekable; stays there
 * @param estimate set if the file was too large to be looked through
 * @return ms, 0 if there is none, or a negative AVERROR code
 */
int64_t ff_fbs_scan_end(RFBInput *in, const FBSLayout *l, int *estimate);

/**
 * Whether a block's time can be true, by its neighbours: one that is earlier
 * than the last one or much later has to have some blocks behind it.
 * @param in not compressed, seekable; stays where it is
 * @param pos of the next block
 */
int ff_fbs_scan_time(RFBInput *in, const FBSLayout *l, int64_t pos, uint32_t last, uint32_t ms);

/** So often a damaged file is mended. */
#define FBS_MAX_MENDS 16

/**
 * Find a block behind damage: the first one of a chain that leads to the end of
 * the file, or of what is looked through, or is very long.
 * @param in  seekable; stays where it is, but that costs time if it is compressed
 * @param pos where to begin
 * @param ms  the time before; that of the block is not earlier
 * @return file offset of the block, 0 if there is none, or a negative AVERROR code
 */
int64_t ff_fbs_scan_resume(RFBInput *in, const FBSLayout *l, int64_t pos, uint32_t ms);

/** The same behind a gap in compressed data. */
int64_t ff_fbs_scan_behind(RFBInput *in, const FBSLayout *l, int64_t pos, uint32_t ms);

#endif /* AVFORMAT_FBSSCAN_H */
