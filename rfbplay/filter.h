/*
 * rfbplay: from the desktop's pictures to the video's
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
 * All pictures get onto one canvas, are cropped, scaled and converted, by
 * libavfilter where the picture is not what is wanted already. One thread.
 */

#ifndef RFBPLAY_FILTER_H
#define RFBPLAY_FILTER_H

#include "libavutil/frame.h"
#include "libavutil/pixfmt.h"
#include "options.h"

typedef struct PlayFilter PlayFilter;

typedef struct PlayFilterSpec {
    int canvas_w, canvas_h;     ///< pixels
    int fit;                    ///< other sizes are scaled to fit the canvas
    int crop_w, crop_h, crop_x, crop_y; ///< 0: none
    int scale_w, scale_h;       ///< as in PlayOptions
    enum AVPixelFormat format;  ///< wanted
    int single_palettes;        ///< format is PAL8: a palette for each picture
} PlayFilterSpec;

/** @return 0, or AVERROR(EINVAL) if the crop does not fit, after a message */
int play_filter_open(PlayFilter **f, const PlayFilterSpec *spec);
void play_filter_close(PlayFilter **f);

/** The size of what comes out, in pixels. */
void play_filter_size(const PlayFilter *f, int *width, int *height);

/** Whether the decoder may give YUV 4:2:0 and nothing of it be lost. */
int play_filter_takes_yuv(const PlayFilterSpec *spec);

/** Whether the picture that was run last went through as it was. */
int play_filter_is_none(const PlayFilter *f);

/** Put the wanted picture into the place of frame. @return 0 or a negative AVERROR code */
int play_filter_run(PlayFilter *f, AVFrame *frame);

#endif /* RFBPLAY_FILTER_H */
