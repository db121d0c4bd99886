/*
 * A recording that lies in memory, as a file for libavformat
 */

#ifndef TESTS_MEMORY_H
#define TESTS_MEMORY_H

#include <string.h>

#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/mem.h"
#include "libavformat/avformat.h"

enum { MEMORY_BUFFER = 4096 };

typedef struct Memory {
    const uint8_t *data;
    int64_t size, pos;
} Memory;

static inline int memory_read(void *opaque, uint8_t *buf, int n)
{
    Memory *m = opaque;

    if (m->pos >= m->size)
        return AVERROR_EOF;
    n = FFMIN(n, m->size - m->pos);
    memcpy(buf, m->data + m->pos, n);
    m->pos += n;
    return n;
}

static inline int64_t memory_seek(void *opaque, int64_t offset, int whence)
{
    Memory *m = opaque;

    if (whence == AVSEEK_SIZE)
        return m->size;
    offset += whence == SEEK_CUR ? m->pos : whence == SEEK_END ? m->size : 0;
    return offset < 0 ? AVERROR(EINVAL) : (m->pos = offset);
}

/** @param m to last as long; at its start */
static inline AVIOContext *memory_open(Memory *m, int seekable)
{
    return avio_alloc_context(av_malloc(MEMORY_BUFFER), MEMORY_BUFFER, 0, m, memory_read, NULL,
                              seekable ? memory_seek : NULL);
}

static inline void memory_close(AVIOContext **pb)
{
    av_freep(&(*pb)->buffer);
    avio_context_free(pb);
}

#endif /* TESTS_MEMORY_H */
