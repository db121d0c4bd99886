/*
 * VNC server demuxer
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
 * A VNC server as an input. What it sends is cut into packets as it is, in the
 * way recordings are; a packet has the time at which its last byte came, from
 * the first picture on.
 *
 * One update is asked for at a time, at the start of a tick of 1/framerate s,
 * so no tick has two pictures. While nothing changes, an update without
 * rectangles is put in now and then, so that who waits for a time to be over
 * need not wait for the screen.
 */

#include <stdlib.h>
#include <string.h>

#include "libavutil/avstring.h"
#include "libavutil/intreadwrite.h"
#include "libavutil/opt.h"
#include "libavutil/time.h"
#include "rfbdemux.h"
#include "vncclient.h"

#define CHUNK_SIZE    (64 << 10)
#define MAX_ENCODINGS 64

/** The interrupt callback is asked so often, microseconds. */
#define PATIENCE 100000

/** A picture asked for at a tick comes at that tick, also in whole milliseconds. */
#define LATE 1000

/** More bytes between updates do not wait for the next one. */
#define MAX_WAITING (1 << 20)

/** So long a server may take from the session's begin to its first picture, microseconds. */
#define MAX_BLANK 2000000

typedef struct VNCDemuxer {
    const AVClass *class;
    AVRational framerate;       ///< 0: as fast as the server answers
    char *encodings;
    int quality, compress;      ///< -1: not asked for
    int cursor;                 ///< ask for its shape and position; most servers tell who
                                ///< only watches nothing of the latter, or not always
    int heartbeat;              ///< ms, 0: off
    int64_t max_pixels;

    VNCClient client;
    RFBStream stream;
    RFBEvents events;
    int width, height;          ///< that requests were made for
    int asked;                  ///< since the last update
    int resized;                ///< all of the picture has to be asked for
    int64_t next;               ///< when to ask again; all times are av_gettime_relative()
    int64_t zero;               ///< when the first picture was there
    int64_t start;              ///< of the stream's clock
    int64_t last_data;          ///< when the server sent something
    int probed;                 ///< since then it was asked whether it is there
    int64_t shown;              ///< pts of the last packet, -1: none
    int ended;                  ///< the error that ended the session
    int closed;                 ///< the packet for its end was returned
    AVPacket *first;            ///< waits to be returned
} VNCDemuxer;

static int vnc_probe(const AVProbeData *p)
{
    return av_strstart(p->filename, "vnc://", NULL) ? AVPROBE_SCORE_MAX : 0;
}

/** Add the encodings that a list of the user's names. @return how many there are now */
static int read_encodings(AVFormatContext *s, int32_t *numbers, int nb)
{
    VNCDemuxer *v = s->priv_data;
    const char *text = v->encodings;
    char name[32], *end;

    while (*(text += strspn(text, ", |"))) {
        size_t size = strcspn(text, ", |");

        av_strlcpy(name, text, FFMIN(size + 1, sizeof(name)));
        text += size;
        if (nb == MAX_ENCODINGS / 2)
            return AVERROR(EINVAL);
        numbers[nb] = strtol(name, &end, 10);
        if (*end && avpriv_rfb_encoding_number(name, &numbers[nb]) < 0) {
            av_log(s, AV_LOG_ERROR, "Unknown encoding '%s' in the list of encodings\n", name);
            return AVERROR(EINVAL);
        }
        nb++;
    }
    return nb;
}

