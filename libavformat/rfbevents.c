/*
 * RFB: what happens beside the picture
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

#include <zlib.h>

#include "libavutil/avstring.h"
#include "libavutil/common.h"
#include "libavutil/intreadwrite.h"
#include "libavutil/mem.h"
#include "internal.h"
#include "rfbevents.h"

/** The rest of a longer text is left out; all that wait have no more than 1 MB. */
#define MAX_TEXT  (256 << 10)
#define MAX_TEXTS (1 << 20)

/* the specification, "Extended Clipboard": text, and the action that brings it */
#define CLIPBOARD_TEXT    (1 << 0)
#define CLIPBOARD_PROVIDE (1 << 28)

static const struct { const char *tag, *label; int duration; } kinds[] = {
    [RFB_EVENT_CLIPBOARD] = { "clipboard", "Clipboard: ", 3000 },
    [RFB_EVENT_BELL]      = { "bell",      "Bell",        1000 },
    [RFB_EVENT_TITLE]     = { "title",     "Title: ",     3000 },
};

static int is_utf8(const uint8_t *text, const uint8_t *end)
{
    int32_t code;

    while (text < end)
        if (av_utf8_decode(&code, &text, end, 0) < 0)
            return 0;
    return 1;
}

char *ff_rfb_text(const uint8_t *text, size_t size)
{
    char *utf8 = av_malloc(2 * FFMIN(size, MAX_TEXT) + 1), *out = utf8;
    int latin1;

    if (!utf8)
        return NULL;
    if (size > MAX_TEXT)
        for (size = MAX_TEXT; size > MAX_TEXT - 4 && (text[size] & 0xC0) == 0x80; size--)
            ;
    /* RFC 6143, 7.6.4 says Latin-1, but many servers send what they have */
    latin1 = !is_utf8(text, text + size);
    for (size_t i = 0; i < size; i++) {
        if (!text[i] || (text[i] == '\r' && i + 1 < size && text[i + 1] == '\n'))
            continue;
        if (latin1 && text[i] & 0x80) {
            *out++ = 0xC0 | text[i] >> 6;
            *out++ = 0x80 | (text[i] & 0x3F);
        } else {
            *out++ = text[i];
        }
    }
    *out = 0;
    return utf8;
}

static void drop(RFBEvents *e, int i)
{
    e->size -= e->queue[i].size;
    av_free(e->queue[i].text);
    memmove(&e->queue[i], &e->queue[i + 1], (--e->nb - i) * sizeof(*e->queue));
}

static void note(RFBEvents *e, enum RFBEventType type, const uint8_t *text, size_t size)
{
    RFBEvent event = { type, e->stream->walked, e->stream->to };
    const RFBEvent *last = e->nb ? &e->queue[e->nb - 1] : NULL;

    /* one ring is enough for who listens */
    if (type == RFB_EVENT_BELL && last && last->type == type && !last->settled &&
        last->time == event.time)
        return;
    if (!(event.text = ff_rfb_text(text, size)))
        return;
    event.size = strlen(event.text);
    if (type == RFB_EVENT_TITLE) {
        if (e->title && !strcmp(e->title, event.text)) {
            av_free(event.text);
            return;
        }
        av_free(e->title);
        e->title = av_strdup(event.text);
    }
    while (e->nb == RFB_MAX_EVENTS || (e->nb && e->size + event.size > MAX_TEXTS)) {
        e->lost += !e->queue[0].given;
        drop(e, 0);
    }
    e->queue[e->nb++] = event;
    e->size += event.size;
}

/* flags(u32), then compressed: size(u32) text; formats but text are not looked at */
static void extended_clipboard(RFBEvents *e, const uint8_t *data, size_t size)
{
    z_stream z = { .next_in = (uint8_t *)data + 4, .avail_in = size - 4 };
    uint8_t *text;
    size_t n;

    if (size < 4 || (AV_RB32(data) & (CLIPBOARD_PROVIDE | CLIPBOARD_TEXT)) !=
                    (CLIPBOARD_PROVIDE | CLIPBOARD_TEXT))
        return;
    if (!(text = av_malloc(4 + MAX_TEXT)))
        return;
    z.next_out  = text;
    z.avail_out = 4 + MAX_TEXT;
    if (inflateInit(&z) == Z_OK) {
        inflate(&z, Z_SYNC_FLUSH);
        inflateEnd(&z);
        n = z.next_out - text;
        if (n >= 4)
            note(e, RFB_EVENT_CLIPBOARD, text + 4, FFMIN(n - 4, AV_RB32(text)));
    }
    av_free(text);
}

/** A message was found; without data the stream was restarted elsewhere. */
static void message(void *opaque, const uint8_t *data, size_t size)
{
    RFBEvents *e = opaque;
    const RFBParser *p = &e->stream->parser;
    static const uint8_t ring[] = { '1' };

    if (!data) {
        while (e->nb)
            drop(e, e->nb - 1);
        e->lost = 0;
        av_freep(&e->title);
    } else if (p->type == RFB_MSG_BELL) {
        note(e, RFB_EVENT_BELL, ring, sizeof(ring));
    } else if (p->type == RFB_MSG_FRAMEBUFFER_UPDATE && p->name_pos) {
        note(e, RFB_EVENT_TITLE, data + p->name_pos, p->name_size);
    } else if (p->type == RFB_MSG_SERVER_CUT_TEXT && size >= 8) {
        if ((int32_t)AV_RB32(data + 4) < 0)
            extended_clipboard(e, data + 8, size - 8);
        else
            note(e, RFB_EVENT_CLIPBOARD, data + 8, size - 8);
    }
}

