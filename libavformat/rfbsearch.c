/*
 * RFB streams of recordings: where to go on behind damage
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
#include "libavutil/intreadwrite.h"
#include "rfbsearch.h"

/** An update's head and its first rectangle's. */
#define HEAD      (4 + RECT_HEAD)
#define RECT_HEAD 12

/** Updates in a row that prove a place; at the end of the recording one will do. */
#define PROOF 2

/** Other messages between them. */
#define MAX_IDLE 64

/** So many bytes may be walked in vain, all in all. */
#define MAX_WORK (256 << 20)

/** What a trial costs that ends at once. */
#define TRIAL_COST 256

/** No frame is larger. */
#define MAX_SIDE 16384

enum { REFUSED = -1, WANTS_MORE, GOOD };

void ff_rfb_search_begin(RFBSearch *s, const RFBParser *session, RFBStamp stamp, void *opaque)
{
    memset(s, 0, sizeof(*s));
    s->session = *session;
    s->stamp   = stamp;
    s->opaque  = opaque;
    avpriv_rfb_parser_restart(&s->session);
}

/**
 * @param outside set if it reaches out of the frame, as all may do whose size was lost
 * @return 1 if a rectangle's head speaks for it, 0 if it says nothing, REFUSED
 */
static int judge(const RFBParser *p, const uint8_t *b, int *outside)
{
    int x = AV_RB16(b), y = AV_RB16(b + 2), w = AV_RB16(b + 4), h = AV_RB16(b + 6);
    int32_t encoding = AV_RB32(b + 8);

    /* most of what is tried is not worth a look at the table */
    if (encoding > 0xFFFF && encoding < RFB_ENC_VMWARE_CURSOR)
        return REFUSED;
    if (!strcmp(avpriv_rfb_encoding_name(encoding), "unknown"))
        return REFUSED;
    /* pseudo-encodings use these numbers as they like */
    if (encoding != RFB_ENC_TIGHT_PNG && (encoding < 0 || encoding >= RFB_ENC_VMWARE_CURSOR))
        return 1;
    *outside |= x + w > p->width || y + h > p->height;
    return x + w > MAX_SIDE || y + h > MAX_SIDE ? REFUSED : w && h;
}

/** Leave out what the container wrote at a place. @return as RFBStamp */
static int stamp_at(const RFBSearch *s, const uint8_t *buf, size_t n, RFBStampPlace place)
{
    return s->stamp ? s->stamp(s->opaque, buf, n, place) : 0;
}

/** Whether an update may begin here, by its first bytes. @return REFUSED, WANTS_MORE or GOOD */
static int may_begin(const RFBSearch *s, const uint8_t *b, size_t size)
{
    const uint8_t *end = b + size;
    int n = stamp_at(s, b, size, RFB_STAMP_FIRST), outside;

    if (n == AVERROR(EAGAIN))
        return WANTS_MORE;
    if (n < 0)
        return REFUSED;
    b += n;
    if (end - b < HEAD)
        return WANTS_MORE;
    if (b[0] != RFB_MSG_FRAMEBUFFER_UPDATE || !AV_RB16(b + 2))
        return REFUSED;
    n = stamp_at(s, b + 4, end - b - 4, RFB_STAMP_RECT);
    if (n == AVERROR(EAGAIN))
        return WANTS_MORE;
    b += n;
    if (n >= 0 && end - b < HEAD)
        return WANTS_MORE;
    return n >= 0 && judge(&s->session, b + 4, &outside) > 0 ? GOOD : REFUSED;
}

static void begin_trial(RFBSearch *s)
{
    s->on_trial = 1;
    s->parser   = s->session;
    s->parser.by_rects = 1;
    s->walked = s->stamps = s->length = s->updates = s->idle = s->nb_times = 0;
    s->speaks = s->at_rect = s->outside = 0;
    s->place    = RFB_STAMP_FIRST;
    s->at_stamp = 1;
}

/** A message on trial is whole, and its stamp. */
static void count_message(RFBSearch *s)
{
    if (s->parser.type == RFB_MSG_FRAMEBUFFER_UPDATE && s->nb_times < RFB_SEARCH_TIMES)
        s->times[s->nb_times++] = s->time;
    s->updates += s->speaks;
    s->idle     = s->speaks ? 0 : s->idle + 1;
    s->walked  += s->length + s->stamps;
    s->length   = s->stamps = s->speaks = 0;
    s->place    = RFB_STAMP_MESSAGE;
    s->at_stamp = 1;
}

