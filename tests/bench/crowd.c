/*
 * Servers for the recorder's bench
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

/*
 *     crowd UPDATE_BYTES       prints its port
 *
 * One process that answers any number of clients. Each gets security None and a
 * screen of 640x480; each of its requests is answered at once by an update of so
 * many bytes, the first by a picture of the whole screen.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <netinet/tcp.h>

#define MAX_FDS 4096
#define WIDTH   640
#define HEIGHT  480

/* ServerInit (RFC 6143, 7.3.2): size, pixel format, "crowd" */
static const uint8_t init[] = {
    WIDTH >> 8, WIDTH & 255, HEIGHT >> 8, HEIGHT & 255,
    32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0,
    0, 0, 0, 5, 'c', 'r', 'o', 'w', 'd',
};

/* FramebufferUpdate with one rectangle of RRE (7.7.3): a background, nothing on it */
static const uint8_t whole[] = {
    0, 0, 0, 1, 0, 0, 0, 0, WIDTH >> 8, WIDTH & 255, HEIGHT >> 8, HEIGHT & 255, 0, 0, 0, 2,
    0, 0, 0, 0, 0, 0, 0, 0,
};

static struct Client {
    int state;                  ///< words of the handshake that were answered
    int pictures;
} clients[MAX_FDS];

static uint8_t *small;
static size_t small_size;

/** One rectangle of Raw, of so many bytes if that is a multiple of 128. */
static void make_small(int bytes)
{
    const int w = 32, h = bytes / 4 / w;
    const uint8_t head[16] = { 0, 0, 0, 1, 0, 0, 0, 0, w >> 8, w & 255, h >> 8, h & 255 };

    small_size = sizeof(head) + (size_t)w * h * 4;
    small = malloc(small_size);
    if (!small)
        exit(1);
    memcpy(small, head, sizeof(head));
    for (size_t i = sizeof(head); i < small_size; i++)
        small[i] = i;
}

static int say(int fd, const void *data, size_t size)
{
    return send(fd, data, size, MSG_NOSIGNAL) == (ssize_t)size ? 0 : -1;
}

static int answer(int fd, struct Client *c)
{
    uint8_t buf[4096];
    ssize_t n = recv(fd, buf, sizeof(buf), 0);

    if (n <= 0)
        return -1;
    switch (c->state++) {
    case 0: return say(fd, "\1\1", 2);              /* to the version: None */
    case 1: return say(fd, "\0\0\0\0", 4);          /* to the type: good */
    case 2: return say(fd, init, sizeof(init));     /* to ClientInit */
    }
    c->state = 3;
    /* the message that ends here is a FramebufferUpdateRequest */
    if (n < 10 || buf[n - 10] != 3)
        return 0;
    return c->pictures++ ? say(fd, small, small_size) : say(fd, whole, sizeof(whole));
}

static void greet(int poll, int listener)
{
    int fd = accept(listener, NULL, NULL), one = 1;
    struct epoll_event e = { .events = EPOLLIN, .data.fd = fd };

    if (fd < 0 || fd >= MAX_FDS)
        exit(1);
    clients[fd] = (struct Client){ 0 };
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    if (epoll_ctl(poll, EPOLL_CTL_ADD, fd, &e) < 0 || say(fd, "RFB 003.008\n", 12) < 0)
        exit(1);
}

int main(int argc, char **argv)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int listener = socket(AF_INET, SOCK_STREAM, 0), poll = epoll_create1(0);
    struct epoll_event e = { .events = EPOLLIN, .data.fd = listener }, ready[256];
    socklen_t size = sizeof(a);

    make_small(argc > 1 ? atoi(argv[1]) : 4096);
    if (bind(listener, (struct sockaddr *)&a, size) < 0 || listen(listener, 1024) < 0 ||
        getsockname(listener, (struct sockaddr *)&a, &size) < 0 ||
        epoll_ctl(poll, EPOLL_CTL_ADD, listener, &e) < 0) {
        perror("crowd");
        return 1;
    }
    printf("%d\n", ntohs(a.sin_port));
    fflush(stdout);
    for (;;) {
        int n = epoll_wait(poll, ready, 256, -1);

        for (int i = 0; i < n; i++) {
            int fd = ready[i].data.fd;

            if (fd == listener)
                greet(poll, listener);
            else if (answer(fd, &clients[fd]) < 0)
                close(fd);
        }
    }
}
