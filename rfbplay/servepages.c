/*
 * rfbplay: what is served for a path
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

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libavutil/bprint.h"
#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/mem.h"
#include "libavutil/time.h"
#include "httppath.h"
#include "mjpeg.h"
#include "servefacts.h"
#include "servepages.h"
#include "web.h"

void play_page_url(AVBPrint *b, const char *path)
{
    for (; *path; path++) {
        unsigned char c = *path;

        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            strchr("-_.~/", c))
            av_bprint_chars(b, c, 1);
        else
            av_bprintf(b, "%%%02X", c);
    }
}

/* --- directories --- */

typedef struct Names {
    char **name;                ///< directories end with a slash
    int nb;
} Names;

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void free_names(Names *n)
{
    for (int i = 0; i < n->nb; i++)
        av_free(n->name[i]);
    av_freep(&n->name);
}

/** What is in a directory and may be seen: directories and recordings. */
static int read_names(Names *n, PlayRequest *r)
{
    int fd = fcntl(r->fd, F_DUPFD_CLOEXEC, 0), ret = 0;
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    struct dirent *e;

    *n = (Names){ 0 };
    if (!dir) {
        if (fd >= 0)
            close(fd);
        return AVERROR(EMFILE);
    }
    while (ret >= 0 && (e = readdir(dir))) {
        PlayKnown known = { 0 };
        struct stat st;
        int file = play_path_open(r->fd, e->d_name, &st);
        char *name = NULL;

        if (file < 0)
            continue;
        if (S_ISDIR(st.st_mode))
            name = av_asprintf("%s/", e->d_name);
        else if (play_facts_get(&known, r->server, e->d_name, file, &st,
                                PLAY_FACTS_FORMAT) >= 0 && known.format)
            name = av_strdup(e->d_name);
        close(file);
        play_facts_free(&known);
        if (name && (ret = av_dynarray_add_nofree(&n->name, &n->nb, name)) < 0)
            av_free(name);
    }
    closedir(dir);
    qsort(n->name, n->nb, sizeof(*n->name), by_name);
    return ret;
}

/* The list of names is minimega's page; the script makes more of it. */
static void write_page(AVBPrint *b, const Names *n, const char *path)
{
    av_bprintf(b, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta "
               "name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>");
    av_bprint_escape(b, path, NULL, AV_ESCAPE_MODE_XML, 0);
    av_bprintf(b, " - recordings</title>\n<link rel=\"icon\" href=\"/.rfbplay/icon.svg\">\n<link "
               "rel=\"stylesheet\" href=\"/.rfbplay/app.css\">\n<script type=\"module\" src=\""
               "/.rfbplay/list.js\"></script>\n</head>\n<body>\n<pre id=\"files\">\n");
    for (int i = 0; i < n->nb; i++) {
        av_bprintf(b, "<a href=\"");
        /* "a:b" would be a URL of its own */
        if (strchr(n->name[i], ':'))
            av_bprintf(b, "./");
        play_page_url(b, n->name[i]);
        av_bprintf(b, "\">");
        av_bprint_escape(b, n->name[i], NULL, AV_ESCAPE_MODE_XML, 0);
        av_bprintf(b, "</a>\n");
    }
    av_bprintf(b, "</pre>\n</body>\n</html>\n");
}

static void list(PlayRequest *r)
{
    AVBPrint page;
    Names names;
    char *data;
    int ret = read_names(&names, r);

    if (ret < 0) {
        play_http_failure(r, ret, NULL);
    } else {
        av_bprint_init(&page, 0, AV_BPRINT_SIZE_UNLIMITED);
        write_page(&page, &names, r->path);
        if (av_bprint_finalize(&page, &data) >= 0)
            play_http_data(r, MHD_HTTP_OK, "text/html; charset=utf-8", data, strlen(data));
    }
    free_names(&names);
}

PlayHttpResult play_page_redirect(PlayRequest *r, unsigned status, const char *cookie,
                                  const char *tail)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(0, (void *)"", MHD_RESPMEM_PERSISTENT);
    AVBPrint url;
    char *text;

    av_bprint_init(&url, 0, AV_BPRINT_SIZE_UNLIMITED);
    /* "//host" would be another host */
    av_bprintf(&url, "/");
    play_page_url(&url, r->path + strspn(r->path, "/"));
    av_bprintf(&url, "%s", tail);
    if (!response || av_bprint_finalize(&url, &text) < 0)
        return MHD_NO;
    MHD_add_response_header(response, "Location", text);
    av_free(text);
    if (cookie)
        MHD_add_response_header(response, "Set-Cookie", cookie);
    return play_http_send(r, status, response);
}

/* --- recordings --- */

static PlayHttpResult watch_page(PlayRequest *r)
{
    const PlayWebFile *f = play_web_find("watch.html");
    struct MHD_Response *response =
        MHD_create_response_from_buffer(f->end - f->data, (void *)f->data,
                                        MHD_RESPMEM_PERSISTENT);

    if (response)
        MHD_add_response_header(response, "Content-Type", f->type);
    return play_http_send(r, MHD_HTTP_OK, response);
}

