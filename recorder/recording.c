/*
 * Recordings that are played
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

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/intreadwrite.h"
#include "recording.h"

/** A handshake with a longer name of the desktop is none. */
#define MAX_PROLOGUE (1 << 20)

/** No message of a server is longer. */
#define MAX_MESSAGE (512 << 20)

static int failed(RecRecording *r, int ret, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int failed(RecRecording *r, int ret, const char *format, ...)
{
    int n = snprintf(r->error, sizeof(r->error), "%s: ", r->path);
    va_list args;

    va_start(args, format);
    if (n < (int)sizeof(r->error))
        vsnprintf(r->error + n, sizeof(r->error) - n, format, args);
    va_end(args);
    return ret;
}

static int reserve(RecRecording *r, size_t size)
{
    uint8_t *buf;

    if (r->head) {
        r->len -= r->head;
        memmove(r->buf, r->buf + r->head, r->len);
        r->head = 0;
    }
    if (r->alloc - r->len >= size)
        return 0;
    if (r->len + size > MAX_MESSAGE)
        return failed(r, AVERROR_INVALIDDATA, "a message of more than %d bytes", MAX_MESSAGE);
    buf = realloc(r->buf, FFMAX(2 * r->alloc, r->len + size));
    if (!buf)
        return failed(r, AVERROR(ENOMEM), "out of memory");
    r->buf   = buf;
    r->alloc = FFMAX(2 * r->alloc, r->len + size);
    return 0;
}

/** Read a block of data behind what is there. @return 1, 0 at the end, or an error */
static int read_block(RecRecording *r)
{
    uint8_t head[FBS_MAX_HEAD], tail[FBS_MAX_TAIL];
    uint32_t stamp;
    FBSBlock b;
    int ret, n;

    do {
        if (fread(head, 1, r->layout->head, r->f) < r->layout->head)
            return 0;
        r->layout->read_head(&b, head);
        n = ff_fbs_tail_size(r->layout, b.size);
        if (b.size > FBS_MAX_DATA || (!b.size && b.type == FBS_BLOCK_DATA))
            return 0;
        if ((ret = reserve(r, b.size)) < 0)
            return ret;
        if (fread(r->buf + r->len, 1, b.size, r->f) < b.size || fread(tail, 1, n, r->f) < n)
            return 0;
    } while (b.type != FBS_BLOCK_DATA);
    r->len += b.size;
    /* 32 bits wrap after 49.7 days, and clocks are set back */
    stamp = ff_fbs_tail_time(r->layout, &b, tail);
    if ((int32_t)(stamp - r->stamp) > 0)
        r->time += (int32_t)(stamp - r->stamp);
    r->stamp = stamp;
    return 1;
}

/** The handshake. @return 0 or an error */
static int read_prologue(RecRecording *r)
{
    RFBPrologue pro;
    size_t need;
    int ret;

    while ((ret = avpriv_rfb_prologue(&pro, r->buf, r->len, &need)) == AVERROR(EAGAIN)) {
        if (need > MAX_PROLOGUE || (ret = read_block(r)) < 0)
            return failed(r, AVERROR_INVALIDDATA, "its handshake cannot be read");
        if (!ret)
            return failed(r, AVERROR_INVALIDDATA, "it ends within its handshake");
    }
    if (ret < 0)
        return failed(r, ret, "its handshake cannot be read");
    memcpy(r->server_init, r->buf + pro.server_init, RFB_SERVER_INIT_SIZE);
    free(r->name);
    r->name = strndup((char *)r->buf + pro.server_init + RFB_SERVER_INIT_SIZE, pro.name_size);
    r->head = ret;
    if (avpriv_rfb_parser_init(&r->parser, r->server_init, 0) < 0)
        return failed(r, AVERROR_INVALIDDATA, "%s %"PRId64, r->parser.error.what,
                      r->parser.error.value);
    return r->name ? 0 : failed(r, AVERROR(ENOMEM), "out of memory");
}

int rec_recording_rewind(RecRecording *r)
{
    uint8_t magic[FBS_MAGIC_SIZE];
    int c;

    rewind(r->f);
    r->head = r->len = 0;
    r->stamp = r->time = 0;
    if (fread(magic, 1, sizeof(magic), r->f) < sizeof(magic) ||
        !(r->layout = ff_fbs_layout(magic)))
        return failed(r, AVERROR_INVALIDDATA, "no FBS file; others are made one by: ffmpeg -i "
                      "FILE -c copy OUT.fbs");
    if (r->layout->json)
        while ((c = getc(r->f)) != EOF && c != '\n')
            ;
    return read_prologue(r);
}

int rec_recording_open(RecRecording *r, const char *path)
{
    memset(r, 0, sizeof(*r));
    r->path = path;
    r->f    = fopen(path, "re");
    if (!r->f)
        return failed(r, AVERROR(errno), "%s", strerror(errno));
    return rec_recording_rewind(r);
}

int rec_recording_next(RecRecording *r, const uint8_t **message, int64_t *time)
{
    for (;;) {
        int ret = avpriv_rfb_parse(&r->parser, NULL, r->buf + r->head, r->len - r->head);

        if (ret > 0) {
            *message = r->buf + r->head;
            *time    = r->time;
            r->head += ret;
            return ret;
        }
        if (ret != AVERROR(EAGAIN))
            return failed(r, ret, "%s%s%s %"PRId64" in the session at %"PRId64" ms",
                          r->parser.error.name ? r->parser.error.name : "",
                          r->parser.error.name ? ": " : "", r->parser.error.what,
                          r->parser.error.value, r->time);
        ret = read_block(r);
        if (ret <= 0)
            return ret < 0 ? ret : AVERROR_EOF;
    }
}

void rec_recording_close(RecRecording *r)
{
    if (r->f)
        fclose(r->f);
    free(r->buf);
    free(r->name);
    memset(r, 0, sizeof(*r));
}
