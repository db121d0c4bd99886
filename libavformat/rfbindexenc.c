/*
 * Indices of RFB recordings: making them
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
 * Decodes all of a recording, and saves the decoder's state as often as it
 * takes to reach any time from one within a fraction of a second.
 */

#include <string.h>

#include <zlib.h>

#include "libavcodec/avcodec.h"
#include "libavcodec/rfb_state.h"
#include "libavutil/common.h"
#include "libavutil/intreadwrite.h"
#include "libavutil/mem.h"
#include "rfbdemux.h"
#include "rfbindexpack.h"

/** Decoding from one point to the next is as much work as painting so many pixels. */
#define MAX_WORK   (10 << 20)
/** What a byte of the stream and an update cost, in such pixels. */
#define BYTE_WORK   4
#define UPDATE_WORK 10000

/** In gzip data, so many uncompressed bytes are read before a point. */
#define GZIP_STEP (INT64_C(4) << 20)

/** Points are not closer than this, in ms. */
#define MIN_STEP 500

/** As long as an index is no larger, it may be larger than the recording is. */
#define FREE_SIZE (4 << 20)

/** Without times an index is of no use to max_gap. */
#define MAX_TIMES  (16 << 20)
#define MAX_POINTS ((RFB_INDEX_MAX_DIRECTORY - MAX_TIMES - RFB_INDEX_SUMMARY) / RFB_INDEX_POINT)

typedef struct Builder {
    AVFormatContext *s;
    RFBIndexBuild *b;
    RFBIndexPacker pack;
    AVCodecContext *codec;
    AVPacket *pkt;
    AVFrame *frame;

    RFBIndexPoint *point;
    unsigned point_alloc;
    int nb_points;
    uint8_t *times;
    unsigned times_alloc;
    size_t times_size;
    int no_times;               ///< there were too many
    int64_t first, last, updates;
    int width, height, resizes; ///< of the latest update, and how often that changed

    uint8_t *state;
    unsigned state_alloc;
    int64_t work, painted;      ///< since the last point, in all
    int64_t limit;              ///< of work
    RFBGzipPlace gzip;          ///< that was written last
    int64_t window;             ///< where its window is
    int by_option;
} Builder;

static int open_decoder(Builder *b)
{
    const AVCodec *codec = avcodec_find_decoder_by_name("rfb");
    int ret;

    b->pkt   = av_packet_alloc();
    b->frame = av_frame_alloc();
    b->codec = codec ? avcodec_alloc_context3(codec) : NULL;
    if (!b->pkt || !b->frame || !b->codec)
        return codec ? AVERROR(ENOMEM) : AVERROR_DECODER_NOT_FOUND;
    if ((ret = avcodec_parameters_to_context(b->codec, b->s->streams[0]->codecpar)) < 0)
        return ret;
    b->codec->max_pixels = ((const RFBDemuxer *)b->s->priv_data)->max_pixels;
    return avcodec_open2(b->codec, codec, NULL);
}

static int add_point(Builder *b, const RFBIndexPoint *p)
{
    RFBIndexPoint *point = av_fast_realloc(b->point, &b->point_alloc,
                                           (b->nb_points + 1) * sizeof(*point));

    if (!point)
        return AVERROR(ENOMEM);
    b->point = point;
    b->point[b->nb_points++] = *p;
    b->work = 0;
    return 0;
}

/** An index that grows too large for its recording gets fewer points. */
static void set_limit(Builder *b)
{
    int64_t size = b->pack.pos, done = avio_tell(b->s->pb) + FREE_SIZE;

    if (size > done)
        b->limit *= 2;
    else if (size < done / 2)
        b->limit = FFMAX(b->limit / 2, MAX_WORK);
}

/** Where a compressed recording can be read from to reach a point, if not from its beginning. */
static void find_place(Builder *b, RFBIndexPoint *p)
{
    const RFBDemuxer *d = b->s->priv_data;
    const int64_t chunk = p->update.start.chunk;
    const int64_t step  = b->b->step ? 0 : GZIP_STEP * (b->limit / MAX_WORK);
    const RFBGzipPlace *place;
    const uint8_t *window;

    if (chunk - b->gzip.pos > step &&
        (place = ff_rfb_gzip_place(&d->in, chunk, &window)) && place->pos > b->gzip.pos) {
        b->gzip   = *place;
        b->window = ff_rfb_index_pack_window(&b->pack, window, place->size);
        set_limit(b);
    }
    p->gzip   = b->gzip;
    p->window = b->window;
}

