/*
 * Names of files
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

/** @file Names of the files of a recording. */

#ifndef RECORDER_NAMING_H
#define RECORDER_NAMING_H

/**
 * @param pattern as strftime() has it
 * @param number  of this file in the recording, from 0 on. Where a name is
 *                taken, and from number 1 on in any case if the pattern has no
 *                time in it, "-2", "-3", ... stands before the extension
 * @param overwrite names of files that are there are not taken, for number 0
 * @return to be freed, or NULL without memory
 */
char *rec_file_name(const char *pattern, int number, int overwrite);

#endif /* RECORDER_NAMING_H */
