/*
 * rfbplay: what is known of the recordings that are served
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

/**
 * @file
 * Facts of recordings, found once and kept while the file stays as it is. Any
 * thread; finding them reads the file, and so takes time.
 */

#ifndef RFBPLAY_SERVEFACTS_H
#define RFBPLAY_SERVEFACTS_H

#include "http.h"

#define PLAY_BUCKETS 240

/** What a walk through the recording tells. */
typedef struct PlayActivity {
    PlayWalk walk;
    int64_t bucket_ms;          ///< time that a bucket stands for
    int nb_buckets;
    int64_t bytes[PLAY_BUCKETS];    ///< that updates had in that time
} PlayActivity;

/** Texts belong to it. */
typedef struct PlayKnown {
    char *format, *format_name; ///< NULL: it is no recording
    char *title, *creation_time;
    char *error;                ///< why it cannot be played, or where it breaks; or NULL
    int usable;                 ///< it could be opened
    int64_t duration;           ///< ms, -1: not known
    int width, height;          ///< pixels, at the start
    PlayActivity *activity;     ///< NULL: not asked for, or it could not be walked
} PlayKnown;

/** @return NULL without memory */
struct PlayFactsCache *play_facts_start(void);
void play_facts_stop(struct PlayFactsCache **cache);

enum PlayFactsDepth { PLAY_FACTS_FORMAT, PLAY_FACTS_OPEN, PLAY_FACTS_WALK };

/**
 * @param known set to a copy; free it with play_facts_free()
 * @param path  as in the URL; for PLAY_FACTS_FORMAT it means nothing
 * @return 0, or a negative AVERROR code when the file cannot be read at all
 */
int play_facts_get(PlayKnown *known, PlayServer *s, const char *path, int fd,
                   const struct stat *st, enum PlayFactsDepth depth);
void play_facts_free(PlayKnown *known);

#endif /* RFBPLAY_SERVEFACTS_H */
