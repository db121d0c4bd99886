/*
 * rfbrec play and rfbrec type
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

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libavutil/error.h"
#include "commands.h"
#include "keys.h"
#include "player.h"
#include "secret.h"

typedef struct Play {
    RecAccess access;
    double speed;
    int64_t key_delay, limit;   ///< ms
    const char *layout;
    double threshold;
    int repeat;
    int step, verbose, quiet, lenient;
} Play;

static int usage(const char *what, const char *why)
{
    fprintf(stderr, "rfbrec: %s: %s\n", what, why);
    return OPT_USAGE;
}

/** Connect and play. @param m  what to play; set is what it lies in */
static int run(const Play *o, const char *target, MacroSet *set, int reads_stdin)
{
    RecAccess access = o->access;
    RecSecret secret = { 0 };
    RecTarget t = { 0 };
    RecConn conn = { .fd = -1 };
    RecPlayer p = {
        .conn = &conn, .speed = o->speed, .key_delay = o->key_delay * 1000000,
        .limit = o->limit * 1000000, .threshold = o->threshold, .step = o->step,
        .verbose = o->verbose, .quiet = o->quiet, .read_keys = !reads_stdin,
    };
    const char *why = rec_layout_open(&p.layout, o->layout);
    int ret;

    if (why)
        return usage(o->layout, why);
    access.may_prompt = 1;
    /* the macro's own, unless one was given; never from the command line */
    if (set->macros[0]->password && !rec_secret_at_hand(&secret, &access))
        secret.password = strdup(set->macros[0]->password);
    ret = rec_command_connect(&conn, &t, &access, &secret, target);
    if (!ret)
        ret = rec_player_run(&p, set->macros[0], set->pictures, o->repeat);
    rec_conn_close(&conn);
    rec_target_free(&t);
    rec_secret_free(&secret);
    rec_layout_close(&p.layout);
    return ret;
}

/* --- play --- */

static int run_play(const void *values, int argc, char **argv)
{
    const Play *o = values;
    int from_stdin = argc < 2 || !strcmp(argv[1], "-");
    MacroSet set;
    int ret;

    if (from_stdin && o->step)
        return usage("--step", "the standard input is the macro, so it cannot take the steps");
    if (from_stdin && o->access.password_file && !strcmp(o->access.password_file, "-"))
        return usage("--password-file -", "the standard input is the macro");
    ret = rec_macro_load(&set, argv[1], MACRO_AUTO);
    if (ret < 0) {
        if (*set.error)
            fprintf(stderr, "rfbrec: %s\n", set.error);
        rec_macro_print_errors(stderr, &set);
    }
    if (!ret || (ret == AVERROR_INVALIDDATA && o->lenient)) {
        if (ret)
            fprintf(stderr, "rfbrec: what is wrong is left out\n");
        ret = run(o, argv[0], &set, from_stdin);
    } else {
        ret = REC_FAILED;
    }
    rec_macro_set_free(&set);
    return ret;
}

#define PLAYER_OPTIONS \
    OPTION(Play, "layout", 'l', OPT_TEXT, layout, "NAME", "us", \
           "Keyboard of the server, as X11 calls it: de, fr, ch(fr), ...; none: send characters " \
           "as they are, without Shift"), \
    OPTION(Play, "key-delay", 'd', OPT_TIME, key_delay, "TIME", "10ms", \
           "Wait so long between the keys of a text; QEMU's keyboard loses faster ones"), \
    OPTION(Play, "limit", 0, OPT_TIME, limit, "TIME", NULL, \
           "Give up, with exit status 3, when it is not done by then"), \
    OPTION(Play, "quiet", 'q', OPT_FLAG, quiet, NULL, NULL, "Do not echo comments, nor pauses")

static const Option play_options[] = {
    { "speed", 's', OPT_NUMBER, offsetof(Play, speed), "FACTOR", "1",
      "Play so many times as fast; 0: without any delay", 0, 1e6, NULL },
    OPTION(Play, "step", 0, OPT_FLAG, step, NULL, NULL,
           "Wait for Enter before each step, and tell what it is"),
    { "repeat", 0, OPT_INT, offsetof(Play, repeat), "N", "1",
      "Play it so many times; 0: until it is stopped", 0, 1e9, NULL },
    PLAYER_OPTIONS,
    { "threshold", 0, OPT_NUMBER, offsetof(Play, threshold), "N", "10",
      "A picture is found where its colours differ by at most N of 255 in the mean",
      0, 255, NULL },
    OPTION(Play, "lenient", 0, OPT_FLAG, lenient, NULL, NULL,
           "Leave out lines that are wrong, as minimega does, instead of playing nothing"),
    OPTION(Play, "verbose", 'v', OPT_FLAG, verbose, NULL, NULL, "Tell each step as it is played"),
    ACCESS_OPTIONS(Play),
    { .name = NULL },
};

