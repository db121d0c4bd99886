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
 * One table (options.c) says which options there are. The parser, --help, the
 * manual page and the shell completion are all made from it.
 *
 * A new option is a field of PlayOptions, a row of the table and, if it is not
 * zero, its default in play_defaults.
 */

#ifndef RFBPLAY_OPTIONS_H
#define RFBPLAY_OPTIONS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

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
    unsigned command;           ///< enum PlayCommandBit
    char **path;                ///< operands behind the command's name
    int nb_paths;

    /* all commands */
    int quiet, verbose;

    /* how to read recordings */
    const char *pixel_format;
    int zywrle_level;
    int video_width, video_height;
    int cursor;
    int64_t max_gap;
    int64_t max_pixels;

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

extern const PlayOptions play_defaults;

enum PlayOptionType {
    PLAY_OPT_FLAG,              ///< int, set to .value
    PLAY_OPT_STRING,            ///< const char *
    PLAY_OPT_INT,               ///< int, within min..max
    PLAY_OPT_COUNT,             ///< int64_t with a suffix k, M or G, within min..max
    PLAY_OPT_REAL,              ///< double, within min..max; also N/M
    PLAY_OPT_TIME,              ///< int64_t ms: 90, 1:30, 1m30s, 1500ms
    PLAY_OPT_SIZE,              ///< two ints, WxH; -1 where min is negative
    PLAY_OPT_BOX,               ///< four ints, WxH+X+Y
    PLAY_OPT_CHOICE,            ///< int, the place in .choices
};

typedef struct PlayOption {
    const char *name;           ///< without "--"; NULL: a heading, which is help
    char letter;                ///< 0: none
    enum PlayOptionType type;
    size_t offset;              ///< in PlayOptions
    const char *arg;            ///< as --help calls the value
    unsigned commands;          ///< enum PlayCommandBit, those that take it
    const char *help;           ///< whole sentences in plain text
    double min, max;
    int value;
    const char *const *choices; ///< ends with NULL
} PlayOption;

/** Ends with a row whose help is NULL. */
extern const PlayOption play_options[];

/** A command; the first operand names it. */
typedef struct PlayCommand {
    const char *name;           ///< NULL ends the table
    enum PlayCommandBit bit;
    const char *operands;
    int min_paths, max_paths;
    int (*run)(const PlayOptions *o);   ///< @return enum PlayStatus
    const char *help;
} PlayCommand;

extern const PlayCommand play_commands[];

/**
 * Read the command line; an error is printed.
 * @param o  set to the defaults and what is given; o->path points into argv
 * @return 0, or AVERROR(EINVAL)
 */
int play_options_parse(PlayOptions *o, int argc, char **argv);

/**
 * @param text 90, 12.5, 1:30, 1:00:00.25, 1h2m3.5s, 300ms
 * @param ms   set to it, in milliseconds
 * @return 0 or AVERROR(EINVAL)
 */
int play_parse_time(int64_t *ms, const char *text);

/** --help, the OPTIONS section of the manual page (scdoc), bash completion. */
void play_print_help(FILE *f);
void play_print_man(FILE *f);
void play_print_completion(FILE *f);

#endif /* RFBPLAY_OPTIONS_H */
