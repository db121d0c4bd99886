/*
 * rfbplay: what kind of file to make, and how
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
 * From OUT's name and the options to a container, an encoder and their
 * settings, by the tables of target.c. Any thread.
 */

#ifndef RFBPLAY_TARGET_H
#define RFBPLAY_TARGET_H

#include "libavcodec/avcodec.h"
#include "libavformat/avformat.h"
#include "options.h"

typedef struct PlayTarget {
    const AVOutputFormat *container;
    const AVCodec *codec;
    enum AVPixelFormat pix_fmt;
    AVDictionary *codec_options;    ///< defaults; what the user gives comes on top
    AVDictionary *muxer_options;
    AVRational time_base;           ///< of pictures; coarser ones are merged
    AVRational rate;                ///< every tick has a picture; 0/1: only changes have
    int64_t max_duration;           ///< ticks that a picture may last, 0: any number
    int sequence;                   ///< one file a picture, OUT has a %d
    int palette;                    ///< the pictures need a palette made for all of them
    int opaque_times;               ///< the file tells no times
} PlayTarget;

/**
 * @param out     OUT, "-" for standard output
 * @param seekable whether the file can be written to anywhere
 * @return 0, or a negative AVERROR code after a message; play_target_free() it then, too
 */
int play_target_choose(PlayTarget *t, const PlayOptions *o, const char *out, int seekable);
void play_target_free(PlayTarget *t);

/** The extension for outputs whose names are made from those of recordings. */
const char *play_target_extension(const PlayOptions *o);

#endif /* RFBPLAY_TARGET_H */
