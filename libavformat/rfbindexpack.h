/*
 * Indices of RFB recordings: packing states
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
 * Writes states so that what they have in common is there once: tiles of their
 * pixels and the outputs of their streams are pieces, known by their hashes.
 */

#ifndef AVFORMAT_RFBINDEXPACK_H
#define AVFORMAT_RFBINDEXPACK_H

#include <zlib.h>

#include "libavcodec/rfb_state.h"
#include "rfbindex.h"

/** A piece that was written. */
typedef struct RFBIndexSlot {
    uint64_t hash[2];
    int64_t pos;                ///< 0: none
} RFBIndexSlot;

/** Zero-initialise. */
typedef struct RFBIndexPacker {
    AVIOContext *out;
    int64_t pos;                ///< bytes written
    struct AVMurMur3 *hash;
    RFBIndexSlot *slot;         ///< a hash table
    unsigned nb_slots, used;    ///< a power of two, and how many of them are taken
    z_stream z;
    int z_open;
    uint8_t *packed, *delta;    ///< room for a piece
    uint8_t *list;              ///< of the last state: its head, and where its pieces are
    uint8_t *last;              ///< the last state itself
    unsigned last_alloc;
    RFBStateInfo info;          ///< of that
} RFBIndexPacker;

/** @return 0 or AVERROR(ENOMEM); ff_rfb_index_pack_free() is good after both */
int ff_rfb_index_pack_open(RFBIndexPacker *k, AVIOContext *out);
void ff_rfb_index_pack_free(RFBIndexPacker *k);

/** Write a state, and note in the point where it is. */
int ff_rfb_index_pack_state(RFBIndexPacker *k, RFBIndexPoint *p, const uint8_t *state,
                            size_t size);

/** Write the window of a place in gzip data. @return where it is */
int64_t ff_rfb_index_pack_window(RFBIndexPacker *k, const uint8_t *window, size_t size);

/** Write bytes packed with zlib. */
int ff_rfb_index_pack(RFBIndexPacker *k, const uint8_t *data, size_t size, uint32_t *packed,
                      uint32_t *check);

/** Write a point's part of the directory. @param dst RFB_INDEX_POINT bytes */
void ff_rfb_index_write_point(const RFBIndexPoint *p, uint8_t *dst);

/** Write the header, after all else. */
int ff_rfb_index_pack_header(RFBIndexPacker *k, const uint8_t *header);

#endif /* AVFORMAT_RFBINDEXPACK_H */
