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

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libavutil/common.h"
#include "libavutil/error.h"
#include "commands.h"
#include "job.h"
#include "listener.h"
#include "secret.h"
#include "targets.h"

/** With so many targets, it is cheaper to look at them every few ms than at each by itself. */
enum { MANY = 50, GATHER = 3 };

/** One run of the command. */
typedef struct Recorder {
    RecCrew crew;
    RecLoop loop;
    RecSyncer syncer;
    RecSecret secret;
    RecJobs jobs;
    RecListener listener;
    RecWatch signals;
    RecTimer progress;
    int stopping;
} Recorder;

#define MEMBER(type, pointer, member) ((type *)((char *)(pointer) - offsetof(type, member)))

static void reap(Recorder *r)
{
    while (r->crew.nb_hooks && waitpid(-1, NULL, WNOHANG) > 0)
        r->crew.nb_hooks--;
}

static void stop(Recorder *r)
{
    if (r->stopping)
        return;
    r->stopping  = 1;
    r->crew.stay = 0;
    for (int i = 0; i < r->jobs.nb; i++)
        rec_job_stop(r->jobs.job[i]);
    r->loop.stop = 1;
}

static void signalled(RecWatch *w, int events)
{
    Recorder *r = MEMBER(Recorder, w, signals);
    struct signalfd_siginfo info;

    (void)events;
    while (read(w->fd, &info, sizeof(info)) == sizeof(info)) {
        if (info.ssi_signo == SIGCHLD)
            reap(r);
        else
            stop(r);
    }
}

static void show_progress(RecTimer *t)
{
    Recorder *r = MEMBER(Recorder, t, progress);
    int64_t bytes = r->crew.bytes, updates = r->crew.updates, begun = r->loop.now;
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
             recording, (r->loop.now - begun) / 1e3, bytes, updates);
    if (r->crew.shared.set->progress)
        fprintf(stderr, "%s\n", text);
    else
        rec_log_status(&r->crew.log, text);
    rec_loop_timer(&r->loop, t, r->loop.now + 1000);
}

