/*
 * Demuxers of RFB recordings: seeking
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
 * Where reading can begin: at key packets, which are noted as they are met, and
 * where there is an index, at its points. At a point that is no key packet the
 * decoder gets its state with a packet of an empty update, which stands for the
 * last update before the point.
 */

#include <zlib.h>

#include "libavcodec/rfb_state.h"
#include "libavutil/common.h"
#include "libavutil/mathematics.h"
#include "libavutil/mem.h"
#include "rfbdemux.h"

void ff_rfb_demux_note_key(RFBDemuxer *d, const RFBUpdate *u, int64_t cut)
{
    const RFBEntry *last = d->nb_entries ? &d->entry[d->nb_entries - 1] : NULL;
    RFBEntry *entry;

    if (u->pts <= d->indexed || (last && u->pts < last->pts + d->spacing))
        return;
    if (d->nb_entries == RFB_MAX_ENTRIES) {
        for (int i = 0; i < RFB_MAX_ENTRIES; i += 2)
            d->entry[i / 2] = d->entry[i];
        d->nb_entries /= 2;
        d->spacing    *= 2;
    }
    entry = av_fast_realloc(d->entry, &d->entry_alloc, (d->nb_entries + 1) * sizeof(*d->entry));
    if (!entry)
        return;
    d->entry = entry;
    entry[d->nb_entries++] = (RFBEntry){ u->pts, cut, *u };
}

/**
 * Go on with an update.
 * @param cut  ms that max_gap took out up to then
 * @param last ms, when the update was that came last
 */
static int restart(AVFormatContext *s, const RFBUpdate *u, int64_t cut, int64_t last)
{
    RFBDemuxer *d = s->priv_data;
    int ret = d->container->seek(s, &u->start);

    if (ret < 0)
        return ret;
    ff_rfb_stream_restart(&d->stream, u);
    av_packet_unref(d->next);
    d->have_ahead = d->eof = 0;
    d->shown      = -1;
    d->cut        = cut;
    d->last_time  = last;
    /* behind the handshake the decoder knows what the extradata says */
    d->prefix     = u->start.update;
    return 0;
}

static int restart_at_entry(AVFormatContext *s, const RFBEntry *entry)
{
    return restart(s, &entry->update, entry->cut, entry->update.pts + entry->cut);
}

/* ---- points of the index ---- */

/** Let the packet that is next bring the state. */
static int give_state(AVFormatContext *s, const RFBIndexPoint *p)
{
    RFBDemuxer *d = s->priv_data;
    AVPacket *pkt = d->next;
    RFBStateInfo info;
    uint8_t *data;
    size_t size;
    int ret = ff_rfb_index_state(&d->index, p, d->max_pixels, &data, &size);

    if (ret < 0)
        return ret;
    if ((ret = av_new_packet(pkt, sizeof(ff_rfb_empty_update))) < 0 ||
        (ret = av_packet_add_side_data(pkt, AV_PKT_DATA_NEW_EXTRADATA, data, size)) < 0) {
        av_packet_unref(pkt);
        av_free(data);
        return ret;
    }
    memcpy(pkt->data, ff_rfb_empty_update, sizeof(ff_rfb_empty_update));
    pkt->pts    = pkt->dts = p->before - p->cut;
    pkt->pos    = p->update.chunk;
    pkt->flags |= AV_PKT_FLAG_KEY;
    d->prefix   = 0;
    avpriv_rfb_state_info(&info, data + RFB_SERVER_INIT_SIZE, size - RFB_SERVER_INIT_SIZE,
                          d->max_pixels);
    d->stream.parser.live = info.live;
    return 0;
}

/** Go on at a point, if the update behind it is what it should be. */
static int restart_at_point(AVFormatContext *s, const RFBIndexPoint *p)
{
    RFBDemuxer *d = s->priv_data;
    const RFBUpdate *u = &p->update;
    const uint8_t *data;
    size_t size;
    int ret;

    if (u->width * (int64_t)u->height > d->max_pixels)
        return AVERROR_INVALIDDATA;
    ret = ff_rfb_index_approach(&d->index, p, &d->in);
    if (ret >= 0)
        ret = restart(s, u, p->cut, u->key ? u->pts : p->before);
    if (ret >= 0 && !u->key)
        ret = give_state(s, p);
    if (ret >= 0)
        ret = ff_rfb_demux_pull(s, &d->ahead);
    if (ret < 0)
        return ret;
    d->have_ahead = 1;
    d->ahead_cut  = d->cut;
    data = ff_rfb_stream_data(&d->stream, d->ahead.end, &size);
    return d->ahead.pts + d->cut != u->pts ||
           crc32(0, data, FFMIN(size, RFB_INDEX_CHECK)) != p->check ? AVERROR_INVALIDDATA : 0;
}

static void drop_index(AVFormatContext *s)
{
    RFBDemuxer *d = s->priv_data;

    ff_rfb_index_close(&d->index);
    d->nb_entries = 0;
    d->scanned    = d->indexed = -1;
}

/**
 * Go to the last point from which a time can be reached, and everything is as
 * if all had been read: no packet may be cut in two that is not over before it.
 * @return 1, 0 if there is none, or a negative AVERROR code
 */
