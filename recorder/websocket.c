/*
 * WebSockets
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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <wslay/wslay.h>

#include "libavutil/common.h"
#include "libavutil/error.h"
#include "websocket.h"

/** The server's answer, and what a user adds to the request, at most. */
#define MAX_HEADER 8192

/** What is unpacked before it is read. */
#define MAX_BUFFER (256 << 10)

typedef struct RecWebSocket {
    RecStream stream;
    wslay_event_context_ptr wslay;
    char *request;              ///< not sent yet
    char accept[32];            ///< what the server must answer to our key
    char answer[MAX_HEADER];
    size_t answered;
    uint8_t *buf;               ///< unpacked: from head to size
    size_t head, size, alloc;
    int control;                ///< the frame at hand is no data
    int error;                  ///< of the stream below
} RecWebSocket;

/* --- frames --- */

static ssize_t receive(wslay_event_context_ptr ctx, uint8_t *buf, size_t size, int flags,
                       void *opaque)
{
    RecWebSocket *w = opaque;
    int ret;

    (void)flags;
    if (w->size - w->head >= MAX_BUFFER) {
        wslay_event_set_error(ctx, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    ret = rec_stream_read(w->stream.lower, buf, size);
    if (ret > 0)
        return ret;
    if (ret != AVERROR(EAGAIN))
        w->error = ret;
    wslay_event_set_error(ctx, ret == AVERROR(EAGAIN) ? WSLAY_ERR_WOULDBLOCK
                                                      : WSLAY_ERR_CALLBACK_FAILURE);
    return -1;
}

static ssize_t transmit(wslay_event_context_ptr ctx, const uint8_t *buf, size_t size, int flags,
                        void *opaque)
{
    RecWebSocket *w = opaque;
    int ret = rec_stream_write(w->stream.lower, buf, size);

    (void)flags;
    if (ret >= 0)
        return size;
    w->error = ret;
    wslay_event_set_error(ctx, WSLAY_ERR_CALLBACK_FAILURE);
    return -1;
}

static int mask(wslay_event_context_ptr ctx, uint8_t *buf, size_t size, void *opaque)
{
    (void)ctx;
    (void)opaque;
    return gnutls_rnd(GNUTLS_RND_NONCE, buf, size) < 0 ? -1 : 0;
}

static void unpacked(wslay_event_context_ptr ctx,
                     const struct wslay_event_on_frame_recv_chunk_arg *arg, void *opaque)
{
    RecWebSocket *w = opaque;

    if (w->control)
        return;
    if (w->alloc - w->size < arg->data_length) {
        size_t alloc = FFMAX(2 * w->alloc, w->size + arg->data_length);
        uint8_t *buf = realloc(w->buf, alloc);

        if (!buf) {
            w->error = AVERROR(ENOMEM);
            wslay_event_shutdown_read(ctx);
            return;
        }
        w->buf   = buf;
        w->alloc = alloc;
    }
    memcpy(w->buf + w->size, arg->data, arg->data_length);
    w->size += arg->data_length;
}

/** Data come frame by frame; what comes of control frames is wslay's matter. */
static void frame_begins(wslay_event_context_ptr ctx,
                         const struct wslay_event_on_frame_recv_start_arg *arg, void *opaque)
{
    (void)ctx;
    ((RecWebSocket *)opaque)->control = wslay_is_ctrl_frame(arg->opcode);
}

/* --- the stream --- */

/** Something in wslay failed: what stands below it says why, or what the server did. */
static int failed(RecWebSocket *w)
{
    if (w->error)
        return w->error;
    if (wslay_event_get_close_received(w->wslay))
        return rec_stream_error(&w->stream, AVERROR_EOF, "the server closed the WebSocket");
    return rec_stream_error(&w->stream, AVERROR(EPROTO), "what comes is no WebSocket");
}

static int websocket_read(RecStream *s, uint8_t *buf, size_t size)
{
    RecWebSocket *w = (RecWebSocket *)s;

    if (w->head == w->size) {
        int ret;

        w->head = w->size = 0;
        ret = wslay_event_recv(w->wslay);
        if (wslay_event_want_write(w->wslay))
            wslay_event_send(w->wslay);
        if (w->head == w->size) {
            if (ret < 0 || w->error || !wslay_event_want_read(w->wslay))
                return failed(w);
            free(w->buf);
            w->buf   = NULL;
            w->alloc = 0;
            return AVERROR(EAGAIN);
        }
    }
    size = FFMIN(size, w->size - w->head);
    memcpy(buf, w->buf + w->head, size);
    w->head += size;
    return size;
}

static int websocket_write(RecStream *s, const uint8_t *buf, size_t size)
{
    RecWebSocket *w = (RecWebSocket *)s;
    const struct wslay_event_msg message = { WSLAY_BINARY_FRAME, buf, size };

    if (wslay_event_queue_msg(w->wslay, &message) < 0 || wslay_event_send(w->wslay) < 0)
        return failed(w);
    return 0;
}

static void websocket_free(RecStream *s)
{
    RecWebSocket *w = (RecWebSocket *)s;

    if (w->wslay)
        wslay_event_context_free(w->wslay);
    if (w->request)
        explicit_bzero(w->request, strlen(w->request));
    free(w->request);
    free(w->buf);
}

/* --- the handshake --- */

/** The value of a header's line. @return NULL if there is none */
static const char *header(const char *text, const char *name)
{
    const size_t n = strlen(name);

    for (const char *line = text; (line = strstr(line, "\r\n")); ) {
        line += 2;
        if (!strncasecmp(line, name, n) && line[n] == ':')
            return line + n + 1 + strspn(line + n + 1, " \t");
    }
    return NULL;
}

static int check_answer(RecWebSocket *w)
{
    const char *accept = header(w->answer, "Sec-WebSocket-Accept");
    const int line = strcspn(w->answer, "\r\n");

    if (strncmp(w->answer, "HTTP/1.1 101", 12)) {
        for (int i = 0; i < line; i++)
            if ((uint8_t)w->answer[i] < ' ')
                w->answer[i] = '?';
        return rec_stream_error(&w->stream, AVERROR(EACCES), "no WebSocket: the server answers "
                                "\"%.*s\"", FFMIN(line, 100), w->answer);
    }
    if (!accept || strncmp(accept, w->accept, strlen(w->accept)))
        return rec_stream_error(&w->stream, AVERROR(EPROTO), "no WebSocket: the server's answer "
                                "does not fit our key");
    return 0;
}

static int websocket_handshake(RecStream *s)
{
    RecWebSocket *w = (RecWebSocket *)s;
    int ret;

    if (w->request) {
        ret = rec_stream_write(s->lower, w->request, strlen(w->request));
        explicit_bzero(w->request, strlen(w->request));
        free(w->request);
        w->request = NULL;
        if (ret < 0)
            return ret;
    }
    /* byte by byte: what follows is frames */
    while (!strstr(w->answer, "\r\n\r\n")) {
        if (w->answered == sizeof(w->answer) - 1)
            return rec_stream_error(s, AVERROR(EPROTO), "no WebSocket: the server's answer does "
                                    "not end");
        ret = rec_stream_read(s->lower, w->answer + w->answered, 1);
        if (ret < 0)
            return ret;
        w->answered++;
    }
    return check_answer(w);
}

static int base64(char *dst, size_t size, const void *data, size_t n)
{
    const gnutls_datum_t in = { (uint8_t *)data, n };
    gnutls_datum_t out;

    if (gnutls_base64_encode2(&in, &out) < 0)
        return -1;
    snprintf(dst, size, "%.*s", (int)out.size, out.data);
    gnutls_free(out.data);
    return 0;
}

/** RFC 6455, 4.1: a random key, and what the server makes of it. */
static int make_key(RecWebSocket *w, char key[32])
{
    uint8_t random[16], hash[20];
    char text[80];

    if (gnutls_rnd(GNUTLS_RND_NONCE, random, sizeof(random)) < 0 ||
        base64(key, 32, random, sizeof(random)) < 0)
        return -1;
    snprintf(text, sizeof(text), "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
    if (gnutls_hash_fast(GNUTLS_DIG_SHA1, text, strlen(text), hash) < 0)
        return -1;
    return base64(w->accept, sizeof(w->accept), hash, sizeof(hash));
}

/** The user's lines, with line ends as HTTP wants them. @return 0 or an error */
static int read_headers(char *dst, size_t size, const char *name, char why[200])
{
    FILE *f = fopen(name, "re");
    size_t n = 0, got;
    char line[MAX_HEADER];

    if (!f) {
        snprintf(why, 200, "header file %s: %s", name, strerror(errno));
        return AVERROR(errno);
    }
    while (fgets(line, sizeof(line), f)) {
        got = strcspn(line, "\r\n");
        if (!got || n + got + 3 > size)
            continue;
        memcpy(dst + n, line, got);
        memcpy(dst + n + got, "\r\n", 3);
        n += got + 2;
    }
    explicit_bzero(line, sizeof(line));
    fclose(f);
    return 0;
}

static int make_request(RecWebSocket *w, const RecTarget *t, const char *header_file,
                        char why[200])
{
    const int v6 = strchr(t->host, ':') != NULL;
    char key[32], more[MAX_HEADER] = "";
    int ret;

    if (header_file && (ret = read_headers(more, sizeof(more), header_file, why)) < 0)
        return ret;
    if (make_key(w, key) < 0)
        return AVERROR(ENOSYS);
    ret = asprintf(&w->request, "GET %s HTTP/1.1\r\nHost: %s%s%s:%d\r\nUpgrade: websocket\r\n"
                   "Connection: Upgrade\r\nSec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n"
                   "Sec-WebSocket-Protocol: binary\r\nOrigin: %s://%s%s%s:%d\r\n%s\r\n",
                   t->path, v6 ? "[" : "", t->host, v6 ? "]" : "", t->port, key,
                   t->scheme == REC_WSS ? "https" : "http", v6 ? "[" : "", t->host,
                   v6 ? "]" : "", t->port, more);
    explicit_bzero(more, sizeof(more));
    if (ret < 0)
        w->request = NULL;
    return ret < 0 ? AVERROR(ENOMEM) : 0;
}

RecStream *rec_websocket_open(RecStream *lower, const RecTarget *t, const char *header_file,
                              char why[200])
{
    static const RecStreamOps ops = {
        websocket_handshake, websocket_read, websocket_write, websocket_free,
    };
    const struct wslay_event_callbacks callbacks = {
        .recv_callback                = receive,
        .send_callback                = transmit,
        .genmask_callback             = mask,
        .on_frame_recv_start_callback = frame_begins,
        .on_frame_recv_chunk_callback = unpacked,
    };
    RecWebSocket *w = calloc(1, sizeof(*w));

    snprintf(why, 200, "out of memory");
    if (!w) {
        rec_stream_free(lower);
        return NULL;
    }
    w->stream.ops   = &ops;
    w->stream.lower = lower;
    if (make_request(w, t, header_file, why) >= 0 &&
        wslay_event_context_client_init(&w->wslay, &callbacks, w) >= 0) {
        wslay_event_config_set_no_buffering(w->wslay, 1);
        /* one frame may have all of a busy server's output in it */
        wslay_event_config_set_max_recv_msg_length(w->wslay, INT64_MAX);
        return &w->stream;
    }
    rec_stream_free(&w->stream);
    return NULL;
}
