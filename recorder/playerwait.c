/*
 * Playing macros: times, signals, keys and pictures that are waited for
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
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "libavutil/common.h"
#include "libavutil/error.h"
#include "commands.h"
#include "match.h"
#include "player.h"

/** Who is later than this, as after SIGSTOP, does not try to catch up. */
#define MAX_LATE 100000000
/** Bytes that the server has not taken, at which steps wait for it. */
#define MAX_QUEUED (64 << 10)
/** ns between two looks at a screen that changes. */
#define LOOK_INTERVAL 50000000

int64_t rec_player_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* --- signals and the terminal --- */

void rec_player_prepare(RecPlayer *p)
{
    static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2 };
    sigset_t set;

    sigemptyset(&set);
    for (int i = 0; i < FF_ARRAY_ELEMS(signals); i++)
        sigaddset(&set, signals[i]);
    sigprocmask(SIG_BLOCK, &set, NULL);
    p->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (p->read_keys && isatty(STDIN_FILENO) && tcgetpgrp(STDIN_FILENO) == getpgrp() &&
        !tcgetattr(STDIN_FILENO, &p->terminal)) {
        struct termios t = p->terminal;

        t.c_lflag &= ~(ICANON | ECHO);
        t.c_cc[VMIN]  = 1;
        t.c_cc[VTIME] = 0;
        p->terminal_set = !tcsetattr(STDIN_FILENO, TCSADRAIN, &t);
    }
    /* what is no terminal is read only for the steps it is there for */
    p->read_keys = p->terminal_set || (p->read_keys && p->step);
}

void rec_player_restore(RecPlayer *p)
{
    if (p->terminal_set)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &p->terminal);
    if (p->signals >= 0)
        close(p->signals);
    p->terminal_set = 0;
    p->signals = -1;
}

static void set_paused(RecPlayer *p, int paused)
{
    if (p->paused == paused)
        return;
    p->paused = paused;
    if (!paused)
        p->due = FFMAX(p->due, rec_player_now());
    if (!p->quiet)
        fprintf(stderr, "rfbrec: %s\n", paused ? "paused" : "goes on");
}

static int take_signal(RecPlayer *p)
{
    struct signalfd_siginfo info;

    while (read(p->signals, &info, sizeof(info)) == sizeof(info)) {
        if (info.ssi_signo == SIGUSR1)
            set_paused(p, 1);
        else if (info.ssi_signo == SIGUSR2)
            set_paused(p, 0);
        else
            return rec_player_fail(p, REC_SIGNALLED + info.ssi_signo, "stopped by a signal (%s)",
                                   strsignal(info.ssi_signo));
    }
    return 0;
}

static int take_keys(RecPlayer *p)
{
    char keys[64];
    ssize_t n = read(STDIN_FILENO, keys, sizeof(keys));

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    if (n <= 0) {
        p->read_keys = 0;
        return 0;
    }
    for (int i = 0; i < n; i++) {
        if (keys[i] == 'q')
            return rec_player_fail(p, REC_FAILED, "stopped by the user");
        if ((keys[i] == '\n' || keys[i] == '\r') && p->paused)
            p->steps++;
        else if (keys[i] == ' ' || keys[i] == 'p')
            set_paused(p, !p->paused);
    }
    return 0;
}

/* --- waiting --- */

static int read_server(RecPlayer *p)
{
    int ret;

    do {
        ret = rec_screen_update(&p->screen, 0);
        p->changed |= p->screen.frame.damage.nb;
        p->screen.frame.damage.nb = 0;
    } while (ret > 0);
    return ret < 0 ? rec_player_fail(p, REC_FAILED, "%s", p->conn->error) : 0;
}

int rec_player_listen(RecPlayer *p, int64_t until)
{
    struct pollfd fds[3] = {
        { .fd = p->conn->fd, .events = rec_conn_events(p->conn) },
        { .fd = p->signals, .events = POLLIN },
        { .fd = p->read_keys ? STDIN_FILENO : -1, .events = POLLIN },
    };
    int64_t wait = FFMAX(FFMIN(until, p->end) - rec_player_now(), 0);
    struct timespec t = { wait / 1000000000, wait % 1000000000 };

    if (ppoll(fds, 3, wait < INT64_C(1000000000) * 1000000 ? &t : NULL, NULL) < 0 &&
        errno != EINTR)
        return rec_player_fail(p, REC_FAILED, "poll: %s", strerror(errno));
    if (fds[1].revents && take_signal(p) < 0)
        return -1;
    if (fds[2].revents && take_keys(p) < 0)
        return -1;
    if (fds[0].revents && read_server(p) < 0)
        return -1;
    if (rec_player_now() >= p->end)
        return rec_player_fail(p, REC_TIMED_OUT, "not done within the time of --limit");
    return 0;
}

