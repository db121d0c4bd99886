/*
 * The pixel format of recordings that do not tell it
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
 * A recorder that sits between server and client notes the format that the
 * server offered, not the one that the client asked for. With a wrong one
 * nothing can be read: lengths depend on it. So it can be found by trying.
 */

#ifndef AVFORMAT_RFBGUESS_H
#define AVFORMAT_RFBGUESS_H

#include "rfbdemux.h"

/**
 * Try pixel formats on the beginning of the session, if it can be read again.
 * The stream has just begun, and begins again with the best of them, which is
 * the declared one unless another is better; then there is a warning.
 * @param always not only when the first update cannot be read as declared
 * @return 0 or a negative AVERROR code
 */
int ff_rfb_guess(AVFormatContext *s, int always);

#endif /* AVFORMAT_RFBGUESS_H */
