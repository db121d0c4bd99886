/*
 * RFB server messages
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

#include "libavutil/common.h"
#include "libavutil/error.h"
#include "rfb.h"
#include "rfb_rect.h"

/** No clipboard and no QEMU audio block is longer. */
#define MAX_BODY (64 << 20)

/**
 * A server paints a pixel once, with CopyRect perhaps twice an update. More
 * than so many pixels are made to keep a decoder busy.
 */
#define UPDATE_BUDGET(f) (16 * (int64_t)(f)->width * (f)->height + (16 << 20))

int ff_rfb_grammar_error(RFBParser *p, const RFBReader *r, const char *what, int64_t value)
{
    p->error.what   = what;
    p->error.value  = value;
    p->error.offset = r->ptr - r->start;
    return AVERROR_INVALIDDATA;
}

int avpriv_rfb_parser_init(RFBParser *p, const uint8_t *server_init, int64_t max_pixels)
{
    int width = AV_RB16(server_init), height = AV_RB16(server_init + 2);
    RFBReader r;
    int ret;

    memset(p, 0, sizeof(*p));
    p->type       = -1;
    p->max_pixels = max_pixels > 0 ? max_pixels : RFB_MAX_PIXELS;
    p->error.name = "ServerInit";
    ff_rfb_reader_init(&r, server_init, RFB_SERVER_INIT_SIZE);
    r.ptr += 4;
    ret = avpriv_rfb_pixel_format_read(&p->pf, server_init + 4);
    if (ret < 0)
        return ff_rfb_grammar_error(p, &r, p->pf.true_colour ? "pixel format, bits per pixel" :
                                    "colour map, bits per pixel", p->pf.bits_per_pixel);
    r.ptr = server_init;
    ret = ff_rfb_resize(p, NULL, &r, width, height);
    avpriv_rfb_parser_restart(p);
    return ret;
}

void avpriv_rfb_parser_restart(RFBParser *p)
{
    p->type = -1;
    p->pos  = p->need = 0;
    p->mark_y = 0;
}

int avpriv_rfb_parser_is_key(const RFBParser *p)
{
    for (int i = 0; i < p->contexts.nb; i++)
        if (!p->contexts.context[i].fresh)
            return 0;
    return p->type == RFB_MSG_FRAMEBUFFER_UPDATE && !p->depends &&
           !p->todo.nb && !p->todo.overflow && !(p->live & ~p->fresh);
}

/** Take a painted area out of what is left to paint. */
static void coverage_subtract(RFBCoverage *c, int x0, int y0, int x1, int y1)
{
    int nb = c->nb;

    for (int i = nb - 1; i >= 0; i--) {
        int a = c->rect[i].x0, b = c->rect[i].y0, d = c->rect[i].x1, e = c->rect[i].y1;
        int t = FFMAX(b, y0), u = FFMIN(e, y1);
        const int part[4][4] = { { a, b, d, t }, { a, u, d, e },
                                 { a, t, FFMAX(a, x0), u }, { FFMIN(d, x1), t, d, u } };

        if (x0 >= d || x1 <= a || t >= u)
            continue;
        if (c->nb + 3 > FF_ARRAY_ELEMS(c->rect)) {
            c->overflow = 1;
            return;
        }
        c->rect[i] = c->rect[--c->nb];
        for (int j = 0; j < 4; j++) {
            if (part[j][0] >= part[j][2] || part[j][1] >= part[j][3])
                continue;
            c->rect[c->nb].x0 = part[j][0];
            c->rect[c->nb].y0 = part[j][1];
            c->rect[c->nb].x1 = part[j][2];
            c->rect[c->nb].y1 = part[j][3];
            c->nb++;
        }
    }
}

static void coverage_begin(RFBParser *p)
{
    p->todo.overflow = 0;
    p->todo.nb = 1;
    p->todo.rect[0].x0 = p->todo.rect[0].y0 = 0;
    p->todo.rect[0].x1 = p->width;
    p->todo.rect[0].y1 = p->height;
}

