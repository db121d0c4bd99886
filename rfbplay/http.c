/*
 * rfbplay: requests and responses
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

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/values.h"
#include "libavutil/avstring.h"
#include "libavutil/bprint.h"
#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/mem.h"
#include "http.h"
#include "httpauth.h"
#include "httppath.h"
#include "log.h"

enum State { STATE_NEW, STATE_HEADERS, STATE_JOB, STATE_SENT };

/* --- parameters --- */

const char *play_http_param(const PlayRequest *r, const char *name)
{
    return MHD_lookup_connection_value(r->connection, MHD_GET_ARGUMENT_KIND, name);
}

int play_http_flag(const PlayRequest *r, const char *name, int missing)
{
    const char *text;
    size_t size;

    if (MHD_lookup_connection_value_n(r->connection, MHD_GET_ARGUMENT_KIND, name, strlen(name),
                                      &text, &size) != MHD_YES)
        return missing;
    return !text || (strcmp(text, "0") && strcmp(text, "false") && strcmp(text, "no"));
}

int play_http_number(double *v, const PlayRequest *r, const char *name, double missing,
                     double min, double max)
{
    const char *text = play_http_param(r, name);
    char *end;

    *v = missing;
    if (!text)
        return 0;
    *v = strtod(text, &end);
    return end == text || *end || !(*v >= min && *v <= max) ? AVERROR(EINVAL) : 0;
}

int play_http_time(int64_t *ms, const PlayRequest *r, const char *name, int64_t missing)
{
    const char *text = play_http_param(r, name);

    *ms = missing;
    return text && opt_read_time(ms, text) ? AVERROR(EINVAL) : 0;
}

/* --- answers --- */

static const struct { const char *name, *value; } headers[] = {
    { "X-Content-Type-Options", "nosniff" },
    { "Referrer-Policy", "no-referrer" },
    { "Cross-Origin-Resource-Policy", "same-origin" },
    { "Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; "
      "img-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
      "frame-ancestors 'none'" },
};

PlayHttpResult play_http_send(PlayRequest *r, unsigned status, struct MHD_Response *response)
{
    PlayHttpResult ret;

    if (!response)
        return MHD_NO;
    for (size_t i = 0; i < FF_ARRAY_ELEMS(headers); i++)
        MHD_add_response_header(response, headers[i].name, headers[i].value);
    if (!MHD_get_response_header(response, "Cache-Control"))
        MHD_add_response_header(response, "Cache-Control", "no-cache");
    if (status >= 400)
        r->server->counts.errors++;
    if (r->state == STATE_JOB) {
        r->response = response;
        r->status   = status;
        return MHD_YES;
    }
    ret = MHD_queue_response(r->connection, status, response);
    r->state = STATE_SENT;
    MHD_destroy_response(response);
    return ret;
}

PlayHttpResult play_http_data(PlayRequest *r, unsigned status, const char *type, void *data,
                              size_t size)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer_with_free_callback(size, data, av_free);

    if (!response) {
        av_free(data);
        return MHD_NO;
    }
    MHD_add_response_header(response, "Content-Type", type);
    return play_http_send(r, status, response);
}

PlayHttpResult play_http_text(PlayRequest *r, unsigned status, const char *type, const char *text)
{
    char *copy = av_strdup(text);

    return copy ? play_http_data(r, status, type, copy, strlen(copy)) : MHD_NO;
}

PlayHttpResult play_http_json(PlayRequest *r, unsigned status, json_t *json)
{
    char *text = json ? json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(15)) : NULL;
    PlayHttpResult ret = MHD_NO;

    if (text)
        ret = play_http_text(r, status, "application/json", text);
    free(text);
    json_decref(json);
    return ret;
}

static int wants_html(const PlayRequest *r)
{
    const char *accept = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, "Accept");

    return accept && strstr(accept, "text/html");
}

