/*
 * Compressed RFB recordings: where to go on behind damage
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
 * Deflate data have no marks by which a reader could find its way, and each
 * block may refer to what came before. Two places need nothing of that: the
 * head of a gzip member, and what follows a full flush, which ends like every
 * flush in the bytes 0, 0, 255, 255. Neither is proved by its own bytes, which
 * may stand in compressed data by chance; the proof is that from there on
 * inflating works, with nothing before it to refer to, until it gave much more
 * than it took, or up to the checksum of a member. A flush that is none of the
 * full ones is found out by the first reference that goes behind it.
 */

#ifndef AVFORMAT_RFBGZIP_H
#define AVFORMAT_RFBGZIP_H

#include <stdint.h>

#include "rfbinput.h"

/**
 * Find out where it goes on behind damage. The input has to be seekable; its
 * position is lost.
 * @param gap its member and damage are known, next and raw will be
 * @return 0, or a negative AVERROR code
 */
int ff_rfb_gzip_find(RFBInput *in, RFBInputGap *gap);

#endif /* AVFORMAT_RFBGZIP_H */
