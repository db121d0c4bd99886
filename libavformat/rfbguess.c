/*
 * The pixel format of recordings that do not tell it
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
#include "libavutil/intreadwrite.h"
#include "rfbguess.h"

/** So much of the stream is read with each format. */
#define MAX_WALK (1 << 20)

/** No more than this is read for that, however long an update seems to be. */
#define MAX_READ (32 << 20)

/** So many pixels of a rectangle are looked at. */
#define MAX_PIXELS 256

/**
 * What servers and clients use, frequent ones first. Other byte orders of 32
 * bit pixels are other orders of the channels.
 */
static const char *const names[] = {
    "bgrx8888", "rgbx8888", "xrgb8888", "xbgr8888",
    "rgb565le", "rgb565be", "bgr565le", "bgr565be",
    "rgb555le", "rgb555be", "bgr555le", "bgr555be",
    "rgb332", "bgr233", "rgb222", "map8",
};

/** How well a format fits. */
typedef struct Fit {
    int64_t walked;             ///< bytes of the stream that can be read
    int updates;
    int greys;                  ///< pixels whose channels are equal, black ones aside
    int maps;                   ///< SetColourMapEntries that make sense
} Fit;

/** Whether a pixel is a shade of grey, of which screens are full. */
static int is_grey(const RFBPixelFormat *pf, const uint8_t *b)
{
    int size = ff_rfb_pixel_size(pf), low = 255, high = 0, least = 255;
    uint32_t value = 0, known = 0;

    if (!pf->true_colour)
        return 0;
    for (int i = 0; i < size; i++)
        value |= (uint32_t)b[i] << 8 * (pf->big_endian ? size - 1 - i : i);
    for (int i = 0; i < 3; i++) {
        int c = (value >> pf->shift[i] & pf->max[i]) * 255 / pf->max[i];

        known |= (uint32_t)pf->max[i] << pf->shift[i];
        low    = FFMIN(low, c);
        high   = FFMAX(high, c);
        least  = FFMIN(least, pf->max[i]);
    }
    return value && !(value & ~known) && high - low <= 255 / least / 2;
}

/** Look at n pixels that are step bytes apart. */
static void look(Fit *fit, const RFBPixelFormat *pf, const uint8_t *b, const uint8_t *end,
                 int n, int step)
{
    for (; n > 0 && end - b >= ff_rfb_pixel_size(pf); n--, b += step)
        fit->greys += is_grey(pf, b);
}

/** Look at the pixels that stand in a Tight rectangle as they are. */
static void look_at_tight(Fit *fit, const RFBPixelFormat *pf, const uint8_t *b, const uint8_t *end)
{
    int size = ff_rfb_pixel_size(pf);

    /* the 3 byte pixels are red, green, blue in any format */
    if (size == 4 || end - b < 3)
        return;
    if (b[0] >> 4 == 8)
        look(fit, pf, b + 1, end, 1, size);
    else if (b[0] >> 4 < 8 && b[0] & 0x40 && b[1] == 1)
        look(fit, pf, b + 3, end, b[2] + 1, size);
}

/** Look at the colours of Hextile's tiles (RFC 6143, 7.7.4). */
static void look_at_hextile(Fit *fit, const RFBPixelFormat *pf, const uint8_t *b,
                            const uint8_t *end, int width, int height)
{
    enum { RAW = 1, BACKGROUND = 2, FOREGROUND = 4, SUBRECTS = 8, COLOURED = 16 };
    int size = ff_rfb_pixel_size(pf);

    for (int y = 0; y < height; y += 16) {
        for (int x = 0; x < width && b < end; x += 16) {
            int type = *b++, step = type & COLOURED ? size + 2 : 2;
            int n = type & RAW ? FFMIN(width - x, 16) * FFMIN(height - y, 16) :
                    !!(type & BACKGROUND) + !!(type & FOREGROUND);

            look(fit, pf, b, end, n, size);
            b += n * size;
            if (type & RAW || !(type & SUBRECTS) || b >= end)
                continue;
            n = *b++;
            if (type & COLOURED)
                look(fit, pf, b, end, n, step);
            b += n * step;
        }
    }
}

/** Look at the pixels of a rectangle that are not compressed. */
static void look_at_rect(Fit *fit, const RFBPixelFormat *pf, const uint8_t *b, const uint8_t *end)
{
    int size = ff_rfb_pixel_size(pf), width = AV_RB16(b + 4), height = AV_RB16(b + 6);
    int32_t encoding = AV_RB32(b + 8);

    b += 12;
    if (encoding == RFB_ENC_RAW)
        look(fit, pf, b, end, FFMIN((int64_t)width * height, MAX_PIXELS), size);
    else if (encoding == RFB_ENC_TIGHT)
        look_at_tight(fit, pf, b, end);
    else if (encoding == RFB_ENC_HEXTILE)
        look_at_hextile(fit, pf, b, end, width, height);
    else if ((encoding == RFB_ENC_RRE || encoding == RFB_ENC_CORRE) && end - b >= 4 + size) {
        look(fit, pf, b + 4, end, 1, size);
        look(fit, pf, b + 4 + size, end, FFMIN(AV_RB32(b), MAX_PIXELS),
             size + (encoding == RFB_ENC_RRE ? 8 : 4));
    }
}