PlayHttpResult play_http_error(PlayRequest *r, unsigned status, const char *format, ...)
{
    const char *name = MHD_get_reason_phrase_for(status);
    char text[1024];
    AVBPrint page;
    char *data;
    va_list ap;

    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    play_log(PLAY_LOG_DEBUG, "%u for %s: %s", status, r->path ? r->path : "", text);
    av_bprint_init(&page, 0, AV_BPRINT_SIZE_UNLIMITED);
    if (wants_html(r)) {
        av_bprintf(&page, "<!DOCTYPE html>\n<html lang=\"en\"><meta charset=\"utf-8\"><meta name="
                   "\"viewport\" content=\"width=device-width\"><title>%u %s</title><link rel="
                   "\"stylesheet\" href=\"/.rfbplay/app.css\"><body class=\"error\"><main><h1>%s"
                   "</h1><p>", status, name, name);
        av_bprint_escape(&page, text, NULL, AV_ESCAPE_MODE_XML, 0);
        av_bprintf(&page, "</p><p><a href=\"/\">All recordings</a></p></main></body></html>\n");
    } else {
        av_bprintf(&page, "%s\n", text);
    }
    if (av_bprint_finalize(&page, &data) < 0)
        return MHD_NO;
    return play_http_data(r, status, wants_html(r) ? "text/html; charset=utf-8" :
                          "text/plain; charset=utf-8", data, strlen(data));
}

PlayHttpResult play_http_failure(PlayRequest *r, int error, const char *message)
{
    static const struct { int error; unsigned status; const char *text; } table[] = {
        { AVERROR(ENOENT), MHD_HTTP_NOT_FOUND, "there is no such recording" },
        { AVERROR(EACCES), MHD_HTTP_FORBIDDEN, "the server may not read it" },
        { AVERROR(ENOMEM), MHD_HTTP_SERVICE_UNAVAILABLE, "the server is out of memory" },
        { AVERROR(EMFILE), MHD_HTTP_SERVICE_UNAVAILABLE, "the server has too many files open" },
        { AVERROR(EBUSY),  MHD_HTTP_SERVICE_UNAVAILABLE, "the server is busy; try again soon" },
        { AVERROR(EINVAL), MHD_HTTP_BAD_REQUEST, "a parameter is not as it has to be" },
        { AVERROR_EOF, MHD_HTTP_UNPROCESSABLE_CONTENT, "there is no picture in it" },
    };
    unsigned status = MHD_HTTP_UNPROCESSABLE_CONTENT;
    char text[AV_ERROR_MAX_STRING_SIZE];

    for (size_t i = 0; i < FF_ARRAY_ELEMS(table); i++)
        if (table[i].error == error) {
            status  = table[i].status;
            message = message && *message ? message : table[i].text;
        }
    if (!message || !*message) {
        av_strerror(error, text, sizeof(text));
        message = text;
    }
    return play_http_error(r, status, "%s: %s", r->path, message);
}

void play_http_etag(char *buf, size_t size, const struct stat *st)
{
    snprintf(buf, size, "\"%llx-%llx-%llx.%lx\"", (long long)st->st_ino, (long long)st->st_size,
             (long long)st->st_mtim.tv_sec, (long)st->st_mtim.tv_nsec);
}

int play_http_unchanged(PlayRequest *r, PlayHttpResult *result)
{
    const char *has = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND,
                                                  "If-None-Match");
    struct MHD_Response *response;
    char tag[80];

    play_http_etag(tag, sizeof(tag), &r->st);
    if (!has || !strstr(has, tag))
        return 0;
    response = MHD_create_response_from_buffer(0, (void *)"", MHD_RESPMEM_PERSISTENT);
    if (response)
        MHD_add_response_header(response, "ETag", tag);
    *result = play_http_send(r, MHD_HTTP_NOT_MODIFIED, response);
    return 1;
}

/* --- a request's life --- */

static int has_zero_byte(const char *uri)
{
    return !!strstr(uri, "%00");
}