static int seek_in_index(AVFormatContext *s, int64_t target)
{
    RFBDemuxer *d = s->priv_data;
    RFBIndex *x = &d->index;
    int low = 0, high = x->nb_points, gaps = d->in.nb_gaps, ret;

    if (!x->pb)
        return 0;
    while (high - low > 1) {
        const RFBIndexPoint *p = &x->point[(low + high) / 2];
        int64_t pts = p->update.key ? p->update.pts : p->before;

        pts -= p->cut;
        if (d->max_fps ? ff_rfb_demux_tick(d, pts) < ff_rfb_demux_tick(d, target) : pts < target)
            low = (low + high) / 2;
        else
            high = (low + high) / 2;
    }
    ret = restart_at_point(s, &x->point[low]);
    if (ret >= 0 || ret == AVERROR(ENOMEM) || ret == AVERROR_EXIT)
        return ret < 0 ? ret : 1;
    av_log(s, AV_LOG_WARNING, "The index is not used: what it says about %"PRId64" ms is wrong\n",
           x->point[low].update.pts);
    drop_index(s);
    ff_rfb_input_forget(&d->in, gaps);
    return 0;
}

const RFBIndex *avpriv_rfb_index_get(const AVFormatContext *s)
{
    const RFBDemuxer *d = s->priv_data;

    /* not all of our demuxers read recordings */
    if (!s->iformat->priv_class || !av_opt_find(s->priv_data, "index", NULL, 0, 0))
        return NULL;
    return d->index.pb ? &d->index : NULL;
}

/* ---- seeking ---- */

/** Go to where all entries are known up to. */
static int resume_scan(AVFormatContext *s)
{
    RFBDemuxer *d = s->priv_data;
    int ret = 0;

    if (d->nb_entries)
        return restart_at_entry(s, &d->entry[d->nb_entries - 1]);
    if ((ret = seek_in_index(s, INT64_MAX / 2000)))
        return FFMIN(ret, 0);
    return restart(s, &d->begin, 0, 0);
}

/** Walk on until all entries up to a time are known. */
static int scan(AVFormatContext *s, int64_t target)
{
    RFBDemuxer *d = s->priv_data;
    RFBUpdate first, last;
    int ret;

    if (target <= d->scanned)
        return 0;
    if ((ret = resume_scan(s)) < 0)
        return ret;
    while (d->scanned < target && (ret = ff_rfb_demux_group(s, &first, &last)) >= 0)
        ff_rfb_stream_take(&d->stream, last.end);
    return 0;
}

/** @return a time at which there is a picture: behind the end that is the last one */
static int64_t limit(const RFBDemuxer *d, int64_t timestamp)
{
    const RFBIndex *x = &d->index;
    int64_t end = d->end - d->cut;

    if (x->pb && x->whole)
        end = x->end - x->cut;
    else if (!d->eof && !d->dry)
        return timestamp;
    return FFMIN(timestamp, FFMAX(end - 1, d->scanned));
}

int ff_rfb_demux_read_seek(AVFormatContext *s, int stream_index, int64_t timestamp, int flags)
{
    RFBDemuxer *d = s->priv_data;
    int i, ret;

    if (flags & AVSEEK_FLAG_BYTE || !d->in.seekable)
        return AVERROR(ENOSYS);
    timestamp = FFMAX(timestamp, 0);
    if (!d->index.pb || !d->index.whole)
        if ((ret = scan(s, timestamp)) < 0)
            return ret;
    if (!d->nb_entries && !d->index.pb)
        return d->dry ? 0 : AVERROR_INVALIDDATA;
    timestamp = limit(d, timestamp);
    d->target = timestamp;
    for (i = d->nb_entries - 1; i >= 0 && d->entry[i].pts > timestamp; i--)
        ;
    /* what is behind the index has entries only */
    if (i < 0 && (ret = seek_in_index(s, timestamp)))
        return FFMIN(ret, 0);
    if (i < 0 && !d->nb_entries)
        return ff_rfb_demux_read_seek(s, stream_index, timestamp, flags);
    return restart_at_entry(s, &d->entry[FFMAX(i, 0)]);
}

/* ---- the beginning ---- */

/** Take the index, unless it is of another session of the same bytes. */
static void begin_index(AVFormatContext *s)
{
    RFBDemuxer *d = s->priv_data;
    RFBIndex *x = &d->index;

    if (x->session != ff_rfb_index_session(s) ||
        (d->max_gap && ff_rfb_index_set_gap(x, d->max_gap) < 0)) {
        av_log(s, AV_LOG_VERBOSE, "The index is not used: it was made with other options\n");
        ff_rfb_index_close(x);
        return;
    }
    d->indexed = d->scanned = x->last - x->cut;
    if (x->whole)
        d->end = FFMAX(d->end, x->end);
}

/** Walk through all of it, since idle time to cut out shows only there. */
static int find_duration(AVFormatContext *s)
{
    RFBDemuxer *d = s->priv_data;
    const RFBIndex *x = &d->index;
    int ret;

    if (x->pb && x->whole) {
        s->streams[0]->duration = FFMIN(x->end, x->last + d->max_gap) - x->cut;
        return 0;
    }
    if ((ret = scan(s, INT64_MAX)) < 0 || d->scanned < 0)
        return ret;
    s->streams[0]->duration = ff_rfb_demux_last_end(d);
    return restart(s, &d->begin, 0, 0);
}

int ff_rfb_demux_begin(AVFormatContext *s)
{
    RFBDemuxer *d = s->priv_data;
    const RFBStream *stream = &d->stream;

    d->indexed = -1;
    d->begin   = stream->queue_nb ? stream->queue[0] :
                 (RFBUpdate){ .start = stream->here, .chunk = stream->here_chunk,
                              .width = stream->width, .height = stream->height,
                              .pf = stream->pf };
    d->begin.key = 1;
    if (d->index.pb)
        begin_index(s);
    return d->max_gap && d->in.seekable ? find_duration(s) : 0;
}