/** What can be shown is, and what cannot gets a page that says why. */
static void serve_recording(PlayRequest *r)
{
    PlayKnown known;
    int ret = play_facts_get(&known, r->server, r->path, r->fd, &r->st, PLAY_FACTS_OPEN);

    if (ret < 0) {
        play_http_failure(r, ret, NULL);
        return;
    }
    if (!known.format)
        play_http_error(r, MHD_HTTP_NOT_FOUND, "%s: that is no recording of a VNC session",
                        r->path);
    else if (play_http_flag(r, "raw", 0))
        play_page_raw(r);
    else if (!known.usable)
        play_http_failure(r, AVERROR_INVALIDDATA, known.error);
    else if (play_http_flag(r, "play", 0))
        watch_page(r);
    else if (play_http_param(r, "t"))
        play_page_picture(r);
    else if (play_http_param(r, "format") && strcmp(play_http_param(r, "format"), "mjpeg"))
        play_page_download(r);
    else
        play_mjpeg_serve(r);
    play_facts_free(&known);
}

PlayHttpResult play_page_path(PlayRequest *r)
{
    int ret = play_path_open(r->server->root, r->path, &r->st);

    if (ret < 0)
        return play_http_failure(r, ret, NULL);
    r->fd = ret;
    if (S_ISREG(r->st.st_mode))
        return play_http_job(r, serve_recording);
    if (r->path[strlen(r->path) - 1] != '/')
        /* relative links need the slash at the end */
        return play_page_redirect(r, MHD_HTTP_MOVED_PERMANENTLY, NULL, "/");
    return play_http_job(r, list);
}

/* --- the rest --- */

PlayHttpResult play_page_asset(PlayRequest *r)
{
    const PlayWebFile *f = play_web_find(strrchr(r->path, '/') + 1);
    const char *has = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND,
                                                  "If-None-Match");
    struct MHD_Response *response;
    char tag[40];
    int same;

    if (!f || !strcmp(f->name, "watch.html"))
        return play_http_failure(r, AVERROR(ENOENT), "there is no such file");
    /* another start may be another version */
    snprintf(tag, sizeof(tag), "\"%"PRIx64"\"", r->server->started);
    same = has && !strcmp(has, tag);
    response = MHD_create_response_from_buffer(same ? 0 : f->end - f->data, (void *)f->data,
                                               MHD_RESPMEM_PERSISTENT);
    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, "Content-Type", f->type);
    MHD_add_response_header(response, "ETag", tag);
    return play_http_send(r, same ? MHD_HTTP_NOT_MODIFIED : MHD_HTTP_OK, response);
}

PlayHttpResult play_page_health(PlayRequest *r)
{
    return play_http_text(r, MHD_HTTP_OK, "text/plain; charset=utf-8", "ok\n");
}

PlayHttpResult play_page_metrics(PlayRequest *r)
{
    PlayCounts *c = &r->server->counts;
    const struct { const char *name, *type, *help; long long value; } rows[] = {
#define ROW(name, type, help, field) { name, type, help, atomic_load(&c->field) }
        ROW("requests_total", "counter", "Requests.", requests),
        ROW("errors_total", "counter", "Answers with a status of 400 or more.", errors),
        ROW("refused_total", "counter", "Requests refused since a limit was reached.", refused),
        ROW("connections", "gauge", "Open connections.", connections),
        ROW("streams", "gauge", "Recordings being played, each for one or more viewers.", streams),
        ROW("streams_total", "counter", "Recordings played.", streams_total),
        ROW("pictures_total", "counter", "Pictures encoded for streams.", pictures),
        ROW("pictures_skipped_total", "counter", "Pictures that viewers were too slow for.",
            skipped),
        ROW("stream_bytes_total", "counter", "Bytes sent in streams.", bytes),
        ROW("tiles_total", "counter", "Tiles of the pictures encoded.", tiles),
        ROW("tiles_encoded_total", "counter", "Tiles of these that were not reused.",
            tiles_encoded),
        ROW("downloads", "gauge", "Videos being made.", downloads),
        ROW("downloads_total", "counter", "Videos made.", downloads_total),
        ROW("indices_total", "counter", "Indices made of recordings.", indices),
        ROW("jobs_total", "counter", "Requests that read a recording or a directory.", jobs),
#undef ROW
    };
    AVBPrint b;
    char *data;

    av_bprint_init(&b, 0, AV_BPRINT_SIZE_UNLIMITED);
    for (size_t i = 0; i < FF_ARRAY_ELEMS(rows); i++)
        av_bprintf(&b, "# HELP rfbplay_%s %s\n# TYPE rfbplay_%s %s\nrfbplay_%s %lld\n",
                   rows[i].name, rows[i].help, rows[i].name, rows[i].type, rows[i].name,
                   rows[i].value);
    av_bprintf(&b, "# HELP rfbplay_start_time_seconds When the server was started.\n"
               "# TYPE rfbplay_start_time_seconds gauge\nrfbplay_start_time_seconds %.3f\n",
               r->server->started / 1000.0);
    if (av_bprint_finalize(&b, &data) < 0)
        return MHD_NO;
    return play_http_data(r, MHD_HTTP_OK, "text/plain; version=0.0.4; charset=utf-8", data,
                          strlen(data));
}
