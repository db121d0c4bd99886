/*
 * What a VNC client sends, followed for changes of the pixel format
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
#include "libavutil/intreadwrite.h"
#include "novncclient.h"

#define SET_PIXEL_FORMAT 0
#define QEMU             255

/* RFC 6143, 7.5, and the community's specification */
static const struct {
    uint8_t type;
    uint8_t size;               ///< bytes that every such message has
    uint8_t at, bytes, unit;    ///< where a number is of units that follow
} messages[] = {
    { SET_PIXEL_FORMAT, 20 },
    {   1,  6, 4, 2, 6 },       ///< FixColourMapEntries
    {   2,  4, 2, 2, 4 },       ///< SetEncodings
    {   3, 10 },                ///< FramebufferUpdateRequest
    {   4,  8 },                ///< KeyEvent
    {   5,  6 },                ///< PointerEvent
    {   6,  8, 4, 4, 1 },       ///< ClientCutText
    { 150, 10 },                ///< EnableContinuousUpdates
    { 248,  9, 8, 1, 1 },       ///< ClientFence
    { 250,  4 },                ///< xvp
    { 251,  8, 6, 1, 16 },      ///< SetDesktopSize
    { 253,  4, 2, 2, 1 },       ///< gii
    { QEMU, 4 },
};

void ff_novnc_client_string(NoVNCClient *c, int64_t offset)
{
    c->string = offset;
    c->lost   = 0;
}

/** The bytes of a message behind those that every such message has. */
static int64_t rest(const uint8_t *msg, int i)
{
    const uint8_t *number = msg + messages[i].at;

    switch (messages[i].bytes) {
    case 1: return *number * messages[i].unit;
    case 2: return AV_RB16(number) * messages[i].unit;
    /* a negative length marks an extended clipboard message */
    case 4: return FFABS((int64_t)(int32_t)AV_RB32(number)) * messages[i].unit;
    }
    /* QEMU: extended key events, and audio with the format of samples or without */
    if (messages[i].type == QEMU)
        return !msg[1] ? 8 : AV_RB16(msg + 2) == 2 ? 6 : 0;
    return 0;
}

const RFBPixelFormat *ff_novnc_client_byte(NoVNCClient *c, uint8_t byte)
{
    int i = 0;

    if (c->lost || c->left) {
        c->left -= !c->lost;
        return NULL;
    }
    if (!c->have)
        c->start = c->string;
    c->msg[c->have++] = byte;
    while (i < FF_ARRAY_ELEMS(messages) && messages[i].type != c->msg[0])
        i++;
    if (i < FF_ARRAY_ELEMS(messages) && c->have < messages[i].size)
        return NULL;
    c->have = 0;
    if (i == FF_ARRAY_ELEMS(messages)) {
        c->lost = 1;
        return NULL;
    }
    c->left = rest(c->msg, i);
    return c->msg[0] == SET_PIXEL_FORMAT && !avpriv_rfb_pixel_format_read(&c->pf, c->msg + 4) ?
           &c->pf : NULL;
}
