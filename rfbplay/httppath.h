/*
 * rfbplay: files below the directory that is served
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
 * What a URL's path names. Nothing outside the directory can be named: not by
 * "..", not by a symbolic link, not by a race with whoever moves files about.
 * Symbolic links that stay inside are followed where the kernel can check that
 * (Linux 5.6). Names that begin with a dot are not served.
 *
 * Any thread.
 */

#ifndef RFBPLAY_HTTPPATH_H
#define RFBPLAY_HTTPPATH_H

#include <sys/stat.h>

/**
 * Open a file or a directory for reading.
 * @param root directory
 * @param path as in a URL, decoded; a file's does not end with a slash
 * @param st   set to what was opened, a regular file or a directory
 * @return a file descriptor, AVERROR(ENOENT) for whatever may not be seen,
 *         AVERROR(EACCES) or another error
 */
int play_path_open(int root, const char *path, struct stat *st);

/** Longest way to open a descriptor once more by name. */
#define PLAY_FD_NAME_SIZE 32

/** The name by which libavformat opens fd's file once more. */
const char *play_path_fd_name(char *buf, int fd);

/** Whether somebody is still writing to a file. */
int play_path_growing(int fd, const struct stat *st);

#endif /* RFBPLAY_HTTPPATH_H */
