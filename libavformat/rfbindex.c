/*
 * Indices of RFB recordings
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

#include <zlib.h>

#include "libavcodec/rfb_inflate.h"
#include "libavcodec/rfb_state.h"
#include "libavutil/avstring.h"
#include "libavutil/common.h"
#include "libavutil/intreadwrite.h"
#include "libavutil/mem.h"
#include "libavutil/sha.h"
#include "rfbindex.h"
#include "rfbinput.h"

/** A frame has no more tiles. */
#define MAX_PIECES (RFB_ZSTD_STREAMS + (1 << 17))

/** Larger numbers, in ms and in bytes or nanoseconds, are nobody's. */
#define MAX_TIME   (INT64_C(1) << 48)
#define MAX_OFFSET (INT64_C(1) << 60)

/* ---- layout ---- */

static int64_t get64(const uint8_t **src)
{
    *src += 8;
    return AV_RB64(*src - 8);
}

static uint32_t get32(const uint8_t **src)
{
    *src += 4;
    return AV_RB32(*src - 4);
}

/*     0  u32 flags: 1 key, 2 an update ends at the place, 4 the clock was started
 *     4  s64 time of the update before it, of the update, 20 bytes of times before it
 *    28  the place: s64 chunk, bytes to skip, time, u32 clock as written, s64 shift, s64 now
 *    72  s64 chunk of the update's first byte, u16 width, u16 height, PIXEL_FORMAT
 *   100  u32 check, s64 offset of the state's list, u32 packed size, u32 size, u32 check
 *   124  in gzip data: s64 offset of the window's piece; a place: s64 uncompressed, s64 compressed,
 *        s64 member, u32 size of the window << 3 | bits */
void ff_rfb_index_read_point(RFBIndexPoint *p, const uint8_t *src)
{
    RFBUpdate *u = &p->update;
    RFBPlace *at = &u->start;
    uint32_t flags = get32(&src), size;

    memset(p, 0, sizeof(*p));
    u->key            = flags & 1;
    at->update        = flags >> 1 & 1;
    at->clock.started = flags >> 2 & 1;
    p->before       = get64(&src);
    u->pts          = get64(&src);
    p->times        = get64(&src);
    at->chunk       = get64(&src);
    at->skip        = get64(&src);
    at->time        = get64(&src);
    at->clock.last  = get32(&src);
    at->clock.shift = get64(&src);
    at->clock.now   = get64(&src);
    u->chunk        = get64(&src);
    size            = get32(&src);
    u->width        = size >> 16;
    u->height       = size & 0xFFFF;
    /* a point without a size is no good one */
    if (avpriv_rfb_pixel_format_read(&u->pf, src) < 0)
        u->width = 0;
    src += RFB_PIXEL_FORMAT_SIZE;
    p->check        = get32(&src);
    p->state        = get64(&src);
    p->state_packed = get32(&src);
    p->state_size   = get32(&src);
    p->state_check  = get32(&src);
    p->window       = get64(&src);
    p->gzip.pos     = get64(&src);
    p->gzip.file    = get64(&src);
    p->gzip.member  = get64(&src);
    size            = get32(&src);
    p->gzip.size    = size >> 3;
    p->gzip.bits    = size & 7;
}

int ff_rfb_index_hash(AVIOContext *pb, int64_t size, uint8_t *hash)
{
    int64_t back = avio_tell(pb), ret = 0;
    uint8_t buf[RFB_INDEX_SAMPLE];
    struct AVSHA *sha = av_sha_alloc();

    if (!sha)
        return AVERROR(ENOMEM);
    av_sha_init(sha, 160);
    for (int i = 0; i < RFB_INDEX_PLACES && ret >= 0; i++) {
        int n = FFMIN(size, RFB_INDEX_SAMPLE);

        if ((ret = avio_seek(pb, (size - n) / (RFB_INDEX_PLACES - 1) * i, SEEK_SET)) < 0)
            break;
        ret = avio_read(pb, buf, n);
        if (ret >= 0 && ret < n)
            ret = AVERROR_INVALIDDATA;
        av_sha_update(sha, buf, n);
    }
    av_sha_final(sha, hash);
    av_free(sha);
    back = avio_seek(pb, back, SEEK_SET);
    return FFMIN(back < 0 ? back : ret, 0);
}