/** Look at messages that are known to be whole. */
static void look_at_messages(Fit *fit, RFBParser *p, const uint8_t *buf, size_t size)
{
    while (size) {
        int ret;

        while ((ret = avpriv_rfb_parse(p, NULL, buf, size)) == AVERROR(EAGAIN) &&
               p->need <= size && p->pos + 12 <= size)
            look_at_rect(fit, &p->pf, buf + p->pos, buf + size);
        if (ret <= 0)
            return;
        fit->maps += p->type == RFB_MSG_SET_COLOUR_MAP_ENTRIES && !p->pf.true_colour;
        buf  += ret;
        size -= ret;
    }
}

/** Begin the session with a pixel format. */
static int begin(AVFormatContext *s, RFBUpdate *start, const RFBPixelFormat *pf)
{
    RFBDemuxer *d = s->priv_data;
    int ret = d->container->seek(s, &start->start);

    start->pf = *pf;
    ff_rfb_stream_restart(&d->stream, start);
    return FFMIN(ret, 0);
}

/** Read as much of the session as is good for a decision. */
static Fit try_format(AVFormatContext *s, RFBUpdate *start, const RFBPixelFormat *pf)
{
    RFBDemuxer *d = s->priv_data;
    Fit fit = { 0 };
    RFBParser p;
    RFBUpdate u;
    int ret = begin(s, start, pf);

    p = d->stream.parser;
    p.by_rects = 1;
    while (ret >= 0 && fit.walked < MAX_WALK && ff_rfb_stream_left(&d->stream) < MAX_READ) {
        while ((ret = ff_rfb_stream_next(&d->stream, &u)) > 0) {
            size_t size;
            const uint8_t *data = ff_rfb_stream_data(&d->stream, u.end, &size);

            look_at_messages(&fit, &p, data, size);
            ff_rfb_stream_take(&d->stream, u.end);
            fit.updates++;
        }
        fit.walked = d->stream.walked;
        if (!ret)
            ret = d->container->read_chunk(s);
    }
    return fit;
}

static int is_better(const Fit *a, const Fit *b, int declared)
{
    if (a->walked != b->walked)
        return a->updates && a->walked > b->walked;
    if (a->maps != b->maps)
        return a->maps > b->maps;
    /* a few pixels of a format that can be read are no reason to doubt it */
    return a->greys > (declared ? 2 * b->greys + 8 : b->greys);
}

/** Whether the first update can be read; if it can, the stream is good as it is. */
static int first_is_good(AVFormatContext *s)
{
    RFBDemuxer *d = s->priv_data;
    int ret = 0;

    while (ret >= 0 && !d->stream.queue_nb && !d->stream.error)
        ret = d->container->read_chunk(s);
    /* what had to be said to the user was not */
    return d->stream.queue_nb && d->guessing == 1;
}

int ff_rfb_guess(AVFormatContext *s, int always)
{
    RFBDemuxer *d = s->priv_data;
    RFBStream *stream = &d->stream;
    RFBUpdate start = { .start = stream->here, .width = stream->width,
                        .height = stream->height, .pf = stream->pf };
    RFBPixelFormat pf, best_pf;
    const char *best_name = NULL;
    Fit best, fit;
    int doubt;

    if (stream->queue_nb)
        start = stream->queue[0];
    start.key = 1;
    if (!d->in.seekable)
        return 0;
    d->guessing = 1;
    if (!always && first_is_good(s)) {
        d->guessing = 0;
        return 0;
    }
    best_pf = start.pf;
    best    = try_format(s, &start, &best_pf);
    doubt   = always || !best.updates;
    for (int i = 0; doubt && i < FF_ARRAY_ELEMS(names); i++) {
        avpriv_rfb_pixel_format_parse(&pf, names[i]);
        fit = try_format(s, &start, &pf);
        if (is_better(&fit, &best, !best_name)) {
            best      = fit;
            best_pf   = pf;
            best_name = names[i];
        }
    }
    d->guessing = 0;
    if (best_name) {
        AVCodecParameters *par = s->streams[0]->codecpar;

        av_log(s, AV_LOG_WARNING, "The recording does not fit the pixel format it declares; "
               "taking it for %s (-pixel_format tells it)\n", best_name);
        avpriv_rfb_pixel_format_write(&best_pf, par->extradata + 4);
        par->format = best_pf.true_colour ? AV_PIX_FMT_0RGB32 : AV_PIX_FMT_PAL8;
    }
    return begin(s, &start, &best_pf);
}
