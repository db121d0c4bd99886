/*
 * FBS files, looked over before they are read
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
#include "libavutil/intreadwrite.h"
#include "libavutil/mathematics.h"
#include "libavutil/mem.h"
#include "fbsscan.h"
#include "rfbstream.h"

/** Files up to this size are looked through, of larger ones only the end is. */
#define MAX_WALK  (INT64_C(1) << 30)

/** As many compressed bytes take longer. */
#define MAX_INFLATE (INT64_C(512) << 20)

/** So many blocks tell the layout. */
#define MAX_LAYOUT_BLOCKS 1000

/** How much of the end is searched, at first and in a second go. */
#define SMALL_WINDOW (1 << 20)
#define LARGE_WINDOW (16 << 20)

/**
 * Chains of blocks that prove that they are some: up to the end of the file,
 * and up to a block that is cut off there.
 */
#define WHOLE_CHAIN 3
#define CUT_CHAIN   8

/** So many blocks in a row are good. */
#define GOOD_CHAIN 4

#define HOUR (3600 * 1000)

/** Steps in time that need no proof, in ms. */
#define MAX_STEP 1000

/** Bytes of the file, or of what is buffered if that is all that can be had. */
static int read_at(RFBInput *in, int64_t pos, uint8_t *buf, int n)
{
    if (in->seekable) {
        int ret = ff_rfb_input_seek(in, pos);

        return ret < 0 ? ret : ff_rfb_input_read(in, buf, n);
    }
    pos -= in->pos;
    if (in->gzip || pos + n > in->pb->buf_end - in->pb->buf_ptr)
        return 0;
    memcpy(buf, in->pb->buf_ptr + pos, n);
    return n;
}

/**
 * Read a block without its data.
 * @param tail at least FBS_MAX_TAIL bytes
 * @return the offset of the next one, 0 when this one is not whole
 */
static int64_t block_at(RFBInput *in, const FBSLayout *l, int64_t pos, FBSBlock *b, uint8_t *tail)
{
    uint8_t head[FBS_MAX_HEAD];
    int n;

    if (read_at(in, pos, head, l->head) != l->head)
        return 0;
    l->read_head(b, head);
    if (b->size > FBS_MAX_DATA)
        return 0;
    n = ff_fbs_tail_size(l, b->size);
    pos += l->head + b->size;
    return read_at(in, pos, tail, n) == n ? pos + n : 0;
}

/** Times as they stand in the file, and what speaks against them. */
typedef struct Evidence {
    uint32_t last;
    int odd;                    ///< steps back, and very long ones
} Evidence;

static void weigh(Evidence *e, uint32_t ms)
{
    e->odd += ms - e->last > HOUR;
    e->last = ms;
}

const FBSLayout *ff_fbs_scan_layout(RFBInput *in, const FBSLayout *l)
{
    const FBSLayout *node = &ff_fbs_layout_node;
    Evidence usual = { 0 }, swapped = { 0 };
    int64_t start = in->pos, pos = start;
    uint8_t tail[FBS_MAX_TAIL] = { 0 };
    int low_bits = 0, plain = 0, content = 0, odder;
    FBSBlock b;

    /* whoever writes the other version, such as our muxer, pads as usual */
    if (memcmp(l->magic, node->magic, FBS_MAGIC_SIZE))
        return l;
    for (int i = 0; i < MAX_LAYOUT_BLOCKS && (pos = block_at(in, l, pos, &b, tail)); i++) {
        uint32_t ms = ff_fbs_tail_time(l, &b, tail), other = ff_fbs_tail_time(node, &b, tail);
        int padding = -b.size & 3;

        weigh(&usual, ms);
        weigh(&swapped, other);
        content += padding && other;
        /* zeros that pad come out as the low bytes of a time, the low bytes of
         * a time as zeros that pad */
        if (ms & ((1 << 8 * padding) - 1))
            plain = 1;
        else if (ms)
            low_bits += 8 * padding;
    }
    if (in->seekable && ff_rfb_input_seek(in, start) < 0)
        return l;
    odder = usual.odd - swapped.odd;
    if (content && (odder > 2 || (odder > 0 && !plain) || (!odder && !plain && low_bits >= 16)))
        return node;
    return l;
}

