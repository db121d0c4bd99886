/*
 * rfbrec proxy
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
#include <string.h>

#include "libavutil/common.h"
#include "libavutil/error.h"
#include "commands.h"
#include "listener.h"
#include "recordopts.h"
#include "runner.h"
#include "secret.h"
#include "targets.h"
#include "viewer.h"

typedef struct ProxySettings {
    RecSettings rec;            ///< the first: see recordopts.h
    const char *fb, *kb;        ///< patterns of file names
    int while_viewed;
    RecAccess viewers, lookers; ///< only the password
    int view_only, allow_plain, max_viewers;
    int64_t viewer_timeout;     ///< ms
    const char *websocket, *origin, *tls_cert, *tls_key;
} ProxySettings;

/** One run of the command. */
typedef struct Proxy {
    const ProxySettings *set;
    RecRunner run;
    RecGate gate;
    RecListener listener, websockets;
    RecTarget target;
    RecSecret secret;           ///< the server's
    RecSecret secrets[2];       ///< the viewers', and of those who may only look
    RecInputs inputs;
    RecJobs jobs;               ///< at most one of them is not finished
    int nb_jobs;                ///< so far
    int putting_off;            ///< a job is ended because nobody is there
    int failed;
    RecTimer recording;         ///< see to it that there is a job, or none
    RecTimer end;               ///< of --duration
} Proxy;

/* --- the recording --- */

static RecJob *job(const Proxy *p)
{
    for (int i = 0; i < p->jobs.nb; i++)
        if (!p->jobs.job[i]->finished)
            return p->jobs.job[i];
    return NULL;
}

static void stop_job(Proxy *p, int put_off)
{
    RecJob *j = job(p);

    p->putting_off = put_off;
    if (j)
        rec_job_stop(j);
    p->putting_off = 0;
}

/** @return 0 or an error */
static int start_job(Proxy *p, const char *target)
{
    RecCrew *crew = &p->run.crew;
    const char *why = rec_jobs_add(&p->jobs, crew, crew->shared.set, &p->secret, target,
                                   p->set->fb, NULL, NULL);

    if (why) {
        rec_log(&crew->log, REC_LOG_ERROR, "%s: %s", target, why);
        return AVERROR(EINVAL);
    }
    p->jobs.job[p->jobs.nb - 1]->files = p->nb_jobs++;
    rec_job_start(p->jobs.job[p->jobs.nb - 1], -1);
    return 0;
}

/** --while-viewed: somebody has come, or all have gone. */
static void see_to_recording(RecTimer *t)
{
    Proxy *p = REC_MEMBER(Proxy, t, recording);

    if (!p->gate.nb_viewers)
        stop_job(p, 1);
    rec_jobs_drop_finished(&p->jobs);
    if (p->gate.nb_viewers && !job(p) && start_job(p, p->target.text) < 0)
        p->failed = p->run.loop.stop = 1;
}

static void viewers_changed(RecGate *g)
{
    Proxy *p = REC_MEMBER(Proxy, g, gate);

    if (p->set->while_viewed)
        rec_loop_timer(&p->run.loop, &p->recording, p->run.loop.now);
}

/** Nobody is let work unrecorded: when the recording has ended, so has the proxy. */
static int job_ended(RecCrew *c, int failed, int is_lost)
{
    Proxy *p = REC_MEMBER(Proxy, c, run.crew);

    if (p->putting_off)
        return 0;
    if (!p->set->while_viewed || !is_lost) {
        p->run.loop.stop = 1;
        return failed;
    }
    /* the server has gone, and may come again, as viewers may */
    for (RecViewer *v = p->gate.first; v; v = v->next)
        rec_viewer_end(v, "the recording has ended");
    return 0;
}

static void inputs_failed(RecGate *g, const char *why)
{
    Proxy *p = REC_MEMBER(Proxy, g, gate);

    if (!p->run.loop.stop)
        rec_log(g->log, p->inputs.full ? REC_LOG_NOTE : REC_LOG_ERROR, "%s", why);
    p->run.loop.stop = 1;
    p->failed |= !p->inputs.full;
}

/* --- the run --- */

static void stop(RecRunner *r)
{
    r->loop.stop = 1;
}

static void time_is_over(RecTimer *t)
{
    REC_MEMBER(Proxy, t, end)->run.loop.stop = 1;
}

