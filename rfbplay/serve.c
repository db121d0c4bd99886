/*
 * rfbplay serve: recordings in a browser
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
#include <errno.h>
#include <pthread.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/file.h"
#include "libavutil/time.h"
#include "commands.h"
#include "http.h"
#include "httpauth.h"
#include "mjpegchannel.h"
#include "servefacts.h"
#include "serveindex.h"
#include "servepages.h"

/** A client that does nothing for so long is gone (s). */
#define IDLE_TIMEOUT 30
/** Of headers and the like, for each connection. */
#define MEMORY       (32 << 10)
/** Downloads may go on for so long when the server is to stop (s). */
#define DRAIN        10
#define STACK_SIZE   (1 << 20)

const PlayRoute play_routes[] = {
    { "/healthz",         play_page_health },
    { "/metrics",         play_page_metrics },
    { "/api/recordings",  play_page_api },
    { "/api/recordings/", play_page_api },
    { "/.rfbplay/",       play_page_asset },
    { "/",                play_page_path },
    { NULL },
};

/* --- opening --- */

static void on_connection(void *opaque, struct MHD_Connection *c, void **socket,
                          enum MHD_ConnectionNotificationCode code)
{
    PlayServer *s = opaque;

    s->counts.connections += code == MHD_CONNECTION_NOTIFY_STARTED ? 1 : -1;
}

static void on_log(void *opaque, const char *format, va_list ap)
{
    char text[512];

    vsnprintf(text, sizeof(text), format, ap);
    text[strcspn(text, "\r\n")] = 0;
    play_log(PLAY_LOG_DEBUG, "http: %s", text);
}

/** @return a socket that listens, or -1 after a message */
static int listen_on(const PlayOptions *o, int *local)
{
    const char *host = o->bind ? o->bind : "127.0.0.1";
    struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM,
                              .ai_flags = AI_PASSIVE | AI_NUMERICSERV }, *found = NULL;
    char port[16];
    int fd = -1, on = 1, ret;

    snprintf(port, sizeof(port), "%d", o->port);
    if (!strcmp(host, "*"))
        host = NULL;
    if ((ret = getaddrinfo(host, port, &hints, &found))) {
        play_error("--bind %s: %s", o->bind, gai_strerror(ret));
        return -1;
    }
    *local = found->ai_family == AF_INET ?
        ntohl(((struct sockaddr_in *)found->ai_addr)->sin_addr.s_addr) >> 24 == 127 :
        found->ai_family == AF_INET6 &&
        IN6_IS_ADDR_LOOPBACK(&((struct sockaddr_in6 *)found->ai_addr)->sin6_addr);
    fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (fd < 0 || bind(fd, found->ai_addr, found->ai_addrlen) < 0 || listen(fd, 512) < 0) {
        play_error("cannot listen on %s port %d: %s%s", host ? host : "all addresses", o->port,
                   strerror(errno), errno == EADDRINUSE ? "; another port may be given with "
                   "--port" : "");
        if (fd >= 0)
            close(fd);
        fd = -1;
    }
    freeaddrinfo(found);
    return fd;
}

static int bound_port(int fd)
{
    struct sockaddr_storage a;
    socklen_t size = sizeof(a);

    if (getsockname(fd, (struct sockaddr *)&a, &size) < 0)
        return 0;
    return ntohs(a.ss_family == AF_INET ? ((struct sockaddr_in *)&a)->sin_port :
                 ((struct sockaddr_in6 *)&a)->sin6_port);
}

/** A file as a string, or NULL after a message. */
static char *read_file(const char *path)
{
    FILE *f = fopen(path, "re");
    char *text = f ? calloc(1, 1 << 20) : NULL;

    if (text && (!fread(text, 1, (1 << 20) - 1, f) || ferror(f))) {
        free(text);
        text = NULL;
    }
    if (!text)
        play_error("%s: %s", path, f ? "cannot be read" : strerror(errno));
    if (f)
        fclose(f);
    return text;
}

static struct MHD_Daemon *start_daemon(PlayServer *s, int fd, const char *cert, const char *key)
{
    struct MHD_OptionItem tls[] = {
        { MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)cert },
        { MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)key },
        { MHD_OPTION_END, 0, NULL },
    };
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC |
                     MHD_USE_ERROR_LOG | (cert ? MHD_USE_TLS : 0);

    return MHD_start_daemon(flags, 0, NULL, NULL, play_http_handle, s,
                            MHD_OPTION_EXTERNAL_LOGGER, on_log, s,
                            MHD_OPTION_LISTEN_SOCKET, fd,
                            MHD_OPTION_URI_LOG_CALLBACK, play_http_begin, s,
                            MHD_OPTION_NOTIFY_COMPLETED, play_http_end, s,
                            MHD_OPTION_NOTIFY_CONNECTION, on_connection, s,
                            MHD_OPTION_CONNECTION_LIMIT, (unsigned)s->o->max_connections,
                            MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)s->o->max_per_client,
                            MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_TIMEOUT,
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY,
                            MHD_OPTION_THREAD_STACK_SIZE, (size_t)STACK_SIZE,
                            cert ? MHD_OPTION_ARRAY : MHD_OPTION_END, tls, MHD_OPTION_END);
}

