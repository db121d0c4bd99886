/*
 * Demuxers of RFB recordings: what they share
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

#include <string.h>

#include "libavutil/avstring.h"
#include "libavutil/intreadwrite.h"
#include "libavutil/mathematics.h"
#include "libavutil/mem.h"
#include "libavcodec/rfb_compat.h"
#include "rfbdemux.h"
#include "rfbguess.h"

/** Larger packets are not merged with others. */
#define MAX_MERGED (1 << 20)

const uint8_t ff_rfb_empty_update[4] = { RFB_MSG_FRAMEBUFFER_UPDATE };

static void log_stream_error(AVFormatContext *s)
{
    RFBDemuxer *d = s->priv_data;
    const RFBError *e = &d->stream.parser.error;

    av_log(s, AV_LOG_ERROR, "%s%s%s %"PRId64" (0x%"PRIx64") at byte %"PRId64
           ": what is behind it cannot be read\n", e->name ? e->name : "", e->name ? ": " : "",
           e->what, e->value, e->value & 0xFFFFFFFF, d->stream.error_pos);
    if (d->scanned < 0 || d->last_time < 1000)
        av_log(s, AV_LOG_INFO, "If the recorder did not note the pixel format that was in use, "
               "tell it with -pixel_format.\n");
}

static void log_gap(AVFormatContext *s)
{
    RFBDemuxer *d = s->priv_data;
    const RFBGap *gap = &d->stream.gap;
    const RFBError *e = &gap->error;

    av_log(s, AV_LOG_ERROR, "%s%s%s %"PRId64" (0x%"PRIx64") at byte %"PRId64": %"PRId64" bytes "
           "cannot be read, going on with the update at byte %"PRId64"; the picture may be wrong "
           "where nothing new is painted\n", e->name ? e->name : "", e->name ? ": " : "", e->what,
           e->value, e->value & 0xFFFFFFFF, gap->pos, gap->size, gap->end);
}

/** Tell of the damage in compressed data that was read over, or ended the input. */
static void log_input(AVFormatContext *s)
{
    RFBDemuxer *d = s->priv_data;
    int met = d->in.passed + d->in.at_gap;

    /* what was taken for damage may be known to begin earlier now */
    d->told = FFMIN(d->told, d->in.nb_gaps);
    for (; d->told < met && !d->guessing; d->told++) {
        const RFBInputGap *gap = &d->in.gap[d->told];
        const char *what = !gap->next ? "what is behind it cannot be read" :
                           gap->nothing_lost ? "something before it is wrong" :
                           gap->raw ? "going on behind the flush that ends" :
                           "going on with the gzip member";

        av_log(s, AV_LOG_ERROR, "The gzip data are damaged at byte %"PRId64" of the compressed "
               "file (%s): %s", gap->damage, gap->what, what);
        if (gap->next && !gap->nothing_lost)
            av_log(s, AV_LOG_ERROR, " at byte %"PRId64"; what lies between is lost", gap->next);
        av_log(s, AV_LOG_ERROR, "\n");
        d->unmarked |= !gap->next || gap->nothing_lost;
    }
}

int ff_rfb_demux_resume(AVFormatContext *s)
{
    RFBDemuxer *d = s->priv_data;

    if (!ff_rfb_input_resume(&d->in))
        return 0;
    log_input(s);
    return 1;
}

int ff_rfb_demux_cut_short(AVFormatContext *s, const char *what, int64_t offset)
{
    RFBDemuxer *d = s->priv_data;

    /* it is damaged, then, which will be told */
    if (d->in.at_gap)
        return AVERROR_EOF;
    if (d->guessing)
        d->guessing = 2;
    else
        av_log(s, AV_LOG_WARNING, "The file ends inside %s at byte %"PRId64
               ": playing what is whole\n", what, offset);
    return AVERROR_EOF;
}

int64_t ff_rfb_demux_last_end(const RFBDemuxer *d)
{
    int64_t end = d->end - d->cut;

    return d->max_gap ? FFMIN(end, d->last_time - d->cut + d->max_gap) : end;
}

