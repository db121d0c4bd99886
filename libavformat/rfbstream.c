/*
 * RFB streams of recordings, cut into updates
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
#include "libavutil/avutil.h"
#include "libavutil/error.h"
#include "libavutil/mem.h"
#include "rfbstream.h"

/** Input buffers of decoders have so many zero bytes behind them. */
#define PADDING 64

#define MIN_ALLOC (128 << 10)
#define MAX_ALLOC (256 << 20)

/** Values of gap_ahead: the next update that is found has it, one in the queue has. */
enum { GAP_NEXT = 1, GAP_QUEUED };

void ff_rfb_stream_init(RFBStream *s)
{
    memset(s, 0, sizeof(*s));
}

void ff_rfb_stream_free(RFBStream *s)
{
    av_buffer_unref(&s->ref);
    av_buffer_pool_uninit(&s->pool);
    s->buf   = NULL;
    s->alloc = s->head = s->size = 0;
}

/** Another buffer with room for so many more bytes; what was not taken moves there. */
static int move_on(RFBStream *s, size_t n)
{
    size_t rest = s->size - s->head, want = 2 * (rest + n + PADDING);
    AVBufferRef *ref;

    if (want > s->alloc) {
        AVBufferPool *pool = av_buffer_pool_init(1 << av_ceil_log2(FFMAX(want, MIN_ALLOC)), NULL);

        if (!pool)
            return AVERROR(ENOMEM);
        av_buffer_pool_uninit(&s->pool);
        s->pool = pool;
    }
    if (!(ref = av_buffer_pool_get(s->pool)))
        return AVERROR(ENOMEM);
    if (rest)
        memcpy(ref->data, s->buf + s->head, rest);
    av_buffer_unref(&s->ref);
    s->ref   = ref;
    s->buf   = ref->data;
    s->alloc = ref->size;
    return 0;
}

uint8_t *ff_rfb_stream_reserve(RFBStream *s, size_t n)
{
    size_t rest = s->size - s->head;

    if (s->ref && s->size + n + PADDING <= s->alloc)
        return s->buf + s->size;
    if (rest + n > MAX_ALLOC)
        return NULL;
    if (s->ref && rest + n + PADDING <= s->alloc && av_buffer_is_writable(s->ref))
        memmove(s->buf, s->buf + s->head, rest);
    else if (move_on(s, n) < 0)
        return NULL;
    s->offset += s->head;
    s->head    = 0;
    s->size    = rest;
    return s->buf + rest;
}

/** More than any server's update: two frames of pixels and a bit. */
static size_t max_message(const RFBParser *p)
{
    return 2 * (size_t)p->width * p->height * (p->pf.bits_per_pixel >> 3) + (1 << 20);
}

static int64_t file_offset(const RFBStream *s, int64_t stream_offset)
{
    return s->chunk_pos < 0 ? -1 : FFMAX(s->chunk_pos + stream_offset - s->chunk_start, 0);
}

/** All before s->walked is behind us. */
static void reach_here(RFBStream *s)
{
    s->here   = (RFBPlace){ s->chunk, s->chunk_skip + s->walked - s->chunk_start, s->from,
                            s->before, !s->first };
    s->here_offset = s->walked;
    s->here_chunk  = s->chunk;
    s->width  = s->parser.width;
    s->height = s->parser.height;
    s->pf     = s->parser.pf;
}

/** Whether the update just parsed has no pixels. */
static int is_blank(const RFBParser *p)
{
    return p->todo.nb == 1 && !p->todo.overflow && !p->todo.rect[0].x0 && !p->todo.rect[0].y0 &&
           p->todo.rect[0].x1 == p->width && p->todo.rect[0].y1 == p->height;
}

