/*
 * fbs-ffmpeg: run a program with the RFB plugin for stock FFmpeg
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
 * fbs-ffmpeg PROGRAM [ARGUMENTS]: preloads libfbs-ffmpeg.so, which is beside
 * this program or in ../lib, into PROGRAM and what that starts.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "program.h"

#define PLUGIN "libfbs-ffmpeg.so"

/** As shells do it. */
enum { EXIT_USAGE = 2, EXIT_NOT_RUN = 126, EXIT_NOT_FOUND = 127 };

static const char help[] =
    "usage: fbs-ffmpeg PROGRAM [ARGUMENTS]\n"
    "\n"
    "Run a program that uses the system's FFmpeg libraries so that it reads\n"
    "recordings of VNC sessions (FBS, minimega, noVNC, vncrec, RBS).\n"
    "\n"
    "    fbs-ffmpeg ffmpeg -i rec.fbs out.mp4\n"
    "    fbs-ffmpeg ffplay rec.fbs\n"
    "    fbs-ffmpeg mpv rec.fbs\n"
    "    fbs-ffmpeg ffmpeg -h demuxer=fbs     what options there are\n"
    "    fbs-ffmpeg sh                        a shell in which all of them do\n"
    "\n"
    "    --help       print this\n"
    "    --plugin     print the path of the library, for LD_PRELOAD\n"
    "\n"
    "The exit status is the program's; 126 if it cannot be run, 127 if there is\n"
    "no such program or the plugin is missing.\n";

/** Find the plugin. @return 0, or -1 after a message */
static int find_plugin(char *path)
{
    static const char *const places[] = { PLUGIN, "../lib/" PLUGIN };
    char self[PATH_MAX], place[PATH_MAX + 64];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
    char *slash;

    if (n > 0) {
        self[n] = 0;
        if ((slash = strrchr(self, '/')))
            slash[1] = 0;
        for (int i = 0; i < 2; i++) {
            snprintf(place, sizeof(place), "%s%s", self, places[i]);
            if (realpath(place, path))
                return 0;
        }
    }
    fprintf(stderr, "fbs-ffmpeg: there is no " PLUGIN " in %s and none in %s../lib (make plugin)\n",
            n > 0 ? self : "its directory", n > 0 ? self : "");
    return -1;
}

/** Put the plugin in front of what is preloaded already. @return 0, or -1 after a message */
static int preload(const char *plugin)
{
    const char *old = getenv("LD_PRELOAD");
    char *value;
    int ret;

    if (strpbrk(plugin, " :")) {
        fprintf(stderr, "fbs-ffmpeg: %s cannot be preloaded, since its path has a space or a colon "
                "in it\n", plugin);
        return -1;
    }
    if (asprintf(&value, "%s%s%s", plugin, old && *old ? ":" : "", old ? old : "") < 0)
        return -1;
    ret = setenv("LD_PRELOAD", value, 1);
    free(value);
    return ret;
}

int main(int argc, char **argv)
{
    char plugin[PATH_MAX], program[PATH_MAX];
    const char *obstacle;
    int err;

    if (argc < 2 || (argv[1][0] == '-' && strcmp(argv[1], "--help") &&
                     strcmp(argv[1], "--plugin") && strcmp(argv[1], "-h"))) {
        fputs(help, stderr);
        return EXIT_USAGE;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
        return fputs(help, stdout) < 0;
    if (find_plugin(plugin) < 0)
        return EXIT_NOT_FOUND;
    if (!strcmp(argv[1], "--plugin"))
        return puts(plugin) < 0;
    if ((err = fbs_program_find(program, argv[1]))) {
        fprintf(stderr, "fbs-ffmpeg: %s: %s\n", argv[1], strerror(err));
        return err == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_RUN;
    }
    if ((obstacle = fbs_program_obstacle(program)))
        fprintf(stderr, "fbs-ffmpeg: %s %s: VNC recordings are not read by this plugin there\n",
                program, obstacle);
    if (preload(plugin) < 0)
        return EXIT_NOT_FOUND;
    execv(program, argv + 1);
    fprintf(stderr, "fbs-ffmpeg: %s: %s\n", program, strerror(errno));
    return EXIT_NOT_RUN;
}
