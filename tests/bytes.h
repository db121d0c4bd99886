/*
 * A growing list of bytes for tests, and deflate as servers use it
 */

#ifndef TESTS_BYTES_H
#define TESTS_BYTES_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

/** Zero-initialise before first use. */
typedef struct Bytes {
    uint8_t *data;
    size_t size, alloc;
} Bytes;

/** @return a copy that begins and ends where its allocation does */
static inline uint8_t *bytes_copy(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size);

    if (size)
        memcpy(copy, data, size);
    return copy;
}

/** @return where the n bytes to be written begin */
static inline uint8_t *bytes_room(Bytes *b, size_t n)
{
    if (b->size + n > b->alloc) {
        b->alloc = 2 * b->alloc + n;
        b->data  = realloc(b->data, b->alloc);
        if (!b->data)
            abort();
    }
    b->size += n;
    return b->data + b->size - n;
}

static inline void put(Bytes *b, const void *data, size_t n)
{
    if (n)
        memcpy(bytes_room(b, n), data, n);
}

static inline void put8(Bytes *b, unsigned v)
{
    *bytes_room(b, 1) = v;
}

static inline void put16(Bytes *b, unsigned v)
{
    put8(b, v >> 8);
    put8(b, v);
}

static inline void put32(Bytes *b, uint32_t v)
{
    put16(b, v >> 16);
    put16(b, v);
}

static inline void put_rect(Bytes *b, int x, int y, int w, int h, int32_t encoding)
{
    put16(b, x);
    put16(b, y);
    put16(b, w);
    put16(b, h);
    put32(b, encoding);
}

/** FramebufferUpdate's head. */
static inline void put_update(Bytes *b, int nb_rects)
{
    put16(b, 0);
    put16(b, nb_rects);
}

/** What data becomes in a stream that goes on from rectangle to rectangle. */
static inline Bytes deflated(z_stream *z, const void *data, size_t size)
{
    Bytes b = { 0 };
    size_t bound = size + size / 100 + 100;

    bytes_room(&b, bound);
    z->next_in   = (uint8_t *)data;
    z->avail_in  = size;
    z->next_out  = b.data;
    z->avail_out = bound;
    if (deflate(z, Z_SYNC_FLUSH) != Z_OK || z->avail_in)
        abort();
    b.size = bound - z->avail_out;
    return b;
}

/** length(u32) and the data, as in Zlib and ZRLE */
static inline void put_deflated(Bytes *b, z_stream *z, const void *data, size_t size)
{
    Bytes d = deflated(z, data, size);

    put32(b, d.size);
    put(b, d.data, d.size);
    free(d.data);
}

static inline void bytes_free(Bytes *b)
{
    free(b->data);
    memset(b, 0, sizeof(*b));
}

#endif /* TESTS_BYTES_H */