uint32_t ff_rfb_index_session(const AVFormatContext *s)
{
    const AVCodecParameters *par = s->streams[0]->codecpar;
    uint32_t crc = crc32(0, (const uint8_t *)s->iformat->name, strlen(s->iformat->name));

    return crc32(crc, par->extradata, par->extradata_size);
}

/* ---- the directory ---- */

/** Read bytes whose checksum is known. @return 0 or a negative AVERROR code */
static int read_checked(RFBIndex *x, int64_t pos, uint8_t *buf, size_t size, uint32_t check)
{
    int64_t ret = avio_seek(x->pb, pos, SEEK_SET);

    if (ret < 0)
        return ret;
    if (avio_read(x->pb, buf, size) != size || crc32(0, buf, size) != check)
        return AVERROR_INVALIDDATA;
    return 0;
}

/** Read bytes packed with zlib. @param size of the unpacked ones, which is known */
static int read_packed(RFBIndex *x, int64_t pos, uint32_t packed, uint32_t check, uint8_t *dst,
                       size_t size)
{
    uint8_t *src;
    uLongf n = size;
    int ret;

    if (pos < RFB_INDEX_HEADER || pos > x->file_size - packed)
        return AVERROR_INVALIDDATA;
    if (!(src = av_malloc(FFMAX(packed, 1))))
        return AVERROR(ENOMEM);
    ret = read_checked(x, pos, src, packed, check);
    if (ret >= 0 && (uncompress(dst, &n, src, packed) != Z_OK || n != size))
        ret = AVERROR_INVALIDDATA;
    av_free(src);
    return ret;
}

static int in_range(int64_t v, int64_t most)
{
    return v >= 0 && v <= most;
}

static int valid_place(const RFBIndex *x, const RFBGzipPlace *g, int64_t chunk)
{
    return in_range(g->pos, chunk) && in_range(g->file, x->size) && g->file &&
           in_range(g->member, g->file) && in_range(g->size, RFB_GZIP_MAX_WINDOW);
}

/** Whether sums of such numbers stay within 64 bits, and points are in order. */
static int valid_point(const RFBIndex *x, const RFBIndexPoint *p, const RFBIndexPoint *last)
{
    const RFBUpdate *u = &p->update;
    const RFBPlace *at = &u->start;

    if (!u->width || !u->height || !in_range(u->pts, x->last) || !in_range(p->before, u->pts) ||
        !in_range(p->times, x->times_size) || !in_range(at->chunk, MAX_OFFSET) ||
        !in_range(at->skip, MAX_OFFSET) || !in_range(at->time, MAX_TIME) ||
        !in_range(FFABS(at->clock.shift), MAX_TIME) || !in_range(at->clock.now, MAX_OFFSET) ||
        (p->window && !valid_place(x, &p->gzip, at->chunk)))
        return 0;
    if (!last)
        return u->key && !at->update;
    return u->pts >= last->update.pts && p->before >= last->before && p->times >= last->times;
}

/* Summary: s64 end, first, last, updates, u32 points, u32 bytes of times, u32 changes of the size,
 * u32 0; points; times */
static int parse_directory(RFBIndex *x, const uint8_t *dir, size_t size)
{
    uint32_t points;

    x->end     = get64(&dir);
    x->first   = get64(&dir);
    x->last    = get64(&dir);
    x->updates = get64(&dir);
    points     = get32(&dir);
    x->times_size = get32(&dir);
    x->resized    = !!get32(&dir);
    dir += 4;
    if (RFB_INDEX_SUMMARY + points * UINT64_C(1) * RFB_INDEX_POINT + x->times_size != size ||
        !in_range(x->last, MAX_TIME) || !in_range(x->first, x->last) ||
        !in_range(x->end, MAX_TIME))
        return AVERROR_INVALIDDATA;
    x->point = av_malloc_array(FFMAX(points, 1), sizeof(*x->point));
    x->times = av_malloc(FFMAX(x->times_size, 1));
    if (!x->point || !x->times)
        return AVERROR(ENOMEM);
    for (uint32_t i = 0; i < points; i++, dir += RFB_INDEX_POINT) {
        ff_rfb_index_read_point(&x->point[i], dir);
        if (!valid_point(x, &x->point[i], i ? &x->point[i - 1] : NULL))
            return AVERROR_INVALIDDATA;
    }
    x->nb_points = points;
    memcpy(x->times, dir, x->times_size);
    return points ? 0 : AVERROR_INVALIDDATA;
}

