/*
 * rfbplay: one palette for a whole video
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
 * GIF has 256 colours. Those that serve all pictures best are found in a first
 * pass, so that they do not flicker. One thread.
 */

#ifndef RFBPLAY_PALETTE_H
#define RFBPLAY_PALETTE_H

#include "libavutil/frame.h"

typedef struct PlayPalette PlayPalette;

/** @param width, height of the pictures, which are RGB32 */
int play_palette_open(PlayPalette **p, int width, int height);
void play_palette_close(PlayPalette **p);

/** First pass: the colours of a picture count. The frame is taken. */
int play_palette_add(PlayPalette *p, AVFrame *frame);

/** All pictures were seen. @return 0 or a negative AVERROR code */
int play_palette_make(PlayPalette *p);

/** Second pass: put the PAL8 picture into the place of frame. */
int play_palette_map(PlayPalette *p, AVFrame *frame);

#endif /* RFBPLAY_PALETTE_H */
