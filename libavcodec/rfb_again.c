/*
 * RFB: pictures that come again
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
 * Where text scrolls or a window is dragged, servers send the same JPEG and PNG
 * pictures over and over, elsewhere each time: 8 to 33 % of all their pixels in
 * the bench's sessions. Such a picture is copied instead of decoded. Most come
 * only once, so one is kept when it is decoded for the second time.
 */

#include <string.h>

#include "libavutil/common.h"
#include "libavutil/intreadwrite.h"
#include "libavutil/mem.h"
#include "rfb_rect.h"

enum {
    SEEN     = 4096,            ///< pictures that would be known again; a power of two
    KEPT     = 128,             ///< pictures that are kept
    STORE    = 4 << 20,         ///< bytes of these
    LARGEST  = STORE / 8,       ///< bytes of one: a film's do not push out the others
    SAMPLES  = 8,               ///< words that are looked at from each of two places
};

typedef struct Kept {
    uint64_t print;
    int w, h;
    size_t pos, size, total;    ///< in the store: size bytes as they came, then the pixels
} Kept;

struct RFBAgain {
    uint64_t seen[SEEN];        ///< by their last bits
    Kept kept[KEPT];            ///< the oldest is replaced; total 0: nothing
    int next;
    size_t pos;                 ///< where the next one goes
    uint8_t *store;
};

/** What is most likely different in different pictures; never 0. */
static uint64_t fingerprint(enum RFBImage type, const uint8_t *data, size_t size, int w, int h)
{
    const uint64_t prime = UINT64_C(0x9E3779B97F4A7C15);
    const size_t part = SAMPLES * 8, places[] = { size / 2, size - part };
    uint64_t sum = (uint64_t)w << 48 ^ (uint64_t)h << 32 ^ size << 2 ^ type;

    for (int i = 0; size >= 2 * part && i < FF_ARRAY_ELEMS(places); i++)
        for (size_t n = 0; n < part; n += 8) {
            sum  = (sum ^ AV_RN64(data + places[i] + n)) * prime;
            sum ^= sum >> 32;
        }
    return FFMAX(sum * prime ^ sum >> 29, 1);
}

static Kept *find(struct RFBAgain *a, uint64_t print, const uint8_t *data, size_t size,
                  int w, int h)
{
    for (Kept *k = a->kept; k < a->kept + KEPT; k++)
        if (k->print == print && k->total && k->w == w && k->h == h && k->size == size &&
            !memcmp(a->store + k->pos, data, size))
            return k;
    return NULL;
}

int ff_rfb_again_get(const RFBFrame *f, enum RFBImage type, const uint8_t *data, size_t size,
                     RFBCanvas *c)
{
    const Kept *k = f->again && f->again->store ?
                    find(f->again, fingerprint(type, data, size, c->w, c->h), data, size,
                         c->w, c->h) : NULL;
    const size_t line = c->w * sizeof(*c->data);

    for (int y = 0; k && y < c->h; y++)
        memcpy(c->data + y * c->stride, f->again->store + k->pos + size + y * line, line);
    return k != NULL;
}

/** Make room for so many bytes. @return where they may be written */
static Kept *make_room(struct RFBAgain *a, size_t total)
{
    Kept *result = &a->kept[a->next];

    a->next = (a->next + 1) % KEPT;
    if (total > STORE - a->pos)
        a->pos = 0;
    for (Kept *k = a->kept; k < a->kept + KEPT; k++)
        if (k->pos < a->pos + total && a->pos < k->pos + k->total)
            k->total = 0;
    result->pos   = a->pos;
    result->total = total;
    a->pos += total;
    return result;
}

void ff_rfb_again_put(RFBFrame *f, enum RFBImage type, const uint8_t *data, size_t size,
                      const RFBCanvas *c)
{
    const size_t line = c->w * sizeof(*c->data), pixels = c->h * line;
    const uint64_t print = fingerprint(type, data, size, c->w, c->h);
    struct RFBAgain *a = f->again;
    uint64_t *seen;
    Kept *k;

    if (size > LARGEST || pixels > LARGEST - size)
        return;
    if (!a && !(a = f->again = av_mallocz(sizeof(*a))))
        return;
    seen = &a->seen[print % SEEN];
    if (*seen != print) {
        *seen = print;
        return;
    }
    if (!a->store && !(a->store = av_malloc(STORE)))
        return;
    k = make_room(a, size + pixels);
    k->print = print;
    k->size  = size;
    k->w     = c->w;
    k->h     = c->h;
    memcpy(a->store + k->pos, data, size);
    for (int y = 0; y < c->h; y++)
        memcpy(a->store + k->pos + size + y * line, c->data + y * c->stride, line);
}

void ff_rfb_again_free(RFBFrame *f)
{
    if (f->again)
        av_free(f->again->store);
    av_freep(&f->again);
}