/** Go past the stamp that may be here. @return WANTS_MORE, GOOD or REFUSED */
static int go_past_stamp(RFBSearch *s, const uint8_t *message, size_t left)
{
    size_t pos = s->place == RFB_STAMP_END ? s->length :
                 s->place == RFB_STAMP_RECT ? s->parser.pos : 0;
    int ret = pos > left ? AVERROR(EAGAIN) : stamp_at(s, message + pos, left - pos, s->place);

    if (ret == AVERROR(EAGAIN))
        return WANTS_MORE;
    if (ret < 0)
        return REFUSED;
    s->stamps  += ret;
    s->at_stamp = 0;
    if (s->place == RFB_STAMP_END)
        count_message(s);
    return GOOD;
}

/** The head of a rectangle is next. @return WANTS_MORE, GOOD or REFUSED */
static int look_at_rect(RFBSearch *s, const uint8_t *message, size_t left)
{
    const RFBParser *p = &s->parser;
    int ret;

    if (p->pos + RECT_HEAD > left)
        return WANTS_MORE;
    ret = judge(p, message + p->pos, &s->outside);
    if (ret < 0)
        return REFUSED;
    s->speaks |= ret;
    s->at_rect = 0;
    return GOOD;
}

/**
 * Go on in the message at hand. Behind what was parsed of it already the parser
 * does not look again, so that stamps are left out by moving its beginning.
 * @return WANTS_MORE, GOOD or REFUSED
 */
static int step(RFBSearch *s, const uint8_t *buf, size_t size)
{
    RFBParser *p = &s->parser;
    const size_t limit = 2 * (size_t)p->width * p->height * 4 + (1 << 20);
    const uint8_t *message = buf + s->walked + s->stamps;
    size_t left = size - s->walked - s->stamps;
    int ret;

    if (s->at_stamp)
        return go_past_stamp(s, message, left);
    if (s->at_rect)
        return look_at_rect(s, message, left);
    if (!left || p->need > left)
        return WANTS_MORE;
    ret = avpriv_rfb_parse(p, NULL, message, left);
    if (ret > 0) {
        s->length   = ret;
        s->place    = RFB_STAMP_END;
        s->at_stamp = 1;
    } else if (ret != AVERROR(EAGAIN) || p->need > limit) {
        return REFUSED;
    } else {
        s->at_rect  = s->at_stamp = p->need == p->pos;
        s->place    = RFB_STAMP_RECT;
    }
    return GOOD;
}

/** Walk on. @return GOOD, WANTS_MORE or REFUSED */
static int try_on(RFBSearch *s, const uint8_t *buf, size_t size, int end)
{
    int ret = GOOD;

    while (s->updates < PROOF && s->idle < MAX_IDLE && ret == GOOD)
        ret = step(s, buf, size);
    if (s->idle >= MAX_IDLE || ret == REFUSED)
        return REFUSED;
    if (s->updates >= PROOF || (end && s->updates && !s->outside && !s->strict))
        return GOOD;
    return end ? REFUSED : WANTS_MORE;
}

int ff_rfb_search(RFBSearch *s, const uint8_t *buf, size_t size, int end, size_t *skip)
{
    size_t at = 0;
    int ret = WANTS_MORE;

    for (;;) {
        for (; !s->on_trial && at + HEAD <= size; at++) {
            ret = may_begin(s, buf + at, size - at);
            if (ret == GOOD)
                begin_trial(s);
            if (ret != REFUSED)
                break;
        }
        if (!s->on_trial)
            break;
        ret = try_on(s, buf + at, size - at, end);
        if (ret != REFUSED)
            break;
        s->work    += s->walked + s->parser.pos + TRIAL_COST;
        s->on_trial = 0;
        at++;
        if (s->work > MAX_WORK)
            break;
    }
    *skip = FFMIN(at, size);
    if (s->on_trial && ret == GOOD)
        return 1;
    return s->work > MAX_WORK || end ? AVERROR_INVALIDDATA : 0;
}
