/*
 * Handshakes with VNC servers
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

#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/intreadwrite.h"
#include "handshake.h"
#include "sasl.h"
#include "secret.h"
#include "tls.h"
#include "websocket.h"

/** No server says or is called more than that. */
#define MAX_REASON 250
#define MAX_NAME   (1 << 20)

/** Security types (RFC 6143, 7.1.2; the specification) and VeNCrypt's subtypes. */
enum {
    NONE = 1, VNC_AUTH = 2, TLS = 18, VENCRYPT = 19, SASL = 20,
    PLAIN = 256, TLS_NONE, TLS_VNC, TLS_PLAIN, X509_NONE, X509_VNC, X509_PLAIN,
    X509_SASL, TLS_SASL,
};

static int begin_inner(RecConn *c, RecHandshake *h);
static int anonymous_tls(RecConn *c, RecHandshake *h);
static int vencrypt_version(RecConn *c, RecHandshake *h);
static int begin_tls(RecConn *c, RecHandshake *h);

/** In order of preference: first what nobody else can read, then what needs no password. */
static const struct Security {
    int type;
    const char *name;
    int needs;              ///< what must be authenticated inside: NONE, VNC_AUTH, PLAIN, SASL
    RecState begin;
} securities[] = {
    { VENCRYPT,   "VeNCrypt",  0,        vencrypt_version },
    { X509_NONE,  "X509None",  NONE,     begin_tls },
    { X509_VNC,   "X509Vnc",   VNC_AUTH, begin_tls },
    { X509_PLAIN, "X509Plain", PLAIN,    begin_tls },
    { X509_SASL,  "X509SASL",  SASL,     begin_tls },
    { TLS_NONE,   "TLSNone",   NONE,     begin_tls },
    { TLS_VNC,    "TLSVnc",    VNC_AUTH, begin_tls },
    { TLS_PLAIN,  "TLSPlain",  PLAIN,    begin_tls },
    { TLS_SASL,   "TLSSASL",   SASL,     begin_tls },
    { TLS,        "TLS",       0,        anonymous_tls },
    { NONE,       "None",      NONE,     begin_inner },
    { VNC_AUTH,   "VncAuth",   VNC_AUTH, begin_inner },
    { SASL,       "SASL",      SASL,     begin_inner },
    { PLAIN,      "Plain",     PLAIN,    begin_inner },
};

int rec_handshake_fill(RecConn *c, RecHandshake *h, uint8_t *buf, size_t n)
{
    while (h->got < n) {
        int ret = rec_conn_read(c, buf + h->got, n - h->got);

        if (ret == AVERROR_EOF)
            return rec_conn_error(c, ret, "the server closed the connection while %s", h->doing);
        if (ret < 0)
            return ret;
        h->got += ret;
    }
    return 0;
}

int rec_handshake_need(RecConn *c, RecHandshake *h, size_t n)
{
    return rec_handshake_fill(c, h, h->in, n);
}

/** What was waited for is dealt with. */
static int go(RecHandshake *h, RecState next)
{
    h->got   = 0;
    h->state = next;
    return 0;
}

/** Server's reason: length(u32) text */
static int reason(RecConn *c, RecHandshake *h)
{
    int ret = rec_handshake_need(c, h, 4);
    size_t n;

    if (ret >= 0) {
        n = FFMIN(AV_RB32(h->in), MAX_REASON);
        ret = rec_handshake_need(c, h, 4 + n);
    }
    if (ret == AVERROR(EAGAIN))
        return ret;
    for (size_t i = 4; i < h->got; i++)
        if (h->in[i] < ' ')
            h->in[i] = ' ';
    return rec_conn_error(c, AVERROR(EACCES), "the server refuses while %s%s%.*s", h->doing,
                          h->got > 4 ? ": " : "", h->got > 4 ? (int)h->got - 4 : 0, h->in + 4);
}

/* --- ServerInit --- */

static int name(RecConn *c, RecHandshake *h)
{
    while (h->name_got < c->name_size) {
        int ret = rec_conn_read(c, c->name + h->name_got, c->name_size - h->name_got);

        if (ret < 0)
            return ret;
        h->name_got += ret;
    }
    c->name[c->name_size] = 0;
    return go(h, NULL);
}

