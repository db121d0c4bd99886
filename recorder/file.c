/*
 * FBS files that grow
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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "libavcodec/rfb.h"
#include "libavformat/fbs.h"
#include "libavformat/rfbindex.h"
#include "libavutil/common.h"
#include "libavutil/error.h"
#include "file.h"

/** ms between two syncs of a file that is written to */
#define SYNC_INTERVAL 5000

/** Blocks in one system call. */
#define MAX_BLOCKS 16

static int failed(RecFile *f, int error, const char *path)
{
    snprintf(f->error, sizeof(f->error), "%s: %s", path, strerror(error));
    return AVERROR(error);
}

/** Write all of it. @return 0 or an error */
static int write_all(RecFile *f, struct iovec *v, int n)
{
    while (n) {
        ssize_t done = writev(f->fd, v, n);

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return failed(f, errno, f->part);
        for (; n && (size_t)done >= v->iov_len; v++, n--)
            done -= v->iov_len;
        if (n) {
            v->iov_base = (uint8_t *)v->iov_base + done;
            v->iov_len -= done;
        }
    }
    return 0;
}

/** Take back what was written of an update that has no room. @return ret */
static int undo(RecFile *f, int ret)
{
    if (ftruncate(f->fd, f->size) >= 0)
        lseek(f->fd, f->size, SEEK_SET);
    return ret;
}

static uint32_t stamp(RecFile *f, int64_t now)
{
    f->last = FFMAX(f->last, now - f->start);
    return f->last;
}

/* FBS 001.000 allows any time, and this one is 0 */
static int write_prologue(RecFile *f, const uint8_t *server_init, const char *name,
                          uint32_t name_size)
{
    const uint32_t init_size = RFB_SERVER_INIT_SIZE + name_size;
    uint8_t head[FBS_PROLOGUE_SIZE], tail[FBS_MAX_TAIL];
    struct iovec v[] = {
        { head, sizeof(head) },
        { (uint8_t *)server_init, RFB_SERVER_INIT_SIZE },
        { (char *)name, name_size },
        { tail, 0 },
    };
    int ret, tail_size;

    ff_fbs_write_prologue(head, init_size);
    tail_size = v[3].iov_len = ff_fbs_write_tail(tail, FBS_HANDSHAKE_SIZE + init_size, 0);
    ret = write_all(f, v, FF_ARRAY_ELEMS(v));
    if (ret >= 0)
        f->size = sizeof(head) + init_size + tail_size;
    return ret;
}

static void forget(RecFile *f)
{
    if (f->fd >= 0)
        close(f->fd);
    f->fd = -1;
    free(f->path);
    free(f->part);
    f->path = f->part = NULL;
}

int rec_file_create(RecFile *f, const char *path, int overwrite, const uint8_t *server_init,
                    const char *name, uint32_t name_size, int64_t now, RecSyncer *syncer)
{
    struct stat st;
    int ret;

    memset(f, 0, sizeof(*f));
    f->fd     = -1;
    f->start  = f->synced = now;
    f->syncer = syncer;
    f->path   = strdup(path);
    if (!f->path || asprintf(&f->part, "%s.part", path) < 0) {
        f->part = NULL;
        forget(f);
        return failed(f, ENOMEM, path);
    }
    if (!overwrite && !stat(path, &st))
        ret = failed(f, EEXIST, path);
    else if ((f->fd = open(f->part, O_WRONLY | O_CREAT | O_CLOEXEC | (overwrite ? O_TRUNC : O_EXCL),
                           0666)) < 0)
        ret = failed(f, errno, f->part);
    else if ((ret = write_prologue(f, server_init, name, name_size)) < 0)
        unlink(f->part);
    if (ret < 0)
        forget(f);
    return ret;
}

int64_t rec_file_cost(size_t size)
{
    return size + (size / FBS_MAX_BLOCK + 1) * (FBS_MAX_HEAD + FBS_MAX_TAIL);
}

int rec_file_write(RecFile *f, const uint8_t *data, size_t size, int64_t now)
{
    uint8_t heads[MAX_BLOCKS][FBS_MAX_HEAD], tails[MAX_BLOCKS][FBS_MAX_TAIL];
    struct iovec v[3 * MAX_BLOCKS];
    const uint32_t ms = stamp(f, now);
    int64_t written = 0;
    int ret;

    while (size) {
        int n = 0;

        for (int i = 0; i < MAX_BLOCKS && size; i++) {
            const uint32_t block = FFMIN(size, FBS_MAX_BLOCK);

            v[n++] = (struct iovec){ heads[i], ff_fbs_write_head(heads[i], block) };
            v[n++] = (struct iovec){ (uint8_t *)data, block };
            v[n++] = (struct iovec){ tails[i], ff_fbs_write_tail(tails[i], block, ms) };
            written += v[n - 3].iov_len + block + v[n - 1].iov_len;
            data += block;
            size -= block;
        }
        ret = write_all(f, v, n);
        if (ret < 0)
            return undo(f, ret);
    }
    f->size += written;
    f->dirty = 1;
    if (f->syncer && now - f->synced >= SYNC_INTERVAL) {
        rec_syncer_add(f->syncer, f->fd);
        f->synced = now;
        f->dirty  = 0;
    }
    return 0;
}

/** The data, and the directory, which holds the name, reach the disk. */
static void sync_all(RecFile *f)
{
    const char *slash = strrchr(f->path, '/');
    char *folder = slash ? strndup(f->path, slash - f->path + 1) : strdup(".");
    int fds[] = { f->fd, folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1 };

    for (int i = 0; i < FF_ARRAY_ELEMS(fds); i++) {
        if (fds[i] >= 0 && f->syncer)
            rec_syncer_add(f->syncer, fds[i]);
        else if (fds[i] >= 0)
            fsync(fds[i]);
    }
    if (fds[1] >= 0)
        close(fds[1]);
    free(folder);
}

/**
 * Who watched it while it grew made an index of what there was (doc/index.md);
 * that holds for the whole, too.
 * @param to the recording's new name, NULL: none
 */
static void move_index(const RecFile *f, const char *to)
{
    char *old = NULL, *new = NULL;

    if (asprintf(&old, "%s" RFB_INDEX_SUFFIX, f->part) < 0)
        return;
    if (!to)
        unlink(old);
    else if (asprintf(&new, "%s" RFB_INDEX_SUFFIX, to) >= 0)
        rename(old, new);
    free(old);
    free(new);
}

int rec_file_close(RecFile *f, int64_t now)
{
    static const uint8_t bell[] = { RFB_MSG_BELL };
    int ret = 0;

    if (!rec_file_is_open(f))
        return 0;
    /* a message that all readers know and that shows nothing has the last time */
    if (now - f->start > f->last + 1)
        ret = rec_file_write(f, bell, sizeof(bell), now);
    if (ret == AVERROR(ENOSPC) || ret == AVERROR(EDQUOT))
        ret = 0;
    if (rename(f->part, f->path) < 0)
        ret = failed(f, errno, f->path);
    else
        move_index(f, f->path);
    sync_all(f);
    forget(f);
    return ret;
}

void rec_file_discard(RecFile *f)
{
    if (!rec_file_is_open(f))
        return;
    unlink(f->part);
    move_index(f, NULL);
    forget(f);
    f->size = 0;
}