static int read_directory(RFBIndex *x, const uint8_t *header)
{
    int64_t pos = AV_RB64(header + 48);
    uint32_t packed = AV_RB32(header + 56), size = AV_RB32(header + 60);
    uint8_t *dir;
    int ret;

    /* zlib packs no better than to a thousandth */
    if (size < RFB_INDEX_SUMMARY || size > FFMIN(x->size + (64 << 10), RFB_INDEX_MAX_DIRECTORY) ||
        packed > x->file_size || size / 1100 > packed)
        return AVERROR_INVALIDDATA;
    if (!(dir = av_malloc(size)))
        return AVERROR(ENOMEM);
    ret = read_packed(x, pos, packed, AV_RB32(header + 64), dir, size);
    if (ret >= 0)
        ret = parse_directory(x, dir, size);
    av_free(dir);
    return ret;
}

/* ---- opening ---- */

/* Header: magic, u32 version, u32 flags, s64 size of the recording, 20 bytes hash, u32 session,
 * s64 offset of the directory, u32 packed size, u32 size, u32 check, 8 bytes 0, u32 check of all
 * these */
static int read_index(RFBIndex *x, AVIOContext *pb, const char **why)
{
    uint8_t header[RFB_INDEX_HEADER], hash[RFB_INDEX_HASH];
    int64_t size = avio_size(pb);
    int ret;

    *why = "it is damaged, or no index";
    x->file_size = avio_size(x->pb);
    if (avio_read(x->pb, header, sizeof(header)) != sizeof(header) ||
        memcmp(header, RFB_INDEX_MAGIC, 8) ||
        crc32(0, header, sizeof(header) - 4) != AV_RB32(header + sizeof(header) - 4))
        return AVERROR_INVALIDDATA;
    if (AV_RB32(header + 8) != RFB_INDEX_VERSION) {
        *why = "it has another version";
        return AVERROR_PATCHWELCOME;
    }
    x->size    = AV_RB64(header + 16);
    x->whole   = AV_RB32(header + 12) & RFB_INDEX_WHOLE && x->size == size;
    x->session = AV_RB32(header + 44);
    if (x->size <= 0 || x->size > size || (ret = ff_rfb_index_hash(pb, x->size, hash)) < 0 ||
        memcmp(hash, header + 24, sizeof(hash))) {
        *why = "it belongs to another recording, or to this one as it was before";
        return AVERROR(ESTALE);
    }
    if ((ret = read_directory(x, header)) < 0)
        return ret;
    if (!(AV_RB32(header + 12) & RFB_INDEX_TIMES))
        av_freep(&x->times);
    return 0;
}

/** The name beside a recording, if that is a file. */
static char *default_path(const AVFormatContext *s)
{
    const char *url = s->url, *colon;

    av_strstart(url, "file:", &url);
    colon = url + strcspn(url, ":/");
    if (!*url || (*colon == ':' && url == s->url))
        return NULL;
    return av_asprintf("file:%s" RFB_INDEX_SUFFIX, url);
}

