/*
 * Addresses of VNC servers
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

#include "target.h"

#define BASE_PORT 5900

static const struct {
    const char *prefix;
    enum RecScheme scheme;
    int port;
} schemes[] = {
    { "vnc://", REC_TCP, BASE_PORT },
    { "ws://",  REC_WS,  80 },
    { "wss://", REC_WSS, 443 },
};

/** @return 0 to 65535, or -1 */
static int number(const char *text)
{
    char *end;
    long n = strtol(text, &end, 10);

    return *text < '0' || *text > '9' || *end || n < 0 || n > 65535 ? -1 : (int)n;
}

/**
 * Split HOST or [IPV6] from what follows it.
 * @return what follows, or NULL if a bracket is missing
 */
static const char *split_host(RecTarget *t, const char *text)
{
    const char *end;

    if (*text == '[') {
        end = strchr(text, ']');
        if (!end)
            return NULL;
        t->host = strndup(text + 1, end - text - 1);
        return end + 1;
    }
    end = text + strcspn(text, ":");
    t->host = strndup(text, end - text);
    return end;
}

/** What is behind the host: nothing, :DISPLAY or ::PORT. */
static const char *parse_port(RecTarget *t, const char *after)
{
    int n;

    t->port = BASE_PORT;
    if (!strncmp(after, "::", 2)) {
        t->port = number(after + 2);
        if (strchr(after + 2, ':'))
            return "an IPv6 address stands in brackets: [ADDRESS]:DISPLAY";
        if (t->port <= 0)
            return "no port number behind '::'";
    } else if (*after == ':') {
        n = number(after + 1);
        if (strchr(after + 1, ':'))
            return "an IPv6 address stands in brackets: [ADDRESS]:DISPLAY";
        if (n < 0)
            return "no display number behind ':'";
        t->port = n < 100 ? BASE_PORT + n : n;
    } else if (*after) {
        return "no address such as HOST:DISPLAY or HOST::PORT";
    }
    if (t->host && !*t->host) {
        free(t->host);
        t->host = strdup("localhost");
    }
    return NULL;
}

static const char *parse_url(RecTarget *t, const char *rest)
{
    const char *slash = rest + strcspn(rest, "/?"), *at;
    char *authority = strndup(rest, slash - rest);
    const char *after, *why = NULL;

    if (!authority)
        return "out of memory";
    at = strrchr(authority, '@');
    if (at && memchr(authority, ':', at - authority)) {
        why = "a password in the address would be seen by everybody on this machine; "
              "use --password-file";
        goto end;
    }
    if (at)
        t->user = strndup(authority, at - authority);
    after = split_host(t, at ? at + 1 : authority);
    if (after && t->scheme == REC_TCP)
        why = parse_port(t, after);
    else if (!after || (*after && *after != ':'))
        why = "no address such as HOST:PORT, or [IPV6]:PORT";
    else if (*after && (t->port = number(after + 1)) <= 0)
        why = "no port number";
    else if (!*t->host)
        why = "the host is missing";
    if (*slash == '?' && asprintf(&t->path, "/%s", slash) < 0)
        t->path = NULL;
    else if (*slash != '?')
        t->path = strdup(*slash ? slash : "/");
    if (t->path && t->path[strcspn(t->path, " \r\n\t")])
        why = "white space in a URL";
end:
    free(authority);
    return why;
}

static const char *parse_display(RecTarget *t, const char *text)
{
    const char *after = split_host(t, text);

    t->scheme = REC_TCP;
    return after ? parse_port(t, after) : "a ']' is missing";
}

static const char *parse(RecTarget *t, const char *text)
{
    if (!*text)
        return "no address";
    if (!strncmp(text, "vnc:///", 7))
        text += 6;
    if (!strncmp(text, "unix:", 5) || *text == '/') {
        t->scheme = REC_UNIX;
        t->host   = strdup(*text == '/' ? text : text + 5);
        return t->host && *t->host ? NULL : "the path is missing";
    }
    for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++) {
        if (strncmp(text, schemes[i].prefix, strlen(schemes[i].prefix)))
            continue;
        t->scheme = schemes[i].scheme;
        t->port   = schemes[i].port;
        return parse_url(t, text + strlen(schemes[i].prefix));
    }
    if (strstr(text, "://"))
        return "only vnc://, ws:// and wss:// are known";
    return parse_display(t, text);
}

const char *rec_target_parse(RecTarget *t, const char *text)
{
    const char *why;

    memset(t, 0, sizeof(*t));
    t->text = strdup(text);
    why = parse(t, text);
    if (!why && (!t->text || !t->host || (t->scheme >= REC_WS && !t->path)))
        why = "out of memory";
    if (why)
        rec_target_free(t);
    return why;
}

const char *rec_target_parse_listen(RecTarget *t, const char *text)
{
    const char *colon = strrchr(text, ':');
    int port = number(colon ? colon + 1 : text), n;

    memset(t, 0, sizeof(*t));
    if (!strncmp(text, "unix:", 5) || *text == '/')
        return rec_target_parse(t, text);
    if (port < 0)
        return "no address such as :5500 or HOST:PORT to listen on";
    n = colon ? (int)(colon - text) : 0;
    while (n && text[n - 1] == ':')
        n--;
    if (n > 1 && text[0] == '[' && text[n - 1] == ']') {
        text++;
        n -= 2;
    }
    t->scheme = REC_TCP;
    t->port   = port;
    t->host   = strndup(text, n);
    t->text   = strdup(text);
    return t->host && t->text ? NULL : "out of memory";
}

void rec_target_free(RecTarget *t)
{
    free(t->text);
    free(t->host);
    free(t->path);
    free(t->user);
    memset(t, 0, sizeof(*t));
}