/** Whether decoding should be able to begin before an update. */
static int is_wanted(const Builder *b, const RFBUpdate *u)
{
    const RFBIndexPoint *last = b->nb_points ? &b->point[b->nb_points - 1] : NULL;

    if (!last)
        return 1;
    if (u->start.skip < 0 || b->nb_points == MAX_POINTS ||
        u->pts < last->update.pts + (b->b->step ? b->b->step : MIN_STEP))
        return 0;
    return u->key || (!u->lost && !b->by_option && (b->b->step || b->work >= b->limit));
}

/** Before an update: add a point if it is time. */
static int consider(Builder *b, const RFBUpdate *u, const uint8_t *data, size_t data_size)
{
    RFBIndexPoint p = { .update = *u, .before = b->last, .times = b->times_size };
    size_t size;
    int ret;

    if (!is_wanted(b, u))
        return 0;
    p.check = crc32(0, data, FFMIN(data_size, RFB_INDEX_CHECK));
    if (!u->key) {
        ret = avpriv_rfb_decoder_save(b->codec, &b->state, &b->state_alloc, &size);
        if (ret >= 0)
            ret = ff_rfb_index_pack_state(&b->pack, &p, b->state, size);
        if (ret < 0)
            return ret == AVERROR(EAGAIN) ? 0 : ret;
        set_limit(b);
    }
    find_place(b, &p);
    return add_point(b, &p);
}

/** @return 0 or AVERROR(ENOMEM); damage is for those who watch to hear of */
static int decode(Builder *b, const RFBUpdate *u, const uint8_t *data, size_t size)
{
    const RFBDemuxer *d = b->s->priv_data;
    int64_t painted;
    int ret;

    if (!(b->pkt->buf = ff_rfb_stream_buffer(&d->stream)))
        return AVERROR(ENOMEM);
    b->pkt->data  = (uint8_t *)data;
    b->pkt->size  = size;
    b->pkt->flags = AV_PKT_FLAG_DISCARD | (u->lost ? AV_PKT_FLAG_CORRUPT : 0);
    ret = avcodec_send_packet(b->codec, b->pkt);
    av_packet_unref(b->pkt);
    while (ret >= 0)
        ret = avcodec_receive_frame(b->codec, b->frame);
    painted = avpriv_rfb_decoder_work(b->codec, &b->by_option);
    b->work += painted - b->painted + size * BYTE_WORK + UPDATE_WORK;
    b->painted = painted;
    return ret == AVERROR(ENOMEM) ? ret : 0;
}

static void note_size(Builder *b, int width, int height)
{
    b->resizes += b->width && (b->width != width || b->height != height);
    b->width    = width;
    b->height   = height;
}

static int note_time(Builder *b, int64_t time)
{
    uint64_t step = time - b->last;
    uint8_t *t;

    if (!b->updates++)
        b->first = time;
    b->last = time;
    if (b->times_size + 10 > MAX_TIMES)
        b->no_times = 1;
    if (!step || b->no_times)
        return 0;
    t = av_fast_realloc(b->times, &b->times_alloc, b->times_size + 10);
    if (!t)
        return AVERROR(ENOMEM);
    b->times = t;
    for (; step >= 0x80; step >>= 7)
        t[b->times_size++] = 0x80 | step;
    t[b->times_size++] = step;
    return 0;
}

static int read_all(Builder *b)
{
    RFBDemuxer *d = b->s->priv_data;
    int64_t size = avio_size(b->s->pb);
    RFBUpdate u;
    int ret;

    while ((ret = ff_rfb_demux_pull(b->s, &u)) >= 0) {
        const uint8_t *data;
        size_t n;

        data = ff_rfb_stream_data(&d->stream, u.end, &n);
        if ((ret = consider(b, &u, data, n)) < 0 || (ret = decode(b, &u, data, n)) < 0 ||
            (ret = note_time(b, u.pts)) < 0)
            return ret;
        ff_rfb_stream_take(&d->stream, u.end);
        note_size(b, u.width, u.height);
        if (b->b->progress && (ret = b->b->progress(b->b->opaque, avio_tell(b->s->pb), size)) < 0)
            return ret;
    }
    note_size(b, d->stream.width, d->stream.height);
    return ret == AVERROR(ENOMEM) || ret == AVERROR_EXIT || ret == AVERROR(EIO) ? ret : 0;
}