int ff_rfb_index_open(AVFormatContext *s, RFBIndex *x, AVIOContext *pb, const char *path)
{
    char *name = path ? av_strdup(path) : default_path(s);
    AVDictionary *options = NULL;
    const char *why = NULL;
    int ret;

    if (!name)
        return path ? AVERROR(ENOMEM) : 0;
    if (s->protocol_whitelist)
        av_dict_set(&options, "protocol_whitelist", s->protocol_whitelist, 0);
    if (s->protocol_blacklist)
        av_dict_set(&options, "protocol_blacklist", s->protocol_blacklist, 0);
    ret = avio_open2(&x->pb, name, AVIO_FLAG_READ, &s->interrupt_callback, &options);
    av_dict_free(&options);
    if (ret >= 0 && (ret = read_index(x, pb, &why)) < 0)
        ff_rfb_index_close(x);
    if (ret < 0 && (path || why))
        av_log(s, ret == AVERROR(ESTALE) || ret == AVERROR_PATCHWELCOME ? AV_LOG_VERBOSE :
               AV_LOG_WARNING, "The index %s is not used: %s\n", name, why ? why :
               av_err2str(ret));
    av_free(name);
    return ret == AVERROR(ENOMEM) ? ret : 0;
}

void ff_rfb_index_close(RFBIndex *x)
{
    avio_closep(&x->pb);
    avpriv_rfb_unpack_free(&x->unpacker);
    av_freep(&x->point);
    av_freep(&x->times);
    memset(x, 0, sizeof(*x));
}

/* ---- max_gap ---- */

/* Times: for each that differs from the one before it, the difference in ms, seven bits a byte,
 * the lowest first, with the highest bit in all bytes but the last */
int ff_rfb_index_set_gap(RFBIndex *x, int64_t max_gap)
{
    const uint8_t *t = x->times, *end;
    int64_t cut = 0, step;
    int i = 0;

    if (!t)
        return AVERROR_INVALIDDATA;
    end = t + x->times_size;
    for (;;) {
        for (; i < x->nb_points && x->point[i].times <= t - x->times; i++) {
            RFBIndexPoint *p = &x->point[i];
            int64_t gap = p->update.pts - p->before;

            p->cut = cut + (p->update.key && gap > max_gap ? gap - max_gap : 0);
        }
        if (t == end)
            break;
        step = 0;
        for (int shift = 0; t < end && shift < 56; shift += 7) {
            step |= (int64_t)(*t & 0x7F) << shift;
            if (!(*t++ & 0x80))
                break;
        }
        cut += FFMAX(step - max_gap, 0);
    }
    x->cut = cut;
    return 0;
}

/* ---- states ---- */

/** Read one piece. @param dst size bytes */
static int read_piece(RFBIndex *x, int64_t pos, uint8_t *dst, size_t size, uint8_t *spare)
{
    uint8_t head[RFB_INDEX_PIECE];
    uint32_t packed, kind;
    int64_t ret;

    if (pos < RFB_INDEX_HEADER || pos > x->file_size - RFB_INDEX_PIECE)
        return AVERROR_INVALIDDATA;
    if ((ret = avio_seek(x->pb, pos, SEEK_SET)) < 0)
        return ret;
    if (avio_read(x->pb, head, sizeof(head)) != sizeof(head))
        return AVERROR_INVALIDDATA;
    packed = AV_RB32(head + 4) & 0x3FFFFFFF;
    kind   = AV_RB32(head + 4) >> 30;
    if (AV_RB32(head) != size || packed > size || kind > RFB_PIECE_DELTA ||
        (kind == RFB_PIECE_PLAIN && packed != size))
        return AVERROR_INVALIDDATA;
    pos += RFB_INDEX_PIECE;
    if (kind == RFB_PIECE_PLAIN)
        return read_checked(x, pos, dst, size, AV_RB32(head + 8));
    ret = read_checked(x, pos, spare, packed, AV_RB32(head + 8));
    if (ret >= 0)
        ret = avpriv_rfb_unpack(&x->unpacker, dst, size, spare, packed);
    for (size_t i = 3; ret >= 0 && kind == RFB_PIECE_DELTA && i < size; i++)
        dst[i] += dst[i - 3];
    return FFMIN(ret, 0);
}

/** Put a tile's pixels, three bytes each, to their place in the state. */
static void put_tile(uint8_t *dst, const uint8_t *src, int stride, int w, int h)
{
    for (int y = 0; y < h; y++, dst += stride * 4)
        for (int i = 0; i < w; i++, src += 3)
            AV_WL32(dst + 4 * i, AV_RL24(src));
}

