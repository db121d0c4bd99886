/*
 * What a viewer sends
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
#include <string.h>

#include "libavcodec/rfb.h"
#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/intreadwrite.h"
#include "clientmsg.h"

enum {
    SET_ENCODINGS = 2, KEY_EVENT = 4, POINTER_EVENT = 5, CLIENT_CUT_TEXT = 6, FILE_TRANSFER = 7,
    TEXT_CHAT = 11,
    GII = 253, QEMU = 255,
};

/* RFC 6143, 7.5, the specification, and what UltraVNC and libvncserver add */
static const struct Message {
    uint8_t type;
    uint8_t size;               ///< bytes that every such message has
    uint8_t at, bytes, unit;    ///< where a number is of units that follow
    uint8_t acts;               ///< it changes what others see, or the server
} messages[] = {
    {   0, 20 },                        ///< SetPixelFormat
    {   1,  6, 4, 2, 6 },               ///< FixColourMapEntries
    { SET_ENCODINGS, 4, 2, 2, 4 },
    {   3, 10 },                        ///< FramebufferUpdateRequest
    { KEY_EVENT, 8, .acts = 1 },
    { POINTER_EVENT, 6, .acts = 1 },
    { CLIENT_CUT_TEXT, 8, 4, 4, 1, 1 },
    { FILE_TRANSFER, 12, 8, 4, 1, 1 },
    {   8,  4, .acts = 1 },             ///< SetScale
    {   9,  4, .acts = 1 },             ///< SetServerInput
    {  10,  6, .acts = 1 },             ///< SetSW
    { TEXT_CHAT, 8, 4, 4, 1, 1 },
    {  13,  1 },                        ///< KeepAlive
    {  15,  4, .acts = 1 },             ///< PalmVNC's SetScaleFactor
    { 150, 10 },                        ///< EnableContinuousUpdates
    { 248,  9, 8, 1, 1 },               ///< ClientFence
    { 250,  4, .acts = 1 },             ///< xvp
    { 251,  8, 6, 1, 16, 1 },           ///< SetDesktopSize
    { GII,  4, 2, 2, 1, 1 },
    { QEMU, 4 },
};

/** UltraVNC: behind the name of a file that is offered stands the upper half of its size. */
enum { FILE_OFFER = 8 };

/** What QEMU's messages have behind their head, by their subtypes. */
enum { QEMU_KEY_EVENT = 0, QEMU_AUDIO = 1, AUDIO_SET_FORMAT = 2 };

static const struct Message *find(uint8_t type)
{
    for (int i = 0; i < FF_ARRAY_ELEMS(messages); i++)
        if (messages[i].type == type)
            return &messages[i];
    return NULL;
}

/** The bytes of a message behind those that every such message has. */
static uint64_t rest(const struct Message *m, const uint8_t *head)
{
    const uint8_t *number = head + m->at;
    const int32_t n = m->bytes == 4 ? (int32_t)AV_RB32(number) : 0;

    if (m->type == QEMU)
        return head[1] == QEMU_KEY_EVENT ? 8 : AV_RB16(head + 2) == AUDIO_SET_FORMAT ? 6 : 0;
    if (m->type == GII && head[1] & 0x80)
        return AV_RL16(number);
    if (m->type == FILE_TRANSFER)
        return (uint64_t)(uint32_t)n + (head[1] == FILE_OFFER ? 4 : 0);
    /* -1, -2 and -3 open, close and finish the chat */
    if (m->type == TEXT_CHAT && n < 0)
        return 0;
    switch (m->bytes) {
    case 1: return *number * m->unit;
    case 2: return AV_RB16(number) * m->unit;
    /* a negative length marks an extended clipboard message */
    case 4: return m->type == CLIENT_CUT_TEXT ? FFABS((int64_t)n) : (uint32_t)n;
    }
    return 0;
}

