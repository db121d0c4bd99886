/*
 * rfbplay: streams of pictures
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

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/mem.h"
#include "mjpeg.h"
#include "mjpegchannel.h"

#define BLOCK_SIZE (128 << 10)
/** What a slow viewer has waiting in the kernel is late when it comes. */
#define UNSENT     (64 << 10)

static const char first_boundary[] = "--" PLAY_BOUNDARY "\r\nContent-Type: image/jpeg\r\n\r\n";

typedef struct Stream {
    PlayServer *server;
    PlayViewer *viewer;
    PlayPart *part;             ///< being sent
    size_t pos, end;            ///< in it
    int heads;                  ///< parts with PLAY_PART_HEAD, and nothing between
    size_t opening;             ///< bytes of first_boundary that are to be sent
} Stream;

/** Begin with the next part. @return 1, 0 if there is none yet, negative at the end */
static int next_part(Stream *s)
{
    int ret = play_viewer_next(s->viewer, &s->part);

    if (ret <= 0)
        return ret;
    s->pos = s->heads ? 0 : PLAY_PART_HEAD;
    s->end = s->heads ? PLAY_PART_HEAD + s->part->jpeg : s->part->size;
    return 1;
}

static ssize_t read_stream(void *opaque, uint64_t offset, char *buf, size_t max)
{
    Stream *s = opaque;
    size_t n;
    int ret;

    if (s->opening) {
        n = FFMIN(max, s->opening);
        memcpy(buf, first_boundary + sizeof(first_boundary) - 1 - s->opening, n);
        s->opening -= n;
        return n;
    }
    if (!s->part && (ret = next_part(s)) <= 0)
        return !ret ? 0 : ret == AVERROR_EOF ? MHD_CONTENT_READER_END_OF_STREAM :
               MHD_CONTENT_READER_END_WITH_ERROR;
    n = FFMIN(max, s->end - s->pos);
    memcpy(buf, s->part->data + s->pos, n);
    s->pos += n;
    s->server->counts.bytes += n;
    if (s->pos == s->end)
        play_part_unref(&s->part);
    return n;
}

static void free_stream(void *opaque)
{
    Stream *s = opaque;

    play_part_unref(&s->part);
    play_viewer_close(&s->viewer);
    av_free(s);
}

/** @return 0, or AVERROR(EINVAL) with *name set to the parameter */
static int read_wishes(PlayWishes *w, const PlayRequest *r, const char **name)
{
    const PlayOptions *o = r->server->o;
    double quality;

    memset(w, 0, sizeof(*w));
#define CHECK(param, call) if (*name = param, (call) < 0) return AVERROR(EINVAL)
    CHECK("offset",  play_http_time(&w->offset, r, "offset", 0));
    CHECK("max_gap", play_http_time(&w->max_gap, r, "max_gap", o->max_gap));
    CHECK("speed",   play_http_number(&w->speed, r, "speed", 1, 0.01, 100));
    CHECK("fps",     play_http_number(&w->fps, r, "fps", o->max_fps ? o->max_fps : 60, 0.1, 120));
    CHECK("quality", play_http_number(&quality, r, "quality", o->quality, 1, 100));
    CHECK("scale",   play_scale_param(&w->scale, r));
#undef CHECK
    w->quality = quality;
    w->cursor  = play_http_flag(r, "cursor", !o->no_cursor);
    w->loop    = play_http_flag(r, "loop", 0);
    w->live    = play_http_flag(r, "live", 0);
    return 0;
}

static void tune_socket(PlayRequest *r)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    int unsent = UNSENT;

    if (info)
        setsockopt(info->connect_fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof(unsent));
}

static PlayHttpResult respond(PlayRequest *r, Stream *s)
{
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_SIZE, read_stream, s,
                                          free_stream);

    if (!response) {
        free_stream(s);
        return MHD_NO;
    }
    MHD_set_response_options(response, MHD_RF_HTTP_VERSION_1_0_ONLY, MHD_RO_END);
    MHD_add_response_header(response, "Content-Type", s->heads ? "application/x-rfbplay-pictures" :
                            "multipart/x-mixed-replace; boundary=" PLAY_BOUNDARY);
    MHD_add_response_header(response, "Cache-Control", "no-store");
    MHD_add_response_header(response, "Cross-Origin-Resource-Policy", "cross-origin");
    MHD_add_response_header(response, "X-Accel-Buffering", "no");
    tune_socket(r);
    return play_http_send(r, MHD_HTTP_OK, response);
}

PlayHttpResult play_mjpeg_serve(PlayRequest *r)
{
    const char *name;
    PlayWishes wishes;
    Stream *s;
    int ret;

    if (read_wishes(&wishes, r, &name) < 0)
        return play_http_error(r, MHD_HTTP_BAD_REQUEST, "%s=%s: not as it has to be", name,
                               play_http_param(r, name));
    if (!(s = av_mallocz(sizeof(*s))))
        return MHD_NO;
    s->server  = r->server;
    s->heads   = play_http_flag(r, "stream", 0);
    s->opening = s->heads ? 0 : sizeof(first_boundary) - 1;
    ret = play_viewer_open(&s->viewer, r->server, r->connection, &wishes, r->fd, &r->st, r->path);
    if (ret < 0) {
        av_free(s);
        r->server->counts.refused++;
        return play_http_failure(r, ret, NULL);
    }
    return respond(r, s);
}
