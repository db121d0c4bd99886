/*
 * Recordings of targets
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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libavutil/common.h"
#include "libavutil/error.h"
#include "hook.h"
#include "job.h"
#include "naming.h"
#include "secret.h"

/** ms before the first attempt to connect again; doubled with each that fails */
#define FIRST_WAIT 1000

static const RecSettings *settings(const RecJob *j)
{
    return j->crew->shared.set;
}

static int64_t now_of(const RecJob *j)
{
    return j->crew->shared.loop->now;
}

/* --- files --- */

/** Delete what --count does not want any more; path becomes the job's. */
static void keep_newest(RecJob *j, char *path)
{
    const int count = settings(j)->count;
    char **kept;

    if (!count) {
        free(path);
        return;
    }
    if (j->nb_kept == count) {
        unlink(j->kept[0]);
        free(j->kept[0]);
        memmove(j->kept, j->kept + 1, --j->nb_kept * sizeof(*j->kept));
    }
    kept = realloc(j->kept, (j->nb_kept + 1) * sizeof(*kept));
    if (!kept) {
        free(path);
        return;
    }
    j->kept = kept;
    j->kept[j->nb_kept++] = path;
}

/** A session has ended: say so, run the command, forget it. */
static void finish(RecJob *j, RecSession **session, char **path)
{
    RecSession *s = *session;
    const RecSettings *set = settings(j);

    j->bytes         += s->size;
    j->crew->bytes   += s->size;
    j->crew->updates += s->updates;
    if (s->updates) {
        rec_log(&j->crew->log, REC_LOG_NOTE, "%s: %.1f s, %"PRId64" updates, %"PRId64" bytes",
                *path, (s->ended - s->begun) / 1e3, s->updates, s->size);
        if (set->on_finish && rec_hook_run(set->on_finish, *path, j->target.text,
                                           s->result < 0 ? s->why : "ok",
                                           j->access.password_env) >= 0)
            j->crew->nb_hooks++;
        keep_newest(j, *path);
        *path = NULL;
    }
    rec_session_free(s);
    free(*path);
    *session = NULL;
    *path = NULL;
}

/* --- sessions --- */

static int begin(RecJob *j, RecSession **session, char **path, int fd)
{
    const RecSettings *set = settings(j);
    RecSession *s = calloc(1, sizeof(*s));

    *path = rec_file_name(j->out, j->files, set->overwrite);
    if (!s || !*path) {
        free(s);
        rec_log(&j->crew->log, REC_LOG_ERROR, "%s: out of memory", j->target.text);
        return AVERROR(ENOMEM);
    }
    s->owner     = &j->timer;
    s->path      = *path;
    s->overwrite = set->overwrite;
    s->max_size  = set->max_size ? FFMAX(1, set->max_size - j->bytes) : 0;
    *session = s;
    return rec_session_start(s, &j->crew->shared, fd, &j->target, &j->access, j->secret);
}

static void done(RecJob *j, int failed, int is_lost)
{
    RecCrew *crew = j->crew;

    if (j->finished)
        return;
    j->finished = 1;
    crew->nb_running--;
    crew->nb_failed += crew->ended ? crew->ended(crew, failed, is_lost) : failed;
    rec_loop_untimer(crew->shared.loop, &j->timer);
    if (!crew->nb_running && !crew->stay)
        crew->shared.loop->stop = 1;
}

/** Connect again later, each time later than the last. */
static void retry_later(RecJob *j, const char *why)
{
    j->wait  = j->wait ? FFMIN(2 * j->wait, settings(j)->reconnect_max) : FIRST_WAIT;
    j->retry = now_of(j) + j->wait;
    rec_log(&j->crew->log, REC_LOG_NOTE, "%s; next attempt in %.3g s", why, j->wait / 1e3);
}

/** A name in front, unless it is there. */
static void say_why(RecJob *j, const RecSession *s, char *buf, size_t size)
{
    const char *name = j->target.text;

    if (!strncmp(s->why, name, strlen(name)))
        snprintf(buf, size, "%s", s->why);
    else
        snprintf(buf, size, "%s: %s", name, s->why);
}