/** Whether some blocks follow on each other, up to the end if there are no more. */
static int follow(RFBInput *in, const FBSLayout *l, int64_t pos, uint32_t ms)
{
    int64_t size = ff_rfb_input_size(in), next;
    uint8_t tail[FBS_MAX_TAIL] = { 0 };
    FBSBlock b = { 0 };

    for (int i = 0; i < GOOD_CHAIN && pos != size; i++, pos = next) {
        next = block_at(in, l, pos, &b, tail);
        if (!next || next > size)
            return 0;
        if (!b.size)
            return next == size || (l->json && tail[0] == '{');
        if (b.type < FBS_BLOCK_CLIP || b.type > FBS_BLOCK_DATA ||
            ff_fbs_tail_time(l, &b, tail) - ms > 24 * HOUR)
            return 0;
        ms = ff_fbs_tail_time(l, &b, tail);
    }
    return 1;
}

int ff_fbs_scan_time(RFBInput *in, const FBSLayout *l, int64_t pos, uint32_t last, uint32_t ms)
{
    int64_t start = in->pos;
    int good = ms - last <= MAX_STEP;

    if (!good) {
        good = follow(in, l, pos, ms);
        if (ff_rfb_input_seek(in, start) < 0)
            return 0;
    }
    return good;
}

/** Where the blocks end: the line of JSON behind the last one is none. */
static int blocks_end(const FBSLayout *l, const uint8_t *buf, int size)
{
    for (int i = size - 5; l->json && i >= 0 && i > size - 256; i--)
        if (!AV_RB32(buf + i) && buf[i + 4] == '{')
            return i;
    return size;
}

/** @return where the block at buf + pos ends, -1 if there can be none */
static int plausible(const FBSLayout *l, const uint8_t *buf, int pos, int size, uint32_t *ms)
{
    FBSBlock b;

    if (size - pos < l->head)
        return -1;
    l->read_head(&b, buf + pos);
    if (b.type < FBS_BLOCK_CLIP || b.type > FBS_BLOCK_DATA || b.size > LARGE_WINDOW)
        return -1;
    pos += l->head + b.size;
    if (ff_fbs_tail_size(l, b.size) > size - pos)
        return size + 1;
    *ms  = ff_fbs_tail_time(l, &b, buf + pos);
    pos += ff_fbs_tail_size(l, b.size);
    /* zeros would be chains of empty blocks; there is one at most, at the end */
    return b.size || pos == size ? pos : -1;
}

/** What a position is the beginning of: bits, and above them the number of blocks. */
enum { TO_END = 1, TO_CUT = 2, ONE_BLOCK = 4, MANY_BLOCKS = 63 * ONE_BLOCK };

/** @return the first block that others prove, -1 if there is none */
static int find_first(const FBSLayout *l, const uint8_t *buf, int size, uint8_t *chain,
                      uint32_t last, int all)
{
    int first = -1;

    memset(chain, 0, size + 1);
    chain[size] = TO_END;
    for (int pos = size - 1; pos >= 0; pos--) {
        uint32_t ms = 0, next_ms;
        int next = plausible(l, buf, pos, size, &ms), after;

        if (next < 0)
            continue;
        if (next > size) {
            /* at the end of a file every position might be one that is cut off */
            chain[pos] = all ? 0 : TO_CUT;
            continue;
        }
        after = next < size ? plausible(l, buf, next, size, &next_ms) : size + 1;
        chain[pos] = ONE_BLOCK;
        if (chain[next] && (after > size || next_ms - ms <= 24 * HOUR))
            chain[pos] = FFMIN((chain[next] & ~3) + ONE_BLOCK, MANY_BLOCKS) | (chain[next] & 3);
        /* fewer blocks are found by chance in the last one of a file that is cut off */
        if (ms - last <= 24 * HOUR && chain[pos] >= (chain[pos] & 3 ? GOOD_CHAIN * ONE_BLOCK :
                                                     MANY_BLOCKS))
            first = pos;
    }
    return first;
}

