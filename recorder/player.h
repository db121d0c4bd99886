/*
 * Playing macros
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
 * Sends what a macro says at its times, and listens meanwhile to the server, to
 * signals and to the terminal. One thread, which it blocks.
 */

#ifndef RECORDER_PLAYER_H
#define RECORDER_PLAYER_H

#include <termios.h>

#include "macro.h"
#include "screen.h"
#include "typing.h"

/** Exit status of a process that a signal ended is this and its number. */
#define REC_SIGNALLED 128

typedef struct RecPlayer {
    /* set by who makes it */
    RecConn *conn;
    RecLayout layout;
    double speed;               ///< 2: twice as fast; INFINITY: no delays
    int64_t key_delay;          ///< ns between the keys of a text
    int64_t limit;              ///< ns for all, 0: none
    double threshold;           ///< of pictures, see rec_match()
    int step;                   ///< begin paused, one step for each Enter
    int read_keys;              ///< the standard input is free to steer with
    int verbose;                ///< tell each step
    int quiet;                  ///< do not echo comments

    /* its own */
    RecScreen screen;           ///< of one pixel, where no picture is waited for
    int changed;                ///< something was painted; who looks clears it
    int signals;                ///< signalfd, or -1
    struct termios terminal;    ///< as it was
    int terminal_set;
    int paused;
    int steps;                  ///< to play although it is paused
    int64_t due;                ///< ns: when the next step is played
    int64_t end;                ///< ns: when the limit is over
    int buttons, x, y;
    uint32_t held[32];          ///< keys that are down
    int nb_held;
    char why[700];              ///< what ended it, or ""
    int status;                 ///< exit status then
} RecPlayer;

/**
 * Play.
 * @param pictures whether any step waits for a picture
 * @param repeat   how many times, 0: for ever
 * @return the exit status; a message was printed when it is not 0
 */
int rec_player_run(RecPlayer *p, Macro *m, int pictures, int repeat);

/* --- for its own files --- */

/** ns of a clock that nobody sets. */
int64_t rec_player_now(void);

/** Note why it ends. @return -1 */
int rec_player_fail(RecPlayer *p, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** Signals and the terminal; undone by rec_player_restore(). */
void rec_player_prepare(RecPlayer *p);
void rec_player_restore(RecPlayer *p);

/** Listen once, at most until a time. @return 0, or -1 when it is to end */
int rec_player_listen(RecPlayer *p, int64_t until);

/** Listen until the next step is due. @return 0, or -1 when it is to end */
int rec_player_wait(RecPlayer *p, const Macro *m, const MacroStep *s);

/** A picture of a step, found or not in time. @return 0 or -1 */
int rec_player_find(RecPlayer *p, const Macro *m, const MacroStep *s, int *x, int *y);

#endif /* RECORDER_PLAYER_H */