/** Messages that are looked at as a whole. */
static int is_held(const uint8_t *head)
{
    return head[0] == SET_ENCODINGS || (head[0] == QEMU && head[1] == QEMU_KEY_EVENT);
}

/**
 * Leave out what would let keys and pointer come in other messages, or change
 * the length of PointerEvent: no macro has a place for more buttons.
 */
static void leave_out(RecClientFilter *f)
{
    size_t n = 0;

    for (size_t i = 4; i < f->nb_held; i += 4) {
        const int32_t encoding = AV_RB32(f->held + i);

        if (encoding != RFB_ENC_EXTENDED_MOUSE && encoding != RFB_ENC_GII)
            memmove(f->held + 4 + 4 * n++, f->held + i, 4);
    }
    AV_WB16(f->held + 2, n);
    f->nb_held = 4 + 4 * n;
}

/** Write a key or a click down. @return 0 or an error */
static int write_down(RecClientFilter *f)
{
    const uint8_t *m = f->held;
    int ret = 0;

    if (!f->inputs)
        return 0;
    if (m[0] == KEY_EVENT)
        ret = rec_inputs_key(f->inputs, AV_RB32(m + 4), m[1]);
    else if (m[0] == POINTER_EVENT)
        ret = rec_inputs_pointer(f->inputs, m[1], AV_RB16(m + 2), AV_RB16(m + 4));
    else if (m[0] == QEMU && m[1] == QEMU_KEY_EVENT)
        ret = rec_inputs_key(f->inputs, AV_RB32(m + 4), AV_RB16(m + 2));
    if (ret < 0)
        snprintf(f->error, sizeof(f->error), "%s", f->inputs->error);
    return ret;
}

/**
 * How many bytes of the message at hand must be held.
 * @return more than there are, as many as there are if it is complete, or an error
 */
static int wanted(RecClientFilter *f)
{
    const struct Message *m = find(f->held[0]);
    uint64_t size;

    if (!m || (f->nb_held > 1 && m->type == QEMU && f->held[1] > QEMU_AUDIO)) {
        snprintf(f->error, sizeof(f->error), "it sent a message that is not known here, of type %d"
                 "%s; nothing behind it can be read", f->held[0], m ? " of QEMU's" : "");
        return AVERROR_INVALIDDATA;
    }
    if (f->nb_held < m->size)
        return m->size;
    size = m->size + (is_held(f->held) ? rest(m, f->held) : 0);
    if (size <= sizeof(f->held))
        return size;
    snprintf(f->error, sizeof(f->error), "it asked for more than %d encodings", REC_MAX_ASKED);
    return AVERROR_INVALIDDATA;
}

/** A message is known. @return 0 or an error */
static int known(RecClientFilter *f)
{
    const struct Message *m = find(f->held[0]);
    const int is_key = m->type == QEMU && f->held[1] == QEMU_KEY_EVENT;

    f->body = is_held(f->held) ? 0 : rest(m, f->held);
    f->drop = f->view_only && (m->acts || is_key);
    if (m->type == SET_ENCODINGS)
        leave_out(f);
    return f->drop ? 0 : write_down(f);
}

size_t rec_client_filter(RecClientFilter *f, uint8_t *out, const uint8_t *in, size_t size)
{
    uint8_t *const begin = out;

    while (size && f->result >= 0) {
        const size_t n = FFMIN(size, f->body);
        int ret;

        if (n) {
            if (!f->drop) {
                memcpy(out, in, n);
                out += n;
            }
            f->body -= n;
            in   += n;
            size -= n;
            continue;
        }
        f->held[f->nb_held++] = *in++;
        size--;
        ret = wanted(f);
        if (ret >= 0 && (size_t)ret == f->nb_held) {
            ret = known(f);
            /* what cannot be written down is not done either */
            if (ret >= 0 && !f->drop) {
                memcpy(out, f->held, f->nb_held);
                out += f->nb_held;
            }
            f->nb_held = 0;
        }
        f->result = FFMIN(ret, 0);
    }
    return out - begin;
}
