/*
 * Commands at the end of files
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

/** @file Commands of the user that are run when a file is finished. */

#ifndef RECORDER_HOOK_H
#define RECORDER_HOOK_H

#include <sys/types.h>

/**
 * Run a command of the shell with RFBREC_FILE, RFBREC_TARGET and RFBREC_STATUS
 * ("ok", or why the recording ended) in its environment, and nobody's password.
 * @param secret_env name of a variable to leave out, or NULL
 * @return its process, or -1 with errno
 */
pid_t rec_hook_run(const char *command, const char *file, const char *target,
                   const char *status, const char *secret_env);

#endif /* RECORDER_HOOK_H */
