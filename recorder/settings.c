/*
 * Settings of a recording
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

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/values.h"
#include "libavutil/common.h"
#include "settings.h"

static const struct {
    const char *name;
    int32_t number;
} encodings[] = {
    { "raw",      RFB_ENC_RAW },      { "copyrect", RFB_ENC_COPY_RECT },
    { "rre",      RFB_ENC_RRE },      { "corre",    RFB_ENC_CORRE },
    { "hextile",  RFB_ENC_HEXTILE },  { "zlib",     RFB_ENC_ZLIB },
    { "tight",    RFB_ENC_TIGHT },    { "zlibhex",  RFB_ENC_ZLIBHEX },
    { "ultra",    RFB_ENC_ULTRA },    { "trle",     RFB_ENC_TRLE },
    { "zrle",     RFB_ENC_ZRLE },     { "zywrle",   RFB_ENC_ZYWRLE },
    { "tightpng", RFB_ENC_TIGHT_PNG },
};

/* names and numbers between commas */
const char *rec_read_encodings(void *dst, const char *text)
{
    RecEncodings *e = dst;

    e->nb = 0;
    while (*text) {
        size_t n = strcspn(text, ","), i;
        char *end;

        for (i = 0; i < FF_ARRAY_ELEMS(encodings); i++)
            if (strlen(encodings[i].name) == n && !strncasecmp(encodings[i].name, text, n))
                break;
        if (e->nb == REC_MAX_ENCODINGS)
            return "too many encodings";
        if (i < FF_ARRAY_ELEMS(encodings)) {
            e->number[e->nb++] = encodings[i].number;
        } else {
            e->number[e->nb++] = strtol(text, &end, 0);
            if (!n || end != text + n)
                return "known are raw, copyrect, rre, corre, hextile, zlib, tight, zlibhex, ultra, "
                       "trle, zrle, zywrle, tightpng, and numbers";
        }
        text += n + (text[n] == ',');
    }
    return e->nb ? NULL : "no encoding";
}

const char *rec_read_format(void *dst, const char *text)
{
    RecFormat *f = dst;

    f->keep = !strcmp(text, "server");
    if (f->keep)
        return NULL;
    return avpriv_rfb_pixel_format_parse(&f->pf, text) < 0
           ? "no pixel format such as bgrx8888, rgb565le, bgr233, map8, or server" : NULL;
}

/* WxH+X+Y, as X11 has it; +0+0 may be left out */
const char *rec_read_clip(void *dst, const char *text)
{
    RecClip c = { 0 };
    int used = 0, n = sscanf(text, "%5dx%5d%n+%5d+%5d%n", &c.w, &c.h, &used, &c.x, &c.y, &used);

    if ((n != 2 && n != 4) || text[used] || c.w <= 0 || c.h <= 0 || c.x < 0 || c.y < 0 ||
        c.x + c.w > 65535 || c.y + c.h > 65535)
        return "no part of a screen such as 640x480+100+50";
    *(RecClip *)dst = c;
    return NULL;
}

const char *rec_read_segment(void *dst, const char *text)
{
    RecSegment s = { 0 };
    size_t n = strlen(text);

    /* m is minutes, M is megabytes */
    if (n && (strchr("kKMGTB", text[n - 1]))) {
        const char *why = opt_read_size(&s.bytes, text);

        if (why)
            return why;
    } else if (opt_read_time(&s.ms, text)) {
        return "neither a time such as 10m or 1h nor a size such as 100M";
    }
    if (s.ms < 100 && s.bytes < 1024)
        return "too short";
    *(RecSegment *)dst = s;
    return NULL;
}

const char *rec_read_cursor(void *dst, const char *text)
{
    if (strcmp(text, "drawn") && strcmp(text, "shape"))
        return "drawn or shape";
    *(int *)dst = *text == 's' ? REC_CURSOR_SHAPE : REC_CURSOR_DRAWN;
    return NULL;
}

void rec_encodings_drop(RecEncodings *e, int32_t number)
{
    int n = 0;

    for (int i = 0; i < e->nb; i++)
        if (e->number[i] != number)
            e->number[n++] = e->number[i];
    e->nb = n;
}

int rec_encodings_for(const RecSettings *s, int32_t list[64])
{
    /* the numbers of levels: the specification, "JPEG Quality Level", "Compression Level" */
    enum { QUALITY_0 = -32, COMPRESS_0 = -256 };
    static const int32_t always[] = {
        RFB_ENC_LAST_RECT, RFB_ENC_EXTENDED_DESKTOP_SIZE, RFB_ENC_DESKTOP_SIZE,
        RFB_ENC_DESKTOP_NAME,
    };
    static const int32_t cursor[] = {
        RFB_ENC_CURSOR_WITH_ALPHA, RFB_ENC_CURSOR, RFB_ENC_XCURSOR, RFB_ENC_POINTER_POS,
        RFB_ENC_VMWARE_CURSOR_POS,
    };
    int n = 0;

    for (int i = 0; i < s->encodings.nb; i++)
        list[n++] = s->encodings.number[i];
    for (int i = 0; i < FF_ARRAY_ELEMS(always); i++)
        list[n++] = always[i];
    if (s->cursor == REC_CURSOR_SHAPE)
        for (int i = 0; i < FF_ARRAY_ELEMS(cursor); i++)
            list[n++] = cursor[i];
    if (s->quality >= 0)
        list[n++] = QUALITY_0 + s->quality;
    if (s->compress >= 0)
        list[n++] = COMPRESS_0 + s->compress;
    if (s->fps <= 0) {
        list[n++] = RFB_ENC_FENCE;
        list[n++] = RFB_ENC_CONTINUOUS_UPDATES;
    }
    return n;
}