int ff_rfb_resize(RFBParser *p, RFBFrame *f, const RFBReader *r, int width, int height)
{
    if (!width || !height)
        return ff_rfb_grammar_error(p, r, "framebuffer without pixels, width", width);
    if ((int64_t)width * height > p->max_pixels)
        return ff_rfb_grammar_error(p, r, "framebuffer larger than max_pixels, pixels",
                                    (int64_t)width * height);
    if (f)
        ff_rfb_frame_sync(f, &p->todo);
    p->width  = width;
    p->height = height;
    coverage_begin(p);
    if (f && (width != f->width || height != f->height))
        return ff_rfb_frame_resize(f, width, height);
    return 0;
}

/** Note what a rectangle paints: before it is painted, or after it was walked. */
static void cover(RFBParser *p, RFBFrame *f, const RFBRect *rect, int kind)
{
    int x1 = FFMIN(rect->x + rect->w, p->width), y1 = FFMIN(rect->y + rect->h, p->height);

    if (kind == RFB_RECT_COPY)
        p->depends = 1;
    if (kind == RFB_RECT_PSEUDO || kind == RFB_RECT_LAST || rect->x >= x1 || rect->y >= y1)
        return;
    if (f) {
        ff_rfb_frame_damage(f, rect->x, rect->y, FFMIN(x1, f->width), FFMIN(y1, f->height));
        if (kind == RFB_RECT_COPY || kind == RFB_RECT_MAYBE)
            ff_rfb_frame_sync(f, &p->todo);
    }
    if (!p->todo.overflow && (f ? f->behind : !p->no_todo))
        coverage_subtract(&p->todo, rect->x, rect->y, x1, y1);
    if (f && p->todo.overflow)
        ff_rfb_frame_sync(f, &p->todo);
}

/** Whether the frame can take this rectangle; it is walked if not. */
static int may_paint(RFBFrame *f, const RFBRect *rect, int kind)
{
    if (kind == RFB_RECT_PSEUDO || kind == RFB_RECT_LAST)
        return 1;
    if (rect->x + rect->w > f->width || rect->y + rect->h > f->height)
        ff_rfb_frame_error(f, "rectangle reaches out of the frame, encoding", rect->encoding);
    f->budget -= (int64_t)rect->w * rect->h;
    if (f->budget >= 0)
        return 1;
    ff_rfb_frame_error(f, "update paints the frame too often, encoding", rect->encoding);
    return 0;
}

/** There was an error in a rectangle, or it was not painted at all. */
static void rect_lost(RFBFrame *f, const RFBRect *rect, int painted)
{
    ff_rfb_frame_restore(f, rect);
    if (!painted)
        ff_rfb_frame_lost(f);
    for (int i = 0; i < RFB_NB_ZLIB_STREAMS; i++)
        f->doubt |= f->zlib[i].broken;
}

/* RFC 6143, 7.6.1: x-position y-position width height encoding-type(s32) */
static int rectangle(RFBParser *p, RFBFrame *f, RFBReader *r)
{
    const RFBEncodingInfo *info;
    const uint8_t *b = ff_rfb_take(r, 12);
    RFBRect rect;
    int ret, errors, before, paint, doubt, saved;

    if (!b)
        return 0;
    rect.x = AV_RB16(b);
    rect.y = AV_RB16(b + 2);
    rect.w = AV_RB16(b + 4);
    rect.h = AV_RB16(b + 6);
    rect.encoding = AV_RB32(b + 8);
    info = ff_rfb_encoding(rect.encoding);
    p->error.name = info ? info->name : ff_rfb_encoding_owner(rect.encoding);
    if (!info) {
        r->ptr = b + 8;
        return ff_rfb_grammar_error(p, r, "unknown encoding", rect.encoding);
    }
    errors = f ? f->nb_errors : 0;
    paint  = f && may_paint(f, &rect, info->kind);
    before = f ? f->nb_errors : 0;
    doubt  = paint && f->doubt && info->kind == RFB_RECT_PICTURE && info->parse;
    saved  = paint && f->use_cache && info->kind <= RFB_RECT_MAYBE;
    if (doubt || saved)
        ff_rfb_frame_sync(f, &p->todo);
    if (saved)
        ff_rfb_cache_save(f, &rect);
    if (f)
        cover(p, f, &rect, info->kind);
    if (doubt)
        ret = ff_rfb_paint_doubtful(p, f, r, &rect, info->parse);
    else
        ret = info->parse ? info->parse(p, paint ? f : NULL, r, &rect) : 0;
    if (f && !errors && f->nb_errors) {
        f->error.name   = info->name;
        f->error.offset = b - r->start;
    }
    if (f && !doubt && (!paint || f->nb_errors > before || ret < 0 || r->need) &&
        info->kind != RFB_RECT_PSEUDO)
        rect_lost(f, &rect, paint);
    if (ret < 0 || r->need)
        return ret;
    p->mark_y = 0;
    if (!f && ret != RFB_NOT_PAINTED)
        cover(p, NULL, &rect, info->kind);
    p->nb_rects  += info->kind != RFB_RECT_LAST;
    p->rects_left = info->kind != RFB_RECT_LAST ? p->rects_left - 1 : 0;
    return 0;
}