static int read_pieces(RFBIndex *x, const RFBStateInfo *info, const uint8_t *list, uint8_t *state)
{
    enum { T = RFB_INDEX_TILE };
    const int room = FFMAX(T * T * 3, RFB_INDEX_PIECE + (32 << 10));
    uint8_t *buf = av_malloc(2 * room), *dst = state + info->head;
    int ret = buf ? 0 : AVERROR(ENOMEM);

    for (int i = 0; i < RFB_ZSTD_STREAMS && ret >= 0; dst += info->window[i++])
        if (info->window[i])
            ret = read_piece(x, get64(&list), dst, info->window[i], buf);
    for (int y = 0; y < info->height && ret >= 0; y += T)
        for (int w, h, at = 0; at < info->width && ret >= 0; at += T) {
            w   = FFMIN(info->width - at, T);
            h   = FFMIN(info->height - y, T);
            ret = read_piece(x, get64(&list), buf, w * h * 3, buf + room);
            put_tile(state + info->pixels + ((size_t)y * info->width + at) * 4, buf,
                     info->width, w, h);
        }
    av_free(buf);
    return ret;
}

/** Bytes of a state's list behind its head. */
static size_t list_size(const RFBStateInfo *info)
{
    const int t = RFB_INDEX_TILE;
    size_t n = (size_t)((info->width + t - 1) / t) * ((info->height + t - 1) / t);

    for (int i = 0; i < RFB_ZSTD_STREAMS; i++)
        n += !!info->window[i];
    return 8 * n;
}

/** @param list the state's head, and where each piece is */
static int join(RFBIndex *x, const RFBIndexPoint *p, int64_t max_pixels, const uint8_t *list,
                uint8_t **data, size_t *size)
{
    RFBStateInfo info;
    int ret = avpriv_rfb_state_info(&info, list, p->state_size, max_pixels);

    if (ret < 0 || info.width != p->update.width || info.height != p->update.height ||
        info.head + list_size(&info) != p->state_size)
        return AVERROR_INVALIDDATA;
    *size = RFB_SERVER_INIT_SIZE + info.size;
    if (!(*data = av_malloc(*size + AV_INPUT_BUFFER_PADDING_SIZE)))
        return AVERROR(ENOMEM);
    avpriv_rfb_state_server_init(&info, *data);
    memcpy(*data + RFB_SERVER_INIT_SIZE, list, info.head);
    memset(*data + *size, 0, AV_INPUT_BUFFER_PADDING_SIZE);
    ret = read_pieces(x, &info, list + info.head, *data + RFB_SERVER_INIT_SIZE);
    if (ret < 0)
        av_freep(data);
    return ret;
}

int ff_rfb_index_state(RFBIndex *x, const RFBIndexPoint *p, int64_t max_pixels, uint8_t **data,
                       size_t *size)
{
    uint8_t *list;
    int ret;

    if (p->state_size > RFB_STATE_MAX_HEAD + 8 * MAX_PIECES)
        return AVERROR_INVALIDDATA;
    if (!(list = av_malloc(FFMAX(p->state_size, 1))))
        return AVERROR(ENOMEM);
    ret = read_packed(x, p->state, p->state_packed, p->state_check, list, p->state_size);
    if (ret >= 0)
        ret = join(x, p, max_pixels, list, data, size);
    av_free(list);
    return ret;
}

int ff_rfb_index_approach(RFBIndex *x, const RFBIndexPoint *p, struct RFBInput *in)
{
    const int64_t to = p->update.start.chunk;
    uint8_t *window;
    int ret;

    if (!in->gzip || !p->window || (in->pos >= p->gzip.pos && in->pos <= to))
        return 0;
    if (!(window = av_malloc(2 * RFB_GZIP_MAX_WINDOW)))
        return AVERROR(ENOMEM);
    ret = read_piece(x, p->window, window, p->gzip.size, window + RFB_GZIP_MAX_WINDOW);
    if (ret >= 0)
        ret = ff_rfb_gzip_go(in, &p->gzip, window);
    av_free(window);
    return ret;
}
