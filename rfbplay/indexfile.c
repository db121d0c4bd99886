/*
 * rfbplay: where indices are kept
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
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libavformat/avio.h"
#include "libavutil/avstring.h"
#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/intreadwrite.h"
#include "libavutil/mem.h"
#include "libavutil/sha.h"
#include "indexfile.h"

#define PART ".part"

/** Bytes of all files of a cache. */
#define MAX_CACHE (INT64_C(2) << 30)

#define BUFFER_SIZE (256 << 10)

/* --- names --- */

static char *cache_folder(const PlayIndexed *x)
{
    const char *base = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");

    if (x->cache)
        return av_strdup(x->cache);
    if (base && *base == '/')
        return av_asprintf("%s/rfbplay", base);
    return home && *home == '/' ? av_asprintf("%s/.cache/rfbplay", home) : NULL;
}

/** The name of a recording's index in a cache: what can be read of it is for people. */
static char *cache_name(const PlayIndexed *x)
{
    struct AVSHA *sha = av_sha_alloc();
    uint8_t hash[20];

    if (!sha)
        return NULL;
    av_sha_init(sha, 160);
    av_sha_update(sha, (const uint8_t *)x->path, strlen(x->path));
    av_sha_final(sha, hash);
    av_free(sha);
    return av_asprintf("%016"PRIx64"%016"PRIx64"-%.100s" RFB_INDEX_SUFFIX, AV_RB64(hash),
                       AV_RB64(hash + 8), x->name);
}

char *play_index_cached(const PlayIndexed *x)
{
    char *folder = cache_folder(x), *name = cache_name(x), *path = NULL;

    if (folder && name)
        path = av_asprintf("%s/%s", folder, name);
    av_free(folder);
    av_free(name);
    /* the time of the file is when it was used last */
    if (path && utimensat(AT_FDCWD, path, NULL, 0) < 0 && access(path, R_OK) < 0)
        av_freep(&path);
    return path;
}

char *play_index_of(const PlayOptions *o, const char *recording)
{
    char *beside = av_asprintf("%s" RFB_INDEX_SUFFIX, recording), *found = NULL;
    char *real = o->index ? NULL : realpath(recording, NULL);
    int here = beside && !access(beside, R_OK);

    av_free(beside);
    if (o->index)
        return av_strdup(o->index);
    if (real && (o->cache_dir || !here)) {
        const char *name = strrchr(real, '/');
        PlayIndexed x = { .dir = -1, .name = name ? name + 1 : real, .path = real,
                          .cache = o->cache_dir };

        found = play_index_cached(&x);
    }
    free(real);
    return found;
}

/* --- the cache --- */

static int make_folders(const char *path)
{
    char *name = av_strdup(path);

    if (!name)
        return AVERROR(ENOMEM);
    for (char *slash = name + 1; (slash = strchr(slash, '/')); *slash++ = '/') {
        *slash = 0;
        mkdir(name, 0700);
    }
    mkdir(name, 0700);
    av_free(name);
    return 0;
}

/** A folder may be shared with other things: only our own files count. */
static int is_ours(const char *name)
{
    return av_match_ext(name, "rfbindex") ||
           (strlen(name) > strlen(RFB_INDEX_SUFFIX PART) &&
            !strcmp(name + strlen(name) - strlen(RFB_INDEX_SUFFIX PART), RFB_INDEX_SUFFIX PART));
}