/* RFC 6143, 7.6.1: type padding number-of-rectangles(u16) rectangles */
static int framebuffer_update(RFBParser *p, RFBFrame *f, RFBReader *r)
{
    int ret = 0;

    if (!p->pos) {
        ff_rfb_take(r, 1);
        p->rects_left = ff_rfb_u16(r);
        if (r->need)
            return 0;
        p->nb_rects = p->depends = p->nb_formats = p->mark_y = 0;
        p->stopped  = p->name_pos = 0;
        p->fresh    = ~p->live;
        for (int i = 0; i < p->contexts.nb; i++)
            p->contexts.context[i].fresh = 0;
        p->pos      = 4;
        coverage_begin(p);
        if (f)
            f->budget = UPDATE_BUDGET(f);
    }
    while (p->rects_left) {
        if (p->by_rects && p->stopped != p->pos) {
            p->stopped = r->need = p->pos;
            return 0;
        }
        ret = rectangle(p, f, r);
        if (ret < 0 || r->need)
            break;
        p->pos = r->ptr - r->start;
    }
    if (f)
        ff_rfb_frame_sync(f, &p->todo);
    return ret;
}

/* RFC 6143, 7.6.2: type padding first(u16) number(u16) { red green blue (u16) } */
static int set_colour_map_entries(RFBParser *p, RFBFrame *f, RFBReader *r)
{
    unsigned first, n;
    const uint8_t *rgb;

    ff_rfb_take(r, 1);
    first = ff_rfb_u16(r);
    n     = ff_rfb_u16(r);
    rgb   = ff_rfb_take(r, 6 * n);
    if (rgb && !p->pf.true_colour)
        p->live |= RFB_STREAM_COLOUR_MAP;
    for (unsigned i = first; f && rgb && i < FFMIN(first + n, 256); i++, rgb += 6)
        f->palette[i] = 0xFF000000 | rgb[0] << 16 | rgb[2] << 8 | rgb[4];
    if (f && rgb)
        f->palette_changed = 1;
    return 0;
}

/** A body of known length: refuse what no server sends before waiting for it. */
static int body(RFBParser *p, RFBReader *r, const char *what, int64_t size)
{
    if (size > MAX_BODY)
        return ff_rfb_grammar_error(p, r, what, size);
    ff_rfb_take(r, size);
    return 0;
}

/* RFC 6143, 7.6.4: type padding[3] length(u32) text. A negative length is an
 * extended clipboard message (the specification, "Extended Clipboard"). */
static int server_cut_text(RFBParser *p, RFBFrame *f, RFBReader *r)
{
    int64_t size;

    ff_rfb_take(r, 3);
    size = (int32_t)ff_rfb_u32(r);
    size = FFABS(size);
    p->cut_text_size = size;
    return body(p, r, "ServerCutText length", size);
}

/* UltraVNC: type padding width(u16) height(u16) */
static int resize_frame_buffer(RFBParser *p, RFBFrame *f, RFBReader *r)
{
    int width, height;

    ff_rfb_take(r, 1);
    width  = ff_rfb_u16(r);
    height = ff_rfb_u16(r);
    return r->need ? 0 : ff_rfb_resize(p, f, r, width, height);
}

