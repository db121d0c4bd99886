/*
 * Names of hosts
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

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "lookup.h"

/** The resolver needs no more; hundreds of threads may be at it. */
#define STACK_SIZE (256 << 10)

struct RecLookup {
    atomic_int users;           ///< its thread, and who started it
    int fd;
    char *host;
    char port[8];
    struct addrinfo *result;    ///< written by the thread before error is,
    atomic_int error;           ///< and that before fd is
};

static void release(RecLookup *l)
{
    if (atomic_fetch_sub(&l->users, 1) > 1)
        return;
    if (l->result)
        freeaddrinfo(l->result);
    if (l->fd >= 0)
        close(l->fd);
    free(l->host);
    free(l);
}

static void *look_up(void *arg)
{
    static const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
    RecLookup *l = arg;

    atomic_store(&l->error, getaddrinfo(l->host, l->port, &hints, &l->result));
    eventfd_write(l->fd, 1);
    release(l);
    return NULL;
}

RecLookup *rec_lookup_start(const char *host, int port)
{
    RecLookup *l = calloc(1, sizeof(*l));
    pthread_attr_t attr;
    pthread_t thread;
    int ret;

    if (!l)
        return NULL;
    atomic_init(&l->users, 2);
    l->fd   = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    l->host = strdup(host);
    snprintf(l->port, sizeof(l->port), "%d", port);
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attr, STACK_SIZE);
    ret = l->host && l->fd >= 0 ? pthread_create(&thread, &attr, look_up, l) : -1;
    pthread_attr_destroy(&attr);
    if (ret) {
        atomic_store(&l->users, 1);
        release(l);
        return NULL;
    }
    return l;
}

int rec_lookup_fd(const RecLookup *l)
{
    return l->fd;
}

int rec_lookup_result(RecLookup *l, struct addrinfo **result)
{
    int error = atomic_load(&l->error);

    *result = l->result;
    l->result = NULL;
    return error;
}

void rec_lookup_free(RecLookup *l)
{
    if (l)
        release(l);
}