static int choose_encodings(AVFormatContext *s)
{
    static const int32_t always[] = {
        RFB_ENC_LAST_RECT, RFB_ENC_EXTENDED_DESKTOP_SIZE, RFB_ENC_DESKTOP_SIZE,
        RFB_ENC_DESKTOP_NAME,
    };
    static const int32_t pointer[] = {
        RFB_ENC_CURSOR_WITH_ALPHA, RFB_ENC_VMWARE_CURSOR, RFB_ENC_CURSOR, RFB_ENC_XCURSOR,
        RFB_ENC_VMWARE_CURSOR_POS, RFB_ENC_POINTER_POS,
    };
    VNCDemuxer *v = s->priv_data;
    int32_t numbers[MAX_ENCODINGS];
    int nb = read_encodings(s, numbers, 0);

    if (nb < 0)
        return nb;
    for (int i = 0; i < FF_ARRAY_ELEMS(always); i++)
        numbers[nb++] = always[i];
    for (int i = 0; v->cursor && i < FF_ARRAY_ELEMS(pointer); i++)
        numbers[nb++] = pointer[i];
    /* the specification, "JPEG Quality Level" and "Compression Level" */
    if (v->quality >= 0)
        numbers[nb++] = -32 + v->quality;
    if (v->compress >= 0)
        numbers[nb++] = -256 + v->compress;
    return ff_vnc_set_encodings(&v->client, numbers, nb);
}

static int vnc_read_close(AVFormatContext *s)
{
    VNCDemuxer *v = s->priv_data;

    ff_vnc_close(&v->client);
    ff_rfb_events_free(&v->events);
    ff_rfb_stream_free(&v->stream);
    av_packet_free(&v->first);
    return 0;
}

/** The session begins: tell the server what is wanted. */
static int begin(AVFormatContext *s)
{
    VNCDemuxer *v = s->priv_data;
    VNCClient *c = &v->client;
    RFBPixelFormat pf;
    RFBParser p;
    int ret;

    avpriv_rfb_pixel_format_parse(&pf, "bgrx8888");
    if ((ret = ff_vnc_set_pixel_format(c, &pf)) < 0 || (ret = choose_encodings(s)) < 0)
        return ret;
    avpriv_rfb_pixel_format_write(&pf, c->init + 4);
    if ((ret = avpriv_rfb_parser_init(&p, c->init, v->max_pixels)) < 0) {
        av_log(s, AV_LOG_ERROR, "%s: %s: %s %"PRId64"\n", c->address.name, p.error.name,
               p.error.what, p.error.value);
        return ret;
    }
    if ((ret = ff_rfb_demux_stream(s, &v->events, &p, c->name, c->name_size, v->framerate)) < 0)
        return ret;
    if (!ff_rfb_stream_reserve(&v->stream, CHUNK_SIZE))
        return AVERROR(ENOMEM);
    ff_rfb_stream_begin(&v->stream, &p, 0);
    v->start   = v->last_data = av_gettime_relative();
    v->shown   = -1;
    v->resized = 1;
    return 0;
}

/** Ask for the next update if it is time to. */
static void ask(VNCDemuxer *v, int64_t now)
{
    const RFBParser *p = &v->stream.parser;

    if (v->asked || now < v->next)
        return;
    /* a server that has gone may have sent something before: reading finds out */
    ff_vnc_request(&v->client, !v->resized, p->width, p->height);
    v->width   = p->width;
    v->height  = p->height;
    v->asked   = 1;
    v->resized = 0;
}

/** An update has come: when to ask for another. */
static void plan(VNCDemuxer *v, int64_t now)
{
    int64_t tick = 0;

    if (v->framerate.num)
        tick = av_rescale(1000000, v->framerate.den, v->framerate.num);
    if (v->shown < 0)
        v->zero = now;
    v->next     = tick ? v->zero + ((now - v->zero) / tick + 1) * tick + LATE : now;
    v->asked    = 0;
    v->resized |= v->stream.parser.width != v->width || v->stream.parser.height != v->height;
}

/**
 * Whether the server is there, while rw_timeout is in force: a pixel is asked
 * for when nothing came for half of it.
 */
static int check_alive(AVFormatContext *s, int64_t now)
{
    VNCDemuxer *v = s->priv_data;
    int64_t timeout = v->client.timeout, idle = now - v->last_data;

    if (!timeout || idle < timeout / 2)
        return 0;
    if (idle >= timeout) {
        av_log(s, AV_LOG_ERROR, "%s: nothing came from the server for %"PRId64" ms\n",
               v->client.address.name, idle / 1000);
        return AVERROR(ETIMEDOUT);
    }
    if (v->probed)
        return 0;
    v->probed = 1;
    ff_vnc_request(&v->client, 0, 1, 1);
    return 0;
}

