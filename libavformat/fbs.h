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

/**
 * @file
 * How the blocks of FBS files are laid out, in every variant that is known,
 * and how the most portable one is written. Knows nothing of FFmpeg's
 * demuxers and muxers: a recorder can use it as it is.
 */

#ifndef AVFORMAT_FBS_H
#define AVFORMAT_FBS_H

#include <stddef.h>
#include <stdint.h>

#define FBS_MAGIC_SIZE 12

/** Bytes before a block's data, and behind it, at most. */
#define FBS_MAX_HEAD 7
#define FBS_MAX_TAIL 7

/** No recorder writes blocks of more data. */
#define FBS_MAX_DATA (1 << 30)

enum FBSBlockType {
    FBS_BLOCK_CLIP     = -2,    ///< the part of the screen that was recorded
    FBS_BLOCK_DURATION = -1,    ///< u32 milliseconds
    FBS_BLOCK_DATA     =  0,    ///< what the server sent
};

/** Where a block's time stands. */
enum FBSTimePlace {
    FBS_TIME_BEFORE,            ///< in the head
    FBS_TIME_BEHIND,            ///< behind the data, before the padding
    FBS_TIME_LAST,              ///< behind the data and the padding
};

/** What is known of a block when its head was read. */
typedef struct FBSBlock {
    int type;                   ///< FBSBlockType; blocks of others are to be skipped
    uint32_t size;              ///< bytes of data
    uint32_t ms;                ///< with FBS_TIME_BEFORE
} FBSBlock;

/** A variant of the format. */
typedef struct FBSLayout {
    char magic[FBS_MAGIC_SIZE + 1];
    uint8_t head;               ///< bytes before a block's data
    uint8_t align;              ///< data and padding are a multiple of so many bytes
    uint8_t time;               ///< FBSTimePlace
    uint8_t json;               ///< a line of JSON follows the magic, and ends the file
    void (*read_head)(FBSBlock *b, const uint8_t *head);
} FBSLayout;

/** @param buf FBS_MAGIC_SIZE bytes. @return NULL if that is no FBS file of a known kind */
const FBSLayout *ff_fbs_layout(const uint8_t *buf);

/** Node's rfb2 writes the time before the padding, and does not say so. */
extern const FBSLayout ff_fbs_layout_node;

/** Bytes from the end of a block's data to the next block. */
static inline int ff_fbs_tail_size(const FBSLayout *l, uint32_t size)
{
    return (l->time == FBS_TIME_BEFORE ? 0 : 4) + (-size & (l->align - 1));
}

/** @param tail ff_fbs_tail_size() bytes. @return ms */
uint32_t ff_fbs_tail_time(const FBSLayout *l, const FBSBlock *b, const uint8_t *tail);

/**
 * Write what comes before the data of a block of FBS 001.000.
 * @return bytes, at most FBS_MAX_HEAD
 */
int ff_fbs_write_head(uint8_t *buf, uint32_t size);

/** Write what follows it. @return bytes, at most FBS_MAX_TAIL */
int ff_fbs_write_tail(uint8_t *buf, uint32_t size, uint32_t ms);

/** Larger blocks are more than some readers take. */
#define FBS_MAX_BLOCK (64 << 10)

/** What a file begins with, without the ServerInit and the block's tail. */
#define FBS_PROLOGUE_SIZE (FBS_MAGIC_SIZE + 4 + 12 + 4)

/**
 * Write the magic, the head of the first block and the handshake of RFB 3.3
 * without authentication; the caller writes the ServerInit behind it, and
 * ff_fbs_write_tail() for FBS_HANDSHAKE_SIZE + init_size bytes.
 * @param buf       FBS_PROLOGUE_SIZE bytes
 * @param init_size bytes of the ServerInit with the name
 */
void ff_fbs_write_prologue(uint8_t *buf, uint32_t init_size);
#define FBS_HANDSHAKE_SIZE (12 + 4)

#endif /* AVFORMAT_FBS_H */
