/*
 * rfbplay: options
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
 * What the command line says. A new option is a field of PlayOptions and a row
 * of the table in options.c; if "not given" is another value than zero, also a
 * line of play_not_given.
 */

#ifndef RFBPLAY_OPTIONS_H
#define RFBPLAY_OPTIONS_H

#include <stdint.h>

#include "common/options.h"

/** Commands, as bits: an option belongs to some of them. */
enum PlayCommandBit {
    PLAY_CMD_TRANSCODE = 1 << 0,
    PLAY_CMD_SERVE     = 1 << 1,
    PLAY_CMD_INFO      = 1 << 2,
    PLAY_CMD_SNAPSHOT  = 1 << 3,
    PLAY_CMD_INDEX     = 1 << 4,
    PLAY_CMD_READ      = PLAY_CMD_TRANSCODE | PLAY_CMD_SERVE | PLAY_CMD_INFO | PLAY_CMD_SNAPSHOT |
                         PLAY_CMD_INDEX,
};

enum PlayOnResize { PLAY_CANVAS, PLAY_SCALE, PLAY_SPLIT };

/** What the command line says; times are in milliseconds, -1: not given. */
typedef struct PlayOptions {
    char **path;                ///< operands behind the command's name
    int nb_paths;

    /* all commands */
    int quiet, verbose;

    /* how to read recordings */
    const char *pixel_format;
    int zywrle_level;
    int video_width, video_height;
    int no_cursor;
    int64_t max_gap;
    int64_t max_pixels;
    const char *index;          ///< file or "none"; NULL: where it usually is
    const char *cache_dir;      ///< of indices; NULL: beside the recordings
    int64_t every;              ///< ms between resume points, 0: by the work
    int force;                  ///< make an index that is there anew

    /* the part and its times */
    int64_t start, end, duration;
    double speed;
    int max_fps;
    double fps;                 ///< constant frame rate, 0: variable

    /* the pictures */
    int crop_w, crop_h, crop_x, crop_y;
    int scale_w, scale_h;       ///< -1: by the aspect, 0: not given
    int on_resize;              ///< enum PlayOnResize

    /* encoding */
    const char *format, *codec, *preset, *tune, *pix_fmt;
    double crf;                 ///< -1: not given
    int64_t bitrate;            ///< bits per second, 0: not given
    int lossless;
    int threads;

    /* running */
    int overwrite;              ///< 1: always, 0: ask where there is a terminal, -1: never
    int jobs;
    const char *progress;
    int keep_partial;

    /* serving */
    int port;                   ///< 0: any
    const char *bind;           ///< NULL: 127.0.0.1
    const char *auth;           ///< USER:FILE
    const char *token, *tls_cert, *tls_key, *port_file;     ///< files
    int quality;                ///< of JPEG, 1 to 100
    int max_connections, max_per_client, max_streams, max_downloads;

    /* snapshot and info */
    int64_t time;
    int json;
} PlayOptions;

/** Before the table's defaults are applied. */
extern const PlayOptions play_not_given;

/** Of all commands. */
extern const Option play_options[];

#endif /* RFBPLAY_OPTIONS_H */
