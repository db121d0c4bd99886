/*
 * rfbplay: pictures in another size
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
 * Scales pictures and what is said of their damage. One thread at a time.
 */

#ifndef RFBPLAY_SERVESCALE_H
#define RFBPLAY_SERVESCALE_H

#include "http.h"

/** Zero-initialise. */
typedef struct PlayScaler {
    struct SwsContext *sws;
    AVFrame *out;
    int width, height;          ///< of the source
} PlayScaler;

/** What a URL asks for: 0 and 0: the size as it is; -1: by the aspect. */
typedef struct PlayScale {
    double factor;              ///< 0: not given
    int width, height;
} PlayScale;

/** Read scale=0.5, scale=640, scale=640x480 or 640x-1. @return 0 or AVERROR(EINVAL) */
int play_scale_param(PlayScale *s, const PlayRequest *r);

/**
 * @param frame BGR0
 * @param out   set to the picture, which is frame itself where nothing is to do
 * @param rect  damage, changed to that of the result; may be NULL
 * @return 0 or a negative AVERROR code
 */
int play_scale(PlayScaler *s, AVFrame **out, AVFrame *frame, const PlayScale *to,
               PlayRect *rect, int nb_rects);
void play_scale_free(PlayScaler *s);

#endif /* RFBPLAY_SERVESCALE_H */
