/*
 * RFB zlib streams
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
 * The seam to zlib, or to ISA-L where it is there, which is faster: a stream
 * whose history goes on from one rectangle to the next, read in pieces of any
 * size.
 *
 * Data that is damaged or lost is not the end of a stream. Servers flush behind
 * each rectangle, so that the next one can be read, but it copies from output
 * that nobody has. To know which bytes these are, everything behind a loss is
 * read twice, with one thing and with another in place of what was lost: what
 * comes out alike is right. When no difference is left in the last 32 KB, all
 * is well again.
 */

#ifndef AVCODEC_RFB_INFLATE_H
#define AVCODEC_RFB_INFLATE_H

#include <stddef.h>
#include <stdint.h>

/** How often a rectangle is read. */
enum RFBPass { RFB_PASS_ONLY, RFB_PASS_FIRST, RFB_PASS_SECOND };

struct RFBInflate;

/**
 * How streams of another kind than zlib are unpacked; they do not go on behind
 * damage. No functions: this program was built without the library.
 */
typedef struct RFBUnpacker {
    /** Make s->state if there is none, and take data. @return 0 or AVERROR(ENOMEM) */
    int    (*begin)(struct RFBInflate *s, const uint8_t *src, size_t size);
    size_t (*some)(struct RFBInflate *s, uint8_t *dst, size_t size);
    size_t (*left)(const struct RFBInflate *s);     ///< bytes of data not yet taken
    /** Both only while there is a state. */
    void   (*reset)(struct RFBInflate *s);
    void   (*free)(struct RFBInflate *s);
    const char *error;          ///< a text that the number of bytes goes behind
} RFBUnpacker;

extern const RFBUnpacker ff_rfb_zstd, ff_rfb_lzma;

/** Zero-initialise before first use. */
typedef struct RFBInflate {
    void *state;            ///< the library's, NULL before the first rectangle
    struct z_stream_s *twin[2]; ///< take its place behind a loss
    uint8_t *ring[2];       ///< the last output, and after a loss the other one
    int64_t total;          ///< bytes put out
    int64_t start;          ///< of these, before this rectangle
    int64_t expect;         ///< bytes that this one unpacks to, -1: not known
    int gap;                ///< bytes lost before it
    int broken;             ///< the rest of this rectangle cannot be read
    int flushed;            ///< its data ends in a flush marker
    int begun;              ///< there was data since the last reset
    int pass;               ///< RFBPass
    int used;               ///< since the first pass began
    const RFBUnpacker *other;   ///< set by the owner: not zlib
} RFBInflate;

/** Begin a rectangle's data. @return 0, AVERROR(ENOMEM), AVERROR_INVALIDDATA if broken */
int ff_rfb_inflate_begin(RFBInflate *s, const uint8_t *src, size_t size);

/** Say to how many bytes all of the data unpacks; if it is lost, the rest loses less. */
void ff_rfb_inflate_expect(RFBInflate *s, int64_t size);

/** @return bytes written, less than size at the end of the data or at damage */
size_t ff_rfb_inflate_some(RFBInflate *s, uint8_t *dst, size_t size);

/** Write exactly size bytes. @return 0 or AVERROR_INVALIDDATA */
int ff_rfb_inflate_read(RFBInflate *s, uint8_t *dst, size_t size);

/** Take in the rest of the rectangle's data. @return 0 or AVERROR_INVALIDDATA */
int ff_rfb_inflate_end(RFBInflate *s);

/**
 * Before a rectangle is read: how often it will be. What is broken goes on only
 * where it is read twice.
 */
void ff_rfb_inflate_pass(RFBInflate *s, enum RFBPass pass);

/** Between rectangles: some of the stream's data never came. */
void ff_rfb_inflate_lost(RFBInflate *s);

/** Whether the output of the rectangle depends on what was lost. */
static inline int ff_rfb_inflate_doubtful(const RFBInflate *s)
{
    return !!s->twin[1];
}

/**
 * Before a rectangle that is read from several streams: let this one be read
 * twice, too, because another one has to.
 * @return 0 or AVERROR(ENOMEM)
 */
int ff_rfb_inflate_split(RFBInflate *s);

/** Behind a rectangle that was read twice. @return 0 if nothing is in doubt any more */
int ff_rfb_inflate_heal(RFBInflate *s);

/** As far as a stream looks back. */
#define RFB_WINDOW (32 << 10)

/**
 * Between rectangles: the output that later ones may copy from, which is all
 * that has to be known to go on.
 * @param window RFB_WINDOW bytes
 * @return how many there are, AVERROR_EOF if the stream has not begun, or
 *         AVERROR(EAGAIN) if nobody can go on here
 */
int ff_rfb_inflate_save(const RFBInflate *s, uint8_t *window);

/** Go on behind these bytes. @return 0 or AVERROR(ENOMEM) */
int ff_rfb_inflate_load(RFBInflate *s, const uint8_t *window, int n);

/** Forget the history. */
void ff_rfb_inflate_reset(RFBInflate *s);

void ff_rfb_inflate_free(RFBInflate *s);

/**
 * Unpack deflate data without a head, all of it.
 * @param state NULL at first, and kept for the next call
 * @param size  bytes that come out
 * @return 0, AVERROR_INVALIDDATA or AVERROR(ENOMEM)
 */
int avpriv_rfb_unpack(void **state, uint8_t *dst, size_t size, const uint8_t *src, size_t n);
void avpriv_rfb_unpack_free(void **state);

/** @return a text that the number of bytes goes behind */
const char *ff_rfb_inflate_error(const RFBInflate *s);

#endif /* AVCODEC_RFB_INFLATE_H */
