/*
 * VNC: connection to a server
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
 * The bytes to and from a server, over FFmpeg's protocols. One thread.
 */

#ifndef AVFORMAT_VNCIO_H
#define AVFORMAT_VNCIO_H

#include <stdint.h>

#include "avformat.h"

struct URLContext;

/** Zero-initialise. */
typedef struct VNCIO {
    struct URLContext *url;
    AVIOInterruptCB interrupt;
} VNCIO;

/**
 * @param s       whose interrupt callback and protocol lists hold good
 * @param timeout of writing, in microseconds, 0: none
 * @param options of the protocol; those it took are removed
 */
int ff_vnc_io_open(VNCIO *io, AVFormatContext *s, const char *url, int64_t timeout,
                   AVDictionary **options);
void ff_vnc_io_close(VNCIO *io);

/**
 * Read what is there.
 * @return bytes (> 0), AVERROR(EAGAIN) when there are none, AVERROR_EOF,
 *         AVERROR_EXIT, or another error
 */
int ff_vnc_io_read(VNCIO *io, uint8_t *buf, int size);

/** Wait until there may be something to read, or time is over. */
void ff_vnc_io_wait(VNCIO *io, int64_t microseconds);

/** Write all of it. @return 0 or a negative AVERROR code */
int ff_vnc_io_write(VNCIO *io, const uint8_t *buf, int size);

#endif /* AVFORMAT_VNCIO_H */