void ff_rfb_events_init(RFBEvents *e, RFBStream *stream)
{
    e->stream       = stream;
    stream->message = message;
    stream->opaque  = e;
}

void ff_rfb_events_free(RFBEvents *e)
{
    if (e->stream)
        message(e, NULL, 0);
}

int ff_rfb_events_open(AVFormatContext *s, RFBEvents *e, const char *title)
{
    AVStream *st;

    if (title && !(e->title = av_strdup(title)))
        return AVERROR(ENOMEM);
    if (!e->own_stream)
        return 0;
    if (!(st = avformat_new_stream(s, NULL)))
        return AVERROR(ENOMEM);
    avpriv_set_pts_info(st, 64, 1, 1000);
    st->codecpar->codec_type = AVMEDIA_TYPE_SUBTITLE;
    st->codecpar->codec_id   = AV_CODEC_ID_TEXT;
    st->start_time  = 0;
    e->stream_index = st->index;
    return 0;
}

void ff_rfb_events_settle(RFBEvents *e, int64_t end, int64_t time, int64_t cut, int64_t pts)
{
    for (int i = 0; i < e->nb; i++) {
        RFBEvent *event = &e->queue[i];

        if (event->settled || event->end > end)
            continue;
        event->time    = FFMAX(FFMIN(FFMIN(event->time, time) - cut, pts), 0);
        event->settled = 1;
    }
}

/** Attach tags to a packet, and free them. */
static int attach(AVPacket *pkt, AVDictionary **tags)
{
    uint8_t *data = NULL;
    size_t size;
    int ret = 0;

    if (*tags && (!(data = av_packet_pack_dictionary(*tags, &size)) ||
                  av_packet_add_side_data(pkt, AV_PKT_DATA_STRINGS_METADATA, data, size) < 0)) {
        av_free(data);
        ret = AVERROR(ENOMEM);
    }
    av_dict_free(tags);
    return ret;
}

/** Drop what went every way it had to. */
static void clean(RFBEvents *e)
{
    for (int i = e->nb - 1; i >= 0; i--)
        if (e->queue[i].tagged && (e->queue[i].given || !e->own_stream))
            drop(e, i);
}

int ff_rfb_events_tag(AVFormatContext *s, RFBEvents *e, AVPacket *pkt, int64_t end)
{
    AVDictionary *tags = NULL;

    for (int i = 0; i < e->nb; i++) {
        RFBEvent *event = &e->queue[i];

        if (event->tagged || event->end > end)
            continue;
        event->tagged = 1;
        if (av_dict_set(&tags, kinds[event->type].tag, event->text, 0) < 0 ||
            (event->type == RFB_EVENT_TITLE &&
             av_dict_set(&s->metadata, "title", event->text, 0) < 0)) {
            av_dict_free(&tags);
            return AVERROR(ENOMEM);
        }
        if (event->type == RFB_EVENT_TITLE)
            s->event_flags |= AVFMT_EVENT_FLAG_METADATA_UPDATED;
    }
    if (e->lost)
        av_log(s, AV_LOG_WARNING, "%d messages about clipboard and bell came at once and are left "
               "out\n", e->lost);
    e->lost = 0;
    clean(e);
    return attach(pkt, &tags);
}

static int make_packet(const RFBEvents *e, const RFBEvent *event, AVPacket *pkt)
{
    const char *label = kinds[event->type].label;
    /* a bell is its label */
    size_t text_size  = event->type == RFB_EVENT_BELL ? 0 : event->size;
    AVDictionary *tags = NULL;
    int ret = av_new_packet(pkt, strlen(label) + text_size);

    if (ret < 0)
        return ret;
    memcpy(pkt->data, label, strlen(label));
    memcpy(pkt->data + strlen(label), event->text, text_size);
    pkt->stream_index = e->stream_index;
    pkt->pts = pkt->dts = event->time;
    pkt->duration = kinds[event->type].duration;
    pkt->flags   |= AV_PKT_FLAG_KEY;
    ret = av_dict_set(&tags, kinds[event->type].tag, event->text, 0);
    if (ret < 0 || (ret = attach(pkt, &tags)) < 0) {
        av_packet_unref(pkt);
        return ret;
    }
    return 1;
}

int ff_rfb_events_read(AVFormatContext *s, RFBEvents *e, AVPacket *pkt, int64_t from,
                       int64_t before)
{
    int ret = 0;

    for (int i = 0; e->own_stream && !ret && i < e->nb; i++) {
        RFBEvent *event = &e->queue[i];

        if (!event->settled || event->time > before)
            break;
        if (!event->given && event->time >= from &&
            s->streams[e->stream_index]->discard < AVDISCARD_ALL)
            ret = make_packet(e, event, pkt);
        event->given = 1;
    }
    clean(e);
    return ret;
}