int64_t ff_fbs_scan_resume(RFBInput *in, const FBSLayout *l, int64_t pos, uint32_t ms)
{
    int64_t start = in->pos;
    int first = -1, ret = 0, size = 0;

    for (int window = SMALL_WINDOW; first < 0 && window <= LARGE_WINDOW; window *= 16) {
        uint8_t *buf = av_malloc(window + FBS_MAX_HEAD), *chain = av_malloc(window + 1);
        int all = 0;

        if (buf && chain && (size = read_at(in, pos, buf, window)) > 0) {
            all   = size < window && !in->at_gap;
            first = find_first(l, buf, all ? blocks_end(l, buf, size) : size, chain, ms, all);
        }
        av_free(buf);
        av_free(chain);
        if (size < window)
            break;
    }
    ret = ff_rfb_input_seek(in, start);
    return ret < 0 ? ret : first < 0 ? 0 : pos + first;
}

int64_t ff_fbs_scan_behind(RFBInput *in, const FBSLayout *l, int64_t pos, uint32_t ms)
{
    int64_t next = ff_fbs_scan_resume(in, l, pos, ms);

    /* what was read last may have been wrong already, and its time */
    return next ? next : ff_fbs_scan_resume(in, l, pos, 0);
}

/**
 * Go on where compressed data are damaged.
 * @param pos  of the block at hand, or of what should be one
 * @param lost gaps before it
 * @param ms   the time before it
 * @return the offset of the next block, 0 if there is none, -1 if this is no such place
 */
static int64_t cross_gap(RFBInput *in, const FBSLayout *l, int64_t pos, const FBSBlock *b, int lost,
                         uint32_t ms)
{
    if (in->lost == lost && !ff_rfb_input_resume(in)) {
        if (!in->gzip || b->size <= FBS_MAX_DATA || ff_rfb_input_doubt(in, pos) ||
            !ff_rfb_input_resume(in))
            return -1;
    }
    return ff_fbs_scan_behind(in, l, ff_rfb_input_behind(in, lost), ms);
}

/** Walk from block to block. */
static int64_t walk(RFBInput *in, const FBSLayout *l, int64_t size, int *estimate)
{
    int64_t limit = in->gzip ? MAX_INFLATE : MAX_WALK, pos = in->pos, last = pos, next;
    int64_t file = avio_size(in->pb) - in->start, declared = 0;
    uint8_t tail[FBS_MAX_TAIL] = { 0 }, word[4];
    RFBClock clock = { 0 }, before = { 0 };
    int mends = in->gzip || size < 0 ? FBS_MAX_MENDS : 0;
    FBSBlock b = { 0 };

    for (;;) {
        const int lost = ff_rfb_input_seek(in, pos) < 0 ? -1 : in->lost;
        int64_t behind = -1;

        if (lost < 0)
            break;
        next = block_at(in, l, pos, &b, tail);
        if (!next || in->lost > lost)
            behind = cross_gap(in, l, pos, &b, lost, before.last);
        if (!behind)
            break;
        if (behind > 0) {
            clock = before;
            last  = pos = behind;
            continue;
        }
        if (next && !b.size && l->json && tail[0] == '{')
            break;
        if (!next || (size >= 0 && next > size) ||
            (mends < FBS_MAX_MENDS && clock.started && b.type == FBS_BLOCK_DATA &&
             !ff_fbs_scan_time(in, l, next, clock.last, ff_fbs_tail_time(l, &b, tail)))) {
            /* the one before this may be to blame */
            if (mends++ >= FBS_MAX_MENDS ||
                (next = ff_fbs_scan_resume(in, l, last + l->head, before.last)) <= 0)
                break;
            clock = before;
            last  = pos = next;
            continue;
        }
        before = clock;
        if (b.type == FBS_BLOCK_DURATION && b.size == 4 &&
            read_at(in, pos + l->head, word, 4) == 4)
            declared = AV_RB32(word);
        else
            ff_rfb_clock(&clock, ff_fbs_tail_time(l, &b, tail));
        last = pos;
        pos  = next;
        if (pos > limit && file > 0) {
            int64_t done = in->gzip ? avio_tell(in->pb) - in->start : pos;

            *estimate = 1;
            return FFMAX(declared, av_rescale(clock.now, FFMAX(file, done), FFMAX(done, 1)));
        }
    }
    return FFMAX(declared, clock.now);
}

