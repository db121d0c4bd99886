/*
 * Values as users write them
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
 * Values as they are written in options, files and queries. The functions
 * return NULL, or what is wrong with the text, and then leave *v as it was.
 * They are as they are in all programs, so "1m30s" is good wherever a time is.
 */

#ifndef COMMON_VALUES_H
#define COMMON_VALUES_H

#include <stdint.h>

/** Milliseconds of 90, 12.5, 250ms, 5m, 1h2m3.5s, 2d, 1:30 or 1:02:03.5. */
const char *opt_read_time(int64_t *v, const char *text);

/** Bytes of 100000, 64k, 10M or 2G: powers of 1024. */
const char *opt_read_size(int64_t *v, const char *text);

/** A number such as 1000, 800k or 64M: powers of 1000. */
const char *opt_read_count(int64_t *v, const char *text);

/** A number such as 25, 0.5 or 30000/1001. */
const char *opt_read_number(double *v, const char *text);

#endif /* COMMON_VALUES_H */