/** Take in what the server has sent. @return 0, AVERROR(EAGAIN) if it is nothing, or an error */
static int receive(AVFormatContext *s)
{
    VNCDemuxer *v = s->priv_data;
    uint8_t *buf = ff_rfb_stream_reserve(&v->stream, CHUNK_SIZE);
    int n;

    if (!buf)
        return AVERROR(ENOMEM);
    if ((n = ff_vnc_io_read(&v->client.io, buf, CHUNK_SIZE)) < 0)
        return n;
    v->last_data = av_gettime_relative();
    v->probed    = 0;
    ff_rfb_stream_chunk(&v->stream, n, 0, (v->last_data - v->start) / 1000, 0, -1, 0);
    return 0;
}

/** @return 0, a negative AVERROR code, or 1 if it is to be given together with the next one */
static int give_update(AVFormatContext *s, AVPacket *pkt, const RFBUpdate *u)
{
    VNCDemuxer *v = s->priv_data;
    const uint8_t *data;
    size_t size;

    plan(v, v->last_data);
    /* servers tell name and size before the first picture; a video should not begin black */
    if (v->shown < 0 && v->last_data - v->start < MAX_BLANK && u->blank)
        return 1;
    data = ff_rfb_stream_data(&v->stream, u->end, &size);
    if (!(pkt->buf = ff_rfb_stream_buffer(&v->stream)))
        return AVERROR(ENOMEM);
    pkt->data = (uint8_t *)data;
    pkt->size = size;
    ff_rfb_stream_take(&v->stream, u->end);
    if (v->shown < 0)
        s->start_time_realtime = av_gettime();
    pkt->pts = pkt->dts = FFMAX(u->pts - (v->zero - v->start) / 1000, v->shown + 1);
    if (u->key || v->shown < 0)
        pkt->flags |= AV_PKT_FLAG_KEY;
    v->shown = pkt->pts;
    return ff_rfb_events_tag(s, &v->events, pkt, u->end);
}

/** What came beside the pictures is given at once. @return 1 if there was something */
static int give_event(AVFormatContext *s, AVPacket *pkt)
{
    VNCDemuxer *v = s->priv_data;

    if (v->shown < 0)
        return 0;
    ff_rfb_events_settle(&v->events, INT64_MAX, INT64_MAX, (v->zero - v->start) / 1000, INT64_MAX);
    return ff_rfb_events_read(s, &v->events, pkt, 0, INT64_MAX);
}

/**
 * The same picture again, at a heartbeat or at the end, with the messages that
 * came since. @return 1 if it is not time for it
 */
static int give_again(AVFormatContext *s, AVPacket *pkt, int64_t now)
{
    static const uint8_t empty_update[4] = { RFB_MSG_FRAMEBUFFER_UPDATE };
    VNCDemuxer *v = s->priv_data;
    int64_t end = v->stream.walked, pts;
    const uint8_t *data;
    size_t size;
    int ret;

    data = ff_rfb_stream_data(&v->stream, end, &size);
    if (v->shown < 0 && size > MAX_WAITING)
        v->zero = now;
    pts = (now - v->zero) / 1000;
    if (size > MAX_WAITING)
        pts = FFMAX(pts, v->shown + 1);
    else if (v->shown < 0 || pts <= v->shown ||
             (!v->ended && (!v->heartbeat || pts < v->shown + v->heartbeat)))
        return 1;
    if ((ret = av_new_packet(pkt, size + sizeof(empty_update))) < 0)
        return ret;
    memcpy(pkt->data, data, size);
    memcpy(pkt->data + size, empty_update, sizeof(empty_update));
    ff_rfb_stream_take(&v->stream, end);
    if (v->shown < 0)
        pkt->flags |= AV_PKT_FLAG_KEY;
    pkt->pts = pkt->dts = v->shown = pts;
    return ff_rfb_events_tag(s, &v->events, pkt, end);
}

