/*
 * How a proxy greets viewers
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
#include <string.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/intreadwrite.h"
#include "secret.h"
#include "viewer.h"
#include "websocket.h"

/** ms that an ordinary viewer waits for us; browsers and TLS speak first */
#define SILENCE 250

/** ms that somebody has who may have to type a password */
#define PATIENCE 120000

/** ms before a wrong password is told */
#define PENALTY 1000

/** Security types (RFC 6143, 7.1.2; the specification) and VeNCrypt's subtypes. */
enum { NONE = 1, VNC_AUTH = 2, VENCRYPT = 19, X509_NONE = 260, X509_VNC = 261 };

/** Have n bytes of v->in. @return 0, AVERROR(EAGAIN) or another error */
static int need(RecViewer *v, size_t n)
{
    while (v->got < n) {
        int ret = rec_stream_read(v->stream, v->in + v->got, n - v->got);

        if (ret < 0)
            return ret;
        v->got += ret;
    }
    return 0;
}

/** What was waited for is dealt with. */
static int go(RecViewer *v, RecViewerState state)
{
    v->got   = 0;
    v->deaf  = 0;
    v->wake  = INT64_MAX;
    v->state = state;
    return 0;
}

static int say(RecViewer *v, const void *data, size_t size, RecViewerState next)
{
    go(v, next);
    return rec_stream_write(v->stream, data, size);
}

static int wants_password(const RecViewer *v)
{
    return v->gate->password || v->gate->view_password;
}

/* RFC 6143, 7.1.2 and 7.1.3: no types, or a result that is not 0; reason(u32 text) */
int rec_viewer_refuse(RecViewer *v, const char *why)
{
    uint8_t m[8 + sizeof(v->why)] = { 0 };
    const size_t n = strnlen(why, sizeof(v->why));
    size_t head = v->may_choose && v->minor > 3 ? 1 : 4;

    if (!v->may_choose)
        AV_WB32(m, 1);
    if (v->may_choose || v->minor >= 8) {
        AV_WB32(m + head, n);
        memcpy(m + head + 4, why, n);
        head += 4 + n;
    }
    rec_stream_write(v->stream, m, head);
    snprintf(v->why, sizeof(v->why), "%s", why);
    return AVERROR(EACCES);
}

/* --- ServerInit --- */

/* RFC 6143, 7.3.1: we share the server anyhow */
static int client_init(RecViewer *v)
{
    int ret = need(v, 1);

    if (ret >= 0)
        ret = rec_stream_write(v->stream, v->conn.server_init, sizeof(v->conn.server_init));
    if (ret >= 0 && v->conn.name_size)
        ret = rec_stream_write(v->stream, v->conn.name, v->conn.name_size);
    if (ret >= 0)
        v->phase = REC_PASSED_ON;
    return ret;
}

/** The viewer may come in, and the server is there. */
static int let_in(RecViewer *v)
{
    static const uint8_t ok[4];

    v->may_choose = 0;
    if (wants_password(v) || v->minor >= 8)
        return say(v, ok, sizeof(ok), client_init);
    return go(v, client_init);
}

/* --- the server --- */

static int call_step(RecViewer *v)
{
    const size_t name = strlen(v->gate->target->text) + 2;
    const char *why = v->conn.error;
    char text[sizeof(v->why)];
    int ret = rec_conn_step(&v->conn);

    if (ret == AVERROR(EAGAIN))
        v->wake = v->conn.deadline;
    if (ret == AVERROR(EAGAIN) || ret >= 0)
        return ret < 0 ? ret : go(v, v->then);
    /* where the server is concerns nobody out there */
    if (!strncmp(why, v->gate->target->text, name - 2) && strlen(why) > name)
        why += name;
    snprintf(text, sizeof(text), "no connection to the VNC server: %s", why);
    return rec_viewer_refuse(v, text);
}

/** Connect to the server, then go on. */
static int call(RecViewer *v, RecViewerState then)
{
    RecGate *g = v->gate;

    v->then    = then;
    v->counted = 1;
    g->nb_viewers++;
    g->changed(g);
    if (rec_conn_open(&v->conn, g->target, g->access, g->secret) < 0) {
        char text[sizeof(v->why)];

        snprintf(text, sizeof(text), "no connection to the VNC server: %s",
                 v->conn.error + strlen(g->target->text) + 2);
        return rec_viewer_refuse(v, text);
    }
    go(v, call_step);
    v->deaf = 1;
    return 0;
}

/* --- authentication --- */

static int bad_password(RecViewer *v)
{
    if (v->gate->loop->now >= v->wake)
        return rec_viewer_refuse(v, "the password is wrong");
    return AVERROR(EAGAIN);
}

static int fits(const RecViewer *v, const char *password)
{
    uint8_t expected[16];

    return password && rec_vnc_auth(expected, v->challenge, password) >= 0 &&
           !gnutls_memcmp(expected, v->in, sizeof(expected));
}

static int response(RecViewer *v)
{
    int ret = need(v, sizeof(v->challenge));

    if (ret < 0)
        return ret;
    if (!fits(v, v->gate->password)) {
        if (!fits(v, v->gate->view_password)) {
            go(v, bad_password);
            v->deaf = 1;
            v->wake = v->gate->loop->now + PENALTY;
            return 0;
        }
        v->view_only = 1;
    }
    return call(v, let_in);
}

/** The type is agreed on. */
static int authenticate(RecViewer *v)
{
    v->may_choose = 0;
    if (!wants_password(v))
        return let_in(v);
    if (gnutls_rnd(GNUTLS_RND_NONCE, v->challenge, sizeof(v->challenge)) < 0)
        return AVERROR(EIO);
    return say(v, v->challenge, sizeof(v->challenge), response);
}

