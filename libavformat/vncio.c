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

#include "libavutil/common.h"
#include "libavutil/time.h"
#include "network.h"
#include "os_support.h"
#include "url.h"
#include "vncio.h"

int ff_vnc_io_open(VNCIO *io, AVFormatContext *s, const char *url, int64_t timeout,
                   AVDictionary **options)
{
    int ret = ffurl_open_whitelist(&io->url, url, AVIO_FLAG_READ_WRITE, &s->interrupt_callback,
                                   options, s->protocol_whitelist, s->protocol_blacklist, NULL);

    if (ret < 0)
        return ret;
    io->interrupt       = s->interrupt_callback;
    io->url->rw_timeout = timeout;
    return 0;
}

void ff_vnc_io_close(VNCIO *io)
{
    ffurl_closep(&io->url);
}

int ff_vnc_io_read(VNCIO *io, uint8_t *buf, int size)
{
    int ret;

    io->url->flags |= AVIO_FLAG_NONBLOCK;
    ret = ffurl_read(io->url, buf, size);
    io->url->flags &= ~AVIO_FLAG_NONBLOCK;
    return ret ? ret : AVERROR_EOF;
}

void ff_vnc_io_wait(VNCIO *io, int64_t microseconds)
{
    struct pollfd p = { ffurl_get_file_handle(io->url), POLLIN };

    if (p.fd >= 0)
        poll(&p, 1, av_clip64((microseconds + 999) / 1000, 0, 100));
    else
        av_usleep(av_clip64(microseconds, 0, 5000));
}

int ff_vnc_io_write(VNCIO *io, const uint8_t *buf, int size)
{
    int ret = ffurl_write(io->url, buf, size);

    return FFMIN(ret, 0);
}
