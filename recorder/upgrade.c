/*
 * HTTP in front of a WebSocket
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

#include "libavutil/common.h"
#include "libavutil/error.h"
#include "upgrade.h"

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

/** RFC 6455, 4.2.2: what the server makes of the client's key, of 24 bytes. */
static int make_accept(RecUpgrade *u, const char *key)
{
    uint8_t hash[20];
    char text[80];

    snprintf(text, sizeof(text), "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
    if (gnutls_hash_fast(GNUTLS_DIG_SHA1, text, strlen(text), hash) < 0)
        return -1;
    return base64(u->accept, sizeof(u->accept), hash, sizeof(hash));
}

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

/** Whether a list between commas has a word. */
static int has_word(const char *list, const char *word)
{
    const char *end = list ? list + strcspn(list, "\r\n") : NULL;

    while (list && list < end) {
        size_t n;

        list += strspn(list, " \t,");
        n = strcspn(list, " \t,\r\n");
        if (n == strlen(word) && !strncasecmp(list, word, n))
            return 1;
        list += n;
    }
    return 0;
}

/* --- the client's end --- */

static int check_answer(RecUpgrade *u, RecStream *s)
{
    const char *accept = header(u->text, "Sec-WebSocket-Accept");
    const int line = strcspn(u->text, "\r\n");

    if (strncmp(u->text, "HTTP/1.1 101", 12)) {
        for (int i = 0; i < line; i++)
            if ((uint8_t)u->text[i] < ' ')
                u->text[i] = '?';
        return rec_stream_error(s, AVERROR(EACCES), "no WebSocket: the server answers "
                                "\"%.*s\"", FFMIN(line, 100), u->text);
    }
    if (!accept || strncmp(accept, u->accept, strlen(u->accept)))
        return rec_stream_error(s, AVERROR(EPROTO), "no WebSocket: the server's answer "
                                "does not fit our key");
    return 0;
}

/** RFC 6455, 4.1: a random key. */
static int make_key(RecUpgrade *u, char key[32])
{
    uint8_t random[16];

    if (gnutls_rnd(GNUTLS_RND_NONCE, random, sizeof(random)) < 0 ||
        base64(key, 32, random, sizeof(random)) < 0)
        return -1;
    return make_accept(u, key);
}

/** The user's lines, with line ends as HTTP wants them. @return 0 or an error */
static int read_headers(char *dst, size_t size, const char *name, char why[200])
{
    FILE *f = fopen(name, "re");
    size_t n = 0, got;
    char line[REC_MAX_HEADER];

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

int rec_upgrade_ask(RecUpgrade *u, const RecTarget *t, const char *header_file, char why[200])
{
    const int v6 = strchr(t->host, ':') != NULL;
    char key[32], more[REC_MAX_HEADER] = "";
    int ret;

    if (header_file && (ret = read_headers(more, sizeof(more), header_file, why)) < 0)
        return ret;
    if (make_key(u, key) < 0)
        return AVERROR(ENOSYS);
    ret = asprintf(&u->request, "GET %s HTTP/1.1\r\nHost: %s%s%s:%d\r\nUpgrade: websocket\r\n"
                   "Connection: Upgrade\r\nSec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n"
                   "Sec-WebSocket-Protocol: binary\r\nOrigin: %s://%s%s%s:%d\r\n%s\r\n",
                   t->path, v6 ? "[" : "", t->host, v6 ? "]" : "", t->port, key,
                   t->scheme == REC_WSS ? "https" : "http", v6 ? "[" : "", t->host,
                   v6 ? "]" : "", t->port, more);
    explicit_bzero(more, sizeof(more));
    if (ret < 0)
        u->request = NULL;
    return ret < 0 ? AVERROR(ENOMEM) : 0;
}

/* --- the server's end --- */

/** Say no, as HTTP does. @return an error */
static int refuse(RecStream *s, const char *status, const char *why)
{
    char text[600];
    int n = snprintf(text, sizeof(text), "HTTP/1.1 %s\r\nContent-Type: text/plain\r\n"
                     "Content-Length: %zu\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                     "Connection: close\r\n\r\n%s\n", status, strlen(why) + 1, why);

    rec_stream_write(s->lower, text, n);
    return rec_stream_error(s, AVERROR(EACCES), "no WebSocket: %s", why);
}

static int answer(RecUpgrade *u, RecStream *s)
{
    const char *key = header(u->text, "Sec-WebSocket-Key");
    const char *origin = header(u->text, "Origin");
    const char *protocols = header(u->text, "Sec-WebSocket-Protocol");
    char text[300];
    int n;

    if (strncmp(u->text, "GET ", 4))
        return refuse(s, "405 Method Not Allowed", "only GET is known here");
    if (!has_word(header(u->text, "Upgrade"), "websocket") || !key ||
        !has_word(header(u->text, "Connection"), "Upgrade"))
        return refuse(s, "426 Upgrade Required", "here is a VNC server, for viewers such as noVNC; "
                      "pages are elsewhere");
    if (strcspn(key, " \t\r\n") != 24)
        return refuse(s, "400 Bad Request", "no key of a WebSocket");
    if (!has_word(header(u->text, "Sec-WebSocket-Version"), "13"))
        return refuse(s, "426 Upgrade Required", "only version 13 of WebSockets is known here");
    if (protocols && !has_word(protocols, "binary"))
        return refuse(s, "400 Bad Request", "of the subprotocols only binary is known here");
    if (u->origin && origin && (strncasecmp(origin, u->origin, strlen(u->origin)) ||
                                !strchr("\r", origin[strlen(u->origin)])))
        return refuse(s, "403 Forbidden", "pages of that origin may not come in here");
    if (make_accept(u, key) < 0)
        return refuse(s, "500 Internal Server Error", "no SHA-1 here");
    n = snprintf(text, sizeof(text), "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                 "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n%s\r\n", u->accept,
                 protocols ? "Sec-WebSocket-Protocol: binary\r\n" : "");
    return rec_stream_write(s->lower, text, n);
}

/* --- both --- */

int rec_upgrade_step(RecUpgrade *u, RecStream *s)
{
    int ret;

    if (u->request) {
        ret = rec_stream_write(s->lower, u->request, strlen(u->request));
        rec_upgrade_free(u);
        if (ret < 0)
            return ret;
    }
    /* byte by byte: what follows is frames */
    while (u->got < 4 || memcmp(u->text + u->got - 4, "\r\n\r\n", 4)) {
        if (u->got == sizeof(u->text) - 1)
            return rec_stream_error(s, AVERROR(EPROTO), "no WebSocket: the head of the %s does "
                                    "not end", u->is_server ? "request" : "server's answer");
        ret = rec_stream_read(s->lower, u->text + u->got, 1);
        if (ret < 0)
            return ret;
        u->got++;
    }
    return u->is_server ? answer(u, s) : check_answer(u, s);
}

void rec_upgrade_free(RecUpgrade *u)
{
    if (u->request)
        explicit_bzero(u->request, strlen(u->request));
    free(u->request);
    u->request = NULL;
}
