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

/**
 * @file
 * The grammar of what an RFB client sends, for those who let not everything
 * through or write it down. Messages may come in any pieces; none is held
 * longer than to know what it is, whatever its size.
 */

#ifndef RECORDER_CLIENTMSG_H
#define RECORDER_CLIENTMSG_H

#include <stddef.h>
#include <stdint.h>

#include "inputs.h"

/** A viewer that asks for more encodings is refused. */
#define REC_MAX_ASKED 1024

/** Bytes of a message that may be held. */
#define REC_MAX_HELD (4 + 4 * REC_MAX_ASKED)

/** Zero-initialise, and set the first two. */
typedef struct RecClientFilter {
    int view_only;              ///< nothing may pass that changes the server
    RecInputs *inputs;          ///< where keys and pointer are written down, or NULL
    uint8_t held[REC_MAX_HELD]; ///< the message at hand
    size_t nb_held;
    uint64_t body;              ///< bytes of it that come, and go as they come
    int drop;                   ///< it does not pass
    int result;                 ///< an error: nothing passes any more
    char error[350];            ///< which
} RecClientFilter;

/**
 * What passes of some bytes; f->result becomes AVERROR_INVALIDDATA for an
 * unknown message, or the error of the file.
 * @param out room for size + REC_MAX_HELD bytes
 * @return bytes
 */
size_t rec_client_filter(RecClientFilter *f, uint8_t *out, const uint8_t *in, size_t size);

#endif /* RECORDER_CLIENTMSG_H */