static void tell(const Macro *m, const MacroStep *s)
{
    char text[300];

    rec_macro_describe(text, sizeof(text), s);
    fprintf(stderr, "%s:%d: %s\n", m->name, s->line, text);
}

int rec_player_wait(RecPlayer *p, const Macro *m, const MacroStep *s)
{
    int told = 0, queued = 0;

    for (;;) {
        int64_t now = rec_player_now();

        if (p->paused && p->steps) {
            p->steps--;
            p->due = now;
            break;
        }
        if (!p->paused && now >= p->due) {
            if (now - p->due > MAX_LATE)
                p->due = now;
            break;
        }
        if (p->paused && p->step && !p->read_keys)
            return rec_player_fail(p, REC_FAILED, "the input that steps are taken from has ended");
        /* what is played next, for who takes steps */
        if (p->paused && p->step && s->line && !told++)
            tell(m, s);
        if (rec_player_listen(p, p->paused ? INT64_MAX : p->due) < 0)
            return -1;
    }
    if (p->verbose && !told && s->line)
        tell(m, s);
    /* signals are heard and the server is read also when no step waits; a
     * server that does not take what is sent is waited for */
    do {
        if (rec_player_listen(p, queued > MAX_QUEUED ? INT64_MAX : 0) < 0)
            return -1;
    } while ((queued = rec_conn_flush(p->conn)) > MAX_QUEUED);
    return queued < 0 ? rec_player_fail(p, REC_FAILED, "%s", p->conn->error) : 0;
}

/* --- pictures --- */

static RecImage image(const RecPlayer *p)
{
    const RFBFrame *f = &p->screen.frame;

    return (RecImage){ f->data, f->stride, f->width, f->height };
}

static int not_found(RecPlayer *p, const Macro *m, const MacroStep *s, RecTemplate *t)
{
    const RecImage screen = image(p);
    char what[300], best[100] = "";
    RecMatch match;

    rec_macro_describe(what, sizeof(what), s);
    if (!p->screen.complete)
        snprintf(best, sizeof(best), "the server sent no picture");
    else if (rec_match(t, &screen, 255, &match) == 1)
        snprintf(best, sizeof(best), "the most similar place is +%d+%d with a difference of %.1f",
                 match.x, match.y, match.difference);
    else
        snprintf(best, sizeof(best), "the screen has only %dx%d pixels", screen.w, screen.h);
    return rec_player_fail(p, REC_TIMED_OUT, "%s:%d: %s: not seen; %s", m->name, s->line, what,
                           best);
}

/** Look, as often as the screen changes. @return 1 if it is there, 0, or -1 */
static int look(RecPlayer *p, RecTemplate *t, RecMatch *match, int64_t until)
{
    int64_t looked = 0;

    while (rec_player_now() < until) {
        int64_t now = rec_player_now();

        if (p->screen.complete && p->changed && now - looked >= LOOK_INTERVAL) {
            const RecImage screen = image(p);
            int ret;

            p->changed = 0;
            looked = now;
            ret = rec_match(t, &screen, p->threshold, match);
            if (ret < 0)
                return rec_player_fail(p, REC_FAILED, "out of memory");
            if (ret)
                return 1;
        }
        if (rec_player_listen(p, p->screen.complete && p->changed
                                 ? FFMIN(looked + LOOK_INTERVAL, until) : until) < 0)
            return -1;
    }
    return 0;
}

int rec_player_find(RecPlayer *p, const Macro *m, const MacroStep *s, int *x, int *y)
{
    const int64_t until = rec_macro_add(rec_player_now(), s->timeout);
    RecTemplate *t = rec_template_new(s->picture);
    RecMatch match;
    int ret;

    if (!t)
        return rec_player_fail(p, REC_FAILED, "out of memory");
    /* what was seen for an earlier step may be what this one waits for */
    p->changed = 1;
    ret = look(p, t, &match, until);
    if (!ret)
        ret = not_found(p, m, s, t);
    if (ret > 0) {
        *x = match.x + s->picture->w / 2;
        *y = match.y + s->picture->h / 2;
        if (p->verbose)
            fprintf(stderr, "%s:%d: found at +%d+%d, difference %.1f\n", m->name, s->line,
                    match.x, match.y, match.difference);
        p->due = rec_player_now();
    }
    rec_template_free(t);
    return ret > 0 ? 0 : -1;
}
