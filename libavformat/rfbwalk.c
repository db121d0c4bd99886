/*
 * RFB messages read one by one
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

#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/log.h"
#include "libavutil/mem.h"
#include "rfbwalk.h"

/** Read so much at a time: little, as it is moved to where a time was cut out. */
#define MIN_STEP 4096
#define MAX_STEP (1 << 20)

/** And so much when searching. */
#define SEARCH_STEP (64 << 10)

/** So much may be on trial at once. */
#define MAX_SEARCH (256 << 20)

int ff_rfb_walk_need(RFBWalk *w, RFBInput *in, size_t n)
{
    size_t have = w->size - w->head;

    if (have < n && w->head) {
        memmove(w->buf, w->buf + w->head, have);
        w->head = 0;
        w->size = have;
    }
    /* the buffer grows with what is there, not with what should be */
    while (have < n) {
        int more = av_clip64(n - have, MIN_STEP, MAX_STEP), ret;
        uint8_t *buf = av_fast_realloc(w->buf, &w->alloc, have + more);

        if (!buf)
            return AVERROR(ENOMEM);
        w->buf = buf;
        ret = ff_rfb_input_read(in, buf + have, more);
        if (ret < 0)
            return ret;
        have = w->size = have + ret;
        if (ret < more)
            break;
    }
    return have < n ? AVERROR_EOF : 0;
}

void ff_rfb_walk_cut(RFBWalk *w, size_t pos, size_t n)
{
    uint8_t *at = w->buf + w->head + pos;

    if (!pos) {
        w->head += n;
        return;
    }
    memmove(at, at + n, w->buf + w->size - at - n);
    w->size -= n;
}

int ff_rfb_walk_refuse(RFBWalk *w, const char *what, int64_t value, size_t pos)
{
    w->parser.error = (RFBError){ what, NULL, value, pos };
    return AVERROR_INVALIDDATA;
}

int ff_rfb_walk_gap(RFBWalk *w, const RFBInput *in, int64_t *start)
{
    ff_rfb_walk_drop(w);
    *start = in->pos;
    return ff_rfb_walk_refuse(w, RFB_INPUT_GAP, in->passed, 0);
}

int ff_rfb_walk_message(RFBWalk *w, RFBInput *in)
{
    RFBParser *p = &w->parser;
    int ret = ff_rfb_walk_need(w, in, 1);

    if (ret < 0)
        return ret;
    if (!p->pos)
        w->session = *p;
    for (;;) {
        size_t have = w->size - w->head;

        ret = avpriv_rfb_parse(p, NULL, ff_rfb_walk_data(w), have);
        if (ret != AVERROR(EAGAIN))
            return ret;
        if (p->need <= have)
            return 0;
        /* more than any server's update: two frames of pixels and a bit */
        if (p->need > 2 * (size_t)p->width * p->height * 4 + (1 << 20))
            return ff_rfb_walk_refuse(w, "message larger than two frames, bytes", p->need, p->pos);
        if ((ret = ff_rfb_walk_need(w, in, p->need)) < 0)
            return ret;
    }
}

int ff_rfb_walk_search(RFBWalk *w, RFBInput *in, int64_t start, int strict,
                       RFBStamp stamp, void *opaque)
{
    int ret = 0, end = 0;
    size_t skip;

    if (in->seekable && !in->gzip) {
        ff_rfb_walk_drop(w);
        ret = ff_rfb_input_seek(in, start + 1);
    } else if (w->head < w->size) {
        w->head++;
    }
    ff_rfb_search_begin(&w->search, &w->session, stamp, opaque);
    w->search.strict = strict;
    while (ret >= 0) {
        size_t have = w->size - w->head;

        ret = ff_rfb_search(&w->search, ff_rfb_walk_data(w), have, end, &skip);
        w->head += skip;
        if (!ret && have - skip > MAX_SEARCH)
            ret = AVERROR_INVALIDDATA;
        if (ret)
            break;
        ret = ff_rfb_walk_need(w, in, have - skip + SEARCH_STEP);
        if (ret != AVERROR_EOF)
            continue;
        ret = 0;
        end = !ff_rfb_input_resume(in);
        if (!end) {
            ff_rfb_walk_drop(w);
            ff_rfb_search_begin(&w->search, &w->session, stamp, opaque);
            w->search.strict = strict;
        }
    }
    if (ret > 0)
        ff_rfb_walk_begin(w, &w->search.session);
    return FFMIN(ret, 0);
}

