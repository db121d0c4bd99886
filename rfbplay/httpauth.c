/*
 * rfbplay: who may see the recordings
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

#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/mem.h"
#include "httpauth.h"
#include "log.h"
#include "servepages.h"

#define MAX_SECRET 1024

struct PlayAuth {
    char user[256];             ///< "" without --auth
    char password[MAX_SECRET];
    char token[MAX_SECRET];     ///< "" without --token
};

/** The first line of a file. @return 0 or a negative AVERROR code, after a message */
static int read_secret(char *secret, const char *path)
{
    FILE *f = fopen(path, "re");
    char *line = f ? fgets(secret, MAX_SECRET, f) : NULL;
    int error = errno;

    if (f)
        fclose(f);
    if (!f) {
        play_error("%s: %s", path, strerror(error));
        return AVERROR(error);
    }
    secret[line ? strcspn(secret, "\r\n") : 0] = 0;
    if (!*secret || strlen(secret) == MAX_SECRET - 1) {
        play_error("%s: its first line has to be the secret, of 1 to %d bytes", path,
                   MAX_SECRET - 2);
        return AVERROR(EINVAL);
    }
    return 0;
}

int play_auth_open(struct PlayAuth **out, const PlayOptions *o)
{
    const char *colon = o->auth ? strchr(o->auth, ':') : NULL;
    struct PlayAuth *a;
    int ret = 0;

    *out = NULL;
    if (!o->auth && !o->token)
        return 0;
    if (o->auth && (!colon || colon == o->auth || colon - o->auth >= (int)sizeof(a->user))) {
        play_error("--auth %s: not USER:FILE", o->auth);
        return AVERROR(EINVAL);
    }
    if (!(a = *out = av_mallocz(sizeof(*a))))
        return AVERROR(ENOMEM);
    if (o->auth) {
        memcpy(a->user, o->auth, colon - o->auth);
        ret = read_secret(a->password, colon + 1);
    }
    if (ret >= 0 && o->token)
        ret = read_secret(a->token, o->token);
    if (ret < 0)
        play_auth_close(out);
    return ret;
}

void play_auth_close(struct PlayAuth **a)
{
    if (*a)
        memset(*a, 0, sizeof(**a));
    av_freep(a);
}

/** Takes as long for every guess of the same length. */
static int same(const char *secret, const char *guess)
{
    size_t n = strlen(secret), m = strlen(guess);
    volatile unsigned char differ = n != m;

    for (size_t i = 0; i < m; i++)
        differ |= guess[i] ^ secret[n ? i % n : 0];
    return !differ;
}

static int has_token(const struct PlayAuth *a, const PlayRequest *r)
{
    const char *header = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND,
                                                     "Authorization");
    const char *param  = play_http_param(r, "token");
    const char *cookie = MHD_lookup_connection_value(r->connection, MHD_COOKIE_KIND,
                                                     "rfbplay-token");

    return *a->token && ((header && !strncmp(header, "Bearer ", 7) && same(a->token, header + 7)) ||
                         (param && same(a->token, param)) || (cookie && same(a->token, cookie)));
}

static int has_password(const struct PlayAuth *a, const PlayRequest *r)
{
    char *password = NULL, *user;
    int ok = 0;

    if (!*a->user || !(user = MHD_basic_auth_get_username_password(r->connection, &password)))
        return 0;
    ok = same(a->user, user) & same(a->password, password ? password : "");
    MHD_free(user);
    MHD_free(password);
    return ok;
}

/** A page opened by its link with a token goes on with a cookie. */
static PlayHttpResult keep_token(PlayRequest *r)
{
    char cookie[MAX_SECRET + 128];

    snprintf(cookie, sizeof(cookie), "rfbplay-token=%s; Path=/; HttpOnly; SameSite=Strict%s",
             r->server->auth->token, r->server->o->tls_cert ? "; Secure" : "");
    return play_page_redirect(r, MHD_HTTP_FOUND, cookie,
                              play_http_flag(r, "play", 0) ? "?play" : "");
}

static PlayHttpResult refuse(PlayRequest *r)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        strlen("a user and a password, or a token, are wanted\n"),
        (void *)"a user and a password, or a token, are wanted\n", MHD_RESPMEM_PERSISTENT);

    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, "Content-Type", "text/plain; charset=utf-8");
    MHD_add_response_header(response, "WWW-Authenticate", *r->server->auth->user ?
                            "Basic realm=\"recordings\", charset=\"UTF-8\"" :
                            "Bearer realm=\"recordings\"");
    return play_http_send(r, MHD_HTTP_UNAUTHORIZED, response);
}

int play_auth_check(PlayRequest *r, PlayHttpResult *result)
{
    const struct PlayAuth *a = r->server->auth;

    /* whether it lives is no secret */
    if (!a || !strcmp(r->path, "/healthz"))
        return 1;
    if (has_token(a, r)) {
        const char *accept = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, "Accept");

        if (!play_http_param(r, "token") || !accept || !strstr(accept, "text/html"))
            return 1;
        *result = keep_token(r);
        return 0;
    }
    if (has_password(a, r))
        return 1;
    *result = refuse(r);
    return 0;
}
