/*
 * Places in gzip data at which inflating can begin
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

#include "libavutil/error.h"
#include "libavutil/mem.h"
#include "avio.h"
#include "rfbgzseek.h"
#include "rfbinput.h"

/** So many are remembered, which are not closer than so many uncompressed bytes. */
#define NB_PLACES 128
#define SPACING   (64 << 10)

/** What inflate() tells of where it stopped, in data_type. */
#define UNUSED_BITS  0x07
#define LAST_BLOCK   0x40
#define END_OF_BLOCK 0x80

struct RFBGzipPlaces {
    RFBGzipPlace place[NB_PLACES];
    int nb;                     ///< that were met; each takes the place of the oldest one
    uint8_t window[NB_PLACES][RFB_GZIP_MAX_WINDOW];
};

int ff_rfb_gzip_note(RFBInput *in)
{
    if (in->gzip && !in->places && !(in->places = av_mallocz(sizeof(*in->places))))
        return AVERROR(ENOMEM);
    return 0;
}

void ff_rfb_gzip_note_free(RFBInput *in)
{
    av_freep(&in->places);
}

void ff_rfb_gzip_met(RFBInput *in, int64_t pos)
{
    struct RFBGzipPlaces *p = in->places;
    z_stream *z = &in->z;
    int i = p->nb % NB_PLACES;
    unsigned size = 0;

    /* what is behind damage depends on what was found there */
    if (!(z->data_type & END_OF_BLOCK) || z->data_type & LAST_BLOCK || in->nb_gaps ||
        (p->nb && pos < p->place[(p->nb - 1) % NB_PLACES].pos + SPACING))
        return;
    if (inflateGetDictionary(z, p->window[i], &size) != Z_OK)
        return;
    p->place[i] = (RFBGzipPlace){ pos, ff_rfb_input_file_offset(in), z->data_type & UNUSED_BITS,
                                  in->member, size };
    p->nb++;
}

const RFBGzipPlace *ff_rfb_gzip_place(const RFBInput *in, int64_t pos, const uint8_t **window)
{
    const struct RFBGzipPlaces *p = in->places;

    for (int n = p ? p->nb - 1 : -1; n >= 0 && n >= p->nb - NB_PLACES; n--)
        if (p->place[n % NB_PLACES].pos <= pos) {
            *window = p->window[n % NB_PLACES];
            return &p->place[n % NB_PLACES];
        }
    return NULL;
}

int ff_rfb_gzip_go(RFBInput *in, const RFBGzipPlace *place, const uint8_t *window)
{
    z_stream *z = &in->z;
    int half = !!place->bits, byte = 0;
    int64_t ret;

    if (!in->gzip || (in->nb_gaps && place->pos >= in->gap[0].pos))
        return AVERROR_INVALIDDATA;
    if ((ret = avio_seek(in->pb, in->start + place->file - half, SEEK_SET)) < 0)
        return ret;
    if (half)
        byte = avio_r8(in->pb);
    z->avail_in = 0;
    if (inflateReset2(z, RFB_RAW_WINDOW) != Z_OK ||
        (half && inflatePrime(z, place->bits, byte >> (8 - place->bits)) != Z_OK) ||
        inflateSetDictionary(z, window, place->size) != Z_OK)
        return AVERROR_INVALIDDATA;
    in->raw    = 1;
    in->member = place->member;
    in->pos    = place->pos;
    in->at_end = in->at_gap = in->trailer = in->passed = in->lost = 0;
    return 0;
}
