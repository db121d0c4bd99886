/*
 * Compressed RFB recordings: where to go on behind damage
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


#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/intreadwrite.h"
#include "libavutil/mem.h"
#include "avio.h"
#include "rfbgzip.h"

/** Bytes that inflating has to give more than it takes: data that are only stored prove nothing. */
#define PROOF     (64 << 10)
#define PROOF_END 1024          ///< where the file ends before that

/**
 * What is damaged keeps inflating, perhaps for long, before that is noticed: if
 * a member was cut, the head of the next one stands so far before that place.
 */
#define LOOK_BACK (INT64_C(64) << 20)

/** So many bytes are inflated in vain, all in all, and for each try so many count. */
#define MAX_WORK   (INT64_C(256) << 20)
#define TRIAL_COST 4096

#define TRAILER_SIZE 8
#define MARK_SIZE    4          ///< of a flush, and of what is looked at of a head

typedef struct Search {
    RFBInput *in;
    z_stream z;
    int64_t work;
    uint8_t window[64 << 10];
    uint8_t data[4096];         ///< of a trial
    uint8_t out[32 << 10];      ///< is thrown away
} Search;

/** Whether a member that was read from a flush on ends there: its checksum cannot be used. */
static int ends_well(Search *s, int64_t end)
{
    AVIOContext *pb = s->in->pb;
    uint8_t next[TRAILER_SIZE + 3];
    int n;

    if (avio_seek(pb, s->in->start + end, SEEK_SET) < 0)
        return 0;
    n = avio_read(pb, next, sizeof(next));
    return n == TRAILER_SIZE || (n == sizeof(next) && ff_rfb_input_is_gzip(next + TRAILER_SIZE));
}

/** Inflate from a place on, until it is proved or refused. */
static int is_good(Search *s, int64_t pos, int raw)
{
    AVIOContext *pb = s->in->pb;
    z_stream *z = &s->z;
    int ret = Z_OK;

    if (inflateReset2(z, raw ? RFB_RAW_WINDOW : RFB_GZIP_WINDOW) != Z_OK ||
        avio_seek(pb, s->in->start + pos, SEEK_SET) < 0)
        return 0;
    z->avail_in = 0;
    while (ret == Z_OK || ret == Z_BUF_ERROR) {
        if (z->total_out >= z->total_in + PROOF)
            return 1;
        if (!z->avail_in) {
            int n = avio_read(pb, s->data, sizeof(s->data));

            if (n <= 0)
                return z->total_out >= z->total_in + PROOF_END;
            z->next_in  = s->data;
            z->avail_in = n;
        }
        z->next_out  = s->out;
        z->avail_out = sizeof(s->out);
        ret = inflate(z, Z_SYNC_FLUSH);
    }
    s->work += z->total_out + TRIAL_COST;
    if (ret != Z_STREAM_END)
        return 0;
    return !raw || (z->total_out >= PROOF_END && ends_well(s, pos + z->total_in));
}

/** Look at n bytes of the window, which are at pos, and for marks at more. @return 1 if found */
static int search_window(Search *s, RFBInputGap *gap, int64_t pos, int n)
{
    for (int i = 0; i < n && s->work < MAX_WORK; i++) {
        const uint8_t *b = s->window + i;
        int raw = AV_RB32(b) == 0xFFFF;

        if (!raw && (!ff_rfb_input_is_gzip(b) || b[3] & 0xE0))
            continue;
        /* what lies behind a flush before the damage was read */
        if (raw && pos + i + MARK_SIZE <= gap->damage)
            continue;
        gap->next = pos + i + (raw ? MARK_SIZE : 0);
        gap->raw  = raw;
        if (is_good(s, gap->next, raw))
            return 1;
    }
    gap->next = gap->raw = 0;
    return 0;
}

int ff_rfb_gzip_find(RFBInput *in, RFBInputGap *gap)
{
    int64_t pos = FFMAX(gap->member + 1, gap->damage - LOOK_BACK);
    Search *s = av_mallocz(sizeof(*s));
    int n = 0, found = 0;

    if (!s)
        return AVERROR(ENOMEM);
    s->in = in;
    if (inflateInit2(&s->z, RFB_RAW_WINDOW) != Z_OK) {
        av_free(s);
        return AVERROR(ENOMEM);
    }
    do {
        n = avio_seek(in->pb, in->start + pos, SEEK_SET) < 0 ? 0 :
            avio_read(in->pb, s->window, sizeof(s->window));
        if (n < MARK_SIZE)
            break;
        found = search_window(s, gap, pos, n - MARK_SIZE + 1);
        pos  += n - MARK_SIZE + 1;
    } while (!found && n == sizeof(s->window) && s->work < MAX_WORK);
    inflateEnd(&s->z);
    av_free(s);
    return 0;
}
