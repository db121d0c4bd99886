/*
 * FBS muxer: recordings that begin in the middle of another
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
 * Behind a seek, the first packet may bring the decoder's state (see
 * rfb_state.h). An FBS file begins with a server's messages, so the state has
 * to become some that leave every reader where it was: one update that first
 * fills the zlib streams with what they look back to, and then paints it all.
 */

#ifndef AVFORMAT_FBSRESUME_H
#define AVFORMAT_FBSRESUME_H

#include <stddef.h>
#include <stdint.h>

/**
 * Write a state as messages.
 * @param data set to them, from av_malloc()
 * @return bytes, AVERROR_PATCHWELCOME if there are no messages that do it, or another
 *         negative AVERROR code
 */
int ff_fbs_resume(uint8_t **data, const uint8_t *state, size_t size);

#endif /* AVFORMAT_FBSRESUME_H */