int ff_rfb_demux_pull(AVFormatContext *s, RFBUpdate *u)
{
    RFBDemuxer *d = s->priv_data;
    int64_t gap, cut = d->cut;
    int ret;

    if (d->eof)
        return d->eof;
    while (!(ret = ff_rfb_stream_next(&d->stream, u))) {
        ret = d->container->read_chunk(s);
        if (ret == AVERROR(EAGAIN)) {
            d->dry = 1;
            return ret;
        }
        if (ret == AVERROR_EOF && ff_rfb_stream_end(&d->stream))
            continue;
        log_input(s);
        if (ret == AVERROR_EOF && d->unmarked)
            ret = AVERROR_INVALIDDATA;
        if (ret == AVERROR_EOF && ff_rfb_stream_left(&d->stream) && !s->pb->error)
            av_log(s, AV_LOG_WARNING, "The recording ends inside a message, of which %zu bytes "
                   "are there: playing what is whole\n", ff_rfb_stream_left(&d->stream));
        if (ret < 0)
            break;
        d->end = FFMAX(d->end, d->stream.to);
    }
    if (ret < 0) {
        if (d->stream.error)
            log_stream_error(s);
        ff_rfb_events_settle(&d->events, INT64_MAX, INT64_MAX, d->cut,
                             ff_rfb_demux_last_end(d));
        return d->eof = ret;
    }
    if (u->lost)
        log_gap(s);
    gap = u->pts - d->last_time;
    if (d->max_gap && gap > d->max_gap)
        d->cut += gap - d->max_gap;
    d->last_time = u->pts;
    ff_rfb_events_settle(&d->events, u->end, u->pts, cut, u->pts - d->cut);
    u->pts -= d->cut;
    return 0;
}

int ff_rfb_demux_group(AVFormatContext *s, RFBUpdate *first, RFBUpdate *last)
{
    RFBDemuxer *d = s->priv_data;
    int64_t cut;
    size_t size;
    int ret;

    if (!d->have_ahead) {
        if ((ret = ff_rfb_demux_pull(s, &d->ahead)) < 0)
            return ret;
        d->ahead_cut = d->cut;
    }
    *first = *last = d->ahead;
    cut    = d->ahead_cut;
    d->have_ahead = 0;
    while (d->max_fps) {
        d->have_ahead = ff_rfb_demux_pull(s, &d->ahead) >= 0;
        d->ahead_cut  = d->cut;
        ff_rfb_stream_data(&d->stream, last->end, &size);
        if (!d->have_ahead || d->ahead.lost || size > MAX_MERGED ||
            ff_rfb_demux_tick(d, first->pts) != ff_rfb_demux_tick(d, d->ahead.pts))
            break;
        *last = d->ahead;
    }
    if (first->key)
        ff_rfb_demux_note_key(d, first, cut);
    d->scanned = FFMAX(d->scanned, last->pts);
    return 0;
}

/* After a seek the decoder knows only the extradata: an update of two
 * rectangles tells it the pixel format and the size of this place. */
static int write_prefix(uint8_t *buf, const RFBUpdate *u)
{
    AV_WB32(buf, 2);
    memset(buf + 4, 0, 12 + RFB_PIXEL_FORMAT_SIZE + 12);
    AV_WB32(buf + 12, RFB_ENC_VMWARE_DISPLAY_MODE);
    avpriv_rfb_pixel_format_write(&u->pf, buf + 16);
    buf += 16 + RFB_PIXEL_FORMAT_SIZE;
    AV_WB16(buf + 4, u->width);
    AV_WB16(buf + 6, u->height);
    AV_WB32(buf + 8, RFB_ENC_DESKTOP_SIZE);
    return 16 + RFB_PIXEL_FORMAT_SIZE + 12;
}

static int make_packet(AVFormatContext *s, AVPacket *pkt)
{
    RFBDemuxer *d = s->priv_data;
    RFBUpdate first, last;
    uint8_t prefix[64];
    int prefix_size = 0, ret;
    const uint8_t *data;
    size_t size;

    if ((ret = ff_rfb_demux_group(s, &first, &last)) < 0)
        return ret;
    if (d->prefix)
        prefix_size = write_prefix(prefix, &first);
    d->prefix = 0;
    data = ff_rfb_stream_data(&d->stream, last.end, &size);
    if (prefix_size) {
        if ((ret = av_new_packet(pkt, prefix_size + size)) < 0)
            return ret;
        memcpy(pkt->data, prefix, prefix_size);
        memcpy(pkt->data + prefix_size, data, size);
    } else {
        if (!(pkt->buf = ff_rfb_stream_buffer(&d->stream)))
            return AVERROR(ENOMEM);
        pkt->data = (uint8_t *)data;
        pkt->size = size;
    }
    ff_rfb_stream_take(&d->stream, last.end);
    pkt->pts = pkt->dts = last.pts;
    pkt->pos = first.chunk;
    if (first.key)
        pkt->flags |= AV_PKT_FLAG_KEY;
    if (first.lost)
        pkt->flags |= AV_PKT_FLAG_CORRUPT;
    if ((ret = ff_rfb_events_tag(s, &d->events, pkt, last.end)) < 0)
        av_packet_unref(pkt);
    return ret;
}

