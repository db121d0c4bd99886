/*
 * rfbplay info: what is in a recording
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

#include <inttypes.h>
#include <stdio.h>

#include "libavutil/error.h"
#include "commands.h"
#include "recording.h"

static void print(const char *path, const PlayFacts *f, const PlayWalk *w)
{
    const AVDictionaryEntry *tag = NULL;

    printf("%s\n", path);
    printf("  format      %s\n", f->format_name);
    while ((tag = av_dict_get(f->metadata, "", tag, AV_DICT_IGNORE_SUFFIX)))
        printf("  %-11s %s\n", tag->key, tag->value);
    printf("  size        %"PRId64" bytes\n", f->size);
    printf("  duration    %"PRId64".%03d s\n", w->duration / 1000, (int)(w->duration % 1000));
    printf("  dimensions  %dx%d", f->width, f->height);
    if (w->nb_sizes > 1)
        printf(", up to %dx%d, %d changes", w->max_width, w->max_height, w->nb_sizes - 1);
    printf("\n  updates     %"PRId64"\n", w->updates);
    printf("  state       %s\n", w->error ? "damaged" : w->cut ? "cut short" : "complete");
}

static int info(const PlayOptions *o, const char *path)
{
    PlayRecordingOptions ro = { .pixel_format = o->pixel_format, .width = o->video_width,
                                .height = o->video_height, .max_pixels = o->max_pixels,
                                .silent = 1 };
    PlayRecording *r;
    PlayWalk w;
    int status = PLAY_OK, ret;

    if ((ret = play_recording_open(&r, path, &ro)) >= 0 &&
        (ret = play_recording_walk(r, &w, NULL, NULL)) >= 0)
        print(path, play_recording_facts(r), &w);
    if (ret < 0)
        status = PLAY_FAILED;
    else if (w.error)
        status = PLAY_DAMAGED;
    if (status)
        play_error("%s", play_recording_message(r));
    play_recording_close(&r);
    return status;
}

int play_info(const PlayOptions *o)
{
    int status = PLAY_OK;

    for (int i = 0; i < o->nb_paths; i++) {
        int one = info(o, o->path[i]);

        status = one == PLAY_OK ? status : one;
    }
    return status;
}
