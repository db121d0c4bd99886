/*
 * Event loop
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
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "libavutil/common.h"
#include "libavutil/error.h"
#include "connect.h"
#include "loop.h"

#define MAX_EVENTS 256

int rec_loop_init(RecLoop *l)
{
    memset(l, 0, sizeof(*l));
    l->now   = rec_now();
    l->epoll = epoll_create1(EPOLL_CLOEXEC);
    return l->epoll < 0 ? AVERROR(errno) : 0;
}

void rec_loop_free(RecLoop *l)
{
    if (l->epoll >= 0)
        close(l->epoll);
    free(l->heap);
    memset(l, 0, sizeof(*l));
    l->epoll = -1;
}

/** What woke the loop for a watch that has ended must not reach it: it may be freed. */
static void drop_ready(RecLoop *l, const RecWatch *w)
{
    for (int i = 0; i < l->nb_ready; i++)
        if (l->ready[i].data.ptr == w)
            l->ready[i].data.ptr = NULL;
}

int rec_loop_watch(RecLoop *l, RecWatch *w, int fd, int events)
{
    struct epoll_event e = { .events = events, .data.ptr = w };
    int ret;

    if (w->added && w->fd == fd && w->events == events)
        return 0;
    if (!w->added || w->fd != fd)
        drop_ready(l, w);
    if (w->added && w->fd != fd)
        epoll_ctl(l->epoll, EPOLL_CTL_DEL, w->fd, NULL);
    ret = fd < 0 ? 0 : epoll_ctl(l->epoll, EPOLL_CTL_MOD, fd, &e);
    if (ret < 0 && errno == ENOENT)
        ret = epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &e);
    w->fd     = fd;
    w->events = events;
    w->added  = fd >= 0 && ret >= 0;
    return ret < 0 ? AVERROR(errno) : 0;
}

void rec_loop_forget(RecWatch *w)
{
    w->added = 0;
}

static void put(RecLoop *l, int place, RecTimer *t)
{
    l->heap[place] = t;
    t->place = place + 1;
}

/** Move a timer to where it belongs. */
static void settle(RecLoop *l, RecTimer *t)
{
    int i = t->place - 1;

    for (; i && l->heap[(i - 1) / 2]->when > t->when; i = (i - 1) / 2)
        put(l, i, l->heap[(i - 1) / 2]);
    for (;;) {
        int child = 2 * i + 1;

        if (child + 1 < l->nb && l->heap[child + 1]->when < l->heap[child]->when)
            child++;
        if (child >= l->nb || l->heap[child]->when >= t->when)
            break;
        put(l, i, l->heap[child]);
        i = child;
    }
    put(l, i, t);
}

int rec_loop_timer(RecLoop *l, RecTimer *t, int64_t when)
{
    if (t->place && t->when == when)
        return 0;
    t->when = when;
    if (!t->place) {
        if (l->nb == l->alloc) {
            int alloc = FFMAX(64, 2 * l->alloc);
            RecTimer **heap = realloc(l->heap, alloc * sizeof(*heap));

            if (!heap)
                return AVERROR(ENOMEM);
            l->heap  = heap;
            l->alloc = alloc;
        }
        put(l, l->nb++, t);
    }
    settle(l, t);
    return 0;
}

void rec_loop_untimer(RecLoop *l, RecTimer *t)
{
    RecTimer *last;
    int place = t->place - 1;

    if (!t->place)
        return;
    t->place = 0;
    last = l->heap[--l->nb];
    if (last == t)
        return;
    put(l, place, last);
    settle(l, last);
}

int rec_loop_run(RecLoop *l)
{
    struct epoll_event events[MAX_EVENTS];

    while (!l->stop) {
        int64_t wait = l->nb ? FFMAX(l->heap[0]->when - rec_now(), 0) : -1;
        int n;

        if (l->gather)
            usleep(1000 * l->gather);
        n = epoll_wait(l->epoll, events, MAX_EVENTS, FFMIN(wait, 3600000));

        if (n < 0 && errno != EINTR)
            return AVERROR(errno);
        l->now      = rec_now();
        l->ready    = events;
        l->nb_ready = FFMAX(n, 0);
        for (int i = 0; i < l->nb_ready; i++) {
            RecWatch *w = events[i].data.ptr;

            l->now = rec_now();
            if (w)
                w->ready(w, events[i].events);
        }
        l->nb_ready = 0;
        for (int64_t until = l->now; l->nb && l->heap[0]->when <= until; ) {
            RecTimer *t = l->heap[0];

            rec_loop_untimer(l, t);
            t->expired(t);
        }
    }
    return 0;
}