/** When the packet that is shown at t is shown no longer. */
static int64_t until(const RFBDemuxer *d, int64_t t)
{
    int64_t end = d->end - d->cut;

    if (d->max_gap)
        end = FFMIN(end, t + d->max_gap);
    if (d->next->data)
        end = d->next->pts;
    if (d->heartbeat)
        end = FFMIN(end, t + d->heartbeat);
    if (t < d->target)
        end = FFMIN(end, d->target);
    return end;
}

int ff_rfb_demux_read_packet(AVFormatContext *s, AVPacket *pkt)
{
    RFBDemuxer *d = s->priv_data;
    int64_t end;
    int again, ret;

    if (!d->next->data && !d->eof && (ret = make_packet(s, d->next)) < 0)
        return ret;
    end   = d->shown < 0 ? INT64_MAX : until(d, d->shown);
    again = d->shown >= 0 && end > d->shown &&
            (d->next->data ? end < d->next->pts : end < d->end - d->cut);
    ret = ff_rfb_events_read(s, &d->events, pkt, d->target, again ? end :
                             d->next->data ? d->next->pts : INT64_MAX);
    if (ret)
        return FFMIN(ret, 0);
    if (again) {
        /* the same picture again: at a heartbeat, or where a seek went */
        if ((ret = av_new_packet(pkt, sizeof(ff_rfb_empty_update))) < 0)
            return ret;
        memcpy(pkt->data, ff_rfb_empty_update, sizeof(ff_rfb_empty_update));
        pkt->pts = pkt->dts = end;
    } else {
        if (!d->next->data)
            return d->eof ? d->eof : AVERROR(EAGAIN);
        av_packet_move_ref(pkt, d->next);
        ret = make_packet(s, d->next);
        if (ret < 0 && ret != AVERROR(EAGAIN))
            d->eof = ret;
    }
    d->shown      = pkt->pts;
    pkt->duration = FFMAX(until(d, pkt->pts) - pkt->pts, !d->next->data);
    if (pkt->pts < d->target)
        pkt->flags |= AV_PKT_FLAG_DISCARD;
    return 0;
}

int ff_rfb_demux_stream(AVFormatContext *s, RFBEvents *events, const RFBParser *p,
                        const uint8_t *name, size_t size, AVRational rate)
{
    AVStream *st = avformat_new_stream(s, NULL);
    char *title = NULL;
    int ret;

    if (!st)
        return AVERROR(ENOMEM);
    avpriv_set_pts_info(st, 64, 1, 1000);
    st->codecpar->codec_type = AVMEDIA_TYPE_VIDEO;
    st->codecpar->codec_id   = RFB_CODEC_ID;
    st->codecpar->width      = p->width;
    st->codecpar->height     = p->height;
    st->codecpar->format     = p->pf.true_colour ? AV_PIX_FMT_0RGB32 : AV_PIX_FMT_PAL8;
    st->r_frame_rate = st->avg_frame_rate = rate.num ? rate : (AVRational){ 1000, 1 };
    st->start_time   = 0;
    if ((ret = ff_alloc_extradata(st->codecpar, RFB_SERVER_INIT_SIZE + size)) < 0)
        return ret;
    AV_WB16(st->codecpar->extradata,     p->width);
    AV_WB16(st->codecpar->extradata + 2, p->height);
    avpriv_rfb_pixel_format_write(&p->pf, st->codecpar->extradata + 4);
    AV_WB32(st->codecpar->extradata + 20, size);
    if (size)
        memcpy(st->codecpar->extradata + RFB_SERVER_INIT_SIZE, name, size);
    if (size && (!(title = ff_rfb_text(name, size)) ||
                 av_dict_set(&s->metadata, "title", title, 0) < 0))
        ret = AVERROR(ENOMEM);
    else
        ret = ff_rfb_events_open(s, events, title);
    av_free(title);
    return ret;
}

int ff_rfb_demux_init(AVFormatContext *s)
{
    RFBDemuxer *d = s->priv_data;
    const char *path = d->index_path && !*d->index_path ? "none" : d->index_path;
    int ret;

    ff_rfb_stream_init(&d->stream);
    ff_rfb_events_init(&d->events, &d->stream);
    if ((ret = ff_rfb_input_open(&d->in, s->pb)) < 0 || !d->in.seekable ||
        (path && !strcmp(path, "none")))
        return ret;
    return ff_rfb_index_open(s, &d->index, s->pb, path);
}