static void viewer_came(RecListener *l, int fd, const char *name)
{
    rec_viewer_new(&REC_MEMBER(Proxy, l, listener)->gate, fd, name, 0);
}

static void websocket_came(RecListener *l, int fd, const char *name)
{
    rec_viewer_new(&REC_MEMBER(Proxy, l, websockets)->gate, fd, name, 1);
}

static int usage(const char *what, const char *why)
{
    fprintf(stderr, "rfbrec: %s: %s\nTry: rfbrec proxy --help\n", what, why);
    return OPT_USAGE;
}

/** What cannot be together. @return 0 or OPT_USAGE */
static int check(const ProxySettings *s)
{
    const struct {
        const char *name;
        int given;
    } of_fb[] = {
        { "--while-viewed", s->while_viewed },
        { "--segment", s->rec.segment.ms || s->rec.segment.bytes },
        { "--count", s->rec.count },
        { "--on-finish", s->rec.on_finish != NULL },
    };

    for (int i = 0; i < FF_ARRAY_ELEMS(of_fb) && !s->fb; i++)
        if (of_fb[i].given)
            return usage(of_fb[i].name, "it goes with --fb");
    if (s->rec.max_size && !s->fb && !s->kb)
        return usage("--max-size", "it goes with --fb or --kb");
    if (s->kb && s->view_only)
        return usage("--kb", "with --view-only nothing would be in it");
    if (!s->tls_cert && (s->tls_key || s->allow_plain))
        return usage(s->tls_key ? "--tls-key" : "--allow-plain", "it goes with --tls-cert");
    return 0;
}

/** A password of viewers. @return NULL if there is none; *failed is set after a message */
static const char *read_password(RecSecret *s, const RecAccess *a, int *failed)
{
    char why[200] = "out of memory";
    const char *text;

    if (!a->password_file)
        return NULL;
    text = rec_secret_get(s, a, "", why);
    if (text && !*text)
        snprintf(why, sizeof(why), "password file %.150s: there is none in it", a->password_file);
    if (text && *text) {
        if (strlen(text) > 8)
            fprintf(stderr, "rfbrec: %s: of a viewer's password only the first 8 bytes count\n",
                    a->password_file);
        return text;
    }
    fprintf(stderr, "rfbrec: %s\n", why);
    *failed = 1;
    return NULL;
}

/** @return 0 or an exit status, with a message printed */
static int listen_at(Proxy *p, RecListener *l, const char *address,
                     void (*accepted)(RecListener *l, int fd, const char *name))
{
    char why[200];
    int ret;

    l->accepted = accepted;
    ret = rec_listener_open(l, &p->run.loop, address, "127.0.0.1", why);
    if (ret >= 0) {
        rec_log(p->gate.log, REC_LOG_NOTE, "%s at %s", l == &p->listener ?
                "listening for viewers" : "listening for WebSockets", l->name);
        return 0;
    }
    fprintf(stderr, "rfbrec: cannot listen at %s: %s\n", address, why);
    return ret == AVERROR(EINVAL) ? OPT_USAGE : REC_FAILED;
}

/** What viewers will need. @return 0 or an exit status, with a message printed */
static int open_gate(Proxy *p)
{
    const ProxySettings *s = p->set;
    RecCrew *crew = &p->run.crew;
    char why[200] = "out of memory";
    int failed = 0;

    p->gate = (RecGate){
        .loop = &p->run.loop, .log = &crew->log, .buf = crew->shared.buf, .target = &p->target,
        .access = &crew->shared.set->access, .secret = &p->secret,
        .password      = read_password(&p->secrets[0], &s->viewers, &failed),
        .view_password = read_password(&p->secrets[1], &s->lookers, &failed),
        .allow_plain = s->allow_plain, .origin = s->origin, .view_only = s->view_only,
        .max_viewers = s->max_viewers, .stall_timeout = s->viewer_timeout,
        .inputs = s->kb ? &p->inputs : NULL,
        .changed = viewers_changed, .failed = inputs_failed,
    };
    /* from here on it does not stand in the environment */
    if (rec_secret_at_hand(&p->secret, p->gate.access) &&
        !rec_secret_get(&p->secret, p->gate.access, "", why)) {
        fprintf(stderr, "rfbrec: %s\n", why);
        failed = 1;
    }
    if (failed)
        return REC_FAILED;
    if (s->tls_cert && !(p->gate.tls = rec_tls_server_new(s->tls_cert, s->tls_key ? s->tls_key :
                                                          s->tls_cert, why))) {
        fprintf(stderr, "rfbrec: %s\n", why);
        return REC_FAILED;
    }
    return 0;
}

