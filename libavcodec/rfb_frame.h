/*
 * RFB framebuffer
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
 * The framebuffer that updates paint into, and what painting needs to
 * remember between updates. A frame belongs to one thread at a time.
 *
 * All painting is clipped to the frame: an encoding may paint wherever the
 * server's rectangle says.
 */

#ifndef AVCODEC_RFB_FRAME_H
#define AVCODEC_RFB_FRAME_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "libavutil/attributes.h"
#include "libavutil/buffer.h"
#include "rfb.h"
#include "rfb_inflate.h"
#include "rfb_pixel.h"

#define RFB_MAX_DAMAGE 32

/** Parts of the frame that were painted; merged when there are too many. */
typedef struct RFBDamage {
    int nb;
    struct RFBBox { int x0, y0, x1, y1; } rect[RFB_MAX_DAMAGE];
} RFBDamage;

/** How many versions of a frame are remembered by what they changed. */
#define RFB_HISTORY 32

/** Noted with each buffer that holds a picture: which one. */
typedef struct RFBStamp {
    int64_t version;        ///< 0: none
    struct RFBBox cursor;   ///< where it was drawn, if it was
} RFBStamp;

/** The pointer, as shown and where. */
typedef struct RFBCursor {
    int w, h, hot_x, hot_y;
    int x, y;
    int placed;             ///< the server told a position
    unsigned alloc;
    uint32_t *argb;         ///< w * h, premultiplied; alpha 0 or 255 but for alpha cursors
} RFBCursor;

enum RFBImage { RFB_IMAGE_JPEG, RFB_IMAGE_PNG, RFB_IMAGE_H264 };

/**
 * Decode a picture of w * h pixels that stands in a rectangle, for what the
 * core does not decode itself.
 * @param context  which of the session's decoders of that type; only H.264 has
 *                 others than 0, and RFB_MAX_CONTEXTS of them
 * @param data     NULL: forget what was decoded in that context
 * @param stride   pixels from line to line
 * @return 0 or a negative AVERROR code
 */
typedef int (*RFBImageFunc)(void *opaque, enum RFBImage type, int context,
                            const uint8_t *data, size_t size,
                            int w, int h, uint32_t *dst, ptrdiff_t stride);

/** Zero-initialise before first use. */
typedef struct RFBFrame {
    int width, height;
    int stride;             ///< pixels from line to line
    uint32_t *data;         ///< 0xXXRRGGBB, X being anything, or the index in colour map sessions
    AVBufferRef *buf;       ///< what data lies in
    int given;              ///< others may hold it, too
    AVBufferRef *last;      ///< the buffer before, while it may be needed
    int behind;             ///< buf has old pixels where nothing was painted yet
    AVBufferPool *pool;     ///< of such buffers, of this size
    int nb_tiles;           ///< the frame's units of copying between buffers
    int64_t *changed;       ///< the version that painted each tile last
    uint8_t *touched;       ///< which were painted since the last version
    int64_t version;        ///< counts the pictures that were given away
    RFBDamage history[RFB_HISTORY]; ///< what each version changed
    uint32_t palette[256];  ///< 0xFFRRGGBB
    int palette_changed;    ///< the owner clears it
    RFBDamage damage;       ///< since the last version
    RFBColours colours;
    RFBCursor cursor;
    RFBInflate zlib[RFB_NB_ZLIB_STREAMS];
    int doubt;              ///< some of them lost data
    uint8_t *scratch;       ///< RFB_SCRATCH_SIZE bytes for the encoding at work
    uint32_t *wide;         ///< one line or picture that has no place in data
    unsigned wide_alloc;
    void *jpeg;             ///< TurboJPEG handle
    struct RFBAgain *again; ///< pictures that came
    int use_cache;          ///< UltraVNC's cache is kept
    uint32_t *cache;        ///< what each pixel was before it was painted last, as data
    size_t cache_size;      ///< pixels
    struct RFBTables *tables;       ///< of JPEG rectangles
    uint8_t *joined;        ///< a JPEG picture with tables from others
    unsigned joined_alloc;
    int zywrle_level;       ///< 1 to 3
    RFBImageFunc image;     ///< may be NULL
    void *image_opaque;
    int64_t budget;         ///< pixels that this update may still paint
    int64_t painted;        ///< pixels that were painted so far
    int nb_errors;          ///< damaged elements since ff_rfb_frame_begin()
    RFBError error;         ///< the first of these
} RFBFrame;

/** Room for the longest line and, four times over, for a ZRLE tile. */
#define RFB_SCRATCH_SIZE (256 << 10)