/* --- running --- */

static void announce(const PlayServer *s, int port)
{
    int local = s->local;
    const PlayOptions *o = s->o;

    if (!local && !s->auth)
        play_warn("everybody who can reach port %d can watch the recordings: use --auth or "
                  "--token", port);
    if (!local && s->auth && !o->tls_cert)
        play_warn("the password and the recordings are sent unencrypted: use --tls-cert and "
                  "--tls-key, or a proxy that does");
    play_note("serving %s on %s://%s:%d/", s->dir, o->tls_cert ? "https" : "http",
              local || !o->bind ? "localhost" : !strcmp(o->bind, "*") ? "*" : o->bind, port);
    if (o->port_file) {
        FILE *f = fopen(o->port_file, "we");

        if (!f || fprintf(f, "%d\n", port) < 0 || fclose(f))
            play_error("%s: %s", o->port_file, strerror(errno));
    }
}

/** Wait for a signal that ends the server. @return its number */
static int wait_for_signal(const sigset_t *signals)
{
    int number = 0;

    while (sigwait(signals, &number))
        ;
    return number;
}

/** What is being downloaded may be finished; a second signal ends that, too. */
static void drain(PlayServer *s, struct MHD_Daemon *daemon, const sigset_t *signals)
{
    struct timespec tick = { .tv_nsec = 50 * 1000000 };
    MHD_socket fd;

    atomic_store(&s->draining, 1);
    fd = MHD_quiesce_daemon(daemon);
    if (fd != MHD_INVALID_SOCKET)
        close(fd);
    play_channels_stop(s->channels);
    for (int i = 0; i < DRAIN * 20 && atomic_load(&s->counts.connections); i++)
        if (sigtimedwait(signals, NULL, &tick) > 0)
            break;
    play_http_jobs_stop(&s->jobs);
    /* nothing may be left suspended */
    while (atomic_load(&s->counts.downloads)) {
        play_downloads_stop(s);
        nanosleep(&tick, NULL);
    }
}

static int run(PlayServer *s, int fd, const char *cert, const char *key)
{
    struct MHD_Daemon *daemon;
    sigset_t signals;
    int number;

    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGIO, SIG_IGN);     /* a lease was broken, see servefacts.c */
    s->jobs     = play_http_jobs_start(s);
    s->channels = play_channels_start(s);
    s->facts    = play_facts_start();
    s->indexes  = play_serve_index_start(s);
    if (!s->jobs || !s->channels || !s->facts || !s->indexes)
        return PLAY_FAILED;
    if (!(daemon = start_daemon(s, fd, cert, key))) {
        play_error("the HTTP server does not start%s", cert ? "; are --tls-cert and --tls-key a "
                   "certificate and its key, in PEM?" : "");
        return PLAY_FAILED;
    }
    announce(s, bound_port(fd));
    number = wait_for_signal(&signals);
    play_note("stopping");
    drain(s, daemon, &signals);
    MHD_stop_daemon(daemon);
    return number == SIGTERM ? PLAY_OK : PLAY_BY_SIGNAL + number;
}

static int open_root(PlayServer *s, const PlayOptions *o)
{
    s->dir  = o->path[0];
    s->root = open(s->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (s->root < 0)
        play_error("%s: %s", s->dir, strerror(errno));
    return s->root;
}

int play_serve(const PlayOptions *o)
{
    PlayServer s = { .o = o, .root = -1, .started = av_gettime() / 1000,
                     .downloads_lock = PTHREAD_MUTEX_INITIALIZER };
    char *cert = NULL, *key = NULL;
    int fd = -1, status = PLAY_FAILED;

    s.reading = (PlayRecordingOptions){ .pixel_format = o->pixel_format,
        .zywrle_level = o->zywrle_level, .width = o->video_width, .height = o->video_height,
        .max_pixels = o->max_pixels, .silent = 1 };
    if (!o->tls_cert != !o->tls_key) {
        play_error("--tls-cert and --tls-key are wanted together");
        return PLAY_USAGE;
    }
    if (open_root(&s, o) >= 0 && play_auth_open(&s.auth, o) >= 0 &&
        (!o->tls_cert || ((cert = read_file(o->tls_cert)) && (key = read_file(o->tls_key)))) &&
        (fd = listen_on(o, &s.local)) >= 0)
        status = run(&s, fd, cert, key);
    play_http_jobs_stop(&s.jobs);
    play_channels_free(&s.channels);
    play_serve_index_stop(&s.indexes);
    play_facts_stop(&s.facts);
    play_auth_close(&s.auth);
    if (s.root >= 0)
        close(s.root);
    free(cert);
    free(key);
    return status;
}