/* UltraVNC: type content(u8) parameter(u16) size(u32) length(u32) data; behind a
 * file's head the upper half of its size, and behind an "empty packet" nothing */
static int file_transfer(RFBParser *p, RFBFrame *f, RFBReader *r)
{
    enum { FILE_HEADER = 4, FILE_PACKET = 5, EMPTY_PACKET = 2 };
    int content = ff_rfb_u8(r);
    uint32_t size, length;

    ff_rfb_u16(r);
    size   = ff_rfb_u32(r);
    length = ff_rfb_u32(r);
    if (content == FILE_PACKET && size == EMPTY_PACKET)
        return 0;
    return body(p, r, "FileTransfer length", length + (content == FILE_HEADER ? 4LL : 0));
}

/* UltraVNC: type number-of-monitors(u8) padding[2]. TightVNC has messages of its
 * own under this number, whose lengths are not known. */
static int monitor_info(RFBParser *p, RFBFrame *f, RFBReader *r)
{
    int monitors = ff_rfb_u8(r);

    if (!monitors && !r->need)
        return ff_rfb_grammar_error(p, r, "TightVNC's message", ff_rfb_u16(r));
    ff_rfb_take(r, 2);
    return 0;
}

/* PalmVNC: type padding desktop-width -height buffer-width -height padding(u16) */
static int palm_resize(RFBParser *p, RFBFrame *f, RFBReader *r)
{
    int width, height;

    ff_rfb_take(r, 5);
    width  = ff_rfb_u16(r);
    height = ff_rfb_u16(r);
    ff_rfb_take(r, 2);
    return r->need ? 0 : ff_rfb_resize(p, f, r, width, height);
}

/* UltraVNC: type padding[3] length(u32) text; the highest lengths are commands */
static int text_chat(RFBParser *p, RFBFrame *f, RFBReader *r)
{
    uint32_t size;

    ff_rfb_take(r, 3);
    size = ff_rfb_u32(r);
    return size >= 0xFFFFFFFD ? 0 : body(p, r, "TextChat length", size);
}

/* the specification, "ServerFence": type padding[3] flags(u32) length(u8) payload */
static int server_fence(RFBParser *p, RFBFrame *f, RFBReader *r)
{
    ff_rfb_take(r, 7);
    ff_rfb_take(r, ff_rfb_u8(r));
    return 0;
}

/* the specification, "gii Server Message": type endian-and-sub-type length(u16) */
static int gii(RFBParser *p, RFBFrame *f, RFBReader *r)
{
    unsigned sub = ff_rfb_u8(r), size = ff_rfb_u16(r);

    ff_rfb_take(r, sub & 0x80 ? size : (size & 0xFF) << 8 | size >> 8);
    return 0;
}

/* the specification, "QEMU Audio Server Message":
 * type sub-type(1) operation(u16); operation 2 has length(u32) data */
static int qemu(RFBParser *p, RFBFrame *f, RFBReader *r)
{
    unsigned sub = ff_rfb_u8(r), operation = ff_rfb_u16(r);

    if (r->need)
        return 0;
    if (sub != 1 || operation > 2)
        return ff_rfb_grammar_error(p, r, "QEMU message", sub << 16 | operation);
    return operation == 2 ? body(p, r, "QEMU audio length", ff_rfb_u32(r)) : 0;
}

typedef struct Message {
    uint8_t type;
    int (*parse)(RFBParser *p, RFBFrame *f, RFBReader *r);
    int size;               ///< bytes behind the type, where nothing parses them
    const char *name;
} Message;

