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

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/crypto.h>
#include <wslay/wslay.h>

#include "libavutil/common.h"
#include "libavutil/error.h"
#include "upgrade.h"
#include "websocket.h"

/** What is unpacked before it is read, and of answers to pings what may wait. */
#define MAX_BUFFER (256 << 10)

/** Answers that are made at a time. */
#define MAX_ANSWERS 64

typedef struct RecWebSocket {
    RecStream stream;
    wslay_event_context_ptr wslay;
    RecUpgrade upgrade;
    int ready;                  ///< frames may be sent
    uint8_t *buf;               ///< unpacked: from head to size
    size_t head, size, alloc;
    int control;                ///< the frame at hand is no data
    int busy;                   ///< answers have to be sent before more is read
    int error;                  ///< of the stream below
} RecWebSocket;

/* --- frames --- */

static ssize_t receive(wslay_event_context_ptr ctx, uint8_t *buf, size_t size, int flags,
                       void *opaque)
{
    RecWebSocket *w = opaque;
    int ret;

    (void)flags;
    w->busy = wslay_event_get_queued_msg_count(ctx) >= MAX_ANSWERS;
    if (w->busy || w->size - w->head >= MAX_BUFFER) {
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
        return rec_stream_error(&w->stream, AVERROR_EOF, "the other end closed the WebSocket");
    return rec_stream_error(&w->stream, AVERROR(EPROTO), "what comes is no WebSocket");
}

static int websocket_read(RecStream *s, uint8_t *buf, size_t size)
{
    RecWebSocket *w = (RecWebSocket *)s;

    if (w->head == w->size) {
        int ret;

        w->head = w->size = 0;
        do {
            w->busy = 0;
            ret = wslay_event_recv(w->wslay);
            if (wslay_event_want_write(w->wslay))
                wslay_event_send(w->wslay);
        } while (ret >= 0 && w->busy && !w->size && rec_socket_queued(s) < MAX_BUFFER);
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

static void websocket_bye(RecStream *s)
{
    RecWebSocket *w = (RecWebSocket *)s;

    if (w->ready && wslay_event_queue_close(w->wslay, WSLAY_CODE_GOING_AWAY, NULL, 0) >= 0)
        wslay_event_send(w->wslay);
}

static void websocket_free(RecStream *s)
{
    RecWebSocket *w = (RecWebSocket *)s;

    if (w->wslay)
        wslay_event_context_free(w->wslay);
    rec_upgrade_free(&w->upgrade);
    free(w->buf);
}

/* --- the handshake --- */

static int websocket_handshake(RecStream *s)
{
    RecWebSocket *w = (RecWebSocket *)s;
    int ret = rec_upgrade_step(&w->upgrade, s);

    w->ready = ret >= 0;
    return ret;
}

static RecWebSocket *open_on(RecStream *lower)
{
    static const RecStreamOps ops = {
        .handshake = websocket_handshake, .read = websocket_read, .write = websocket_write,
        .bye = websocket_bye, .free = websocket_free,
    };
    RecWebSocket *w = calloc(1, sizeof(*w));

    if (!w) {
        rec_stream_free(lower);
        return NULL;
    }
    w->stream.ops   = &ops;
    w->stream.lower = lower;
    return w;
}

/** Begin with frames. @return the stream, or NULL */
static RecStream *begin(RecWebSocket *w)
{
    const struct wslay_event_callbacks callbacks = {
        .recv_callback                = receive,
        .send_callback                = transmit,
        .genmask_callback             = mask,
        .on_frame_recv_start_callback = frame_begins,
        .on_frame_recv_chunk_callback = unpacked,
    };

    if ((w->upgrade.is_server ? wslay_event_context_server_init(&w->wslay, &callbacks, w)
                              : wslay_event_context_client_init(&w->wslay, &callbacks, w)) < 0) {
        rec_stream_free(&w->stream);
        return NULL;
    }
    wslay_event_config_set_no_buffering(w->wslay, 1);
    /* one frame may have all of a busy server's output in it */
    wslay_event_config_set_max_recv_msg_length(w->wslay, INT64_MAX);
    return &w->stream;
}

RecStream *rec_websocket_open(RecStream *lower, const RecTarget *t, const char *header_file,
                              char why[200])
{
    RecWebSocket *w = open_on(lower);

    snprintf(why, 200, "out of memory");
    if (w && rec_upgrade_ask(&w->upgrade, t, header_file, why) >= 0)
        return begin(w);
    if (w)
        rec_stream_free(&w->stream);
    return NULL;
}

RecStream *rec_websocket_accept(RecStream *lower, const char *origin)
{
    RecWebSocket *w = open_on(lower);

    if (!w)
        return NULL;
    w->upgrade.is_server = 1;
    w->upgrade.origin    = origin;
    return begin(w);
}
