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

/**
 * @file
 * Clipboards, bells and new titles of the desktop: messages between and inside
 * the updates that no picture shows. The packet that brings one has it as a
 * tag (AV_PKT_DATA_STRINGS_METADATA); a stream of their own, for who asks for
 * it, has them as text at the time they came.
 */

#ifndef AVFORMAT_RFBEVENTS_H
#define AVFORMAT_RFBEVENTS_H

#include <stddef.h>
#include <stdint.h>

#include "avformat.h"
#include "rfbstream.h"

enum RFBEventType {
    RFB_EVENT_CLIPBOARD,
    RFB_EVENT_BELL,
    RFB_EVENT_TITLE,
};

typedef struct RFBEvent {
    enum RFBEventType type;
    int64_t end;                ///< stream offset behind its message
    int64_t time;               ///< ms; of the chunk, once settled the pts
    int settled;
    int tagged, given;          ///< on a packet of pictures, in the events' stream
    char *text;                 ///< UTF-8
    size_t size;
} RFBEvent;

#define RFB_MAX_EVENTS 128

/** Zero-initialise. */
typedef struct RFBEvents {
    int own_stream;             ///< set by the user
    int stream_index;           ///< of it
    RFBStream *stream;
    RFBEvent queue[RFB_MAX_EVENTS];
    int nb;
    size_t size;                ///< bytes of all texts
    int lost;                   ///< that would have been too many
    char *title;                ///< as known, NULL: not
} RFBEvents;

/** Begin to listen. */
void ff_rfb_events_init(RFBEvents *e, RFBStream *stream);
void ff_rfb_events_free(RFBEvents *e);

/** @return text in UTF-8, made of that or of Latin-1, or NULL without memory */
char *ff_rfb_text(const uint8_t *text, size_t size);

/**
 * The session begins: make the events' stream if it is wanted.
 * @param title the desktop's, or NULL
 */
int ff_rfb_events_open(AVFormatContext *s, RFBEvents *e, const char *title);

/**
 * What came up to the end of an update gets its time: its own, but not later
 * than the update.
 * @param time of the update, in ms
 * @param cut  ms by which times before it are shortened
 * @param pts  its time when shortened, too
 */
void ff_rfb_events_settle(RFBEvents *e, int64_t end, int64_t time, int64_t cut, int64_t pts);

/** Put what came up to an offset on the packet that ends there. @return 0 or AVERROR(ENOMEM) */
int ff_rfb_events_tag(AVFormatContext *s, RFBEvents *e, AVPacket *pkt, int64_t end);

/**
 * The next packet of the events' stream.
 * @param from   those before it, in ms, are left out
 * @param before at most so late
 * @return 1 if there is one, 0, or AVERROR(ENOMEM)
 */
int ff_rfb_events_read(AVFormatContext *s, RFBEvents *e, AVPacket *pkt, int64_t from,
                       int64_t before);

#endif /* AVFORMAT_RFBEVENTS_H */