/** The server will send no more, or what it sends cannot be read. */
static void end(AVFormatContext *s, int error)
{
    VNCDemuxer *v = s->priv_data;
    const RFBError *e = &v->stream.parser.error;
    const char *name = v->client.address.name;
    size_t left = ff_rfb_stream_left(&v->stream);

    v->ended = error;
    if (v->stream.error)
        av_log(s, AV_LOG_ERROR, "%s: %s%s%s %"PRId64" (0x%"PRIx64") at byte %"PRId64" behind the "
               "ServerInit: what follows cannot be read\n", name, e->name ? e->name : "",
               e->name ? ": " : "", e->what, e->value, e->value & 0xFFFFFFFF,
               v->stream.walked + (int64_t)e->offset);
    else if (error == AVERROR_EOF && left)
        av_log(s, AV_LOG_WARNING, "%s: the server closed the connection inside a message, of which "
               "%zu bytes came\n", name, left);
    else if (error == AVERROR_EOF)
        av_log(s, AV_LOG_INFO, "%s: the server closed the connection\n", name);
    else if (error != AVERROR_EXIT && error != AVERROR(ETIMEDOUT))
        av_log(s, AV_LOG_ERROR, "%s: %s\n", name, av_err2str(error));
    if (error == AVERROR_EOF && v->shown < 0) {
        av_log(s, AV_LOG_ERROR, "%s: no picture came\n", name);
        v->ended = AVERROR(ECONNRESET);
    }
}

/** How long nothing has to be done unless the server sends something. */
static int64_t until(const VNCDemuxer *v, int64_t now)
{
    int64_t time = now + PATIENCE;

    if (!v->asked)
        time = FFMIN(time, v->next);
    if (v->shown >= 0 && v->heartbeat)
        time = FFMIN(time, v->zero + (v->shown + v->heartbeat) * 1000);
    return FFMAX(time - now, 0);
}

static int next_packet(AVFormatContext *s, AVPacket *pkt)
{
    VNCDemuxer *v = s->priv_data;
    int64_t now = av_gettime_relative();
    RFBUpdate u;
    int ret;

    for (;; now = av_gettime_relative()) {
        if ((ret = give_event(s, pkt)))
            return FFMIN(ret, 0);
        if (v->ended) {
            ret = v->closed ? 1 : give_again(s, pkt, now);
            v->closed = 1;
            return ret > 0 ? v->ended : ret;
        }
        if ((ret = ff_rfb_stream_next(&v->stream, &u)) > 0) {
            if ((ret = give_update(s, pkt, &u)) <= 0)
                return ret;
            continue;
        }
        if (ret >= 0) {
            int again = give_again(s, pkt, now);

            if (again <= 0)
                return again;
            ask(v, now);
            if ((ret = check_alive(s, now)) >= 0)
                ret = receive(s);
        }
        if (ret < 0 && ret != AVERROR(EAGAIN))
            end(s, ret);
        if (ret == AVERROR(EAGAIN))
            ff_vnc_io_wait(&v->client.io, until(v, now));
    }
}

static int vnc_read_packet(AVFormatContext *s, AVPacket *pkt)
{
    VNCDemuxer *v = s->priv_data;

    if (!v->first->data)
        return next_packet(s, pkt);
    av_packet_move_ref(pkt, v->first);
    return 0;
}

/** A server without a picture is none that can be opened, so that is waited for. */
static int vnc_read_header(AVFormatContext *s)
{
    VNCDemuxer *v = s->priv_data;
    int ret;

    s->ctx_flags |= AVFMTCTX_UNSEEKABLE;
    ff_rfb_stream_init(&v->stream);
    ff_rfb_events_init(&v->events, &v->stream);
    if (!(v->first = av_packet_alloc()))
        return AVERROR(ENOMEM);
    ret = ff_vnc_connect(s, &v->client, s->url);
    if (ret >= 0)
        ret = begin(s);
    if (ret >= 0)
        ret = next_packet(s, v->first);
    if (ret < 0)
        vnc_read_close(s);
    return ret;
}