int64_t ff_rfb_demux_known_end(AVFormatContext *s)
{
    const RFBDemuxer *d = s->priv_data;

    return d->index.pb && d->index.whole ? d->index.end : -1;
}

int ff_rfb_demux_open(AVFormatContext *s, const RFBContainer *container,
                      const uint8_t *server_init, const uint8_t *name, size_t name_size,
                      size_t prologue)
{
    RFBDemuxer *d = s->priv_data;
    const char *format = d->pixel_format;
    uint8_t init[RFB_SERVER_INIT_SIZE];
    RFBPixelFormat pf;
    RFBParser p;
    int ret;

    memcpy(init, server_init, sizeof(init));
    if (format && strcmp(format, "auto")) {
        if (avpriv_rfb_pixel_format_parse(&pf, format) < 0) {
            av_log(s, AV_LOG_ERROR, "Unknown pixel_format '%s'\n", format);
            return AVERROR(EINVAL);
        }
        avpriv_rfb_pixel_format_write(&pf, init + 4);
    }
    if ((ret = avpriv_rfb_parser_init(&p, init, d->max_pixels)) < 0) {
        av_log(s, AV_LOG_ERROR, "%s: %s %"PRId64" at byte %"PRId64"\n", p.error.name,
               p.error.what, p.error.value, d->init_pos + p.error.offset);
        return ret;
    }
    d->container = container;
    d->shown     = -1;
    d->spacing   = 500;
    d->scanned   = -1;
    d->next = av_packet_alloc();
    if (!d->next)
        return AVERROR(ENOMEM);
    if ((ret = ff_rfb_demux_stream(s, &d->events, &p, name, name_size,
                                   (AVRational){ d->max_fps, 1 })) < 0)
        return ret;
    ff_rfb_stream_begin(&d->stream, &p, prologue);
    d->end = d->stream.to;
    if (d->end > RFB_MAX_LEAD && !d->max_gap)
        s->streams[0]->start_time = d->end;
    if (!d->growing && (!format || !strcmp(format, "auto")) &&
        (ret = ff_rfb_guess(s, !!format)) < 0)
        return ret;
    d->end = FFMAX(d->end, d->stream.to);
    d->stream.resync = 1;
    return ff_rfb_demux_begin(s);
}

int ff_rfb_demux_prologue(AVFormatContext *s, const RFBContainer *container)
{
    RFBDemuxer *d = s->priv_data;
    RFBStream *stream = &d->stream;
    RFBPrologue pro;
    size_t need;
    int ret = AVERROR(EAGAIN);

    while (ret == AVERROR(EAGAIN)) {
        if ((ret = container->read_chunk(s)) < 0) {
            if (ret == AVERROR_EOF)
                av_log(s, AV_LOG_ERROR, "The file ends inside the RFB handshake at byte %"PRId64
                       "\n", d->in.pos);
            return ret == AVERROR_EOF ? AVERROR_INVALIDDATA : ret;
        }
        ret = avpriv_rfb_prologue(&pro, stream->buf, stream->size, &need);
    }
    if (ret < 0) {
        av_log(s, AV_LOG_ERROR, "No RFB handshake that a recorder writes (\"RFB 003.00x\", "
               "security, ServerInit) before byte %"PRId64"\n", d->in.pos);
        return ret;
    }
    d->init_pos = FFMAX(stream->chunk_pos + pro.server_init - stream->chunk_start, 0);
    return ff_rfb_demux_open(s, container, stream->buf + pro.server_init,
                             stream->buf + pro.server_init + RFB_SERVER_INIT_SIZE,
                             pro.name_size, ret);
}

void ff_rfb_demux_duration(AVFormatContext *s, int64_t duration)
{
    RFBDemuxer *d = s->priv_data;

    if (d->max_gap || duration <= 0)
        return;
    d->end = FFMAX(d->end, duration);
    s->streams[0]->duration = d->end - s->streams[0]->start_time;
}

void ff_rfb_demux_writer(AVFormatContext *s, const char *name)
{
    av_dict_set(&s->metadata, "encoder", name, 0);
}

void ff_rfb_demux_creation_time(AVFormatContext *s, int64_t time)
{
    if (time > 0)
        rfb_set_timestamp(&s->metadata, "creation_time", time);
}

int ff_rfb_demux_read_close(AVFormatContext *s)
{
    RFBDemuxer *d = s->priv_data;

    ff_rfb_input_close(&d->in);
    ff_rfb_index_close(&d->index);
    ff_rfb_events_free(&d->events);
    ff_rfb_stream_free(&d->stream);
    av_packet_free(&d->next);
    av_freep(&d->entry);
    d->nb_entries = d->entry_alloc = 0;
    return 0;
}
