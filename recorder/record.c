/*
 * rfbrec record
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

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "libavutil/common.h"
#include "commands.h"
#include "listener.h"
#include "recordopts.h"
#include "runner.h"
#include "secret.h"
#include "targets.h"

/** With so many targets, it is cheaper to look at them every few ms than at each by itself. */
enum { MANY = 50, GATHER = 3 };

/** One run of the command. */
typedef struct Recorder {
    RecRunner run;
    RecSecret secret;
    RecJobs jobs;
    RecListener listener;
    int accepted;               ///< servers that have come so far
    const char *out;            ///< pattern of the names of their files
    RecTimer progress;
} Recorder;

static void stop(RecRunner *run)
{
    Recorder *r = REC_MEMBER(Recorder, run, run);

    run->crew.stay = 0;
    for (int i = 0; i < r->jobs.nb; i++)
        rec_job_stop(r->jobs.job[i]);
    run->loop.stop = 1;
}

static void show_progress(RecTimer *t)
{
    Recorder *r = REC_MEMBER(Recorder, t, progress);
    int64_t bytes = r->run.crew.bytes, updates = r->run.crew.updates, begun = r->run.loop.now;
    char text[200];
    int recording = 0;

    for (int i = 0; i < r->jobs.nb; i++) {
        const RecSession *s = r->jobs.job[i]->now;

        begun = FFMIN(begun, r->jobs.job[i]->begun);
        if (!s || s->state != REC_RECORDING)
            continue;
        recording++;
        bytes   += s->file.size;
        updates += s->updates;
    }
    snprintf(text, sizeof(text), "recording=%d time=%.1f bytes=%"PRId64" updates=%"PRId64,
             recording, (r->run.loop.now - begun) / 1e3, bytes, updates);
    if (r->run.crew.shared.set->progress)
        fprintf(stderr, "%s\n", text);
    else
        rec_log_status(&r->run.crew.log, text);
    rec_loop_timer(&r->run.loop, t, r->run.loop.now + 1000);
}

static void cleanup(Recorder *r)
{
    for (int i = 0; i < r->jobs.nb; i++)
        rec_job_free(r->jobs.job[i]);
    free(r->jobs.job);
    rec_listener_close(&r->listener);
    rec_runner_free(&r->run);
    rec_secret_free(&r->secret);
}

/** A server has connected by itself. */
static void accepted(RecListener *l, int fd, const char *name)
{
    Recorder *r = REC_MEMBER(Recorder, l, listener);
    RecCrew *crew = &r->run.crew;
    const char *why;
    RecJob *job;

    rec_jobs_drop_finished(&r->jobs);
    why = rec_jobs_add(&r->jobs, crew, crew->shared.set, &r->secret, name, r->out, NULL, NULL);
    if (why) {
        rec_log(&crew->log, REC_LOG_ERROR, "%s: %s", name, why);
        close(fd);
        return;
    }
    job = r->jobs.job[r->jobs.nb - 1];
    job->accepted = 1;
    job->files    = r->accepted++;
    rec_log(&crew->log, REC_LOG_NOTE, "%s has connected", name);
    rec_job_start(job, fd);
}

static int listen_for_servers(Recorder *r, const char *address, const char *out)
{
    char why[200];

    r->out = out;
    r->listener.accepted = accepted;
    r->run.crew.stay = 1;
    if (rec_listener_open(&r->listener, &r->run.loop, address, "", why) >= 0)
        return 0;
    fprintf(stderr, "rfbrec: cannot listen at %s: %s\n", address, why);
    return REC_FAILED;
}

/** What to record, as the command line says. @return 0 or an exit status */
static int add_jobs(Recorder *r, const RecSettings *set, int argc, char **argv)
{
    const char *why;

    if (!!set->list + !!set->listen > 1 || argc != (set->list ? 0 : set->listen ? 1 : 2)) {
        fprintf(stderr, "usage: rfbrec record [options] TARGET OUT.fbs\n"
                "       rfbrec record [options] --list FILE\n"
                "       rfbrec record [options] --listen [HOST]:PORT OUT.fbs\n");
        return OPT_USAGE;
    }
    if (set->list)
        return rec_jobs_read(&r->jobs, &r->run.crew, set, &r->secret, set->list);
    if (set->listen)
        return listen_for_servers(r, set->listen, argv[0]);
    why = rec_jobs_add(&r->jobs, &r->run.crew, set, &r->secret, argv[0], argv[1], NULL, NULL);
    if (why)
        fprintf(stderr, "rfbrec: %s: %s\n", argv[0], why);
    return why ? OPT_USAGE : 0;
}

static int run(const void *values, int argc, char **argv)
{
    RecSettings set = *(const RecSettings *)values;
    Recorder *r = calloc(1, sizeof(*r));
    int ret = REC_FAILED;

    if (!r)
        return REC_FAILED;
    set.access.may_prompt = !set.list && !set.listen;
    /* what is copied lies outside of what the server is asked for */
    if (set.clip.w)
        rec_encodings_drop(&set.encodings, RFB_ENC_COPY_RECT);
    if (rec_runner_init(&r->run, &set, stop) >= 0 && !(ret = add_jobs(r, &set, argc, argv))) {
        r->progress.expired = show_progress;
        if (set.progress || (!set.quiet && isatty(STDERR_FILENO)))
            rec_loop_timer(&r->run.loop, &r->progress, r->run.loop.now + 1000);
        r->run.loop.gather = r->jobs.nb >= MANY ? GATHER : 0;
        for (int i = 0; i < r->jobs.nb; i++)
            rec_job_start(r->jobs.job[i], -1);
        ret = rec_loop_run(&r->run.loop) < 0 || r->run.crew.nb_failed ? REC_FAILED : REC_OK;
    }
    cleanup(r);
    free(r);
    return ret;
}

static const Option options[] = {
    { .name = "What to record", .type = OPT_GROUP },
    SET("list", 0, OPT_TEXT, list, "FILE", NULL, "Record the targets in FILE, each line being "
        "TARGET OUT.fbs and perhaps user=NAME and password-file=FILE; # begins a comment"),
    SET("listen", 0, OPT_TEXT, listen, "ADDRESS", NULL, "Wait at [HOST]:PORT for servers that "
        "connect by themselves (reverse connections, usually port 5500) and record each"),
    REC_PART_OPTIONS,
    REC_HOW_OPTIONS,
    REC_LONG_OPTIONS,
    REC_FAIL_OPTIONS,
    REC_FILE_OPTIONS,
    SET("progress", 0, OPT_FLAG, progress, NULL, NULL,
        "Print a line each second on the standard error, also where that is no terminal"),
    ACCESS_OPTIONS(RecSettings),
    { .name = NULL },
};

const OptCommand rec_command_record = {
    .name = "record", .args = "TARGET OUT.fbs",
    .summary = "Record what a server sends, without decoding it",
    .text = "OUT.fbs may hold conversions of strftime, such as %Y-%m-%d_%H%M%S. While it grows, "
        "the file is called OUT.fbs.part; it can be played all the time and is whole up to its "
        "last update even if the recorder is killed. Files after the first one (segments, new "
        "connections) get -2, -3, ... before the extension where names would be the same. "
        "Ctrl-C or SIGTERM end the recording in order. The connection is always shared: nobody "
        "is thrown off, and nothing is ever typed or clicked.",
    .options = options, .size = sizeof(RecSettings), .min_args = 0, .max_args = 2, .run = run,
};
