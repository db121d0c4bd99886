/*
 * Files of keys and pointer
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
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "libavutil/error.h"
#include "inputs.h"
#include "naming.h"

/** ns between two syncs of a file that is written to */
#define SYNC_INTERVAL 5000000000

/** What the end of a file needs: a line with a delay of 64 bits. */
#define MAX_END 32

/** X11's keysyms have 29 bits. */
#define MAX_KEYSYM 0x1FFFFFFF

static int64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static int failed(RecInputs *i, int ret, const char *path)
{
    snprintf(i->error, sizeof(i->error), "%s: %s", path, strerror(AVUNERROR(ret)));
    return ret;
}

static void forget(RecInputs *i)
{
    if (i->writer)
        rec_macro_writer_end(i->writer);
    if (i->f)
        fclose(i->f);
    i->writer = NULL;
    i->f = NULL;
    free(i->path);
    free(i->part);
    i->path = i->part = NULL;
}

static int ends_with(const char *name, const char *end)
{
    const size_t n = strlen(name), m = strlen(end);

    return n > m && !strcasecmp(name + n - m, end);
}

/** A new file, which nobody else may read. @return 0 or an error */
static int create(RecInputs *i, int overwrite)
{
    struct stat st;
    int fd;

    if (!overwrite && !stat(i->path, &st))
        return failed(i, AVERROR(EEXIST), i->path);
    /* what is there may be open to others, and stay so */
    if (overwrite)
        unlink(i->part);
    fd = open(i->part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    i->f = fd < 0 ? NULL : fdopen(fd, "w");
    if (!i->f) {
        int ret = failed(i, AVERROR(errno), i->part);

        if (fd >= 0)
            close(fd);
        return ret;
    }
    i->writer = rec_macro_writer_new(i->f, ends_with(i->path, ".rfm") ? MACRO_RFM : MACRO_KB);
    if (!i->writer)
        return failed(i, AVERROR(ENOMEM), i->path);
    if (fflush(i->f))
        return failed(i, AVERROR(errno), i->part);
    i->size = ftello(i->f);
    return 0;
}

int rec_inputs_open(RecInputs *i, const char *pattern, int overwrite, RecSyncer *syncer)
{
    int ret;

    i->syncer = syncer;
    i->path   = rec_file_name(pattern, 0, overwrite);
    if (!i->path || asprintf(&i->part, "%s.part", i->path) < 0) {
        i->part = NULL;
        forget(i);
        return failed(i, AVERROR(ENOMEM), pattern);
    }
    ret = create(i, overwrite);
    if (ret < 0)
        forget(i);
    return ret;
}

void rec_inputs_begin(RecInputs *i)
{
    if (i->f && !i->last)
        i->last = i->synced = now_ns();
}

/** No half of an event stays there. */
static void take_back(RecInputs *i)
{
    __fpurge(i->f);
    clearerr(i->f);
    if (ftruncate(fileno(i->f), i->size) >= 0)
        fseeko(i->f, i->size, SEEK_SET);
}

static int refused(RecInputs *i)
{
    snprintf(i->error, sizeof(i->error), "%s: --max-size is reached", i->path);
    return AVERROR(EFBIG);
}

static int put(RecInputs *i, MacroStep *s)
{
    const int64_t now = now_ns();
    int ret;

    if (!i->f)
        return 0;
    if (i->full)
        return refused(i);
    rec_inputs_begin(i);
    s->before = now - i->last;
    i->last   = now;
    ret = rec_macro_writer_put(i->writer, s);
    if (ret < 0) {
        take_back(i);
        return failed(i, ret, i->part);
    }
    if (i->max_size && ftello(i->f) + MAX_END > i->max_size) {
        take_back(i);
        i->full = 1;
        return refused(i);
    }
    i->size = ftello(i->f);
    i->events++;
    if (now - i->synced >= SYNC_INTERVAL) {
        rec_syncer_add(i->syncer, fileno(i->f));
        i->synced = now;
    }
    return 0;
}

int rec_inputs_key(RecInputs *i, uint32_t keysym, int down)
{
    /* what can be no key has no name that could be read again */
    if (!keysym || keysym > MAX_KEYSYM)
        return 0;
    return put(i, &(MacroStep){ .op = MACRO_KEY, .keysym = keysym, .down = down });
}

int rec_inputs_pointer(RecInputs *i, int buttons, int x, int y)
{
    return put(i, &(MacroStep){ .op = MACRO_POINTER, .buttons = buttons, .x = x, .y = y });
}

int rec_inputs_close(RecInputs *i)
{
    int ret;

    if (!i->f)
        return 0;
    ret = rec_macro_writer_end(i->writer);
    i->writer = NULL;
    if (ret < 0)
        failed(i, ret, i->part);
    else if (rename(i->part, i->path) < 0)
        ret = failed(i, AVERROR(errno), i->path);
    rec_syncer_add(i->syncer, fileno(i->f));
    forget(i);
    return ret;
}