/** @return bytes that the cache has, and the name of the oldest file in it */
static int64_t measure(int dir, char *oldest, size_t size, const char *but)
{
    int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = fd >= 0 ? fdopendir(fd) : NULL;
    struct timespec first = { 0 };
    struct dirent *e;
    int64_t sum = 0;

    *oldest = 0;
    if (!list && fd >= 0)
        close(fd);
    while (list && (e = readdir(list))) {
        struct stat st;

        if (!is_ours(e->d_name) || fstatat(dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        sum += st.st_size;
        if (strcmp(e->d_name, but) &&
            (!*oldest || st.st_mtim.tv_sec < first.tv_sec ||
             (st.st_mtim.tv_sec == first.tv_sec && st.st_mtim.tv_nsec < first.tv_nsec))) {
            first = st.st_mtim;
            snprintf(oldest, size, "%s", e->d_name);
        }
    }
    if (list)
        closedir(list);
    return sum;
}

/** Remove what was not used for longest until the rest is not too much. */
static void trim(int dir, const char *newest)
{
    char oldest[256];

    while (measure(dir, oldest, sizeof(oldest), newest) > MAX_CACHE && *oldest)
        if (unlinkat(dir, oldest, 0) < 0)
            break;
}

/* --- making one --- */

/**
 * Take hold of the file that an index is made in; nobody else does then.
 * @return a descriptor, or -1 with errno; EWOULDBLOCK if somebody has it
 */
static int open_part(int dir, const char *name)
{
    for (;;) {
        struct stat here, there;
        int fd = openat(dir, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666), error;

        if (fd < 0)
            return -1;
        if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
            error = errno;
            close(fd);
            errno = error;
            return -1;
        }
        /* it may have been renamed between the two */
        if (!fstat(fd, &here) && !fstatat(dir, name, &there, AT_SYMLINK_NOFOLLOW) &&
            here.st_ino == there.st_ino && here.st_dev == there.st_dev) {
            if (S_ISREG(here.st_mode) && !ftruncate(fd, 0))
                return fd;
            close(fd);
            errno = EINVAL;
            return -1;
        }
        close(fd);
    }
}

#if LIBAVFORMAT_VERSION_MAJOR >= 61
static int write_fd(void *opaque, const uint8_t *buf, int size)
#else
static int write_fd(void *opaque, uint8_t *buf, int size)
#endif
{
    for (int done = 0; done < size;) {
        ssize_t n = write(*(int *)opaque, buf + done, size - done);

        if (n < 0 && errno != EINTR)
            return AVERROR(errno);
        done += FFMAX(n, 0);
    }
    return size;
}

static int64_t seek_fd(void *opaque, int64_t pos, int whence)
{
    off_t at = whence == SEEK_SET ? lseek(*(int *)opaque, pos, SEEK_SET) : -1;

    return at < 0 ? AVERROR(EINVAL) : at;
}

static int build_into(int fd, PlayRecording *r, RFBIndexBuild *build)
{
    uint8_t *buf = av_malloc(BUFFER_SIZE);
    AVIOContext *out = buf ? avio_alloc_context(buf, BUFFER_SIZE, 1, &fd, NULL, write_fd,
                                                seek_fd) : NULL;
    int ret;

    if (!out) {
        av_free(buf);
        return AVERROR(ENOMEM);
    }
    ret = play_recording_build(r, out, build);
    avio_flush(out);
    if (ret >= 0 && out->error)
        ret = out->error;
    av_free(out->buffer);
    avio_context_free(&out);
    /* a name must never appear before what is in the file, even if the power fails */
    return ret >= 0 && fsync(fd) < 0 ? AVERROR(errno) : ret;
}

/** Make an index in a folder. @param made set when it is the recording or us, not the folder */
static int make_in(int dir, const char *name, PlayRecording *r, RFBIndexBuild *build, int *begun)
{
    char *part = av_asprintf("%s" PART, name);
    int fd = part ? open_part(dir, part) : -1, ret;

    if (fd < 0) {
        ret = !part ? AVERROR(ENOMEM) : errno == EWOULDBLOCK ? AVERROR(EBUSY) : AVERROR(errno);
        *begun = ret == AVERROR(EBUSY);
        av_free(part);
        return ret;
    }
    *begun = 1;
    ret = build_into(fd, r, build);
    if (ret >= 0 && renameat(dir, part, dir, name) < 0)
        ret = AVERROR(errno);
    if (ret < 0)
        unlinkat(dir, part, 0);
    close(fd);
    av_free(part);
    return ret;
}

static int make_in_cache(const PlayIndexed *x, PlayRecording *r, RFBIndexBuild *build, char **path)
{
    char *folder = cache_folder(x), *name = cache_name(x);
    int dir = -1, begun, ret = AVERROR(ENOENT);

    if (folder && name && make_folders(folder) >= 0) {
        dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        ret = dir < 0 ? AVERROR(errno) : make_in(dir, name, r, build, &begun);
    }
    if (folder)
        *path = av_asprintf("%s/%s", folder, name ? name : "");
    if (ret >= 0)
        trim(dir, name);
    if (dir >= 0)
        close(dir);
    av_free(folder);
    av_free(name);
    return ret;
}

int play_index_make(const PlayIndexed *x, PlayRecording *r, RFBIndexBuild *build, char **path,
                    char **what)
{
    char *name = av_asprintf("%s" RFB_INDEX_SUFFIX, x->name), *at = NULL;
    int begun = 0, ret = AVERROR(EACCES);

    *what = NULL;
    if (!name)
        return AVERROR(ENOMEM);
    if (x->dir >= 0 && !x->cache_only) {
        ret = make_in(x->dir, name, r, build, &begun);
        at  = av_asprintf("%s" RFB_INDEX_SUFFIX, x->path);
    }
    if (!begun) {
        av_freep(&at);
        ret = make_in_cache(x, r, build, &at);
    }
    av_free(name);
    if (ret < 0)
        *what = av_asprintf("%s: %s", at ? at : "no place for an index", av_err2str(ret));
    if (ret >= 0 && path) {
        *path = at;
        at    = NULL;
    }
    av_free(at);
    return ret;
}
