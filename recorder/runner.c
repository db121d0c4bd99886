/*
 * What a program that records runs on
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
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libavutil/error.h"
#include "runner.h"

static void reap(RecRunner *r)
{
    while (r->crew.nb_hooks && waitpid(-1, NULL, WNOHANG) > 0)
        r->crew.nb_hooks--;
}

static void signalled(RecWatch *w, int events)
{
    RecRunner *r = REC_MEMBER(RecRunner, w, signals);
    struct signalfd_siginfo info;

    (void)events;
    while (read(w->fd, &info, sizeof(info)) == sizeof(info)) {
        if (info.ssi_signo == SIGCHLD) {
            reap(r);
        } else if (!r->stopping) {
            r->stopping = 1;
            r->stop(r);
        }
    }
}

/** Hundreds of recordings want two files each. */
static void raise_limit(void)
{
    struct rlimit limit;

    if (!getrlimit(RLIMIT_NOFILE, &limit) && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int rec_runner_init(RecRunner *r, const RecSettings *set, void (*stop)(RecRunner *r))
{
    sigset_t mask;
    int ret = rec_loop_init(&r->loop);

    raise_limit();
    r->stop = stop;
    r->crew.log.quiet = set->quiet;
    r->crew.shared = (RecShared){ set, &r->loop, &r->syncer, malloc(REC_READ_SIZE) };
    sigemptyset(&mask);
    sigaddset(&mask, SIGINT);
    sigaddset(&mask, SIGTERM);
    sigaddset(&mask, SIGHUP);
    sigaddset(&mask, SIGCHLD);
    sigprocmask(SIG_BLOCK, &mask, NULL);
    r->signals.ready = signalled;
    if (ret >= 0)
        ret = rec_syncer_start(&r->syncer);
    if (ret >= 0)
        ret = rec_loop_watch(&r->loop, &r->signals,
                             signalfd(-1, &mask, SFD_NONBLOCK | SFD_CLOEXEC), POLLIN);
    if (ret < 0 || !r->crew.shared.buf) {
        fprintf(stderr, "rfbrec: cannot begin: %s\n", strerror(ret < 0 ? AVUNERROR(ret) : ENOMEM));
        return AVERROR(ENOMEM);
    }
    return 0;
}

void rec_runner_free(RecRunner *r)
{
    rec_log_status(&r->crew.log, "");
    rec_syncer_stop(&r->syncer);
    for (; r->crew.nb_hooks; r->crew.nb_hooks--)
        while (waitpid(-1, NULL, 0) < 0 && errno == EINTR)
            ;
    if (r->signals.added)
        close(r->signals.fd);
    rec_loop_free(&r->loop);
    free(r->crew.shared.buf);
}