/** An update ends at s->walked. */
static void add_update(RFBStream *s)
{
    RFBUpdate *u = &s->queue[s->queue_nb++];

    u->end    = s->walked;
    u->start  = s->here;
    u->chunk  = s->here_chunk;
    /* behind a search it may begin in a chunk that nobody knows any more */
    u->blank  = is_blank(&s->parser);
    u->key    = s->first || (avpriv_rfb_parser_is_key(&s->parser) && s->here.skip >= 0);
    u->lost   = s->gap_ahead == GAP_NEXT;
    u->pts    = AV_NOPTS_VALUE;
    if (!s->swallowed && s->early < s->search.nb_times && s->search.times[s->early++] <= s->from)
        u->pts = s->search.times[s->early - 1];
    if (u->lost)
        s->gap_ahead = GAP_QUEUED;
    u->width  = s->width;
    u->height = s->height;
    u->pf     = s->pf;
    s->first  = 0;
    reach_here(s);
}

/** A chunk ends. */
static void set_mark(RFBStream *s)
{
    if (s->walked == s->offset + s->size)
        s->nb_marks = 0;
    if (s->nb_marks == RFB_STREAM_MARKS) {
        for (int i = 1; i < RFB_STREAM_MARKS; i += 2)
            s->mark[i / 2] = s->mark[i];
        s->nb_marks /= 2;
    }
    s->mark[s->nb_marks++] = (RFBMark){ s->offset + s->size, s->to };
}

/** When a byte before an offset came, as far as it is known. */
static int64_t time_of(const RFBStream *s, int64_t end)
{
    for (int i = 0; i < s->nb_marks; i++)
        if (s->mark[i].offset >= end)
            return s->mark[i].time;
    return s->to;
}

/**
 * The times of the updates that end in this chunk: its own, unless there are
 * several; these are spread over it by their bytes.
 */
static void settle_times(RFBStream *s)
{
    int64_t end = s->offset + s->size;

    s->several |= s->queue_nb - s->fresh > 1;
    for (int i = s->fresh; i < s->queue_nb; i++) {
        RFBUpdate *u = &s->queue[i];

        if (u->pts == AV_NOPTS_VALUE)
            u->pts = s->swallowed ? time_of(s, u->end) : s->to;
        if (u->pts == s->to && s->several && end > s->chunk_start)
            u->pts = s->from + av_rescale(s->to - s->from, FFMAX(u->end - s->chunk_start, 0),
                                          end - s->chunk_start);
        /* damage may have kept the first ones from being seen as several */
        u->pts = s->latest = FFMAX(u->pts, s->latest);
    }
    s->several |= s->queue_nb > s->fresh;
    s->fresh = s->queue_nb;
}

/** A clipboard that would not fit into memory is left out of the packets. */
static void skip_cut_text(RFBStream *s)
{
    size_t have = s->offset + s->size - s->walked;

    s->skip  = s->parser.need - have;
    s->size -= have;
    avpriv_rfb_parser_restart(&s->parser);
}

/** Drop n bytes behind s->walked, as if they had never been in the chunk. */
static void drop(RFBStream *s, size_t n)
{
    uint8_t *at = s->buf + (s->walked - s->offset);

    memmove(at, at + n, s->offset + s->size - s->walked - n);
    s->size        -= n;
    s->chunk_start -= n;
    s->gap.size    += n;
    for (int i = 0; i < s->nb_marks; i++)
        s->mark[i].offset -= n;
    memset(s->buf + s->size, 0, PADDING);
}

/** Find out where it goes on behind an error. @return whether it does */
static int search_on(RFBStream *s)
{
    size_t size = s->offset + s->size - s->walked, skip;
    int before = s->search.on_trial, ret;

    /* what cannot be read from the start is not damaged but has another pixel format */
    if (!s->resync || (s->first && !s->torn) || s->gap_ahead || s->searching == RFB_SEARCH_FAILED)
        return 0;
    if (!s->searching) {
        s->gap       = (RFBGap){ s->parser.error, s->error_pos };
        s->early     = 0;
        s->searching = RFB_SEARCH_ON;
        before       = 0;
        ff_rfb_search_begin(&s->search, &s->parser, NULL, NULL);
        s->search.strict = s->swallowed;
    }
    s->search.time = s->to;
    ret = ff_rfb_search(&s->search, s->buf + (s->walked - s->offset), size, s->ended, &skip);
    drop(s, skip);
    /* later it may have begun in a chunk that nobody knows any more */
    if (skip || !before)
        s->trial_pos = file_offset(s, s->walked);
    if (ret < 0)
        s->searching = RFB_SEARCH_FAILED;
    if (ret <= 0)
        return 0;
    s->parser    = s->search.session;
    s->searching = RFB_SEARCH_OFF;
    s->error     = 0;
    s->gap_ahead = GAP_NEXT;
    s->gap.end   = s->trial_pos;
    reach_here(s);
    return 1;
}