/* RFC 6143, 7.3.2: width(u16) height(u16) PIXEL_FORMAT name-length(u32) name */
static int server_init(RecConn *c, RecHandshake *h)
{
    int ret = rec_handshake_need(c, h, RFB_SERVER_INIT_SIZE);

    if (ret < 0)
        return ret;
    memcpy(c->server_init, h->in, RFB_SERVER_INIT_SIZE);
    c->name_size = AV_RB32(h->in + 20);
    if (c->name_size > MAX_NAME)
        return rec_conn_error(c, AVERROR_INVALIDDATA, "no VNC server: the name of its desktop "
                              "has %u bytes", c->name_size);
    c->name = malloc(c->name_size + 1);
    if (!c->name)
        return rec_conn_error(c, AVERROR(ENOMEM), "out of memory");
    return go(h, name);
}

static int client_init(RecConn *c, RecHandshake *h)
{
    const uint8_t shared = 1;

    h->doing = "waiting for the desktop";
    go(h, server_init);
    return rec_conn_write(c, &shared, 1);
}

/* --- authentication --- */

/* RFC 6143, 7.1.3: status(u32); 3.8 gives a reason */
static int result(RecConn *c, RecHandshake *h)
{
    int ret = rec_handshake_need(c, h, 4);

    if (ret < 0)
        return ret;
    if (!AV_RB32(h->in)) {
        ret = h->sasl ? rec_sasl_finish(c, h) : 0;
        return ret < 0 ? ret : go(h, client_init);
    }
    if (h->minor >= 8)
        return go(h, reason);
    return rec_conn_error(c, AVERROR(EACCES), "the server refuses the password");
}

const char *rec_handshake_password(RecConn *c)
{
    char prompt[200], why[200] = "";
    const char *text;

    snprintf(prompt, sizeof(prompt), "Password for %.150s: ", c->target->text);
    text = rec_secret_get(c->secret, c->access, prompt, why);
    if (!text)
        rec_conn_error(c, 0, "%s", *why ? why : "out of memory");
    return text;
}

static int vnc_challenge(RecConn *c, RecHandshake *h)
{
    int ret = rec_handshake_need(c, h, 16);
    uint8_t response[16];
    const char *text;

    if (ret < 0)
        return ret;
    text = rec_handshake_password(c);
    if (!text)
        return AVERROR(EACCES);
    if (rec_vnc_auth(response, h->in, text) < 0)
        return rec_conn_error(c, AVERROR(ENOSYS), "GnuTLS has no DES here, which VncAuth wants");
    go(h, result);
    return rec_conn_write(c, response, sizeof(response));
}

/* VeNCrypt, Plain: user-length(u32) password-length(u32) user password */
static int plain(RecConn *c, RecHandshake *h)
{
    const char *user = c->target->user ? c->target->user : c->access->user, *text;
    uint8_t m[8 + 2 * REC_MAX_PASSWORD];
    size_t n;
    int ret;

    if (!user)
        return rec_conn_error(c, AVERROR(EACCES), "the server wants a user's name: give --user");
    if (h->security == PLAIN && !c->access->insecure)
        return rec_conn_error(c, AVERROR(EACCES), "the server wants the password unencrypted; "
                              "--insecure would send it");
    text = rec_handshake_password(c);
    if (!text || strlen(user) > REC_MAX_PASSWORD)
        return AVERROR(EACCES);
    n = strlen(user);
    AV_WB32(m, n);
    AV_WB32(m + 4, strlen(text));
    memcpy(m + 8, user, n);
    memcpy(m + 8 + n, text, strlen(text));
    go(h, result);
    ret = rec_conn_write(c, m, 8 + n + strlen(text));
    explicit_bzero(m, sizeof(m));
    return ret;
}

static const struct Security *find_security(int type)
{
    for (size_t i = 0; i < FF_ARRAY_ELEMS(securities); i++)
        if (securities[i].type == type)
            return &securities[i];
    return NULL;
}