/**
 * Find the longest chain of blocks with times that do not run backwards.
 * @param chain size + 1 bytes
 * @param cut   the last one is cut off, else it ends where buf does
 * @return the last time, or -1
 */
static int64_t find_chain(const FBSLayout *l, const uint8_t *buf, int size, uint8_t *chain, int cut)
{
    int best = size, next;
    uint32_t ms = 0, next_ms;

    /* how many blocks there are from each position on, known from the end */
    memset(chain, 0, size + 1);
    chain[size] = !cut;
    for (int pos = size - 1; pos >= 0; pos--) {
        if ((next = plausible(l, buf, pos, size, &ms)) < 0)
            continue;
        if (next > size) {
            chain[pos] = cut;
        } else if (chain[next]) {
            int after = next < size ? plausible(l, buf, next, size, &next_ms) : size + 1;

            if (after > size || next_ms - ms <= 24 * HOUR)
                chain[pos] = FFMIN(chain[next] + 1, 255);
        }
        if (chain[pos] > chain[best])
            best = pos;
    }
    if (chain[best] <= (cut ? CUT_CHAIN : WHOLE_CHAIN))
        return -1;
    while (best < size && (next = plausible(l, buf, best, size, &next_ms)) <= size) {
        ms   = next_ms;
        best = next;
    }
    return ms;
}

/** Find the time of the last block without knowing where the blocks begin. */
static int64_t search_tail(RFBInput *in, const FBSLayout *l, int64_t size, int window)
{
    uint8_t *buf = av_malloc(window + FBS_MAX_HEAD), *chain = av_malloc(window + 1);
    int64_t ms = -1;

    if (buf && chain && read_at(in, size - window, buf, window) == window) {
        window = blocks_end(l, buf, window);
        ms = find_chain(l, buf, window, chain, 0);
        if (ms < 0)
            ms = find_chain(l, buf, window, chain, 1);
    }
    av_free(buf);
    av_free(chain);
    return ms;
}

int64_t ff_fbs_scan_end(RFBInput *in, const FBSLayout *l, int *estimate)
{
    int64_t start = in->pos, size = ff_rfb_input_size(in), ms = -1, next;
    uint8_t tail[FBS_MAX_TAIL] = { 0 };
    FBSBlock b;
    int ret;

    *estimate = 0;
    if (size > MAX_WALK) {
        ms = search_tail(in, l, size, SMALL_WINDOW);
        if (ms < 0)
            ms = search_tail(in, l, size, LARGE_WINDOW);
        /* the counter has wrapped since, perhaps more than once: there is no telling */
        next = ms < 0 ? 0 : block_at(in, l, start, &b, tail);
        if (next && ms < ff_fbs_tail_time(l, &b, tail))
            ms += INT64_C(1) << 32;
    }
    if (ms < 0) {
        ret = ff_rfb_input_seek(in, start);
        ms  = ret < 0 ? ret : walk(in, l, size, estimate);
    }
    ret = ff_rfb_input_seek(in, start);
    return ret < 0 ? ret : ms;
}
