/*
 * rfbplay: reading the command line
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

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "libavutil/common.h"
#include "libavutil/error.h"
#include "log.h"
#include "options.h"

#define MAX_GIVEN 128

/** The options seen so far, in their order. */
typedef struct Given {
    const PlayOption *option[MAX_GIVEN];
    int nb;
} Given;

/** Seconds of 1h2m3.5s and 300ms. @return where the text stops to be like that */
static const char *by_units(double *seconds, const char *s)
{
    static const struct { const char *name; double seconds; } units[] = {
        { "ms", 0.001 }, { "us", 0.000001 }, { "h", 3600 }, { "m", 60 }, { "s", 1 },
    };

    *seconds = 0;
    while (isdigit((unsigned char)*s) || *s == '.') {
        char *end;
        double v = strtod(s, &end);
        size_t i;

        for (i = 0; i < FF_ARRAY_ELEMS(units); i++)
            if (end != s && !strncmp(end, units[i].name, strlen(units[i].name)))
                break;
        if (i == FF_ARRAY_ELEMS(units))
            return s;
        *seconds += v * units[i].seconds;
        s = end + strlen(units[i].name);
    }
    return s;
}

int play_parse_time(int64_t *ms, const char *text)
{
    double seconds, total = 0;
    const char *s = text;
    char *end;

    if (!isdigit((unsigned char)*s) && *s != '.')
        return AVERROR(EINVAL);
    if (*by_units(&seconds, s)) {
        for (int parts = 0; parts < 3; parts++, s = end + 1) {
            if (!isdigit((unsigned char)*s) && *s != '.')
                return AVERROR(EINVAL);
            total = total * 60 + strtod(s, &end);
            if (*end != ':')
                break;
        }
        if (*end || end == s)
            return AVERROR(EINVAL);
        seconds = total;
    }
    if (!(seconds < 1e12))
        return AVERROR(EINVAL);
    *ms = (int64_t)(seconds * 1000 + 0.5);
    return 0;
}

static int parse_number(double *v, const char *text, int fraction, int suffix)
{
    static const char letters[] = "kMGT";
    const char *letter;
    char *end;

    if (!isdigit((unsigned char)*text) && !strchr("-.", *text))
        return AVERROR(EINVAL);
    *v = strtod(text, &end);
    if (end == text)
        return AVERROR(EINVAL);
    if (fraction && *end == '/') {
        const char *below = end + 1;
        double d = strtod(below, &end);

        if (end == below || !(d > 0))
            return AVERROR(EINVAL);
        *v /= d;
    }
    if (suffix && *end && (letter = strchr(letters, *end == 'K' ? 'k' : *end))) {
        for (const char *l = letters; l <= letter; l++)
            *v *= 1000;
        end++;
    }
    return *end ? AVERROR(EINVAL) : 0;
}

static int within(const PlayOption *opt, double v)
{
    return v >= opt->min && v <= opt->max;
}

static int parse_choice(int *v, const char *const *choices, const char *text)
{
    for (int i = 0; choices[i]; i++)
        if (!strcmp(choices[i], text)) {
            *v = i;
            return 0;
        }
    return AVERROR(EINVAL);
}

static int parse_value(PlayOptions *o, const PlayOption *opt, const char *text)
{
    void *field = (uint8_t *)o + opt->offset;
    int *n = field, used = 0, ret;
    double v = 0;

    switch (opt->type) {
    case PLAY_OPT_FLAG:
        *n = opt->value;
        return 0;
    case PLAY_OPT_STRING:
        *(const char **)field = text;
        return *text ? 0 : AVERROR(EINVAL);
    case PLAY_OPT_INT:
    case PLAY_OPT_COUNT:
    case PLAY_OPT_REAL:
        ret = parse_number(&v, text, opt->type == PLAY_OPT_REAL, opt->type == PLAY_OPT_COUNT);
        if (ret < 0 || !within(opt, v) || (opt->type == PLAY_OPT_INT && v != (int)v))
            return AVERROR(EINVAL);
        if (opt->type == PLAY_OPT_INT)
            *n = v;
        else if (opt->type == PLAY_OPT_COUNT)
            *(int64_t *)field = v;
        else
            *(double *)field = v;
        return 0;
    case PLAY_OPT_TIME:
        return play_parse_time(field, text);
    case PLAY_OPT_SIZE:
        if (sscanf(text, "%dx%d%n", &n[0], &n[1], &used) != 2 || text[used] || !n[0] || !n[1] ||
            !within(opt, n[0]) || !within(opt, n[1]) || (n[0] < 0 && n[1] < 0))
            return AVERROR(EINVAL);
        return 0;
    case PLAY_OPT_BOX:
        if (sscanf(text, "%5dx%5d+%5d+%5d%n", &n[0], &n[1], &n[2], &n[3], &used) != 4 ||
            text[used] || n[0] < 1 || n[1] < 1 || n[2] < 0 || n[3] < 0)
            return AVERROR(EINVAL);
        return 0;
    case PLAY_OPT_CHOICE:
        return parse_choice(n, opt->choices, text);
    }
    return AVERROR_BUG;
}