/* --- TLS --- */

static int stream_done(RecViewer *v)
{
    int ret = rec_stream_handshake(v->stream);

    return ret < 0 ? ret : go(v, v->then);
}

static int begin_tls(RecViewer *v, RecViewerState then)
{
    char why[200];

    v->stream = rec_tls_accept(v->stream, v->gate->tls, why);
    if (!v->stream) {
        snprintf(v->why, sizeof(v->why), "%s", why);
        return AVERROR(EIO);
    }
    v->encrypted = 1;
    v->then = then;
    return go(v, stream_done);
}

/* the specification, "VeNCrypt": the subtype(u32), to which we agree: 1 */
static int vencrypt_chosen(RecViewer *v)
{
    const int type = wants_password(v) ? X509_VNC : X509_NONE;
    static const uint8_t agreed[] = { 1 };
    int ret = need(v, 4);

    if (ret < 0)
        return ret;
    if (AV_RB32(v->in) != type)
        return AVERROR(EPROTO);
    v->security = type == X509_VNC ? "X509Vnc" : "X509None";
    ret = say(v, agreed, sizeof(agreed), NULL);
    return ret < 0 ? ret : begin_tls(v, authenticate);
}

/* major minor of the viewer; 0 for it is known, then number(u8) { subtype(u32) } */
static int vencrypt_version(RecViewer *v)
{
    uint8_t m[6] = { 0, 1 };
    int ret = need(v, 2);

    if (ret < 0)
        return ret;
    if (AV_RB16(v->in) != 2) {
        m[0] = 255;
        rec_stream_write(v->stream, m, 1);
        return AVERROR(EPROTO);
    }
    AV_WB32(m + 2, wants_password(v) ? X509_VNC : X509_NONE);
    return say(v, m, sizeof(m), vencrypt_chosen);
}

/* --- security types --- */

/** What may be chosen. @return how many */
static int offered(const RecViewer *v, uint8_t types[2])
{
    int n = 0;

    if (v->gate->tls && !v->encrypted)
        types[n++] = VENCRYPT;
    if (!v->gate->tls || v->encrypted || v->gate->allow_plain)
        types[n++] = wants_password(v) ? VNC_AUTH : NONE;
    return n;
}

static int chosen(RecViewer *v)
{
    static const uint8_t version[] = { 0, 2 };
    uint8_t types[2];
    int n = offered(v, types), ret = need(v, 1);

    if (ret < 0)
        return ret;
    if (!memchr(types, v->in[0], n))
        return AVERROR(EPROTO);
    if (v->in[0] == VENCRYPT)
        return say(v, version, sizeof(version), vencrypt_version);
    return authenticate(v);
}

/* RFC 6143, 7.1.2: number(u8) { type(u8) }; A.1: type(u32) */
static int offer(RecViewer *v)
{
    uint8_t m[4] = { 0 }, types[2];
    int n = offered(v, types), ret;

    if (v->minor == 3 && types[n - 1] == VENCRYPT)
        return rec_viewer_refuse(v, "only viewers with TLS (VeNCrypt) may come in here");
    v->security = wants_password(v) ? "VncAuth" : "None";
    if (v->minor == 3) {
        m[3] = types[n - 1];
        ret  = rec_stream_write(v->stream, m, 4);
        return ret < 0 ? ret : authenticate(v);
    }
    m[0] = n;
    memcpy(m + 1, types, n);
    return say(v, m, 1 + n, chosen);
}

/* --- the beginning --- */

/* RFC 6143, 7.1.1: "RFB 003.008\n" */
static int version(RecViewer *v)
{
    int ret = need(v, 12), major, minor;
    char text[13] = "";

    if (ret < 0)
        return ret;
    memcpy(text, v->in, 12);
    if (sscanf(text, "RFB %3d.%3d\n", &major, &minor) != 2 || major < 3) {
        snprintf(v->why, sizeof(v->why), "what came is no VNC viewer");
        return AVERROR(EPROTO);
    }
    v->minor = major > 3 || minor >= 8 ? 8 : minor == 7 ? 7 : 3;
    v->deadline = v->gate->loop->now + PATIENCE;
    if (v->gate->nb_viewers >= v->gate->max_viewers)
        return rec_viewer_refuse(v, "there are as many viewers as may be; try again later");
    /* so that it gets to know why, which old versions have no place for later on */
    return wants_password(v) ? offer(v) : call(v, offer);
}

static int greet(RecViewer *v)
{
    static const char text[] = "RFB 003.008\n";

    return say(v, text, strlen(text), version);
}

int rec_viewer_sniff(RecViewer *v)
{
    int byte = rec_stream_peek(v->stream);

    if (!v->got) {
        v->got  = 1;
        v->wake = v->websocket_only ? INT64_MAX : v->gate->loop->now + SILENCE;
    }
    if (byte == AVERROR(EAGAIN) && v->gate->loop->now >= v->wake)
        return greet(v);
    if (byte < 0)
        return byte;
    if (byte == 'G') {
        v->stream = rec_websocket_accept(v->stream, v->gate->origin);
        v->then   = greet;
        return v->stream ? go(v, stream_done) : AVERROR(ENOMEM);
    }
    if (byte == 0x16 && v->gate->tls && !v->encrypted)
        return begin_tls(v, rec_viewer_sniff);
    if (v->websocket_only || byte == 0x16) {
        snprintf(v->why, sizeof(v->why), byte == 0x16 ? "it wants TLS, for which there is no "
                 "--tls-cert" : "it wants no WebSocket");
        return AVERROR(EPROTO);
    }
    return greet(v);
}