/** @return 0 or an exit status, with a message printed */
static int open_inputs(Proxy *p)
{
    const int overwrite = p->set->rec.overwrite;

    p->inputs.max_size = p->set->rec.max_size;
    if (!p->set->kb || rec_inputs_open(&p->inputs, p->set->kb, overwrite, &p->run.syncer) >= 0)
        return 0;
    fprintf(stderr, "rfbrec: %s%s\n", p->inputs.error, overwrite ? "" :
            " (--overwrite would replace it)");
    return REC_FAILED;
}

/** @return 0 or an exit status, with a message printed */
static int begin(Proxy *p, const char *address, const char *target)
{
    const char *wrong = rec_target_parse(&p->target, target);
    int ret = wrong ? usage(target, wrong) : open_gate(p);

    if (!ret)
        ret = listen_at(p, &p->listener, address, viewer_came);
    if (!ret && p->set->websocket)
        ret = listen_at(p, &p->websockets, p->set->websocket, websocket_came);
    if (!ret)
        ret = open_inputs(p);
    if (ret)
        return ret;
    p->run.crew.ended    = job_ended;
    p->run.crew.stay     = 1;
    p->recording.expired = see_to_recording;
    p->end.expired       = time_is_over;
    if (p->set->rec.duration)
        rec_loop_timer(&p->run.loop, &p->end, p->run.loop.now + p->set->rec.duration);
    if (p->set->fb && !p->set->while_viewed && start_job(p, target) < 0)
        return REC_FAILED;
    return 0;
}

static void cleanup(Proxy *p)
{
    if (p->gate.loop)
        rec_gate_close(&p->gate);
    stop_job(p, p->set->while_viewed);
    rec_loop_untimer(&p->run.loop, &p->recording);
    for (int i = 0; i < p->jobs.nb; i++)
        rec_job_free(p->jobs.job[i]);
    free(p->jobs.job);
    rec_listener_close(&p->listener);
    rec_listener_close(&p->websockets);
    if (p->set->kb && rec_inputs_close(&p->inputs) < 0) {
        rec_log(&p->run.crew.log, REC_LOG_ERROR, "%s", p->inputs.error);
        p->failed = 1;
    }
    p->failed |= p->run.crew.nb_failed > 0;
    rec_runner_free(&p->run);
    rec_tls_server_free(p->gate.tls);
    rec_target_free(&p->target);
    rec_secret_free(&p->secret);
    rec_secret_free(&p->secrets[0]);
    rec_secret_free(&p->secrets[1]);
}

static int run(const void *values, int argc, char **argv)
{
    const ProxySettings *set = values;
    RecSettings rec = set->rec;
    Proxy *p = calloc(1, sizeof(*p));
    int ret = check(set);

    (void)argc;
    if (!p || ret) {
        free(p);
        return ret ? ret : REC_FAILED;
    }
    p->set = set;
    /* the time is the proxy's, whose recordings may be several */
    rec.duration = 0;
    rec.access.password_options = "--server-password-file or --server-password-env";
    if (rec.clip.w)
        rec_encodings_drop(&rec.encodings, RFB_ENC_COPY_RECT);
    if (rec_runner_init(&p->run, &rec, stop) < 0)
        ret = REC_FAILED;
    if (!ret)
        ret = begin(p, argv[0], argv[1]);
    if (!ret && rec_loop_run(&p->run.loop) < 0)
        ret = REC_FAILED;
    cleanup(p);
    if (!ret && p->failed)
        ret = REC_FAILED;
    free(p);
    return ret;
}

#define PROXY(...) OPTION(ProxySettings, __VA_ARGS__)