static int begin_inner(RecConn *c, RecHandshake *h)
{
    const struct Security *s = find_security(h->security);

    (void)c;
    h->doing = "authenticating";
    if (s->needs == VNC_AUTH)
        return go(h, vnc_challenge);
    if (s->needs == PLAIN)
        return go(h, plain);
    if (s->needs == SASL)
        return rec_sasl_begin(c, h, result);
    return go(h, h->minor >= 8 ? result : client_init);
}

/**
 * Choose among what the server offers.
 * @param bytes of each number: 1 or 4
 * @return NULL if none is known
 */
static const struct Security *choose(RecConn *c, const uint8_t *types, int n, int bytes)
{
    const int has_user = c->access->user || c->target->user;

    /* without a user's name, types that want one are the last resort */
    for (int last = 0; last < 2; last++) {
        for (size_t i = 0; i < FF_ARRAY_ELEMS(securities); i++) {
            const struct Security *s = &securities[i];

            if (!last && (s->needs == PLAIN || s->needs == SASL) && !has_user)
                continue;
            if (!last && s->needs == VNC_AUTH && has_user &&
                !rec_secret_at_hand(c->secret, c->access))
                continue;
            for (int j = 0; j < n; j++)
                if (s->type == (bytes == 1 ? types[j] : (int)AV_RB32(types + 4 * j)))
                    return s;
        }
    }
    return NULL;
}

static int none_known(RecConn *c, const uint8_t *types, int n, int bytes)
{
    char list[120] = "";

    for (int i = 0; i < n && strlen(list) < sizeof(list) - 12; i++)
        snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%u", i ? ", " : "",
                 bytes == 1 ? types[i] : AV_RB32(types + 4 * i));
    return rec_conn_error(c, AVERROR(ENOSYS), "the server wants a way to authenticate that is "
                          "not known here, offered: %s (known: None, VncAuth, TLS, VeNCrypt, SASL)",
                          list);
}

/* --- VeNCrypt --- */

static int stream_done(RecConn *c, RecHandshake *h)
{
    int ret = rec_stream_handshake(c->stream);

    if (ret == AVERROR(EAGAIN))
        return ret;
    if (ret < 0)
        return rec_conn_error(c, ret, "%s", rec_stream_why(c->stream));
    return go(h, h->next);
}

int rec_handshake_tls(RecConn *c, RecHandshake *h, int anonymous, RecState next)
{
    const char *host = c->target->scheme == REC_UNIX ? "localhost" : c->target->host;
    char why[200];

    h->doing     = "beginning TLS";
    h->encrypted = 1;
    c->stream = rec_tls_open(c->stream, host, c->access->ca_file, anonymous,
                             c->access->insecure, why);
    if (!c->stream)
        return rec_conn_error(c, AVERROR(EIO), "%s", why);
    h->next = next;
    return go(h, stream_done);
}

int rec_handshake_websocket(RecConn *c, RecHandshake *h)
{
    char why[200];

    h->doing  = "opening the WebSocket";
    c->stream = rec_websocket_open(c->stream, c->target, c->access->header_file, why);
    if (!c->stream)
        return rec_conn_error(c, AVERROR(EIO), "%s", why);
    h->next = rec_handshake_begin;
    return go(h, stream_done);
}

/* the server agrees to the subtype: 1 */
static int begin_tls(RecConn *c, RecHandshake *h)
{
    int ret = rec_handshake_need(c, h, 1);

    if (ret < 0)
        return ret;
    if (h->in[0] != 1)
        return rec_conn_error(c, AVERROR(EACCES), "the server does not agree to TLS");
    return rec_handshake_tls(c, h, h->security < X509_NONE || h->security == TLS_SASL,
                             begin_inner);
}

/* number(u8) { subtype(u32) } */
static int vencrypt_types(RecConn *c, RecHandshake *h)
{
    int ret = rec_handshake_need(c, h, 1), n = h->in[0];
    const struct Security *s;

    if (ret >= 0)
        n = FFMIN(h->in[0], (sizeof(h->in) - 1) / 4);
    if (ret < 0 || (ret = rec_handshake_need(c, h, 1 + 4 * n)) < 0)
        return ret;
    s = choose(c, h->in + 1, n, 4);
    if (!s || s->type == VENCRYPT || s->type == TLS)
        return none_known(c, h->in + 1, n, 4);
    AV_WB32(h->in, s->type);
    ret = rec_conn_write(c, h->in, 4);
    h->security = s->type;
    c->security = s->name;
    go(h, s->begin);
    return ret;
}