/** Nobody can go on behind states from which UltraVNC's cache is missing. */
static void drop_states(Builder *b)
{
    int nb = 0;

    for (int i = 0; i < b->nb_points; i++)
        if (b->point[i].update.key)
            b->point[nb++] = b->point[i];
    b->nb_points = nb;
}

static uint8_t *make_directory(Builder *b, size_t *size)
{
    const RFBDemuxer *d = b->s->priv_data;
    size_t times = b->no_times ? 0 : b->times_size;
    uint8_t *dir;

    *size = RFB_INDEX_SUMMARY + b->nb_points * (size_t)RFB_INDEX_POINT + times;
    if (!(dir = av_mallocz(*size)))
        return NULL;
    AV_WB64(dir, FFMAX(d->end, b->last));
    AV_WB64(dir + 8, b->first);
    AV_WB64(dir + 16, b->last);
    AV_WB64(dir + 24, b->updates);
    AV_WB32(dir + 32, b->nb_points);
    AV_WB32(dir + 36, times);
    AV_WB32(dir + 40, b->resizes);
    for (int i = 0; i < b->nb_points; i++) {
        RFBIndexPoint *p = &b->point[i];

        if (b->no_times)
            p->times = 0;
        ff_rfb_index_write_point(p, dir + RFB_INDEX_SUMMARY + i * RFB_INDEX_POINT);
        b->b->keys   += p->update.key;
        b->b->states += !p->update.key;
    }
    if (times)
        memcpy(dir + *size - times, b->times, times);
    return dir;
}

/** Write what says that the index is complete. */
static int finish(Builder *b, int64_t recording)
{
    uint8_t header[RFB_INDEX_HEADER] = RFB_INDEX_MAGIC;
    const RFBDemuxer *d = b->s->priv_data;
    uint32_t packed, check;
    size_t size;
    uint8_t *dir;
    int ret;

    /* who begins in the middle cannot know that messages are other ones */
    if (b->by_option & RFB_BY_DIALECT)
        return AVERROR_PATCHWELCOME;
    if (b->by_option & RFB_BY_CACHE)
        drop_states(b);
    if (!b->nb_points)
        return AVERROR_INVALIDDATA;
    if (!(dir = make_directory(b, &size)))
        return AVERROR(ENOMEM);
    AV_WB64(header + 48, b->pack.pos);
    ret = ff_rfb_index_pack(&b->pack, dir, size, &packed, &check);
    av_free(dir);
    if (ret < 0 || (ret = ff_rfb_index_hash(b->s->pb, recording, header + 24)) < 0)
        return ret;
    b->b->whole = !d->dry;
    b->b->size  = b->pack.pos;
    AV_WB32(header + 8, RFB_INDEX_VERSION);
    AV_WB32(header + 12, (d->dry ? 0 : RFB_INDEX_WHOLE) | (b->no_times ? 0 : RFB_INDEX_TIMES));
    AV_WB64(header + 16, recording);
    AV_WB32(header + 44, ff_rfb_index_session(b->s));
    AV_WB32(header + 56, packed);
    AV_WB32(header + 60, size);
    AV_WB32(header + 64, check);
    AV_WB32(header + 76, crc32(0, header, RFB_INDEX_HEADER - 4));
    return ff_rfb_index_pack_header(&b->pack, header);
}

static void clean_up(Builder *b)
{
    avcodec_free_context(&b->codec);
    av_packet_free(&b->pkt);
    av_frame_free(&b->frame);
    ff_rfb_index_pack_free(&b->pack);
    av_free(b->point);
    av_free(b->times);
    av_free(b->state);
}

int avpriv_rfb_index_build(AVFormatContext *s, AVIOContext *out, RFBIndexBuild *build)
{
    Builder b = { .s = s, .b = build, .limit = MAX_WORK };
    int64_t size = avio_size(s->pb);
    int ret;

    build->keys = build->states = 0;
    if (size <= 0 || !(s->pb->seekable & AVIO_SEEKABLE_NORMAL))
        return AVERROR(ENOSYS);
    if ((ret = ff_rfb_index_pack_open(&b.pack, out)) >= 0 && (ret = open_decoder(&b)) >= 0 &&
        (ret = ff_rfb_gzip_note(&((RFBDemuxer *)s->priv_data)->in)) >= 0 &&
        (ret = read_all(&b)) >= 0)
        ret = finish(&b, size);
    clean_up(&b);
    return ret;
}
