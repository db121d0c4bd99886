/*
 * The text of noVNC recordings
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
 * The text of a recording: the strings of a JavaScript array, "{ms{" and bytes
 * or "}ms}" and bytes, as characters or in base64. What else it holds, such as
 * the names of its variables, does not matter.
 */

#ifndef AVFORMAT_NOVNCTEXT_H
#define AVFORMAT_NOVNCTEXT_H

#include <stdint.h>
#include <string.h>

#include "rfbinput.h"

enum { NOVNC_END_OF_STRING = -1, NOVNC_END_OF_FILE = -2 };

/** Zero-initialise but for the first three. */
typedef struct NoVNCText {
    RFBInput *in;
    int base64;                 ///< -1: not known yet
    int utf8;                   ///< how bytes above 127 are written, -1: not known yet

    uint8_t buf[16 << 10];      ///< the text, from head to size not taken yet
    int head, size;
    int quote;                  ///< what ends the string at hand, 0: outside
    int from_client;            ///< it is the client's
    int64_t string;             ///< file offset of its quotation mark
    unsigned bits, nb_bits;     ///< of base64, not used yet

    int begun;                  ///< a string was met
    int torn;                   ///< the text at hand begins anywhere, even in a string
    int64_t odd;                ///< file offset of what stood where a string should, 0: nothing did
    int64_t open;               ///< the same of a quotation mark that was missing, 0: none was
    int64_t alien;              ///< and of a character in base64 that is none, the first one
} NoVNCText;

/** Whether these are 6 characters of base64 that every recording begins with. */
static inline int ff_novnc_is_base64(const uint8_t *buf)
{
    return !memcmp(buf, "UkZCID", 6); /* "RFB " */
}

/** File offset of the text that is next. */
static inline int64_t ff_novnc_offset(const NoVNCText *t)
{
    return t->in->pos - (t->size - t->head);
}

/**
 * Go to the next string of the session. Sets odd if something else stands
 * before it that cannot be there, such as a string whose mark is damaged.
 * @return 0 or AVERROR_EOF
 */
int ff_novnc_open(NoVNCText *t, uint32_t *ms);

/** Read one byte of it. @return a byte, NOVNC_END_OF_STRING or NOVNC_END_OF_FILE */
int ff_novnc_byte(NoVNCText *t);

/**
 * @return how many bytes were read; fewer than n at the end of the string or,
 * with quote still set, of the file
 */
int ff_novnc_bytes(NoVNCText *t, uint8_t *buf, int n);

/** Go to another place of the text. @return 0 or a negative AVERROR code */
int ff_novnc_move(NoVNCText *t, int64_t pos);

/** Find the last time between two places. @return ms, or -1 if there is none */
int64_t ff_novnc_search(NoVNCText *t, int64_t pos, int64_t end);

#endif /* AVFORMAT_NOVNCTEXT_H */
