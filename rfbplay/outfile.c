/*
 * rfbplay: the file that is being made
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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libavformat/avformat.h"
#include "libavutil/avstring.h"
#include "libavutil/error.h"
#include "libavutil/mem.h"
#include "log.h"
#include "outfile.h"

static int fail(const char *name, const char *what)
{
    int error = errno;

    play_error("%s: %s%s", name, what, strerror(error));
    return AVERROR(error);
}

/** With the slash at its end, or "". */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? av_strndup(path, slash + 1 - path) : av_strdup("");
}

int play_file_seekable(const char *name)
{
    struct stat st;

    return strcmp(name, "-") && (stat(name, &st) < 0 || S_ISREG(st.st_mode));
}

/** @return 1 if the name may be used, 0 if not */
static int ask(const char *name, int overwrite)
{
    char answer[16];

    if (overwrite > 0)
        return 1;
    if (overwrite < 0 || !isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
        play_error("%s is already there; -y replaces it", name);
        return 0;
    }
    fprintf(stderr, "rfbplay: %s is already there. Replace it? [y/N] ", name);
    return fgets(answer, sizeof(answer), stdin) && (*answer == 'y' || *answer == 'Y');
}

static int make_temporary(PlayFile *f)
{
    char *folder = folder_of(f->name);
    mode_t mask = umask(0);
    int fd;

    umask(mask);
    if (folder)
        f->path = av_asprintf("%s.%s.XXXXXX.part", folder, f->name + strlen(folder));
    av_free(folder);
    if (!f->path)
        return AVERROR(ENOMEM);
    fd = mkostemps(f->path, strlen(".part"), O_CLOEXEC);
    if (fd < 0)
        return fail(f->name, "cannot be made: ");
    f->made = 1;
    fchmod(fd, 0666 & ~mask);
    close(fd);
    return 0;
}

static int make_folder(PlayFile *f)
{
    char *folder = folder_of(f->name);

    if (!folder || !(f->folder = av_asprintf("%s.rfbplay.XXXXXX", folder)))
        return av_free(folder), AVERROR(ENOMEM);
    if (!mkdtemp(f->folder)) {
        av_free(folder);
        return fail(f->name, "cannot be made: ");
    }
    f->made = 1;
    f->path = av_asprintf("%s/%s", f->folder, f->name + strlen(folder));
    av_free(folder);
    return f->path ? 0 : AVERROR(ENOMEM);
}

int play_file_open(PlayFile *f, const char *name, int sequence, int overwrite)
{
    char first[4096];
    struct stat st;

    *f = (PlayFile){ .sequence = sequence, .name = av_strdup(name) };
    if (!f->name)
        return AVERROR(ENOMEM);
    f->direct = !play_file_seekable(name);
    if (f->direct) {
        f->path = !strcmp(name, "-") ? av_strdup("pipe:1") : av_asprintf("file:%s", name);
        return f->path ? 0 : AVERROR(ENOMEM);
    }
    if (sequence) {
        if (av_get_frame_filename(first, sizeof(first), name, 1) < 0)
            return AVERROR(EINVAL);
        if (!stat(first, &st) && !ask(first, overwrite))
            return AVERROR(EEXIST);
        return make_folder(f);
    }
    if (!stat(name, &st) && !ask(name, overwrite))
        return AVERROR(EEXIST);
    return make_temporary(f);
}

static int keep_sequence(PlayFile *f, int count)
{
    char from[4096], to[4096];

    for (int i = 1; i <= count; i++) {
        if (av_get_frame_filename(from, sizeof(from), f->path, i) < 0 ||
            av_get_frame_filename(to, sizeof(to), f->name, i) < 0)
            return AVERROR(EINVAL);
        if (rename(from, to) < 0)
            return fail(to, "cannot be made: ");
    }
    return 0;
}

int play_file_keep(PlayFile *f, int count)
{
    int fd, bad;

    if (f->direct)
        return 0;
    if (f->sequence)
        return keep_sequence(f, count);
    /* a name must never appear before what is in the file, even if the power fails */
    fd  = open(f->path, O_RDONLY | O_CLOEXEC);
    bad = fd < 0 || fsync(fd) < 0;
    if (fd >= 0)
        close(fd);
    if (bad || rename(f->path, f->name) < 0)
        return fail(f->name, "cannot be completed: ");
    f->made = 0;
    return 0;
}

static void remove_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;

    while (dir && (entry = readdir(dir))) {
        char *path = av_asprintf("%s/%s", folder, entry->d_name);

        if (path && entry->d_name[0] != '.')
            unlink(path);
        av_free(path);
    }
    if (dir)
        closedir(dir);
    rmdir(folder);
}

void play_file_close(PlayFile *f)
{
    if (f->made && f->folder)
        remove_folder(f->folder);
    else if (f->made)
        unlink(f->path);
    av_freep(&f->name);
    av_freep(&f->path);
    av_freep(&f->folder);
    f->made = 0;
}
