/*
 * rfbplay: recordings of VNC sessions, in a browser or as video files
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

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "libavutil/avutil.h"
#include "commands.h"

#define COMMAND(name)                                                   \
static int run_ ## name(const void *options, int argc, char **argv)     \
{                                                                       \
    return play_ ## name(options);                                      \
}

COMMAND(transcode)
COMMAND(serve)
COMMAND(info)
COMMAND(snapshot)
COMMAND(index)

static const OptCommand commands[] = {
    { .name = "transcode", .args = "IN... OUT", .bit = PLAY_CMD_TRANSCODE, .run = run_transcode,
      .min_args = 2, .max_args = -1,
      .summary = "Make a video",
      .text = "OUT's extension tells which kind; of several recordings, OUT is a folder or has %s "
              "for their names." },
    { .name = "serve", .args = "DIR", .bit = PLAY_CMD_SERVE, .run = run_serve,
      .min_args = 1, .max_args = 1,
      .summary = "Show the recordings in DIR in a browser, on http://localhost:9004/" },
    { .name = "info", .args = "IN...", .bit = PLAY_CMD_INFO, .run = run_info,
      .min_args = 1, .max_args = -1,
      .summary = "Tell what is in a recording" },
    { .name = "snapshot", .args = "IN OUT", .bit = PLAY_CMD_SNAPSHOT, .run = run_snapshot,
      .min_args = 2, .max_args = 2,
      .summary = "Make a picture (.png, .jpg, .webp, .bmp) of the screen at --time" },
    { .name = "index", .args = "IN...", .bit = PLAY_CMD_INDEX, .run = run_index,
      .min_args = 1, .max_args = -1,
      .summary = "Make an index beside a recording, so that every time of it is reached at once",
      .text = "ffmpeg and ffplay use it, too." },
    { .name = NULL },
};

/** What it is when no command is named: rfbplay DIR, rfbplay IN OUT. */
static const OptCommand *choose(int argc, char **argv)
{
    struct stat st;
    unsigned bit = argc == 1 && !stat(argv[0], &st) && S_ISDIR(st.st_mode) ? PLAY_CMD_SERVE :
                   argc ? PLAY_CMD_TRANSCODE : 0;

    for (const OptCommand *c = commands; c->name; c++)
        if (c->bit == bit)
            return c;
    return NULL;
}

static void prepare(void *values, int argc, char **argv)
{
    PlayOptions *o = values;

    o->path     = argv;
    o->nb_paths = argc;
    play_log_level(o->quiet ? PLAY_LOG_ERROR : o->verbose ? PLAY_LOG_DEBUG : PLAY_LOG_NOTE);
}

int main(int argc, char **argv)
{
    char version[100];
    const OptProgram program = {
        .name     = "rfbplay",
        .version  = version,
        .summary  = "recordings of VNC sessions, in a browser or as video files",
        .commands = commands,
        .options  = play_options,
        .size     = sizeof(PlayOptions),
        .zero     = &play_not_given,
        .choose   = choose,
        .prepare  = prepare,
        .text     = "\"serve\" and \"transcode\" may be left out: rfbplay DIR, rfbplay IN OUT.\n\n"
                    "Exit status: 0 all went well; 1 it failed; 2 the command line is wrong; 3 made, "
                    "but the recording is damaged (what can be read was used); 128+N ended by "
                    "signal N.",
    };

    /* the encoder prints on its own what nobody wants to know */
    setenv("SVT_LOG", "1", 0);
    play_log_init();
    snprintf(version, sizeof(version), "1.0, with FFmpeg %s", av_version_info());
    return opt_main(&program, argc, argv);
}
