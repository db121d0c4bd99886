/*
 * rfbplay: what programs want to know
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
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libavutil/avstring.h"
#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/mem.h"
#include "httppath.h"
#include "servefacts.h"
#include "servepages.h"

#define MAX_LISTED 20000
#define MAX_DEPTH  16

typedef struct List {
    PlayServer *server;
    json_t *recordings, *folders;
    int nb;
    int truncated;
    int deep;                   ///< also what is in folders
} List;

static void set_text(json_t *o, const char *name, const char *text)
{
    /* other bytes than UTF-8 become no text at all */
    if (text && json_object_set_new(o, name, json_string(text)) < 0)
        json_object_set_new(o, name, json_null());
}

static void set_ms(json_t *o, const char *name, int64_t ms)
{
    json_object_set_new(o, name, ms < 0 ? json_null() : json_real(ms / 1000.0));
}

/** What is told of each recording; times are in seconds. */
static json_t *describe(const char *path, int fd, const struct stat *st, const PlayKnown *k)
{
    json_t *o = json_object();
    int growing = k->usable && play_path_growing(fd, st);

    set_text(o, "path", path);
    set_text(o, "name", strrchr(path, '/') ? strrchr(path, '/') + 1 : path);
    json_object_set_new(o, "size", json_integer(st->st_size));
    json_object_set_new(o, "modified", json_real(st->st_mtim.tv_sec +
                                                 st->st_mtim.tv_nsec / 1000000 / 1000.0));
    set_text(o, "format", k->format);
    set_text(o, "format_name", k->format_name);
    set_text(o, "title", k->title);
    set_text(o, "created", k->creation_time);
    set_ms(o, "duration", k->duration);
    if (k->usable) {
        json_object_set_new(o, "width", json_integer(k->width));
        json_object_set_new(o, "height", json_integer(k->height));
    }
    set_text(o, "error", k->error);
    set_text(o, "state", !k->usable ? "unreadable" : growing ? "growing" : k->error ? "damaged" :
             k->activity && k->activity->walk.cut ? "cut short" : "complete");
    return o;
}

static json_t *describe_activity(const PlayActivity *a)
{
    json_t *bytes = json_array();

    for (int i = 0; i < a->nb_buckets; i++)
        json_array_append_new(bytes, json_integer(a->bytes[i]));
    return json_pack("{s:f,s:o}", "interval", a->bucket_ms / 1000.0, "bytes", bytes);
}

static void add_walk(json_t *o, const PlayActivity *a)
{
    const PlayWalk *w = &a->walk;
    json_t *encodings = json_object();

    json_object_set_new(o, "updates", json_integer(w->updates));
    json_object_set_new(o, "max_width", json_integer(w->max_width));
    json_object_set_new(o, "max_height", json_integer(w->max_height));
    json_object_set_new(o, "resizes", json_integer(w->nb_sizes - 1));
    set_ms(o, "first_update", w->first);
    set_ms(o, "last_update", w->last);
    for (int i = 0; i < w->nb_encodings; i++)
        json_object_set_new(encodings, avpriv_rfb_encoding_name(w->encoding[i].number),
                            json_integer(w->encoding[i].rects));
    json_object_set_new(o, "encodings", encodings);
    json_object_set_new(o, "activity", describe_activity(a));
}

/* --- lists --- */

static void list(List *l, int dir, const char *path, int depth);

static void list_one(List *l, int dir, const char *path, const char *name, int depth)
{
    char *full = *path ? av_asprintf("%s/%s", path, name) : av_strdup(name);
    PlayKnown known = { 0 };
    struct stat st;
    int fd = full ? play_path_open(dir, name, &st) : -1;

    if (fd >= 0 && S_ISDIR(st.st_mode)) {
        if (l->deep)
            list(l, fd, full, depth + 1);
        else
            json_array_append_new(l->folders, json_string(full));
    } else if (fd >= 0 &&
               play_facts_get(&known, l->server, full, fd, &st, PLAY_FACTS_OPEN) >= 0 && known.format) {
        json_array_append_new(l->recordings, describe(full, fd, &st, &known));
        l->nb++;
    }
    play_facts_free(&known);
    if (fd >= 0)
        close(fd);
    av_free(full);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void list(List *l, int dir, const char *path, int depth)
{
    struct dirent **e;
    int n = depth < MAX_DEPTH ? scandirat(dir, ".", &e, NULL, by_name) : 0;

    l->truncated |= depth >= MAX_DEPTH;
    for (int i = 0; i < n; i++) {
        if (l->nb < MAX_LISTED)
            list_one(l, dir, path, e[i]->d_name, depth);
        else
            l->truncated = 1;
        free(e[i]);
    }
    if (n >= 0 && depth < MAX_DEPTH)
        free(e);
}

/** r->fd is a directory. */
static void serve_list(PlayRequest *r, const char *path)
{
    List l = { .server = r->server, .recordings = json_array(), .folders = json_array(),
               .deep = play_http_flag(r, "recursive", !*path) };
    json_t *o;

    list(&l, r->fd, path, 0);
    o = json_pack("{s:o,s:o,s:b}", "recordings", l.recordings, "folders", l.folders,
                  "truncated", l.truncated);
    play_http_json(r, MHD_HTTP_OK, o);
}

static void serve_one(PlayRequest *r, const char *path)
{
    PlayKnown known;
    json_t *o;
    int ret = play_facts_get(&known, r->server, r->path, r->fd, &r->st, PLAY_FACTS_WALK);

    if (ret < 0) {
        play_http_failure(r, ret, NULL);
        return;
    }
    if (!known.format) {
        play_http_error(r, MHD_HTTP_NOT_FOUND, "%s: that is no recording of a VNC session", path);
    } else {
        o = describe(path, r->fd, &r->st, &known);
        if (known.activity)
            add_walk(o, known.activity);
        play_http_json(r, MHD_HTTP_OK, o);
    }
    play_facts_free(&known);
}

static void serve(PlayRequest *r)
{
    char path[4096];
    size_t n;

    snprintf(path, sizeof(path), "%s", r->path + strlen("/api/recordings"));
    memmove(path, path + strspn(path, "/"), strlen(path + strspn(path, "/")) + 1);
    for (n = strlen(path); n && path[n - 1] == '/'; n--)
        path[n - 1] = 0;
    if (S_ISDIR(r->st.st_mode))
        serve_list(r, path);
    else
        serve_one(r, path);
}

PlayHttpResult play_page_api(PlayRequest *r)
{
    int ret = play_path_open(r->server->root, r->path + strlen("/api/recordings"), &r->st);

    if (ret < 0)
        return play_http_failure(r, ret, NULL);
    r->fd = ret;
    return play_http_job(r, serve);
}