static int play_with_speed(const void *values, int argc, char **argv)
{
    Play o = *(const Play *)values;

    if (!o.speed)
        o.speed = INFINITY;
    return run_play(&o, argc, argv);
}

const OptCommand rec_command_play = {
    .name = "play", .args = "TARGET FILE",
    .summary = "Play keys, clicks and texts from minimega's .kb files or RFM macros",
    .text = "All of FILE (-: the standard input), what it loads and what pictures it waits for "
            "is read before anything is sent; doc/macros.md tells what may stand in it. Comments "
            "are echoed on the standard output.\n\n"
            "SIGUSR1 pauses and SIGUSR2 goes on. On a terminal so does the space bar, Enter plays "
            "one step while it is paused, and q stops. Keys and buttons that are down at the end, "
            "whatever the reason, are released.",
    .options = play_options, .size = sizeof(Play), .min_args = 2, .max_args = 2,
    .run = play_with_speed,
};

/* --- type --- */

/** What is typed: a macro of one step. */
static int make_set(MacroSet *set, char *text, size_t size)
{
    static const char empty[] = "RFM 001.000\n";

    set->macros = calloc(1, sizeof(*set->macros));
    if (!set->macros)
        return -1;
    set->macros[0] = rec_macro_parse("text", empty, sizeof(empty) - 1, MACRO_RFM);
    if (!set->macros[0])
        return -1;
    set->nb = 1;
    set->macros[0]->steps = calloc(1, sizeof(MacroStep));
    if (!set->macros[0]->steps)
        return -1;
    set->macros[0]->nb_steps = 1;
    set->macros[0]->steps[0] = (MacroStep){ .op = MACRO_TYPE, .text = text, .size = size };
    return 0;
}

static char *read_stdin(size_t *size)
{
    size_t alloc = 64 << 10;
    char *text = malloc(alloc);

    *size = 0;
    while (text && !feof(stdin) && !ferror(stdin) && *size < MACRO_MAX_SIZE) {
        if (alloc - *size < 4096) {
            char *more = realloc(text, alloc *= 2);

            if (!more)
                break;
            text = more;
        }
        *size += fread(text + *size, 1, alloc - *size, stdin);
    }
    return text;
}

static int check_text(const char *text, size_t size)
{
    uint32_t c;
    int n, line = 1, column = 1;

    for (size_t i = 0; i < size; i += n) {
        n = rec_utf8_read(&c, text + i, size - i);
        if (!n) {
            fprintf(stderr, "rfbrec: line %d, character %d: no UTF-8\n", line, column);
            return REC_FAILED;
        }
        if (!rec_key_by_char(c)) {
            fprintf(stderr, "rfbrec: line %d, character %d: no key types U+%04X\n", line, column,
                    c);
            return REC_FAILED;
        }
        column = c == '\n' ? 1 : column + 1;
        line += c == '\n';
    }
    return 0;
}

static int run_type(const void *values, int argc, char **argv)
{
    Play o = *(const Play *)values;
    int from_stdin = argc < 2 || !strcmp(argv[1], "-");
    MacroSet set = { 0 };
    size_t size;
    char *text;
    int ret;

    if (from_stdin && o.access.password_file && !strcmp(o.access.password_file, "-"))
        return usage("--password-file -", "the standard input is the text");
    text = from_stdin ? read_stdin(&size) : strdup(argv[1]);
    if (!text)
        return usage("type", "out of memory");
    if (!from_stdin)
        size = strlen(text);
    ret = check_text(text, size);
    o.speed  = 1;
    o.repeat = 1;
    if (!ret) {
        if (make_set(&set, text, size) < 0)
            ret = usage("type", "out of memory");
        else
            text = NULL;
    }
    if (!ret)
        ret = run(&o, argv[0], &set, 1);
    rec_macro_set_free(&set);
    free(text);
    return ret;
}

static const Option type_options[] = {
    PLAYER_OPTIONS,
    ACCESS_OPTIONS(Play),
    { .name = NULL },
};

const OptCommand rec_command_type = {
    .name = "type", .args = "TARGET [TEXT]",
    .summary = "Type a text, of any characters of Unicode",
    .text = "Without TEXT, or with -, it is read from the standard input, which keeps it from "
            "those who can see command lines. Line feeds are Return, tabs are Tab.",
    .options = type_options, .size = sizeof(Play), .min_args = 1, .max_args = 2, .run = run_type,
};