static int vencrypt_agreed(RecConn *c, RecHandshake *h)
{
    int ret = rec_handshake_need(c, h, 1);

    if (ret < 0)
        return ret;
    if (h->in[0])
        return rec_conn_error(c, AVERROR(ENOSYS), "the server does not agree to VeNCrypt 0.2");
    return go(h, vencrypt_types);
}

/* the specification, "VeNCrypt": major minor, the same back, status */
static int vencrypt_version(RecConn *c, RecHandshake *h)
{
    static const uint8_t version[2] = { 0, 2 };
    int ret = rec_handshake_need(c, h, 2);

    if (ret < 0)
        return ret;
    if (AV_RB16(h->in) < 2)
        return rec_conn_error(c, AVERROR(ENOSYS), "VeNCrypt %d.%d of the server is too old",
                              h->in[0], h->in[1]);
    go(h, vencrypt_agreed);
    return rec_conn_write(c, version, 2);
}

static int inner_types(RecConn *c, RecHandshake *h);

/* vino's TLS: anonymous, then security types as at first */
static int anonymous_tls(RecConn *c, RecHandshake *h)
{
    return rec_handshake_tls(c, h, 1, inner_types);
}

/* --- the beginning --- */

/* RFC 6143, 7.1.2: number(u8) { type(u8) }; none: a reason */
static int security_types(RecConn *c, RecHandshake *h)
{
    int ret = rec_handshake_need(c, h, 1), n;
    const struct Security *s;

    if (ret < 0)
        return ret;
    n = FFMIN(h->in[0], sizeof(h->in) - 1);
    if (!n)
        return go(h, reason);
    if ((ret = rec_handshake_need(c, h, 1 + n)) < 0)
        return ret;
    s = choose(c, h->in + 1, n, 1);
    if (!s || s->type == h->security)
        return none_known(c, h->in + 1, n, 1);
    h->in[0] = s->type;
    h->security = s->type;
    c->security = s->name;
    ret = rec_conn_write(c, h->in, 1);
    go(h, s->begin);
    return ret;
}

static int inner_types(RecConn *c, RecHandshake *h)
{
    return security_types(c, h);
}

/* RFC 6143, A.1: type(u32), which the server chose */
static int security_33(RecConn *c, RecHandshake *h)
{
    int ret = rec_handshake_need(c, h, 4);

    if (ret < 0)
        return ret;
    h->security = AV_RB32(h->in);
    if (!h->security)
        return go(h, reason);
    if (h->security != NONE && h->security != VNC_AUTH)
        return none_known(c, h->in, 1, 4);
    c->security = find_security(h->security)->name;
    return go(h, begin_inner);
}

/* RFC 6143, 7.1.1: "RFB 003.008\n" */
static int version(RecConn *c, RecHandshake *h)
{
    char text[13];
    int ret = rec_handshake_need(c, h, 12);
    int major, minor;

    if (ret < 0)
        return ret;
    memcpy(text, h->in, 12);
    text[12] = 0;
    if (sscanf(text, "RFB %3d.%3d\n", &major, &minor) != 2 || major < 3)
        return rec_conn_error(c, AVERROR_INVALIDDATA, "no VNC server answers there");
    /* Apple's 3.889 and others of this kind speak 3.8; 3.5 never was */
    h->minor = major > 3 || minor >= 8 ? 8 : minor == 7 ? 7 : 3;
    h->doing = "negotiating security";
    snprintf(text, sizeof(text), "RFB 003.%03d\n", h->minor);
    go(h, h->minor == 3 ? security_33 : security_types);
    return rec_conn_write(c, text, 12);
}

int rec_handshake_begin(RecConn *c, RecHandshake *h)
{
    (void)c;
    h->doing = "waiting for the server's greeting";
    return go(h, version);
}