static const PlayOption *by_name(const char *name, size_t size)
{
    for (const PlayOption *opt = play_options; opt->help; opt++)
        if (opt->name && strlen(opt->name) == size && !strncmp(opt->name, name, size))
            return opt;
    return NULL;
}

static const PlayOption *by_letter(char letter)
{
    for (const PlayOption *opt = play_options; opt->help; opt++)
        if (opt->letter && opt->letter == letter)
            return opt;
    return NULL;
}

/**
 * Find the option that an argument names.
 * @param value set to what is joined to it, or NULL
 */
static const PlayOption *find(const char *arg, const char **value)
{
    int dashes = arg[1] == '-' ? 2 : 1;
    const char *equals = strchr(arg, '=');
    const PlayOption *opt;

    *value = NULL;
    /* -crf is taken, too: fingers know it from ffmpeg */
    opt = by_name(arg + dashes, equals ? (size_t)(equals - arg - dashes) : strlen(arg + dashes));
    if (opt && equals)
        *value = equals + 1;
    if (opt || dashes == 2)
        return opt;
    opt = by_letter(arg[1]);
    if (opt && arg[2])
        *value = arg + 2;
    return opt;
}

static int take(PlayOptions *o, Given *given, char **argv, int *i)
{
    const char *arg = argv[*i], *value;
    const PlayOption *opt = find(arg, &value);

    if (!opt || (opt->type == PLAY_OPT_FLAG && value)) {
        play_error("%s: there is no such option; see rfbplay --help", arg);
        return AVERROR(EINVAL);
    }
    if (opt->type != PLAY_OPT_FLAG && !value && !(value = argv[++*i])) {
        play_error("%s wants %s behind it", arg, opt->arg);
        return AVERROR(EINVAL);
    }
    if (parse_value(o, opt, value) < 0) {
        play_error("--%s %s: not %s as it has to be. %s", opt->name, value, opt->arg, opt->help);
        return AVERROR(EINVAL);
    }
    if (given->nb < MAX_GIVEN)
        given->option[given->nb++] = opt;
    return 0;
}

static const PlayCommand *command_by_bit(unsigned bit)
{
    const PlayCommand *c = play_commands;

    while (c->name && c->bit != bit)
        c++;
    return c->name ? c : NULL;
}

/** The command, by its name or by what the operands are. */
static const PlayCommand *choose(PlayOptions *o)
{
    struct stat st;

    for (const PlayCommand *c = play_commands; o->nb_paths && c->name; c++)
        if (!strcmp(c->name, o->path[0])) {
            o->path++;
            o->nb_paths--;
            return c;
        }
    if (o->nb_paths == 1 && !stat(o->path[0], &st) && S_ISDIR(st.st_mode))
        return command_by_bit(PLAY_CMD_SERVE);
    return command_by_bit(PLAY_CMD_TRANSCODE);
}

static int check(const PlayOptions *o, const PlayCommand *c, const Given *given)
{
    if (o->nb_paths < c->min_paths || o->nb_paths > c->max_paths) {
        play_error("usage: rfbplay %s %s; see rfbplay --help", c->name, c->operands);
        return AVERROR(EINVAL);
    }
    for (int i = 0; i < given->nb; i++)
        if (!(given->option[i]->commands & c->bit)) {
            play_error("--%s means nothing to rfbplay %s", given->option[i]->name, c->name);
            return AVERROR(EINVAL);
        }
    return 0;
}

int play_options_parse(PlayOptions *o, int argc, char **argv)
{
    const PlayCommand *c;
    Given given = { 0 };
    int ret;

    *o = play_defaults;
    o->path = argv;             /* operands move to the front */
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--")) {
            while (++i < argc)
                o->path[o->nb_paths++] = argv[i];
        } else if (argv[i][0] != '-' || !argv[i][1]) {
            o->path[o->nb_paths++] = argv[i];
        } else if ((ret = take(o, &given, argv, &i)) < 0) {
            return ret;
        }
    }
    c = choose(o);
    if (!c) {
        play_error("what to do with %s? See rfbplay --help", o->nb_paths ? o->path[0] : "nothing");
        return AVERROR(EINVAL);
    }
    o->command = c->bit;
    return check(o, c, &given);
}