#define OFFSET(field) offsetof(VNCDemuxer, field)
#define CLIENT(field) offsetof(VNCDemuxer, client.field)
static const AVOption vnc_options[] = {
    { "framerate", "updates to ask for in a second, 0: as fast as the server answers",
      OFFSET(framerate), AV_OPT_TYPE_RATIONAL, { .dbl = 30 }, 0, 1000, RFB_FLAGS },
    { "encodings", "names or numbers of the encodings to ask for, the best one first",
      OFFSET(encodings), AV_OPT_TYPE_STRING,
      { .str = "copyrect,tight,zrle,hextile,zlib,rre,raw" }, 0, 0, RFB_FLAGS },
    { "quality", "JPEG quality, 0 to 9, -1: no losses", OFFSET(quality), AV_OPT_TYPE_INT,
      { .i64 = -1 }, -1, 9, RFB_FLAGS },
    { "compress", "compression level, 0 to 9, -1: up to the server", OFFSET(compress),
      AV_OPT_TYPE_INT, { .i64 = -1 }, -1, 9, RFB_FLAGS },
    { "cursor", "get the pointer apart from the picture, from servers that tell where it is; "
      "0: as the server draws it", OFFSET(cursor), AV_OPT_TYPE_BOOL, { .i64 = 0 }, 0, 1,
      RFB_FLAGS },
    { "shared", "let other clients of the server stay", CLIENT(shared), AV_OPT_TYPE_BOOL,
      { .i64 = 1 }, 0, 1, RFB_FLAGS },
    { "password_env", "environment variable that holds the password", CLIENT(password_env),
      AV_OPT_TYPE_STRING, { .str = "VNC_PASSWORD" }, 0, 0, RFB_FLAGS },
    { "password_file", "file that holds the password, as text or by vncpasswd",
      CLIENT(password_file), AV_OPT_TYPE_STRING, { .str = NULL }, 0, 0, RFB_FLAGS },
    { "heartbeat", "repeat the picture at least every so many milliseconds, 0: off",
      OFFSET(heartbeat), AV_OPT_TYPE_INT, { .i64 = 500 }, 0, INT_MAX, RFB_FLAGS },
    { "rw_timeout", "give up when the server sent nothing for so many microseconds, 0: only in "
      "the handshake, after 10 s", CLIENT(timeout), AV_OPT_TYPE_INT64, { .i64 = 0 }, 0, INT_MAX,
      RFB_FLAGS },
    { "events", "give clipboard, bells and titles a stream of text", OFFSET(events.own_stream),
      AV_OPT_TYPE_BOOL, { .i64 = 0 }, 0, 1, RFB_FLAGS },
    { "max_pixels", "refuse framebuffers of more pixels", OFFSET(max_pixels), AV_OPT_TYPE_INT64,
      { .i64 = RFB_MAX_PIXELS }, 1, INT32_MAX, RFB_FLAGS },
    { "tls", "connect by TLS, as to stunnel", CLIENT(tls), AV_OPT_TYPE_BOOL, { .i64 = 0 }, 0, 1,
      RFB_FLAGS },
    { "tls_verify", "verify the server's certificate", CLIENT(tls_verify), AV_OPT_TYPE_BOOL,
      { .i64 = 1 }, 0, 1, RFB_FLAGS },
    { "ca_file", "file of the certificates to trust", CLIENT(ca_file), AV_OPT_TYPE_STRING,
      { .str = NULL }, 0, 0, RFB_FLAGS },
    { NULL },
};

static const AVClass vnc_class = {
    .class_name = "VNC server",
    .item_name  = av_default_item_name,
    .option     = vnc_options,
    .version    = LIBAVUTIL_VERSION_INT,
};

const RFB_INPUT_FORMAT ff_vnc_demuxer = {
    RFB_P(name)       = "vnc",
    RFB_P(long_name)  = NULL_IF_CONFIG_SMALL("VNC server"),
    RFB_P(flags)      = AVFMT_NOFILE | AVFMT_NOBINSEARCH | AVFMT_NOGENSEARCH | AVFMT_NO_BYTE_SEEK,
    RFB_P(priv_class) = &vnc_class,
    .priv_data_size   = sizeof(VNCDemuxer),
    .read_probe       = vnc_probe,
    .read_header      = vnc_read_header,
    .read_packet      = vnc_read_packet,
    .read_close       = vnc_read_close,
};