static void walk(RFBStream *s)
{
    while ((!s->error || search_on(s)) && s->queue_nb < RFB_STREAM_QUEUE) {
        size_t size = s->offset + s->size - s->walked;
        int ret = AVERROR(EAGAIN);

        if (size && size >= s->parser.need)
            ret = avpriv_rfb_parse(&s->parser, NULL, s->buf + (s->walked - s->offset), size);
        if (ret > 0) {
            s->walked += ret;
            if (s->message)
                s->message(s->opaque, s->buf + (s->walked - ret - s->offset), ret);
            if (s->parser.type == RFB_MSG_FRAMEBUFFER_UPDATE)
                add_update(s);
        } else if (ret != AVERROR(EAGAIN)) {
            s->error = ret;
        } else if (s->parser.need > max_message(&s->parser)) {
            if (s->parser.type == RFB_MSG_SERVER_CUT_TEXT) {
                skip_cut_text(s);
                break;
            }
            s->parser.error.what   = "message larger than two frames, bytes";
            s->parser.error.value  = s->parser.need;
            s->parser.error.offset = s->parser.pos;
            s->error = AVERROR_INVALIDDATA;
        } else {
            break;
        }
        if (s->error)
            s->error_pos = file_offset(s, s->walked + s->parser.error.offset);
    }
    settle_times(s);
}

void ff_rfb_stream_chunk(RFBStream *s, size_t n, size_t skip, int64_t time,
                         int64_t name, int64_t pos, int64_t part)
{
    size_t start = s->size, gone = FFMIN(s->skip, n);

    s->skip       -= gone;
    s->chunk       = name;
    s->chunk_skip  = part;
    if (!part) {
        s->before = s->after;
        s->after  = s->clock;
    }
    s->from        = s->to;
    s->to          = time;
    if (!s->begun && !s->size)
        s->origin = (RFBPlace){ name, part, s->from, s->before };
    s->several     = skip > 0 && s->here.update;
    s->chunk_pos   = pos < 0 ? -1 : pos;
    s->chunk_start = s->offset + start;
    s->size       += n;
    if (skip || gone) {
        /* what is left out moves the start of the chunk to before the buffer */
        skip = FFMIN(FFMAX(skip, gone), n);
        memmove(s->buf + start, s->buf + start + skip, n - skip);
        s->size        -= skip;
        s->chunk_start -= skip;
    }
    memset(s->buf + s->size, 0, PADDING);
    /* the end of a chunk is the start of the next one */
    if (s->begun && s->here_offset == s->chunk_start)
        s->here_chunk = name;
    if (s->resumed)
        reach_here(s);
    s->resumed = 0;
    if (s->begun) {
        walk(s);
        set_mark(s);
    }
}

void ff_rfb_stream_begin(RFBStream *s, const RFBParser *p, size_t size)
{
    s->parser = *p;
    s->head   = size;
    s->walked = s->offset + size;
    s->begun  = s->first = 1;
    reach_here(s);
    /* without a handshake it may have taken more chunks to know the session */
    if (s->walked < s->chunk_start) {
        s->here       = s->origin;
        s->here_chunk = s->origin.chunk;
    }
    walk(s);
}

int ff_rfb_stream_next(RFBStream *s, RFBUpdate *u)
{
    if (s->queue_head == s->queue_nb) {
        s->queue_head = s->queue_nb = s->fresh = 0;
        if (s->size || s->error)
            walk(s);
        if (!s->queue_nb)
            return s->searching == RFB_SEARCH_ON ? 0 : s->error;
    }
    *u = s->queue[s->queue_head++];
    if (u->lost)
        s->gap_ahead = 0;
    return 1;
}

