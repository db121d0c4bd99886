/*
 * Options of commands that record
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
 * Rows of the option tables of commands that record. Their values are a
 * RecSettings, or a struct that begins with one.
 */

#ifndef RECORDER_RECORDOPTS_H
#define RECORDER_RECORDOPTS_H

#include "commands.h"
#include "settings.h"

#define SET(...) OPTION(RecSettings, __VA_ARGS__)
#define PARSED(n, t, field, v, d, h) \
    { .name = n, .type = OPT_PARSE, .offset = offsetof(RecSettings, field), .value = v, \
      .def = d, .help = h, .parse = t }

/** What of the screen. */
#define REC_PART_OPTIONS \
    PARSED("clip", rec_read_clip, clip, "WxH+X+Y", NULL, "Record only this part of the screen"), \
    PARSED("cursor", rec_read_cursor, cursor, "drawn|shape", "drawn", "Let the server draw the " \
        "mouse pointer into the picture, or record its shape, so that a player can leave it out")

/** How it is asked for. */
#define REC_HOW_OPTIONS \
    { .name = "How", .type = OPT_GROUP }, \
    { "fps", 'r', OPT_NUMBER, offsetof(RecSettings, fps), "N", "10", "Ask for so many updates a " \
      "second at most (one that comes in pieces may get a time that is late by a quarter of what " \
      "lies between two, and by 10 ms at most); 0: take what the server sends, as fast as it can, " \
      "by continuous updates if it has them", 0, 1000, NULL }, \
    PARSED("encodings", rec_read_encodings, encodings, "LIST", \
           "tight,zrle,hextile,zlib,rre,copyrect,raw", "Encodings to ask for, the best first, " \
           "by names or numbers"), \
    { "quality", 0, OPT_INT, offsetof(RecSettings, quality), "0-9", "-1", "Let the server use " \
      "JPEG of this quality; -1: no JPEG, every pixel is exact", -1, 9, NULL }, \
    { "compress", 0, OPT_INT, offsetof(RecSettings, compress), "0-9", "-1", "Let the server " \
      "compress that hard; -1: as it likes", -1, 9, NULL }, \
    PARSED("pixel-format", rec_read_format, format, "NAME", "bgrx8888", "Pixels as the server is " \
           "to send them: bgrx8888, rgb565le, bgr233, map8, ..., or server: as it has them"), \
    { "keyframe", 0, OPT_TIME, offsetof(RecSettings, keyframe), "TIME", NULL, "Ask for the whole " \
      "screen so often; with encodings that remember nothing (raw, hextile, rre, trle) players " \
      "can begin there", 0, 1e9, NULL }

/** How long, and how large. */
#define REC_LONG_OPTIONS \
    { .name = "How long", .type = OPT_GROUP }, \
    { "duration", 't', OPT_TIME, offsetof(RecSettings, duration), "TIME", NULL, \
      "Stop after this time (90, 1.5, 30s, 10m, 2h, 1:30:00)", 0.001, 1e9, NULL }, \
    { "max-size", 0, OPT_SIZE, offsetof(RecSettings, max_size), "SIZE", NULL, \
      "Stop before the file is larger (100k, 20M, 2G)", 1, 1e18, NULL }, \
    PARSED("segment", rec_read_segment, segment, "TIME|SIZE", NULL, "Begin a new file after so " \
           "much time (10m) or so many bytes (100M), without a gap: the next one has its first " \
           "picture before the last one ends"), \
    { "count", 0, OPT_INT, offsetof(RecSettings, count), "N", NULL, "Keep only the newest N " \
      "segments of this run and delete older ones", 1, 1e9, NULL }

/** When something fails. */
#define REC_FAIL_OPTIONS \
    { .name = "When something fails", .type = OPT_GROUP }, \
    SET("reconnect", 0, OPT_FLAG, reconnect, NULL, NULL, "Connect again when the connection " \
        "cannot be made or breaks, after 1 s, 2 s, 4 s, ...; each connection has a file of its " \
        "own"), \
    { "reconnect-max", 0, OPT_TIME, offsetof(RecSettings, reconnect_max), "TIME", "60", \
      "Wait no longer than this between two attempts", 1, 1e9, NULL }, \
    { "stall-timeout", 0, OPT_TIME, offsetof(RecSettings, stall_timeout), "TIME", "60", "Give up " \
      "a server that sends nothing for so long, though it was asked for a pixel after half of " \
      "the time; 0: never", 0, 1e9, NULL }

/** Files and messages. */
#define REC_FILE_OPTIONS \
    { .name = "Files and messages", .type = OPT_GROUP }, \
    SET("overwrite", 'y', OPT_FLAG, overwrite, NULL, NULL, "Replace files that are there"), \
    SET("on-finish", 0, OPT_TEXT, on_finish, "COMMAND", NULL, "Run COMMAND in the shell for each " \
        "finished file, with RFBREC_FILE, RFBREC_TARGET and RFBREC_STATUS (ok, or why it ended)"), \
    SET("quiet", 'q', OPT_FLAG, quiet, NULL, NULL, "Print errors only")

#endif /* RECORDER_RECORDOPTS_H */