static const Message messages[] = {
    { RFB_MSG_FRAMEBUFFER_UPDATE,        framebuffer_update,     0,  "FramebufferUpdate" },
    { RFB_MSG_SET_COLOUR_MAP_ENTRIES,    set_colour_map_entries, 0,  "SetColourMapEntries" },
    { RFB_MSG_BELL,                      NULL,                   0,  "Bell" },
    { RFB_MSG_SERVER_CUT_TEXT,           server_cut_text,        0,  "ServerCutText" },
    { RFB_MSG_RESIZE_FRAME_BUFFER,       resize_frame_buffer,    0,  "ResizeFrameBuffer" },
    { RFB_MSG_FILE_TRANSFER,             file_transfer,          0,  "FileTransfer" },
    { RFB_MSG_TEXT_CHAT,                 text_chat,              0,  "TextChat" },
    { RFB_MSG_KEEP_ALIVE,                NULL,                   0,  "KeepAlive" },
    { RFB_MSG_PALM_RESIZE_FRAME_BUFFER,  palm_resize,            0,  "PalmVNC ResizeFrameBuffer" },
    { RFB_MSG_REQUEST_SESSION,           NULL,                   0,  "RequestSession" },
    { RFB_MSG_PLUGIN_STREAMING,          NULL,                   3,  "NotifyPluginStreaming" },
    { RFB_MSG_END_OF_CONTINUOUS_UPDATES, NULL,                   0,  "EndOfContinuousUpdates" },
    { RFB_MSG_NTP,                       NULL,                   19, "neatvnc NTP" },
    { RFB_MSG_SERVER_STATE,              NULL,                   11, "ServerState" },
    { RFB_MSG_SERVER_FENCE,              server_fence,           0,  "ServerFence" },
    { RFB_MSG_XVP,                       NULL,                   3,  "xvp" },
    { RFB_MSG_MONITOR_INFO,              monitor_info,           0,  "MonitorInfo" },
    { RFB_MSG_GII,                       gii,                    0,  "GII" },
    { RFB_MSG_QEMU,                      qemu,                   0,  "QEMU Audio" },
};

/** What Aten's servers mean by these numbers; other servers do not know most of them. */
static const Message aten_messages[] = {
    { 4,  NULL, 20,  "Aten Front Ground Event" },
    { 22, NULL, 1,   "Aten Keep Alive Event" },
    { 51, NULL, 4,   "Aten Video Get Info" },
    { 55, NULL, 2,   "Aten Mouse Get Info" },
    { 57, NULL, 264, "Aten Session Message" },
    { 60, NULL, 8,   "Aten Get Viewer Lang" },
};

/** @return NULL if no server has such messages */
static const Message *find_message(const RFBParser *p)
{
    for (int i = 0; p->aten && i < FF_ARRAY_ELEMS(aten_messages); i++)
        if (aten_messages[i].type == p->type)
            return &aten_messages[i];
    for (int i = 0; i < FF_ARRAY_ELEMS(messages); i++)
        if (messages[i].type == p->type)
            return &messages[i];
    return NULL;
}

int avpriv_rfb_parse(RFBParser *p, RFBFrame *f, const uint8_t *buf, size_t size)
{
    const Message *message;
    RFBReader r;
    int ret = 0;

    if (p->type < 0 || !p->pos || p->pos > size)
        p->pos = 0;
    memset(&p->error, 0, sizeof(p->error));
    ff_rfb_reader_init(&r, buf, FFMIN(size, INT32_MAX));
    if (!p->pos)
        p->type = ff_rfb_u8(&r);
    if (r.need) {
        p->type = -1;
        p->need = 1;
        return AVERROR(EAGAIN);
    }
    if (!(message = find_message(p))) {
        r.ptr = r.start;
        return ff_rfb_grammar_error(p, &r, "unknown message type", p->type);
    }
    p->error.name = message->name;
    if (p->pos)
        r.ptr = r.start + p->pos;
    if (message->parse)
        ret = message->parse(p, f, &r);
    else
        ff_rfb_take(&r, message->size);
    if (ret < 0)
        return ret;
    if (r.need > INT32_MAX) {
        r.ptr = r.start + p->pos;
        return ff_rfb_grammar_error(p, &r, "message of an impossible size, bytes", r.need);
    }
    if (r.need) {
        p->need = r.need;
        return AVERROR(EAGAIN);
    }
    p->pos = p->need = 0;
    return r.ptr - r.start;
}
