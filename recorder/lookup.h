/*
 * Names of hosts
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

/** @file The resolver blocks, so each look-up has a thread of its own. */

#ifndef RECORDER_LOOKUP_H
#define RECORDER_LOOKUP_H

#include <netdb.h>

typedef struct RecLookup RecLookup;

/** @return NULL without memory or threads */
RecLookup *rec_lookup_start(const char *host, int port);

/** Readable when there is an answer. */
int rec_lookup_fd(const RecLookup *l);

/** @param result to be freed by the caller. @return 0, or an error of getaddrinfo() */
int rec_lookup_result(RecLookup *l, struct addrinfo **result);

/** At any time; a look-up under way goes on by itself and frees what it holds. */
void rec_lookup_free(RecLookup *l);

#endif /* RECORDER_LOOKUP_H */
