/*
 * Part of a screen
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
#include "clip.h"

enum { PICTURE, COPY, POSITION, SIZE, AS_IT_IS };

static int kind_of(int32_t encoding)
{
    switch (encoding) {
    case RFB_ENC_COPY_RECT:
        return COPY;
    case RFB_ENC_POINTER_POS:
    case RFB_ENC_VMWARE_CURSOR_POS:
        return POSITION;
    case RFB_ENC_DESKTOP_SIZE:
    case RFB_ENC_EXTENDED_DESKTOP_SIZE:
    case RFB_ENC_VMWARE_DISPLAY_MODE:
        return SIZE;
    default:
        /* pictures are 0 to 50 and TightPNG */
        return (encoding >= 0 && encoding < 256) || encoding == RFB_ENC_TIGHT_PNG
               ? PICTURE : AS_IT_IS;
    }
}

static int inside(const RecClip *c, int x, int y, int w, int h)
{
    return x >= c->x && y >= c->y && x + w <= c->x + c->w && y + h <= c->y + c->h;
}

/* x(u16) y(u16) w(u16) h(u16) encoding(s32); CopyRect: source x(u16) y(u16) */
static int move(RecClipper *c, uint8_t *b, int kind)
{
    const RecClip *clip = &c->clip;
    const int x = AV_RB16(b), y = AV_RB16(b + 2), w = AV_RB16(b + 4), h = AV_RB16(b + 6);

    switch (kind) {
    case SIZE:
        c->width  = w;
        c->height = h;
        if (clip->x + clip->w > w || clip->y + clip->h > h) {
            c->error = "the screen became too small for --clip";
            return AVERROR(ERANGE);
        }
        AV_WB16(b + 4, clip->w);
        AV_WB16(b + 6, clip->h);
        return 0;
    case POSITION:
        AV_WB16(b, av_clip(x - clip->x, 0, clip->w - 1));
        AV_WB16(b + 2, av_clip(y - clip->y, 0, clip->h - 1));
        return 0;
    case COPY:
        if (inside(clip, AV_RB16(b + 12), AV_RB16(b + 14), w, h)) {
            AV_WB16(b + 12, AV_RB16(b + 12) - clip->x);
            AV_WB16(b + 14, AV_RB16(b + 14) - clip->y);
            break;
        }
        c->error = "the server copies into the part of --clip from outside; record all of the "
                   "screen and use the filter crop when playing";
        return AVERROR(ERANGE);
    }
    if (!inside(clip, x, y, w, h)) {
        c->error = "the server sends what reaches out of --clip, which cannot be cut off without "
                   "decoding it; record all of the screen and use the filter crop when playing";
        return AVERROR(ERANGE);
    }
    AV_WB16(b, x - clip->x);
    AV_WB16(b + 2, y - clip->y);
    return 0;
}

int rec_clip_parse(RecClipper *c, RFBParser *p, uint8_t *buf, size_t size)
{
    c->error = NULL;
    for (;;) {
        int ret = avpriv_rfb_parse(p, NULL, buf, size), kind;
        size_t need;

        if (ret != AVERROR(EAGAIN) || !c->clip.w || p->need != p->pos || p->stopped != p->pos)
            return ret;
        /* it stopped before a rectangle */
        kind = size - p->pos >= 12 ? kind_of((int32_t)AV_RB32(buf + p->pos + 8)) : AS_IT_IS;
        need = p->pos + (kind == COPY ? 16 : 12);
        if (size < need) {
            p->need    = need;
            p->stopped = 0;
            return ret;
        }
        if (kind != AS_IT_IS && (ret = move(c, buf + p->pos, kind)) < 0)
            return ret;
    }
}