static void log_error(AVFormatContext *s, const RFBError *e, int64_t pos)
{
    av_log(s, AV_LOG_ERROR, "%s%s%s %"PRId64" (0x%"PRIx64") at byte %"PRId64
           ": what is behind it cannot be read\n", e->name ? e->name : "", e->name ? ": " : "",
           e->what, e->value, e->value & 0xFFFFFFFF, pos);
}

int ff_rfb_walk_resync(AVFormatContext *s, RFBWalk *w, RFBInput *in, RFBStream *stream,
                       int64_t start, RFBStamp stamp, void *opaque)
{
    const RFBError error = w->parser.error;
    int64_t pos = ff_rfb_walk_offset(w, in) + (int64_t)error.offset, end;
    int ret = AVERROR_INVALIDDATA;

    /* while the pixel format is guessed, this is what tells a wrong one */
    if (!stream->resync && stream->begun)
        return ret;
    w->session = stream->parser;
    if (!stream->first)
        ret = ff_rfb_walk_search(w, in, start, 0, stamp, opaque);
    if (ret < 0) {
        log_error(s, &error, pos);
        return ret;
    }
    end = ff_rfb_walk_offset(w, in);
    ff_rfb_stream_resume(stream, &(RFBGap){ error, pos, end - start, end });
    return 0;
}

int ff_rfb_walk_end(AVFormatContext *s, RFBWalk *w, RFBInput *in, RFBStream *stream,
                    int64_t start, RFBStamp stamp, void *opaque)
{
    const RFBError error = { RFB_SWALLOWS, NULL, w->parser.need };
    int64_t end;
    int ret;

    if (!stream->resync || stream->first)
        return AVERROR_EOF;
    w->session = stream->parser;
    if ((ret = ff_rfb_walk_search(w, in, start, 1, stamp, opaque)) < 0)
        return ret == AVERROR_INVALIDDATA ? AVERROR_EOF : ret;
    end = ff_rfb_walk_offset(w, in);
    ff_rfb_stream_resume(stream, &(RFBGap){ error, start, end - start, end });
    return 0;
}

int ff_rfb_walk_prologue(RFBInput *in, RFBStream *stream)
{
    RFBPrologue pro;
    size_t need = 0;
    int64_t start = in->pos;
    uint8_t *buf = ff_rfb_stream_reserve(stream, 0);
    int ret;

    if (!buf)
        return AVERROR(ENOMEM);
    ret = avpriv_rfb_prologue(&pro, stream->buf, stream->size, &need);
    if (ret != AVERROR(EAGAIN))
        return ret > 0;
    need -= stream->size;
    if (!(buf = ff_rfb_stream_reserve(stream, need)))
        return AVERROR(ENOMEM);
    if ((ret = ff_rfb_input_read(in, buf, need)) < 0)
        return ret;
    if (ret < need)
        return AVERROR_EOF;
    ff_rfb_stream_chunk(stream, need, 0, 0, start, start, 0);
    return avpriv_rfb_prologue(&pro, stream->buf, stream->size, &need) > 0;
}

int ff_rfb_walk_give(RFBWalk *w, RFBInput *in, RFBStream *stream, size_t n, int64_t time)
{
    uint8_t *buf = ff_rfb_stream_reserve(stream, n);
    int64_t start = ff_rfb_walk_offset(w, in);

    if (!buf)
        return AVERROR(ENOMEM);
    memcpy(buf, ff_rfb_walk_data(w), n);
    w->head += n;
    ff_rfb_stream_chunk(stream, n, 0, time, start, start, 0);
    return 0;
}

void ff_rfb_walk_begin(RFBWalk *w, const RFBParser *p)
{
    int by_rects = w->parser.by_rects;

    w->parser = *p;
    w->parser.by_rects = by_rects;
    avpriv_rfb_parser_restart(&w->parser);
}

void ff_rfb_walk_free(RFBWalk *w)
{
    av_freep(&w->buf);
    w->alloc = w->head = w->size = 0;
}
