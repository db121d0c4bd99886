/*
 * RFB rectangles: what each encoding provides
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

#ifndef AVCODEC_RFB_RECT_H
#define AVCODEC_RFB_RECT_H

#include "rfb.h"
#include "rfb_frame.h"
#include "rfb_reader.h"

/**
 * Parse one rectangle behind its 12 byte header, and paint it unless f is NULL.
 *
 * What is read from r must not depend on f. Data that can be skipped but not
 * painted goes to ff_rfb_frame_error() and is skipped. When data is missing
 * just return 0: the caller looks at r->need, and starts the rectangle again
 * when there is more.
 *
 * @return 0, RFB_NOT_PAINTED, AVERROR(ENOMEM), or ff_rfb_grammar_error()
 */
typedef int (*RFBRectFunc)(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect);

/** Nothing was painted, which only those of RFB_RECT_MAYBE may say. */
#define RFB_NOT_PAINTED 1

enum RFBRectKind {
    RFB_RECT_PICTURE,       ///< paints all of its area, and reads nothing there
    RFB_RECT_COPY,          ///< paints its area from what is in the frame
    RFB_RECT_MAYBE,         ///< paints all of its area, or nothing
    RFB_RECT_PSEUDO,        ///< x, y, w, h are no area of the frame
    RFB_RECT_LAST,          ///< ends the update
};

typedef struct RFBEncodingInfo {
    int32_t number;
    uint8_t kind;           ///< RFBRectKind
    RFBRectFunc parse;      ///< NULL: an empty body
    const char *name;       ///< as in the specification
} RFBEncodingInfo;

/** @return NULL if the number is not known: the rectangle's length is not either */
const RFBEncodingInfo *ff_rfb_encoding(int32_t number);

/** Go through all of them. @return NULL behind the last one */
const RFBEncodingInfo *ff_rfb_encoding_at(int i);

/** Whose an encoding is that is not known. @return NULL if nobody's */
const char *ff_rfb_encoding_owner(int32_t number);

/**
 * Parse and paint a rectangle while some stream has lost data (f->doubt): what
 * depends on that stays as it was, and is an error of the frame.
 * @return as parse does
 */
int ff_rfb_paint_doubtful(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect,
                          RFBRectFunc parse);

/** Note in p->error what made the rest unreadable. @return AVERROR_INVALIDDATA */
int ff_rfb_grammar_error(RFBParser *p, const RFBReader *r, const char *what, int64_t value);

/** Number of the first stream that a rectangle's encoding may use. */
static inline int ff_rfb_first_stream(const RFBRect *rect)
{
    return (rect->encoding >= RFB_ENC_ZSTD && rect->encoding <= RFB_ENC_ZSTDYWRLE) ||
           rect->encoding == RFB_ENC_QUEUE_ZSTD ? RFB_ZSTD_STREAMS : 0;
}

/** The rectangle needs what these streams (RFBHistory) hold. */
static inline void ff_rfb_use_streams(RFBParser *p, unsigned streams)
{
    p->depends |= streams & ~p->fresh;
    p->live    |= streams;
}

/** The history of these streams begins here. */
static inline void ff_rfb_reset_streams(RFBParser *p, unsigned streams)
{
    p->fresh |= streams;
}

/**
 * Where to begin with the lines of tiles: who walks an incomplete rectangle
 * again need not begin with the first one.
 * @return y of the line, r is at its data
 */
static inline int ff_rfb_first_line(const RFBParser *p, const RFBFrame *f, RFBReader *r)
{
    if (f || !p->mark_y)
        return 0;
    r->ptr = r->start + p->mark;
    return p->mark_y;
}

/** A line of tiles ends before y. */
static inline void ff_rfb_mark_line(RFBParser *p, const RFBFrame *f, const RFBReader *r, int y)
{
    if (!f) {
        p->mark   = r->ptr - r->start;
        p->mark_y = y;
    }
}

/** New framebuffer size. @return 0, AVERROR(ENOMEM) or ff_rfb_grammar_error() */
int ff_rfb_resize(RFBParser *p, RFBFrame *f, const RFBReader *r, int width, int height);

int ff_rfb_raw(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect);
int ff_rfb_copy_rect(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect);
int ff_rfb_rre(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect);
int ff_rfb_hextile(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect);
int ff_rfb_zlib(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect);
int ff_rfb_ultra(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect);
int ff_rfb_ultra_zip(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect);
int ff_rfb_queue_zip(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect);
int ff_rfb_xor_zlib(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect);
int ff_rfb_solid_color(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect);
int ff_rfb_cache(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect);
int ff_rfb_cache_zip(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect);
int ff_rfb_ultra2(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect);
int ff_rfb_jpeg_rect(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect);
int ff_rfb_open_h264(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect);
int ff_rfb_tight(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect);
int ff_rfb_trle(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect);
int ff_rfb_zrle(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect);
int ff_rfb_xz(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect);
int ff_rfb_aten(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect);
int ff_rfb_cursor(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect);
int ff_rfb_xcursor(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect);
int ff_rfb_alpha_cursor(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect);
int ff_rfb_vmware_cursor(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect);
int ff_rfb_pointer_pos(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect);
int ff_rfb_desktop_size(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect);
int ff_rfb_extended_desktop_size(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect);
int ff_rfb_display_mode(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect);

/**
 * Decode a JPEG picture of exactly c->w * c->h pixels onto the canvas.
 * @return 0 or a negative AVERROR code
 */
int ff_rfb_jpeg(RFBFrame *f, const uint8_t *data, size_t size, RFBCanvas *c);
void ff_rfb_jpeg_free(RFBFrame *f);

/** Paint a picture that was decoded before. @return whether it was */
int ff_rfb_again_get(const RFBFrame *f, enum RFBImage type, const uint8_t *data, size_t size,
                     RFBCanvas *c);

/** A picture was decoded, without errors: it may come again. It is JPEG or PNG. */
void ff_rfb_again_put(RFBFrame *f, enum RFBImage type, const uint8_t *data, size_t size,
                      const RFBCanvas *c);
void ff_rfb_again_free(RFBFrame *f);

/** Before painting a rectangle: keep for UltraVNC's cache what is there now. */
void ff_rfb_cache_save(RFBFrame *f, const RFBRect *rect);

/** Forget the tables of JPEG rectangles. */
void ff_rfb_tables_reset(RFBFrame *f);

/** More than the tables have when saved. */
#define RFB_MAX_TABLES 4096

/** Save the tables. @param dst RFB_MAX_TABLES bytes @return how many were written */
size_t ff_rfb_tables_save(const RFBFrame *f, uint8_t *dst);

/**
 * Take what ff_rfb_tables_save() wrote; with f == NULL only look whether it is that.
 * @return 0, AVERROR_INVALIDDATA or AVERROR(ENOMEM)
 */
int ff_rfb_tables_load(RFBFrame *f, const uint8_t *src, size_t size);

/**
 * Decode a picture and paint it all over the rectangle.
 * @param context as in RFBImageFunc
 * @return 0 or a negative AVERROR code; some of it may be painted then, too
 */
int ff_rfb_paint_image(RFBFrame *f, const RFBRect *rect, enum RFBImage type, int context,
                       const uint8_t *src, size_t size);

/**
 * Undo the wavelet transform of ZYWRLE on a tile that came in as pixels.
 * @param level 1 to 3
 */
void ff_rfb_zywrle(const RFBColours *colours, RFBCanvas *c, int level);

#endif /* AVCODEC_RFB_RECT_H */
