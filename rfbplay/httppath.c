/*
 * rfbplay: files below the directory that is served
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
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "libavutil/error.h"
#include "httppath.h"

/** A FIFO must not make open() wait. */
#define OPEN_FLAGS (O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

/** Where the kernel does not tell, a file written to so lately grows (s). */
#define GROWS_FOR 15

/** Copy the path without empty components. @return 0, or AVERROR(ENOENT) */
static int clean(char *out, size_t size, const char *path)
{
    size_t n = 0;

    while (*(path += strspn(path, "/"))) {
        size_t part = strcspn(path, "/");

        if (*path == '.' || n + part + 2 > size)
            return AVERROR(ENOENT);
        if (n)
            out[n++] = '/';
        memcpy(out + n, path, part);
        n    += part;
        path += part;
    }
    if (!n)
        out[n++] = '.';
    out[n] = 0;
    return 0;
}

/** One component after the other, without following any link. */
static int open_by_steps(int root, char *path)
{
    int dir = fcntl(root, F_DUPFD_CLOEXEC, 0);
    char *rest = path, *name;

    while (dir >= 0 && (name = strsep(&rest, "/"))) {
        int next = openat(dir, name, OPEN_FLAGS | O_NOFOLLOW | (rest ? O_DIRECTORY : 0));
        int error = errno;

        close(dir);
        dir   = next;
        errno = error;
    }
    return dir;
}

static int open_beneath(int root, char *path)
{
#ifdef SYS_openat2
    struct open_how how = { .flags = OPEN_FLAGS,
                            .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS };
    int fd;

    /* somebody renaming things is asked to be patient */
    for (int tries = 0; tries < 10; tries++) {
        fd = syscall(SYS_openat2, root, path, &how, sizeof(how));
        if (fd >= 0 || errno != EAGAIN)
            break;
    }
    /* an old kernel, or a sandbox that does not know the call */
    if (fd >= 0 || (errno != ENOSYS && errno != EPERM))
        return fd;
#endif
    return open_by_steps(root, path);
}

int play_path_open(int root, const char *path, struct stat *st)
{
    char name[4096];
    int fd, ret = clean(name, sizeof(name), path);

    if (ret < 0)
        return ret;
    if ((fd = open_beneath(root, name)) < 0)
        /* what leaves the directory is as if it were not there */
        return errno == EXDEV || errno == ELOOP || errno == ENOTDIR || errno == ENXIO ||
               errno == ENAMETOOLONG || errno == EAGAIN ? AVERROR(ENOENT) : AVERROR(errno);
    if (fstat(fd, st) < 0 || (!S_ISREG(st->st_mode) && !S_ISDIR(st->st_mode)) ||
        (S_ISREG(st->st_mode) && path[strlen(path) - 1] == '/')) {
        close(fd);
        return AVERROR(ENOENT);
    }
    return fd;
}

const char *play_path_fd_name(char *buf, int fd)
{
    snprintf(buf, PLAY_FD_NAME_SIZE, "/proc/self/fd/%d", fd);
    return buf;
}

int play_path_growing(int fd, const struct stat *st)
{
    char name[PLAY_FD_NAME_SIZE];
    int own, leased;

    /* a read lease is given only where nobody has the file open for writing */
    own = open(play_path_fd_name(name, fd), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (own >= 0) {
        leased = fcntl(own, F_SETLEASE, F_RDLCK);
        int error = errno;

        if (leased >= 0)
            fcntl(own, F_SETLEASE, F_UNLCK);
        close(own);
        if (leased >= 0)
            return 0;
        if (error == EAGAIN)
            return 1;
    }
    return st->st_mtim.tv_sec + GROWS_FOR > time(NULL);
}
