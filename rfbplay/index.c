/*
 * rfbplay index: making every time quick to reach
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

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libavutil/avstring.h"
#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/mem.h"
#include "libavutil/time.h"
#include "commands.h"
#include "indexfile.h"
#include "recording.h"
#include "signals.h"

/** How often the progress line is new (us). */
#define LINE_US 200000

typedef struct Progress {
    const char *path;
    int64_t shown;              ///< us
} Progress;

static int progress(void *opaque, int64_t done, int64_t size)
{
    Progress *p = opaque;
    int64_t now = av_gettime_relative();
    char line[200];

    if (atomic_load(&play_stop_signal))
        return AVERROR_EXIT;
    if (now - p->shown < LINE_US)
        return 0;
    p->shown = now;
    snprintf(line, sizeof(line), "indexing %s: %d %%", p->path,
             (int)(size > 0 ? 100 * FFMIN(done, size) / size : 0));
    play_status_line(line);
    return 0;
}

static void set_options(PlayRecordingOptions *ro, const PlayOptions *o)
{
    *ro = (PlayRecordingOptions){ .pixel_format = o->pixel_format, .width = o->video_width,
                                  .height = o->video_height, .max_pixels = o->max_pixels,
                                  .zywrle_level = o->zywrle_level, .silent = 1 };
}

/** Whether there is an index already, of all there is. */
static int is_indexed(const PlayOptions *o, const char *path)
{
    char *index = play_index_of(o, path);
    PlayRecordingOptions ro;
    PlayRecording *r;
    int good = 0;

    set_options(&ro, o);
    ro.index = index;
    if (play_recording_open(&r, path, &ro) >= 0) {
        const RFBIndex *x = play_recording_facts(r)->index;

        /* one that is only beside the recording is not in the folder that is wanted */
        good = x && x->whole && (!o->cache_dir || index);
    }
    play_recording_close(&r);
    av_free(index);
    return good;
}

/** @return enum PlayStatus, or a negative AVERROR code after a message */
static int build(const PlayOptions *o, const char *path, const char *real)
{
    const char *name = strrchr(real, '/') + 1;
    char *folder = av_strndup(real, name - real), *where = NULL, *what = NULL;
    Progress p = { path };
    RFBIndexBuild b = { .progress = progress, .opaque = &p, .step = o->every };
    PlayIndexed x = { .dir = -1, .name = name, .path = real, .cache = o->cache_dir,
                      .cache_only = !!o->cache_dir };
    PlayRecordingOptions ro;
    PlayRecording *r = NULL;
    int ret = AVERROR(ENOMEM);

    set_options(&ro, o);
    ro.index = "none";
    if (folder)
        x.dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if ((ret = play_recording_open(&r, path, &ro)) < 0)
        play_error("%s", r ? play_recording_message(r) : "no memory");
    else
        ret = play_index_make(&x, r, &b, &where, &what);
    play_status_line("");
    if (ret == AVERROR(EBUSY))
        play_error("%s: somebody is making its index just now", path);
    else if (what && ret != AVERROR_EXIT)
        play_error("%s: no index was made: %s", path, *play_recording_message(r) &&
                   ret == AVERROR_INVALIDDATA ? play_recording_message(r) : what);
    if (ret >= 0)
        play_note("%s: %d key pictures and %d resume points, %"PRId64" bytes in %s", path, b.keys,
                  b.states, b.size, where);
    if (ret >= 0 && play_recording_errors(r)) {
        play_error("%s", play_recording_message(r));
        ret = PLAY_DAMAGED;
    }
    if (x.dir >= 0)
        close(x.dir);
    play_recording_close(&r);
    av_free(folder);
    av_free(where);
    av_free(what);
    return ret;
}

static int index_one(const PlayOptions *o, const char *path)
{
    char *real;
    int ret;

    if (!strcmp(path, "-") || av_strstart(path, "vnc://", NULL) || !(real = realpath(path, NULL))) {
        play_error("%s: this has to be a file", path);
        return PLAY_FAILED;
    }
    if (!o->force && is_indexed(o, path)) {
        play_note("%s: has an index; --force makes it anew", path);
        free(real);
        return PLAY_OK;
    }
    ret = build(o, path, real);
    free(real);
    return ret < 0 ? PLAY_FAILED : ret;
}

int play_index(const PlayOptions *o)
{
    int status = PLAY_OK;

    play_catch_signals();
    for (int i = 0; i < o->nb_paths; i++) {
        int one = index_one(o, o->path[i]);

        status = status == PLAY_OK ? one : status;
        if (atomic_load(&play_stop_signal))
            return PLAY_BY_SIGNAL + atomic_load(&play_stop_signal);
    }
    return status;
}