static const Option options[] = {
    { .name = "What to record", .type = OPT_GROUP },
    PROXY("fb", 0, OPT_TEXT, fb, "FILE", NULL, "Record the screen into FILE.fbs, by a connection "
          "of its own, whatever encodings and pixels the viewers ask for"),
    PROXY("kb", 0, OPT_TEXT, kb, "FILE", NULL, "Write down what viewers type and click, as "
          "minimega's .kb or, if FILE ends so, as .rfm; typed passwords stand in it, so that only "
          "its owner can read it"),
    PROXY("while-viewed", 0, OPT_FLAG, while_viewed, NULL, NULL, "Record the screen only while a "
          "viewer is there, each time into a file of its own"),
    REC_PART_OPTIONS,
    { .name = "Viewers", .type = OPT_GROUP },
    { "password-file", 'p', OPT_TEXT, offsetof(ProxySettings, viewers.password_file), "FILE", NULL,
      "Viewers need the password of this file (VncAuth: its first 8 bytes)", 0, 0, NULL },
    { "view-password-file", 0, OPT_TEXT, offsetof(ProxySettings, lookers.password_file), "FILE",
      NULL, "Viewers with the password of this file may come in, but only look", 0, 0, NULL },
    PROXY("view-only", 0, OPT_FLAG, view_only, NULL, NULL, "Viewers may only look: keys, pointer, "
          "clipboard and what else would change something do not pass"),
    { "max-viewers", 0, OPT_INT, offsetof(ProxySettings, max_viewers), "N", "32",
      "Let in so many at a time", 1, 10000, NULL },
    { "viewer-timeout", 0, OPT_TIME, offsetof(ProxySettings, viewer_timeout), "TIME", "5m",
      "Put out a viewer that has not taken anything of what waits for it for so long",
      0.001, 1e9, NULL },
    PROXY("websocket", 0, OPT_TEXT, websocket, "ADDRESS", NULL, "Listen for WebSockets (noVNC) at "
          "this [HOST]:PORT, too; at LISTEN they are told from others by who speaks first, for "
          "which viewers wait a quarter of a second"),
    PROXY("origin", 0, OPT_TEXT, origin, "ORIGIN", NULL, "Let only pages of this origin, such as "
          "https://vnc.example.org, open a WebSocket; otherwise those of any site may"),
    PROXY("tls-cert", 0, OPT_TEXT, tls_cert, "FILE", NULL, "Let viewers in only with TLS, by "
          "VeNCrypt (X509None, X509Vnc) or wss://, with this certificate (PEM)"),
    PROXY("tls-key", 0, OPT_TEXT, tls_key, "FILE", NULL, "Its key (PEM), if it is not in the same "
          "file"),
    PROXY("allow-plain", 0, OPT_FLAG, allow_plain, NULL, NULL, "Let viewers in without TLS, too"),
    REC_HOW_OPTIONS,
    REC_LONG_OPTIONS,
    REC_FAIL_OPTIONS,
    REC_FILE_OPTIONS,
    { .name = "Getting into the server", .type = OPT_GROUP },
    { "server-password-file", 0, OPT_TEXT, offsetof(RecSettings, access.password_file), "FILE",
      NULL, "Read the server's password from the first line of FILE, or from a FILE that vncpasswd "
      "wrote; - is the standard input", 0, 0, NULL },
    { "server-password-env", 0, OPT_TEXT, offsetof(RecSettings, access.password_env), "NAME",
      "VNC_PASSWORD", "Read the server's password from this environment variable", 0, 0, NULL },
    ACCESS_MORE_OPTIONS(RecSettings),
    { .name = NULL },
};

const OptCommand rec_command_proxy = {
    .name = "proxy", .args = "LISTEN TARGET",
    .summary = "Let viewers through to a server, and record",
    .text = "LISTEN is [HOST]:PORT or unix:PATH. Without HOST only viewers of this machine can "
        "connect, with * those of any; port 0 lets the system choose one. Each viewer has a "
        "connection to the server of its own, which is always shared; what both say after the "
        "handshake is passed on as it is, so that they may use all that they know. The handshake "
        "is ours on both sides: viewers need the password of the proxy, and not the server's. "
        "noVNC may come by WebSocket to the same port.\n\n"
        "The files are as those of record and play: FILE.part while they grow, whole at any "
        "moment, and not replaced unless told so. --max-size holds for the recording, and for the "
        "keys and pointer. When a file cannot be written any more, or the "
        "server ends the connection of the recording and there is no --reconnect, the proxy "
        "ends: nobody works unrecorded. Ctrl-C or SIGTERM end it in order.",
    .options = options, .size = sizeof(ProxySettings), .min_args = 2, .max_args = 2, .run = run,
};
