/*
 * RFB plugin for stock FFmpeg: the file of a program
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

#ifndef FBS_PROGRAM_H
#define FBS_PROGRAM_H

#include <stddef.h>

/**
 * Find a program as execvp() does.
 * @param path at least PATH_MAX bytes
 * @return 0, or an errno: ENOENT, EACCES, ENAMETOOLONG
 */
int fbs_program_find(char *path, const char *name);

/**
 * What keeps a preloaded library from working in a program, in words that
 * follow its name.
 * @return NULL if nothing is known; then it may be a script as well
 */
const char *fbs_program_obstacle(const char *path);

#endif /* FBS_PROGRAM_H */
