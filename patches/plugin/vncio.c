/*
 * RFB plugin for stock FFmpeg: connection to a server
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
 * As libavformat/vncio.c, without the functions that libavformat keeps to
 * itself: the connection is opened as any file is, and the AVIOContext has the
 * same functions to call, around its buffer.
 */

#include <poll.h>

#include "libavutil/common.h"
#include "libavutil/time.h"
#include "libavformat/url.h"
#include "libavformat/vncio.h"

/** VNCIO.url is one here. */
static AVIOContext *context(const VNCIO *io)
{
    return (AVIOContext *)io->url;
}

static URLContext *connection(const VNCIO *io)
{
    return context(io)->opaque;
}

int ff_vnc_io_open(VNCIO *io, AVFormatContext *s, const char *url, int64_t timeout,
                   AVDictionary **options)
{
    AVIOContext *pb;
    int ret = s->io_open(s, &pb, url, AVIO_FLAG_READ_WRITE, options);

    if (ret < 0)
        return ret;
    io->url       = (URLContext *)pb;
    io->interrupt = s->interrupt_callback;
    connection(io)->rw_timeout = timeout;
    return 0;
}

void ff_vnc_io_close(VNCIO *io)
{
    AVIOContext *pb = context(io);

    avio_closep(&pb);
    io->url = NULL;
}

int ff_vnc_io_read(VNCIO *io, uint8_t *buf, int size)
{
    int ret;

    connection(io)->flags |= AVIO_FLAG_NONBLOCK;
    ret = context(io)->read_packet(connection(io), buf, size);
    connection(io)->flags &= ~AVIO_FLAG_NONBLOCK;
    return ret ? ret : AVERROR_EOF;
}

void ff_vnc_io_wait(VNCIO *io, int64_t microseconds)
{
    URLContext *h = connection(io);
    struct pollfd p = { h->prot->url_get_file_handle ? h->prot->url_get_file_handle(h) : -1,
                        POLLIN };

    if (p.fd >= 0)
        poll(&p, 1, av_clip64((microseconds + 999) / 1000, 0, 100));
    else
        av_usleep(av_clip64(microseconds, 0, 5000));
}

int ff_vnc_io_write(VNCIO *io, const uint8_t *buf, int size)
{
    int ret = context(io)->write_packet(connection(io), (uint8_t *)buf, size);

    return FFMIN(ret, 0);
}
