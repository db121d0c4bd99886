/*
 * rfbplay: videos made while they are downloaded
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

/* A child process makes the video and writes it to a pipe: whatever happens to
 * it, the server goes on. The client reads as fast as it likes; the child waits. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libavutil/avstring.h"
#include "libavutil/bprint.h"
#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/mem.h"
#include "httppath.h"
#include "log.h"
#include "serveindex.h"
#include "servepages.h"

#define BLOCK (64 << 10)

extern char **environ;

static const struct { const char *name, *type; } formats[] = {
    { "mp4",  "video/mp4" },
    { "webm", "video/webm" },
    { "mkv",  "video/x-matroska" },
};

/** The pump waits for the pipe while the connection is suspended. */
typedef struct Download {
    PlayServer *server;
    struct MHD_Connection *connection;
    pid_t child;
    int pipe;
    int go[2];                  ///< a byte: look at the pipe; closed: it is over
    pthread_t pump;
    struct Download *next;      ///< in the server's list
} Download;

static void *run_pump(void *opaque)
{
    Download *d = opaque;
    char byte;

    while (read(d->go[0], &byte, 1) == 1) {
        struct pollfd p[2] = { { .fd = d->pipe, .events = POLLIN }, { .fd = d->go[0] } };

        while (poll(p, 2, -1) < 0 && errno == EINTR)
            ;
        MHD_resume_connection(d->connection);
    }
    return NULL;
}

void play_downloads_stop(PlayServer *s)
{
    pthread_mutex_lock(&s->downloads_lock);
    for (Download *d = s->download; d; d = d->next)
        if (d->child > 0)
            kill(d->child, SIGKILL);
    pthread_mutex_unlock(&s->downloads_lock);
}

/** The child has ended, or is made to. @return its status as waitpid() has it */
static int reap(Download *d, int end)
{
    int status = -1;

    if (d->child > 0 && end)
        kill(d->child, SIGKILL);
    if (d->child > 0)
        waitpid(d->child, &status, 0);
    /* from now on the number may be another process's */
    pthread_mutex_lock(&d->server->downloads_lock);
    d->child = 0;
    pthread_mutex_unlock(&d->server->downloads_lock);
    return status;
}

static void free_download(void *opaque)
{
    Download *d = opaque;

    reap(d, 1);
    pthread_mutex_lock(&d->server->downloads_lock);
    for (Download **p = &d->server->download; *p; p = &(*p)->next)
        if (*p == d) {
            *p = d->next;
            break;
        }
    pthread_mutex_unlock(&d->server->downloads_lock);
    close(d->go[1]);
    pthread_join(d->pump, NULL);
    close(d->go[0]);
    close(d->pipe);
    d->server->counts.downloads--;
    av_free(d);
}

static ssize_t read_download(void *opaque, uint64_t offset, char *buf, size_t max)
{
    Download *d = opaque;
    ssize_t n = read(d->pipe, buf, max);
    int status;

    if (n > 0)
        return n;
    if (n < 0 && errno == EAGAIN) {
        MHD_suspend_connection(d->connection);
        if (write(d->go[1], "", 1) != 1)
            return MHD_CONTENT_READER_END_WITH_ERROR;
        return 0;
    }
    status = reap(d, 0);
    /* a damaged recording is played as far as it goes */
    if (WIFEXITED(status) && (WEXITSTATUS(status) == PLAY_OK ||
                              WEXITSTATUS(status) == PLAY_DAMAGED)) {
        d->server->counts.downloads_total++;
        return MHD_CONTENT_READER_END_OF_STREAM;
    }
    return MHD_CONTENT_READER_END_WITH_ERROR;
}

/** Start the child with its output in a pipe, the recording as descriptor 3, its index as 4. */
static int start_child(Download *d, PlayRequest *r, char *const *argv, const PlayIndexUse *use)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    int end[2], ret;

    if (pipe2(end, O_CLOEXEC) < 0)
        return AVERROR(errno);
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, end[1], 1);
    posix_spawn_file_actions_adddup2(&files, r->fd, 3);
    if (use->fd >= 0)
        posix_spawn_file_actions_adddup2(&files, use->fd, 4);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                             POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    ret = posix_spawn(&d->child, "/proc/self/exe", &files, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    close(end[1]);
    if (ret) {
        close(end[0]);
        return AVERROR(ret);
    }
    setpriority(PRIO_PROCESS, d->child, 10);
    d->pipe = end[0];
    fcntl(d->pipe, F_SETFL, O_NONBLOCK);
    return 0;
}

static const char *const passed_on[] = { "start", "end", "duration", "speed", "crf", "fps" };