/** Hundreds of recordings want two files each. */
static void raise_limit(void)
{
    struct rlimit limit;

    if (!getrlimit(RLIMIT_NOFILE, &limit) && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static int init(Recorder *r, const RecSettings *set)
{
    sigset_t mask;
    int ret = rec_loop_init(&r->loop);

    raise_limit();
    r->crew.log.quiet = set->quiet;
    r->crew.shared = (RecShared){ set, &r->loop, &r->syncer, malloc(REC_READ_SIZE) };
    sigemptyset(&mask);
    sigaddset(&mask, SIGINT);
    sigaddset(&mask, SIGTERM);
    sigaddset(&mask, SIGHUP);
    sigaddset(&mask, SIGCHLD);
    sigprocmask(SIG_BLOCK, &mask, NULL);
    r->signals.ready = signalled;
    if (ret >= 0)
        ret = rec_syncer_start(&r->syncer);
    if (ret >= 0)
        ret = rec_loop_watch(&r->loop, &r->signals,
                             signalfd(-1, &mask, SFD_NONBLOCK | SFD_CLOEXEC), POLLIN);
    if (ret < 0 || !r->crew.shared.buf) {
        fprintf(stderr, "rfbrec: cannot begin: %s\n", strerror(ret < 0 ? AVUNERROR(ret) : ENOMEM));
        return AVERROR(ENOMEM);
    }
    r->progress.expired = show_progress;
    if (set->progress || (!set->quiet && isatty(STDERR_FILENO)))
        rec_loop_timer(&r->loop, &r->progress, r->loop.now + 1000);
    return 0;
}

static void cleanup(Recorder *r)
{
    for (int i = 0; i < r->jobs.nb; i++)
        rec_job_free(r->jobs.job[i]);
    free(r->jobs.job);
    rec_listener_close(&r->listener);
    rec_log_status(&r->crew.log, "");
    rec_syncer_stop(&r->syncer);
    for (; r->crew.nb_hooks; r->crew.nb_hooks--)
        while (waitpid(-1, NULL, 0) < 0 && errno == EINTR)
            ;
    if (r->signals.added)
        close(r->signals.fd);
    rec_loop_free(&r->loop);
    rec_secret_free(&r->secret);
    free(r->crew.shared.buf);
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
        return rec_jobs_read(&r->jobs, &r->crew, set, &r->secret, set->list);
    if (set->listen)
        return rec_listener_open(&r->listener, &r->crew, &r->jobs, &r->secret, argv[0]) < 0
               ? REC_FAILED : 0;
    why = rec_jobs_add(&r->jobs, &r->crew, set, &r->secret, argv[0], argv[1], NULL, NULL);
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
    if (init(r, &set) >= 0 && !(ret = add_jobs(r, &set, argc, argv))) {
        r->loop.gather = r->jobs.nb >= MANY ? GATHER : 0;
        for (int i = 0; i < r->jobs.nb; i++)
            rec_job_start(r->jobs.job[i], -1);
        ret = rec_loop_run(&r->loop) < 0 || r->crew.nb_failed ? REC_FAILED : REC_OK;
    }
    cleanup(r);
    free(r);
    return ret;
}

#define SET(...) OPTION(RecSettings, __VA_ARGS__)
#define PARSED(n, t, field, v, d, h) \
    { .name = n, .type = OPT_PARSE, .offset = offsetof(RecSettings, field), .value = v, \
      .def = d, .help = h, .parse = t }

static const Option options[] = {
    { .name = "What to record", .type = OPT_GROUP },
    SET("list", 0, OPT_TEXT, list, "FILE", NULL, "Record the targets in FILE, each line being "
        "TARGET OUT.fbs and perhaps user=NAME and password-file=FILE; # begins a comment"),
    SET("listen", 0, OPT_TEXT, listen, "ADDRESS", NULL, "Wait at [HOST]:PORT for servers that "
        "connect by themselves (reverse connections, usually port 5500) and record each"),
    PARSED("clip", rec_read_clip, clip, "WxH+X+Y", NULL, "Record only this part of the screen"),
    PARSED("cursor", rec_read_cursor, cursor, "drawn|shape", "drawn", "Let the server draw the "
        "mouse pointer into the picture, or record its shape, so that a player can leave it out"),
    { .name = "How", .type = OPT_GROUP },
    { "fps", 'r', OPT_NUMBER, offsetof(RecSettings, fps), "N", "10", "Ask for so many updates a "
      "second at most; 0: take what the server sends, as fast as it can, by continuous updates if "
      "it has them", 0, 1000, NULL },
    PARSED("encodings", rec_read_encodings, encodings, "LIST",
           "tight,zrle,hextile,zlib,rre,copyrect,raw", "Encodings to ask for, the best first, "
           "by names or numbers"),
    { "quality", 0, OPT_INT, offsetof(RecSettings, quality), "0-9", "-1", "Let the server use "
      "JPEG of this quality; -1: no JPEG, every pixel is exact", -1, 9, NULL },
    { "compress", 0, OPT_INT, offsetof(RecSettings, compress), "0-9", "-1", "Let the server "
      "compress that hard; -1: as it likes", -1, 9, NULL },
    PARSED("pixel-format", rec_read_format, format, "NAME", "bgrx8888", "Pixels as the server is "
           "to send them: bgrx8888, rgb565le, bgr233, map8, ..., or server: as it has them"),
    { "keyframe", 0, OPT_TIME, offsetof(RecSettings, keyframe), "TIME", NULL, "Ask for the whole "
      "screen so often; with encodings that remember nothing (raw, hextile, rre, trle) players "
      "can begin there", 0, 1e9, NULL },
    { .name = "How long", .type = OPT_GROUP },
    { "duration", 't', OPT_TIME, offsetof(RecSettings, duration), "TIME", NULL,
      "Stop after this time (90, 1.5, 30s, 10m, 2h, 1:30:00)", 0.001, 1e9, NULL },
    { "max-size", 0, OPT_SIZE, offsetof(RecSettings, max_size), "SIZE", NULL,
      "Stop before the file is larger (100k, 20M, 2G)", 1, 1e18, NULL },
    PARSED("segment", rec_read_segment, segment, "TIME|SIZE", NULL, "Begin a new file after so "
           "much time (10m) or so many bytes (100M), without a gap: the next one has its first "
           "picture before the last one ends"),
    { "count", 0, OPT_INT, offsetof(RecSettings, count), "N", NULL, "Keep only the newest N "
      "segments of this run and delete older ones", 1, 1e9, NULL },
    { .name = "When something fails", .type = OPT_GROUP },
    SET("reconnect", 0, OPT_FLAG, reconnect, NULL, NULL, "Connect again when the connection "
        "cannot be made or breaks, after 1 s, 2 s, 4 s, ...; each connection has a file of its own"),
    { "reconnect-max", 0, OPT_TIME, offsetof(RecSettings, reconnect_max), "TIME", "60",
      "Wait no longer than this between two attempts", 1, 1e9, NULL },
    { "stall-timeout", 0, OPT_TIME, offsetof(RecSettings, stall_timeout), "TIME", "60", "Give up "
      "a server that sends nothing for so long, though it was asked for a pixel after half of "
      "the time; 0: never", 0, 1e9, NULL },
    { .name = "Files and messages", .type = OPT_GROUP },
    SET("overwrite", 'y', OPT_FLAG, overwrite, NULL, NULL, "Replace files that are there"),
    SET("on-finish", 0, OPT_TEXT, on_finish, "COMMAND", NULL, "Run COMMAND in the shell for each "
        "finished file, with RFBREC_FILE, RFBREC_TARGET and RFBREC_STATUS (ok, or why it ended)"),
    SET("quiet", 'q', OPT_FLAG, quiet, NULL, NULL, "Print errors only"),
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
