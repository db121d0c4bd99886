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

#endif /* AVFORMAT_FBSSCAN_H */