/** rfbplay's own command line; parameters of the same names are passed on. */
static int make_command(char **argv, int max, PlayRequest *r, const char *format,
                        const PlayIndexUse *use)
{
    const char *gap = play_http_param(r, "max_gap"), *scale = play_http_param(r, "scale");
    int n = 0;

#define PUT(...) if (n < max - 1 && !(argv[n++] = av_asprintf(__VA_ARGS__))) return AVERROR(ENOMEM)
    PUT("rfbplay");
    PUT("transcode");
    PUT("--quiet");
    PUT("--format=%s", format);
    PUT("--index=%s", use->fd >= 0 ? "/proc/self/fd/4" : use->cached ? use->cached : "none");
    for (size_t i = 0; i < FF_ARRAY_ELEMS(passed_on); i++)
        if (play_http_param(r, passed_on[i]))
            PUT("--%s=%s", passed_on[i], play_http_param(r, passed_on[i]));
    if (gap)
        PUT("--max-gap=%s", gap);
    if (scale)
        PUT("--scale=%s", scale);
    if (!play_http_flag(r, "cursor", !r->server->o->no_cursor))
        PUT("--no-cursor");
    if (r->server->o->pixel_format)
        PUT("--pixel-format=%s", r->server->o->pixel_format);
    PUT("/proc/self/fd/3");
    PUT("-");
#undef PUT
    return 0;
}

static void name_file(struct MHD_Response *response, const char *path, const char *format)
{
    AVBPrint b;
    char *text;

    av_bprint_init(&b, 0, AV_BPRINT_SIZE_UNLIMITED);
    av_bprintf(&b, "attachment; filename*=UTF-8''");
    play_page_url(&b, strrchr(path, '/') + 1);
    av_bprintf(&b, ".%s", format);
    if (av_bprint_finalize(&b, &text) < 0)
        return;
    MHD_add_response_header(response, "Content-Disposition", text);
    av_free(text);
}

static PlayHttpResult respond(PlayRequest *r, Download *d, int format)
{
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, read_download, d,
                                          free_download);

    if (!response) {
        free_download(d);
        return MHD_NO;
    }
    MHD_add_response_header(response, "Content-Type", formats[format].type);
    MHD_add_response_header(response, "Cache-Control", "no-store");
    name_file(response, r->path, formats[format].name);
    return play_http_send(r, MHD_HTTP_OK, response);
}

static int start(Download *d, PlayRequest *r, const char *format)
{
    char *argv[32] = { NULL };
    PlayIndexUse use;
    int ret;

    play_serve_index_open(&use, r->server, r->path, r->fd);
    ret = make_command(argv, FF_ARRAY_ELEMS(argv), r, format, &use);
    if (ret >= 0)
        ret = start_child(d, r, argv, &use);
    play_serve_index_close(&use);
    for (char **a = argv; *a; a++)
        av_free(*a);
    if (ret < 0)
        return ret;
    if (pipe2(d->go, O_CLOEXEC) < 0 || pthread_create(&d->pump, NULL, run_pump, d)) {
        kill(d->child, SIGKILL);
        waitpid(d->child, NULL, 0);
        close(d->pipe);
        return AVERROR(EMFILE);
    }
    pthread_mutex_lock(&d->server->downloads_lock);
    d->next = d->server->download;
    d->server->download = d;
    pthread_mutex_unlock(&d->server->downloads_lock);
    return 0;
}

PlayHttpResult play_page_download(PlayRequest *r)
{
    const char *name = play_http_param(r, "format");
    Download *d;
    size_t i = 0;
    int ret;

    while (i < FF_ARRAY_ELEMS(formats) && strcmp(formats[i].name, name))
        i++;
    if (i == FF_ARRAY_ELEMS(formats))
        return play_http_error(r, MHD_HTTP_BAD_REQUEST, "format=%s: a video may be mp4, webm or "
                               "mkv, a stream mjpeg; with t=TIME, a picture png, jpeg or webp",
                               name);
    if (r->server->counts.downloads++ >= r->server->o->max_downloads) {
        r->server->counts.downloads--;
        r->server->counts.refused++;
        return play_http_failure(r, AVERROR(EBUSY), "enough videos are being made; try again soon");
    }
    d = av_mallocz(sizeof(*d));
    ret = d ? 0 : AVERROR(ENOMEM);
    if (d) {
        d->server     = r->server;
        d->connection = r->connection;
        ret = start(d, r, name);
    }
    if (ret < 0) {
        av_free(d);
        r->server->counts.downloads--;
        return play_http_failure(r, ret, NULL);
    }
    return respond(r, d, i);
}