/** Bytes to unpack at a time, so that they stay in the cache: one line or more. */
#define RFB_CHUNK_SIZE (64 << 10)

/** Begin, or begin anew, with a black frame as p describes it. */
int ff_rfb_frame_init(RFBFrame *f, const RFBParser *p);

/** New size: what both sizes have stays, the rest is black. */
int ff_rfb_frame_resize(RFBFrame *f, int width, int height);

/** Forget zlib histories, cursor and pictures, as after a seek. */
void ff_rfb_frame_reset(RFBFrame *f);
void ff_rfb_frame_free(RFBFrame *f);

/** Begin a message: no errors. */
void ff_rfb_frame_begin(RFBFrame *f);

/**
 * Begin a packet: make sure that nobody else sees what is painted now.
 * @return 0 or AVERROR(ENOMEM)
 */
int ff_rfb_frame_open(RFBFrame *f);

/**
 * Bring up to date what was not painted since ff_rfb_frame_open(); once.
 * @param todo what that is, or NULL: everything
 */
void ff_rfb_frame_sync(RFBFrame *f, const RFBCoverage *todo);

/** Messages were lost, and with them data of the zlib streams. */
void ff_rfb_frame_lost(RFBFrame *f);

/** A rectangle was lost: show what was there before. */
void ff_rfb_frame_restore(RFBFrame *f, const RFBRect *rect);

/** The first update of the packet is painted, or there was none. */
void ff_rfb_frame_settle(RFBFrame *f);

/** What was painted so far is a new version. */
void ff_rfb_frame_commit(RFBFrame *f);

/** Add what changed since a version, or everything. */
void ff_rfb_frame_changes(const RFBFrame *f, int64_t version, RFBDamage *d);

/** A pool of buffers that have an RFBStamp for opaque. */
AVBufferPool *ff_rfb_pool_alloc(size_t size);

/** An element of known length is damaged: note it and go on behind it. */
void ff_rfb_frame_error(RFBFrame *f, const char *what, int64_t value);

/** Something was painted there, inside the frame; x0 < x1, y0 < y1. */
void ff_rfb_frame_damage(RFBFrame *f, int x0, int y0, int x1, int y1);

void ff_rfb_damage_add(RFBDamage *d, int x0, int y0, int x1, int y1);

/** Fill a rectangle. */
void ff_rfb_fill(RFBFrame *f, int x, int y, int w, int h, uint32_t colour);

/** Paint one line of n pixels from the stream. */
void ff_rfb_put(RFBFrame *f, const RFBPixels *px, int x, int y, int n, const uint8_t *src);

/** Copy w * h pixels from inside the frame. Areas may overlap. */
void ff_rfb_copy(RFBFrame *f, int sx, int sy, int x, int y, int w, int h);

/** Where to paint w * h pixels without clipping. */
typedef struct RFBCanvas {
    uint32_t *data;
    ptrdiff_t stride;       ///< pixels from line to line
    int x, y, w, h;
} RFBCanvas;

/**
 * @return 0 or AVERROR(ENOMEM); then, or when the area lies outside and is too
 *         large to keep aside, nothing can be painted
 */
int ff_rfb_canvas_open(RFBFrame *f, RFBCanvas *c, int x, int y, int w, int h);
void ff_rfb_canvas_close(RFBFrame *f, RFBCanvas *c);

static av_always_inline void ff_rfb_canvas_fill(const RFBCanvas *c, int x, int y,
                                                int w, int h, uint32_t colour)
{
    const uint32_t four[4] = { colour, colour, colour, colour };
    uint32_t *dst = c->data + y * c->stride + x;

    /* copies of a constant size make straight code of small areas; the last of
     * a line overlaps the one before */
    if (w == 16) {
        for (; h > 0; h--, dst += c->stride)
            for (int i = 0; i < 16; i += 4)
                memcpy(dst + i, four, sizeof(four));
    } else if (w >= 4) {
        for (; h > 0; h--, dst += c->stride) {
            for (int i = 0; i < w - 4; i += 4)
                memcpy(dst + i, four, sizeof(four));
            memcpy(dst + w - 4, four, sizeof(four));
        }
    } else if (w >= 2) {
        for (; h > 0; h--, dst += c->stride) {
            memcpy(dst, four, 8);
            memcpy(dst + w - 2, four, 8);
        }
    } else if (w == 1) {
        for (; h > 0; h--, dst += c->stride)
            *dst = colour;
    }
}

#endif /* AVCODEC_RFB_FRAME_H */