/** The session that records has ended. */
static void now_ended(RecJob *j)
{
    const RecSettings *set = settings(j);
    RecSession *s = j->now;
    const int result = s->result, is_lost = s->is_lost, had_picture = s->has_picture;
    char why[600];

    say_why(j, s, why, sizeof(why));
    finish(j, &j->now, &j->now_path);
    if (had_picture)
        j->wait = 0;
    if (j->next && result < 0 && is_lost) {
        /* the next segment is on its way already */
        rec_log(&j->crew->log, REC_LOG_NOTE, "%s", why);
        j->now = j->next;
        j->now_path = j->next_path;
        j->next = NULL;
        j->next_path = NULL;
        return;
    }
    if (j->next) {
        rec_session_end(j->next, 0, "");
        finish(j, &j->next, &j->next_path);
    }
    /* a password is not tried again and again: servers lock such clients out */
    if (result < 0 && is_lost && set->reconnect && !j->accepted && result != AVERROR(EACCES)) {
        retry_later(j, why);
        return;
    }
    if (result < 0)
        rec_log(&j->crew->log, REC_LOG_ERROR, "%s", why);
    done(j, result < 0, is_lost);
}

static int wants_segment(const RecJob *j)
{
    const RecSegment *segment = &settings(j)->segment;
    const RecSession *s = j->now;

    return !j->accepted && s->state == REC_RECORDING &&
           ((segment->ms && now_of(j) >= s->begun + segment->ms) ||
            (segment->bytes && s->file.size >= segment->bytes));
}

/** The segment is full: bring the next one up, then let it go on. */
static void next_segment(RecJob *j)
{
    if (!j->next && now_of(j) >= j->retry) {
        j->retry = 0;
        j->files++;
        begin(j, &j->next, &j->next_path, -1);
    }
    if (j->next && j->next->state == REC_ENDED) {
        char why[600];

        say_why(j, j->next, why, sizeof(why));
        finish(j, &j->next, &j->next_path);
        retry_later(j, why);
    }
    if (j->next && j->next->has_picture) {
        rec_session_end(j->now, 0, "");
        finish(j, &j->now, &j->now_path);
        j->now = j->next;
        j->now_path = j->next_path;
        j->next = NULL;
        j->next_path = NULL;
        j->wait = 0;
    }
}

/** When to look again, besides when a session tells something. */
static void schedule(RecJob *j)
{
    const RecSettings *set = settings(j);
    int64_t when = INT64_MAX;

    if (set->duration)
        when = j->begun + set->duration;
    if (j->retry)
        when = FFMIN(when, j->retry);
    if (j->now && j->now->state == REC_RECORDING && set->segment.ms && !j->next && !j->retry)
        when = FFMIN(when, j->now->begun + set->segment.ms);
    if (when < INT64_MAX)
        rec_loop_timer(j->crew->shared.loop, &j->timer, FFMAX(when, now_of(j)));
}

static void expired(RecTimer *t)
{
    RecJob *j = (RecJob *)((char *)t - offsetof(RecJob, timer));
    const RecSettings *set = settings(j);

    if (j->finished)
        return;
    if (set->duration && now_of(j) >= j->begun + set->duration) {
        rec_job_stop(j);
        return;
    }
    if (j->now && j->now->state == REC_ENDED)
        now_ended(j);
    else if (j->now && (j->next || wants_segment(j)))
        next_segment(j);
    if (!j->now && !j->finished && now_of(j) >= j->retry) {
        j->retry = 0;
        j->files += j->files || j->bytes > 0;
        begin(j, &j->now, &j->now_path, -1);
    }
    /* what ended at once has set the timer to now */
    if (!j->finished && !(t->place && t->when <= now_of(j)))
        schedule(j);
}

void rec_job_start(RecJob *j, int fd)
{
    j->timer.expired = expired;
    j->begun = now_of(j);
    j->crew->nb_running++;
    if (begin(j, &j->now, &j->now_path, fd) == AVERROR(ENOMEM) && !j->now) {
        done(j, 1, 0);
        return;
    }
    if (!(j->timer.place && j->timer.when <= now_of(j)))
        schedule(j);
}

void rec_job_stop(RecJob *j)
{
    const int had_file = j->bytes || (j->now && j->now->updates);

    if (j->finished)
        return;
    if (!had_file)
        rec_log(&j->crew->log, REC_LOG_ERROR, "%s: stopped before there was a picture",
                j->target.text);
    if (j->next) {
        rec_session_end(j->next, 0, "");
        finish(j, &j->next, &j->next_path);
    }
    if (j->now) {
        rec_session_end(j->now, 0, "");
        finish(j, &j->now, &j->now_path);
    }
    done(j, !had_file, 0);
}

void rec_job_free(RecJob *j)
{
    if (j->now)
        rec_session_free(j->now);
    if (j->next)
        rec_session_free(j->next);
    rec_loop_untimer(j->crew->shared.loop, &j->timer);
    for (int i = 0; i < j->nb_kept; i++)
        free(j->kept[i]);
    free(j->kept);
    free(j->now_path);
    free(j->next_path);
    free(j->out);
    free(j->password_file);
    rec_secret_free(&j->own_secret);
    rec_target_free(&j->target);
    free(j);
}
