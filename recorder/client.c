/*
 * Messages of an RFB client
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
#include "libavutil/intreadwrite.h"
#include "client.h"

enum {
    SET_PIXEL_FORMAT = 0,
    SET_ENCODINGS = 2,
    FRAMEBUFFER_UPDATE_REQUEST = 3,
    KEY_EVENT = 4,
    POINTER_EVENT = 5,
    CLIENT_CUT_TEXT = 6,
    ENABLE_CONTINUOUS_UPDATES = 150,
    CLIENT_FENCE = 248,
};

int rec_set_pixel_format(RecConn *c, const RFBPixelFormat *pf)
{
    uint8_t m[4 + RFB_PIXEL_FORMAT_SIZE] = { SET_PIXEL_FORMAT };

    avpriv_rfb_pixel_format_write(pf, m + 4);
    return rec_conn_write(c, m, sizeof(m));
}

int rec_set_encodings(RecConn *c, const int32_t *encodings, int n)
{
    uint8_t m[4 + 4 * 64] = { SET_ENCODINGS };

    if (n > 64)
        return AVERROR(EINVAL);
    AV_WB16(m + 2, n);
    for (int i = 0; i < n; i++)
        AV_WB32(m + 4 + 4 * i, (uint32_t)encodings[i]);
    return rec_conn_write(c, m, 4 + 4 * n);
}

int rec_request(RecConn *c, int incremental, int x, int y, int w, int h)
{
    uint8_t m[10] = { FRAMEBUFFER_UPDATE_REQUEST, incremental };

    AV_WB16(m + 2, x);
    AV_WB16(m + 4, y);
    AV_WB16(m + 6, w);
    AV_WB16(m + 8, h);
    return rec_conn_write(c, m, sizeof(m));
}

int rec_key(RecConn *c, uint32_t keysym, int down)
{
    uint8_t m[8] = { KEY_EVENT, !!down };

    AV_WB32(m + 4, keysym);
    return rec_conn_write(c, m, sizeof(m));
}

int rec_pointer(RecConn *c, int buttons, int x, int y)
{
    uint8_t m[6] = { POINTER_EVENT, buttons };

    AV_WB16(m + 2, x);
    AV_WB16(m + 4, y);
    return rec_conn_write(c, m, sizeof(m));
}

int rec_cut_text(RecConn *c, const char *text, size_t size)
{
    uint8_t m[8] = { CLIENT_CUT_TEXT };
    int ret;

    if (size > INT32_MAX)
        return AVERROR(EINVAL);
    AV_WB32(m + 4, size);
    ret = rec_conn_write(c, m, sizeof(m));
    return ret < 0 || !size ? ret : rec_conn_write(c, text, size);
}

int rec_continuous_updates(RecConn *c, int enable, int x, int y, int w, int h)
{
    uint8_t m[10] = { ENABLE_CONTINUOUS_UPDATES, !!enable };

    AV_WB16(m + 2, x);
    AV_WB16(m + 4, y);
    AV_WB16(m + 6, w);
    AV_WB16(m + 8, h);
    return rec_conn_write(c, m, sizeof(m));
}

/* both ways: type padding[3] flags(u32) length(u8) payload */
int rec_answer_fence(RecConn *c, const uint8_t *message)
{
    /* BlockBefore, BlockAfter, SyncNext: messages are handled one by one, so
     * all of them hold; a request without the highest bit is an answer */
    const uint32_t known = 7, request = 1U << 31;
    uint8_t m[9 + 255] = { CLIENT_FENCE };
    uint32_t flags = AV_RB32(message + 4);

    if (!(flags & request))
        return 0;
    AV_WB32(m + 4, flags & known);
    memcpy(m + 8, message + 8, 1 + message[8]);
    return rec_conn_write(c, m, 9 + message[8]);
}