/** Whether the message that did not end has others in it. */
static int swallows(RFBStream *s)
{
    size_t left = s->offset + s->size - s->walked, skip;

    if (s->error || !s->resync || s->first || s->gap_ahead || s->skip || !left)
        return 0;
    ff_rfb_search_begin(&s->search, &s->parser, NULL, NULL);
    s->search.strict = 1;
    if (ff_rfb_search(&s->search, s->buf + (s->walked - s->offset) + 1, left - 1, 1, &skip) <= 0)
        return 0;
    s->parser.error = (RFBError){ RFB_SWALLOWS, NULL, s->parser.need };
    s->error        = AVERROR_INVALIDDATA;
    s->error_pos    = file_offset(s, s->walked);
    s->swallowed    = 1;
    return 1;
}

int ff_rfb_stream_end(RFBStream *s)
{
    if (s->ended || (s->searching != RFB_SEARCH_ON && !swallows(s)))
        return 0;
    s->ended = 1;
    walk(s);
    return 1;
}

void ff_rfb_stream_gap(RFBStream *s, const char *what, int64_t value, int64_t pos)
{
    if (!s->error) {
        s->parser.error = (RFBError){ what, NULL, value, 0 };
        s->error        = AVERROR_INVALIDDATA;
        s->error_pos    = pos;
    }
    drop(s, s->offset + s->size - s->walked);
    s->search.on_trial = 0;
    s->skip = 0;
    s->torn = 1;
}

void ff_rfb_stream_resume(RFBStream *s, const RFBGap *gap)
{
    if (s->gap_ahead != GAP_NEXT)
        s->gap = *gap;
    s->gap_ahead = GAP_NEXT;
    s->resumed   = s->torn = 1;
}

const uint8_t *ff_rfb_stream_data(const RFBStream *s, int64_t end, size_t *size)
{
    *size = end - s->offset - s->head;
    return s->buf + s->head;
}

AVBufferRef *ff_rfb_stream_buffer(const RFBStream *s)
{
    return av_buffer_ref(s->ref);
}

void ff_rfb_stream_take(RFBStream *s, int64_t end)
{
    s->head = end - s->offset;
}

size_t ff_rfb_stream_left(const RFBStream *s)
{
    return s->skip ? s->skip : s->offset + s->size - s->walked;
}

void ff_rfb_stream_restart(RFBStream *s, const RFBUpdate *u)
{
    s->head = s->size = 0;
    s->offset = s->walked = 0;
    s->here_offset = INT64_MIN;
    s->here_chunk  = u->chunk;
    s->queue_head = s->queue_nb = s->fresh = s->nb_marks = 0;
    s->skip  = s->error = 0;
    s->searching = RFB_SEARCH_OFF;
    s->latest = 0;
    s->ended = s->torn = s->swallowed = s->resumed = 0;
    s->gap_ahead = s->early = s->search.nb_times = 0;
    s->begun = 1;
    s->first = u->key;
    s->here  = u->start;
    s->to    = u->start.time;
    s->clock = s->after = u->start.clock;
    s->parser.live = s->parser.contexts.nb = 0;
    s->parser.pf     = s->pf     = u->pf;
    s->parser.width  = s->width  = u->width;
    s->parser.height = s->height = u->height;
    avpriv_rfb_parser_restart(&s->parser);
    if (s->message)
        s->message(s->opaque, NULL, 0);
}

int64_t ff_rfb_clock(RFBClock *c, uint32_t ms)
{
    int32_t step = ms - c->last;
    int64_t time;

    if (!c->started) {
        c->started = 1;
        c->last    = ms;
        return c->now = ms;
    }
    /* A wrap is a small step forward in 32 bits. A step back of less than a
     * second is jitter, a longer one a clock that was set: time goes on from
     * where it was. */
    if (ms < c->last && step > 0)
        c->shift += INT64_C(1) << 32;
    else if (step < -1000 || (ms > c->last && step < 0))
        c->shift = c->now - ms;
    time    = c->shift + ms;
    c->last = ms;
    return c->now = FFMAX(c->now, time);
}
