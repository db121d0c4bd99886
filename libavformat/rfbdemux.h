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

/**
 * @file
 * From the chunks of a container to packets with times, durations and seeking.
 * A container's demuxer provides an RFBContainer and has an RFBDemuxer first
 * in its private data.
 */

#ifndef AVFORMAT_RFBDEMUX_H
#define AVFORMAT_RFBDEMUX_H

#include "libavutil/opt.h"
#include "avformat.h"
#include "internal.h"
#include "rfbevents.h"
#include "rfbindex.h"
#include "rfbinput.h"
#include "rfbstream.h"
#include "version.h"

#if LIBAVFORMAT_VERSION_MAJOR >= 61
#include "demux.h"
#define RFB_INPUT_FORMAT FFInputFormat
#define RFB_P(field) .p.field
#else
#define RFB_INPUT_FORMAT AVInputFormat
#define RFB_P(field) .field
#endif

#if LIBAVFORMAT_VERSION_MAJOR >= 62
#define rfb_set_timestamp ff_dict_set_timestamp
#elif LIBAVFORMAT_VERSION_MAJOR >= 61
#include "libavutil/dict_internal.h"
#define rfb_set_timestamp avpriv_dict_set_timestamp
#else
#include "libavutil/internal.h"
#define rfb_set_timestamp avpriv_dict_set_timestamp
#endif

/** What a container can do. */
typedef struct RFBContainer {
    /**
     * Give the next chunk to ff_rfb_stream_chunk().
     * @return 0, AVERROR_EOF (also where the file was cut short, after a
     *         warning), or another error
     */
    int (*read_chunk)(AVFormatContext *s);

    /** Make read_chunk() give the chunk of this name next, without the bytes to skip. */
    int (*seek)(AVFormatContext *s, const RFBPlace *place);
} RFBContainer;

/** A key packet that was met. */
typedef struct RFBEntry {
    int64_t pts;                ///< ms, as in packets
    int64_t cut;                ///< ms that max_gap took out before it
    RFBUpdate update;
} RFBEntry;

#define RFB_MAX_ENTRIES 4096  ///< then every second one is dropped

typedef struct RFBDemuxer {
    const AVClass *class;
    int max_fps;
    int64_t max_gap;            ///< ms, 0: off
    int64_t heartbeat;          ///< ms, 0: off
    int64_t max_pixels;
    char *pixel_format;
    char *index_path;           ///< NULL: beside the recording
    int growing;                ///< more may be written at the end; the container can tell
    int width, height;          ///< video_size, for containers without a ServerInit

    const RFBContainer *container;
    RFBInput in;
    RFBStream stream;
    RFBEvents events;
    int64_t last_time;          ///< ms, of the last update, before max_gap
    int64_t cut;                ///< ms that max_gap took out so far
    RFBUpdate ahead;            ///< looked ahead, its pts is final
    int64_t ahead_cut;          ///< cut as it was for that one
    int have_ahead;
    AVPacket *next;             ///< looked ahead; has data when valid
    int eof;                    ///< what ended the stream
    int dry;                    ///< the end of a file that grows was met
    int told;                   ///< so many gaps of the input the user knows of
    int unmarked;               ///< there was damage that no packet is marked for
    int64_t init_pos;           ///< file offset of the ServerInit, if it has one
    int guessing;               ///< the pixel format: no messages to the user; 2: there was one
    int64_t end;                ///< ms, the latest time the container told
    int64_t shown;              ///< pts of the last packet returned, -1: none
    int64_t target;             ///< ms, packets before it are for decoding only
    int prefix;                 ///< the next packet must say the size and pixel format

    RFBEntry *entry;            ///< in the order of time
    unsigned entry_alloc;
    int nb_entries;
    int64_t spacing;            ///< ms between entries, at least
    int64_t scanned;            ///< pts up to which all entries are known
    RFBUpdate begin;            ///< the place where the first update is looked for
    RFBIndex index;             ///< not there where its pb is NULL
    int64_t indexed;            ///< pts up to which the index takes the place of entries
} RFBDemuxer;