void *play_http_begin(void *server, const char *uri, struct MHD_Connection *c)
{
    PlayRequest *r = av_mallocz(sizeof(*r));

    if (!r)
        return NULL;
    r->server     = server;
    r->connection = c;
    r->fd         = -1;
    r->bad        = has_zero_byte(uri);
    r->server->counts.requests++;
    return r;
}

void play_http_end(void *server, struct MHD_Connection *c, void **request,
                   enum MHD_RequestTerminationCode code)
{
    PlayRequest *r = *request;

    if (!r)
        return;
    if (r->response)
        MHD_destroy_response(r->response);
    if (r->fd >= 0)
        close(r->fd);
    av_freep(request);
}

static PlayHttpResult route(PlayRequest *r)
{
    const PlayRoute *route = play_routes;

    for (; route->path; route++) {
        size_t size = strlen(route->path);

        if (!strcmp(route->path, r->path) ||
            (route->path[size - 1] == '/' && !strncmp(route->path, r->path, size)))
            break;
    }
    return route->serve(r);
}

/**
 * A page from elsewhere whose name was made to mean this machine must not read
 * what is served without a password to this machine only.
 */
static int knows_host(const PlayRequest *r)
{
    const char *host = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, "Host");
    char name[64];
    struct in_addr address;
    size_t size;

    if (!r->server->local || r->server->auth || !host || *host == '[')
        return 1;
    size = strcspn(host, ":");
    snprintf(name, sizeof(name), "%.*s", (int)size, host);
    return !av_strcasecmp(name, "localhost") || inet_pton(AF_INET, name, &address) == 1 ||
           (size > 10 && size < sizeof(name) && !av_strcasecmp(name + size - 10, ".localhost"));
}

/** What is the same for all pages is settled first. */
static PlayHttpResult start(PlayRequest *r, const char *method)
{
    PlayHttpResult ret;

    if (r->bad)
        return play_http_error(r, MHD_HTTP_BAD_REQUEST, "this URL has a zero byte in it");
    if (strcmp(method, "GET") && strcmp(method, "HEAD"))
        return play_http_error(r, MHD_HTTP_METHOD_NOT_ALLOWED, "%s: only GET and HEAD are known",
                               method);
    if (!knows_host(r))
        return play_http_error(r, MHD_HTTP_MISDIRECTED_REQUEST, "this server is for this machine "
                               "only: ask for localhost, or give it --auth or --token");
    if (!play_auth_check(r, &ret))
        return ret;
    if (atomic_load(&r->server->draining))
        return play_http_error(r, MHD_HTTP_SERVICE_UNAVAILABLE, "the server is about to stop");
    return route(r);
}

/** The job has made an answer. */
static PlayHttpResult finish(PlayRequest *r)
{
    PlayHttpResult ret;

    r->state = STATE_SENT;
    if (!r->response)
        return MHD_NO;
    ret = MHD_queue_response(r->connection, r->status, r->response);
    MHD_destroy_response(r->response);
    r->response = NULL;
    return ret;
}

PlayHttpResult play_http_job(PlayRequest *r, PlayJob job)
{
    r->job   = job;
    r->state = STATE_JOB;
    if (play_http_jobs_put(r->server->jobs, r) >= 0)
        return MHD_YES;
    r->state = STATE_HEADERS;
    r->server->counts.refused++;
    return play_http_failure(r, AVERROR(EBUSY), NULL);
}

PlayHttpResult play_http_handle(void *server, struct MHD_Connection *c, const char *url,
                                const char *method, const char *version, const char *upload,
                                size_t *upload_size, void **request)
{
    PlayRequest *r = *request;

    if (!r)
        return MHD_NO;
    switch (r->state) {
    case STATE_NEW:
        r->state = STATE_HEADERS;
        return MHD_YES;
    case STATE_HEADERS:
        if (*upload_size) {     /* nobody wants it */
            *upload_size = 0;
            return MHD_YES;
        }
        r->path = url;
        return start(r, method);
    case STATE_JOB:
        return finish(r);
    }
    return MHD_NO;
}
