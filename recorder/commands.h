/*
 * Commands of rfbrec
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

/** @file The commands of rfbrec, each in a file of its own. */

#ifndef RECORDER_COMMANDS_H
#define RECORDER_COMMANDS_H

#include <stddef.h>

#include "common/options.h"
#include "connect.h"

/** @param s the command's struct, which has an RecAccess called access */
#define ACCESS_OPTIONS(s) \
    { .name = "Getting in", .type = OPT_GROUP }, \
    { "password-file", 'p', OPT_TEXT, offsetof(s, access.password_file), "FILE", NULL, \
      "Read the password from the first line of FILE, or from a FILE that vncpasswd wrote; - is " \
      "the standard input", 0, 0, NULL }, \
    { "password-env", 0, OPT_TEXT, offsetof(s, access.password_env), "NAME", "VNC_PASSWORD", \
      "Read the password from this environment variable", 0, 0, NULL }, \
    ACCESS_MORE_OPTIONS(s)

/** What is not about passwords. */
#define ACCESS_MORE_OPTIONS(s) \
    { "user", 'u', OPT_TEXT, offsetof(s, access.user), "NAME", NULL, \
      "Name of the user, for servers that ask for one", 0, 0, NULL }, \
    { "ca-file", 0, OPT_TEXT, offsetof(s, access.ca_file), "FILE", NULL, \
      "Certificates (PEM) of the authorities to trust, instead of the system's", 0, 0, NULL }, \
    { "insecure", 0, OPT_FLAG, offsetof(s, access.insecure), NULL, NULL, \
      "Accept any certificate, and send passwords unencrypted where the server wants it", \
      0, 0, NULL }, \
    { "header-file", 0, OPT_TEXT, offsetof(s, access.header_file), "FILE", NULL, \
      "Lines to add to a WebSocket's request, such as cookies", 0, 0, NULL }, \
    { "timeout", 0, OPT_TIME, offsetof(s, access.timeout), "TIME", "15", \
      "Give up when connecting and authenticating takes longer", 0.001, 1e9, NULL }

#define OPTION(s, n, l, t, field, v, d, h) \
    { .name = n, .letter = l, .type = t, .offset = offsetof(s, field), .value = v, .def = d, \
      .help = h }

extern const OptCommand rec_command_info;
extern const OptCommand rec_command_record;
extern const OptCommand rec_command_snapshot;
extern const OptCommand rec_command_replay;
extern const OptCommand rec_command_proxy;
extern const OptCommand rec_command_play;
extern const OptCommand rec_command_type;
extern const OptCommand rec_command_check;
extern const OptCommand rec_command_convert;

/** Exit status of all commands: 0, 1, OPT_USAGE, or 3 when a time limit is over. */
enum { REC_OK, REC_FAILED, REC_TIMED_OUT = 3 };

/**
 * Connect as a command without a loop of its own does, and say on stderr why
 * it failed.
 * @param t filled; rec_target_free() is the caller's
 * @return 0, REC_FAILED or OPT_USAGE
 */
int rec_command_connect(RecConn *c, RecTarget *t, const RecAccess *a, RecSecret *s,
                        const char *target);

#endif /* RECORDER_COMMANDS_H */