#define RFB_OPT(field) offsetof(RFBDemuxer, field)
#define RFB_DEMUX_OPTIONS                                                                          \
    { "max_fps", "merge updates that fall into one tick of so many a second, 0: one packet an "    \
      "update", RFB_OPT(max_fps), AV_OPT_TYPE_INT, { .i64 = 30 }, 0, 1000, RFB_FLAGS },            \
    { "max_gap", "shorten idle gaps to at most so many milliseconds, 0: off", RFB_OPT(max_gap),    \
      AV_OPT_TYPE_INT64, { .i64 = 0 }, 0, INT32_MAX, RFB_FLAGS },                                  \
    { "heartbeat", "repeat the picture at least every so many milliseconds, 0: off",               \
      RFB_OPT(heartbeat), AV_OPT_TYPE_INT64, { .i64 = 0 }, 0, INT32_MAX, RFB_FLAGS },              \
    { "max_pixels", "refuse framebuffers of more pixels", RFB_OPT(max_pixels), AV_OPT_TYPE_INT64,  \
      { .i64 = RFB_MAX_PIXELS }, 1, INT32_MAX, RFB_FLAGS },                                        \
    { "events", "give clipboard, bells and titles a stream of text", RFB_OPT(events.own_stream),   \
      AV_OPT_TYPE_BOOL, { .i64 = 0 }, 0, 1, RFB_FLAGS },                                           \
    { "index", "the index that makes seeks quick (default: the one beside the recording), none",  \
      RFB_OPT(index_path), AV_OPT_TYPE_STRING, { .str = NULL }, 0, 0, RFB_FLAGS },                 \
    { "pixel_format", "pixel format of the recorded bytes (bgrx8888, rgb565le, ...) or auto",      \
      RFB_OPT(pixel_format), AV_OPT_TYPE_STRING, { .str = NULL }, 0, 0, RFB_FLAGS }
#define RFB_DEMUX_VIDEO_SIZE                                                                       \
    { "video_size", "size of the framebuffer, which this container does not tell", RFB_OPT(width), \
      AV_OPT_TYPE_IMAGE_SIZE, { .str = NULL }, 0, 0, RFB_FLAGS }
#define RFB_FLAGS AV_OPT_FLAG_DECODING_PARAM

/**
 * Make the stream, once the session is known.
 * @param server_init RFB_SERVER_INIT_SIZE bytes
 * @param name        of the desktop
 * @param prologue    bytes of the stream that come before the first message
 */
int ff_rfb_demux_open(AVFormatContext *s, const RFBContainer *container,
                      const uint8_t *server_init, const uint8_t *name, size_t name_size,
                      size_t prologue);

/**
 * Make the streams of a session that an opened parser describes.
 * @param name the desktop's, for the title
 * @param rate ticks of a second that hold one packet at most, 0: milliseconds
 */
int ff_rfb_demux_stream(AVFormatContext *s, RFBEvents *events, const RFBParser *p,
                        const uint8_t *name, size_t size, AVRational rate);

/** Read chunks up to the end of the handshake, and open. */
int ff_rfb_demux_prologue(AVFormatContext *s, const RFBContainer *container);

/** When the recording ends, if its index tells: then there is no need to look. @return ms or -1 */
int64_t ff_rfb_demux_known_end(AVFormatContext *s);

/** The container says how long the recording is, in ms. */
void ff_rfb_demux_duration(AVFormatContext *s, int64_t duration);

/** A recording that begins later has a counter that did not begin with it, ms. */
#define RFB_MAX_LEAD (3600 * 1000)

/** Which program the recording must be by. */
void ff_rfb_demux_writer(AVFormatContext *s, const char *name);

/** When the recording was made, in microseconds since 1970. */
void ff_rfb_demux_creation_time(AVFormatContext *s, int64_t time);

/** Warn once that the file ends inside something. @return AVERROR_EOF */
int ff_rfb_demux_cut_short(AVFormatContext *s, const char *what, int64_t offset);

/**
 * The input gave less than was wanted: if that is since compressed data are
 * damaged, go on behind them. It is for the caller to find out what is there,
 * and to tell the stream.
 * @return 1, or 0 if there is no more
 */
int ff_rfb_demux_resume(AVFormatContext *s);

/** Nothing but the input works before. @return 0 or a negative AVERROR code */
int ff_rfb_demux_init(AVFormatContext *s);
int ff_rfb_demux_read_packet(AVFormatContext *s, AVPacket *pkt);
int ff_rfb_demux_read_seek(AVFormatContext *s, int stream_index, int64_t timestamp, int flags);
int ff_rfb_demux_read_close(AVFormatContext *s);

/* ---- between rfbdemux.c and rfbseek.c ---- */

/** An update in which nothing happens. */
extern const uint8_t ff_rfb_empty_update[4];

/** Bring the next update. @return 0 or what ended the stream */
int ff_rfb_demux_pull(AVFormatContext *s, RFBUpdate *u);

/**
 * Bring the updates of one packet.
 * @param first the first of them, last the last one
 */
int ff_rfb_demux_group(AVFormatContext *s, RFBUpdate *first, RFBUpdate *last);

/** When the last picture ends, in ms. */
int64_t ff_rfb_demux_last_end(const RFBDemuxer *d);

/** Which tick of max_fps a time is in. */
static inline int64_t ff_rfb_demux_tick(const RFBDemuxer *d, int64_t pts)
{
    return av_rescale(pts, d->max_fps, 1000);
}

/** A key packet begins with this update. */
void ff_rfb_demux_note_key(RFBDemuxer *d, const RFBUpdate *u, int64_t cut);

/** The session is known: get ready for seeks, find the duration if max_gap changes it. */
int ff_rfb_demux_begin(AVFormatContext *s);

#endif /* AVFORMAT_RFBDEMUX_H */
