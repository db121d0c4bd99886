/*
 * FBS, the format of VNC session recordings
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

#include "libavutil/intreadwrite.h"
#include "libavutil/macros.h"
#include "fbs.h"

/* size(u32) */
static void size_only(FBSBlock *b, const uint8_t *head)
{
    b->type = FBS_BLOCK_DATA;
    b->size = AV_RB32(head);
}

/* type(s8) ms(u32) size(u16) */
static void packet_header(FBSBlock *b, const uint8_t *head)
{
    b->type = (int8_t)head[0];
    b->ms   = AV_RB32(head + 1);
    b->size = AV_RB16(head + 5);
}

/* rfbproxy and most others; OpenAI Universe; Flashlight-VNC */
static const FBSLayout layouts[] = {
    { "FBS 001.000\n", 4, 4, FBS_TIME_LAST,   0, size_only },
    { "FBS 001.001\n", 4, 4, FBS_TIME_LAST,   0, size_only },
    { "FBS 001.002\n", 4, 1, FBS_TIME_LAST,   1, size_only },
    { "FBS 002.000\n", 7, 1, FBS_TIME_BEFORE, 0, packet_header },
};

const FBSLayout ff_fbs_layout_node = { "FBS 001.001\n", 4, 4, FBS_TIME_BEHIND, 0, size_only };

const FBSLayout *ff_fbs_layout(const uint8_t *buf)
{
    for (int i = 0; i < FF_ARRAY_ELEMS(layouts); i++)
        if (!memcmp(buf, layouts[i].magic, FBS_MAGIC_SIZE))
            return &layouts[i];
    return NULL;
}

uint32_t ff_fbs_tail_time(const FBSLayout *l, const FBSBlock *b, const uint8_t *tail)
{
    switch (l->time) {
    case FBS_TIME_BEFORE: return b->ms;
    case FBS_TIME_BEHIND: return AV_RB32(tail);
    default:              return AV_RB32(tail + ff_fbs_tail_size(l, b->size) - 4);
    }
}

int ff_fbs_write_head(uint8_t *buf, uint32_t size)
{
    AV_WB32(buf, size);
    return 4;
}

int ff_fbs_write_tail(uint8_t *buf, uint32_t size, uint32_t ms)
{
    int padding = -size & 3;

    memset(buf, 0, padding);
    AV_WB32(buf + padding, ms);
    return padding + 4;
}

void ff_fbs_write_prologue(uint8_t *buf, uint32_t init_size)
{
    memcpy(buf, layouts[0].magic, FBS_MAGIC_SIZE);
    ff_fbs_write_head(buf + FBS_MAGIC_SIZE, FBS_HANDSHAKE_SIZE + init_size);
    memcpy(buf + FBS_MAGIC_SIZE + 4, "RFB 003.003\n\0\0\0\1", FBS_HANDSHAKE_SIZE);
}
