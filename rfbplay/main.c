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

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libavutil/avutil.h"
#include "commands.h"

const PlayCommand play_commands[] = {
    { "transcode", PLAY_CMD_TRANSCODE, "IN... OUT", 2, INT_MAX, play_transcode,
      "Make a video. OUT's extension tells which kind; of several recordings, OUT is a folder or "
      "has %s for their names." },
    { "serve", PLAY_CMD_SERVE, "DIR", 1, 1, play_serve,
      "Show the recordings in DIR in a browser, on http://localhost:9004/." },
    { "info", PLAY_CMD_INFO, "IN...", 1, INT_MAX, play_info, "Tell what is in a recording." },
    { "snapshot", PLAY_CMD_SNAPSHOT, "IN OUT", 2, 2, play_snapshot,
      "Make a picture (.png, .jpg, .webp, .bmp) of the screen at --time." },
    { NULL },
};

int main(int argc, char **argv)
{
    PlayOptions o;

    /* the encoder prints on its own what nobody wants to know */
    setenv("SVT_LOG", "1", 0);
    play_log_init();
    for (int i = 1; i < argc && strcmp(argv[i], "--"); i++) {
        static const struct { const char *name; void (*print)(FILE *f); } printers[] = {
            { "--help", play_print_help }, { "-h", play_print_help },
            { "--print-man", play_print_man }, { "--print-completion", play_print_completion },
        };

        for (size_t k = 0; k < sizeof(printers) / sizeof(*printers); k++)
            if (!strcmp(argv[i], printers[k].name)) {
                printers[k].print(stdout);
                return PLAY_OK;
            }
        if (!strcmp(argv[i], "--version")) {
            printf("rfbplay, with FFmpeg %s\n", av_version_info());
            return PLAY_OK;
        }
    }
    if (play_options_parse(&o, argc, argv) < 0)
        return PLAY_USAGE;
    play_log_level(o.quiet ? PLAY_LOG_ERROR : o.verbose ? PLAY_LOG_DEBUG : PLAY_LOG_NOTE);
    for (const PlayCommand *c = play_commands; c->name; c++)
        if (c->bit == o.command)
            return c->run(&o);
    return PLAY_FAILED;
}
