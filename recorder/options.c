/*
 * Commands and options of a program: the parser
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
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"

/* number with a unit behind it, or [[HOURS:]MINUTES:]SECONDS */
const char *rec_opt_read_time(int64_t *ms, const char *text)
{
    static const struct { const char *name; double ms; } units[] = {
        { "", 1e3 }, { "ms", 1 }, { "s", 1e3 }, { "m", 60e3 }, { "min", 60e3 },
        { "h", 3600e3 }, { "d", 86400e3 },
    };
    double part, sum = 0;
    char *end;

    for (int i = 0; ; i++) {
        if (*text < '0' || *text > '9')
            return "no time such as 10, 1.5, 250ms, 5m, 2h or 1:30";
        part = strtod(text, &end);
        sum = sum * 60 + part;
        if (*end != ':' || i == 2)
            break;
        text = end + 1;
    }
    for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
        if (!strcmp(end, units[i].name) && sum * units[i].ms < 1e15) {
            *ms = llrint(sum * units[i].ms);
            return NULL;
        }
    }
    return "no time such as 10, 1.5, 250ms, 5m, 2h or 1:30";
}

const char *rec_opt_read_size(int64_t *bytes, const char *text)
{
    static const char units[] = "kMGTKmgt";
    const char *unit;
    char *end;
    double n;

    if (*text < '0' || *text > '9')
        return "no size such as 100000, 64k, 10M or 2G";
    n = strtod(text, &end);
    if (*end && (unit = strchr(units, *end))) {
        n *= pow(1024, (unit - units) % 4 + 1);
        end++;
        end += *end == 'i';
        end += *end == 'B';
    }
    if (*end || n > 1e18)
        return "no size such as 100000, 64k, 10M or 2G";
    *bytes = n;
    return NULL;
}

static const char *in_range(const Option *o, double n)
{
    return o->min != o->max && !(n >= o->min && n <= o->max) ? "out of range" : NULL;
}

static const char *store(const Option *o, void *values, const char *text)
{
    void *dst = (char *)values + o->offset;
    const char *why;
    char *end;
    double n;

    switch (o->type) {
    case OPT_FLAG:
        *(int *)dst = !strcmp(text, "1");
        return NULL;
    case OPT_TEXT:
        *(const char **)dst = text;
        return NULL;
    case OPT_TIME:
        why = rec_opt_read_time(dst, text);
        return why ? why : in_range(o, *(int64_t *)dst / 1e3);
    case OPT_SIZE:
        why = rec_opt_read_size(dst, text);
        return why ? why : in_range(o, *(int64_t *)dst);
    case OPT_PARSE:
        return o->parse(dst, text);
    default:
        n = strtod(text, &end);
        if (end == text || *end || !isfinite(n) || (o->type == OPT_INT && n != (int)n))
            return o->type == OPT_INT ? "no whole number" : "no number";
        if (o->type == OPT_INT)
            *(int *)dst = n;
        else
            *(double *)dst = n;
        return in_range(o, n);
    }
}

void rec_opt_defaults(const OptCommand *c, void *values)
{
    for (const Option *o = c->options; o && o->name; o++)
        if (o->def && o->type != OPT_GROUP)
            store(o, values, o->def);
}

/** @param n bytes of the name */
static const Option *find(const OptCommand *c, const char *name, size_t n, int letter)
{
    for (const Option *o = c->options; o && o->name; o++) {
        if (o->type == OPT_GROUP)
            continue;
        if (letter ? o->letter == letter : strlen(o->name) == n && !memcmp(o->name, name, n))
            return o;
    }
    return NULL;
}

static int wrong(const OptProgram *p, const OptCommand *c, const char *arg, const char *why)
{
    fprintf(stderr, "%s %s: %s: %s\nTry: %s %s --help\n", p->name, c->name, arg, why,
            p->name, c->name);
    return -1;
}

/** One option of the command line. @return how many further words it used, or -1 */
static int option(const OptProgram *p, const OptCommand *c, void *values, int argc, char **argv)
{
    const char *arg = argv[0], *name = arg + 2, *equals = strchr(arg, '='), *text, *why;
    size_t n = equals ? (size_t)(equals - name) : strlen(name);
    int is_long = arg[1] == '-', used = 0;
    const Option *o = is_long ? find(c, name, n, 0) : find(c, NULL, 0, arg[1]);

    if (!o && is_long && !equals && !strncmp(name, "no-", 3) &&
        (o = find(c, name + 3, n - 3, 0)) && o->type == OPT_FLAG) {
        store(o, values, "0");
        return 0;
    }
    if (!o)
        return wrong(p, c, arg, "no such option");
    if (o->type == OPT_FLAG) {
        if (is_long ? !!equals : arg[2])
            return wrong(p, c, arg, "this option has no value");
        store(o, values, "1");
        return 0;
    }
    if (is_long && equals) {
        text = equals + 1;
    } else if (!is_long && arg[2]) {
        text = arg + 2;
    } else {
        if (argc < 2)
            return wrong(p, c, arg, "its value is missing");
        text = argv[1];
        used = 1;
    }
    why = store(o, values, text);
    return why ? wrong(p, c, used ? text : arg, why) : used;
}

int rec_opt_parse(const OptProgram *p, const OptCommand *c, void *values, int argc, char **argv)
{
    int rest = 0, only_args = 0, used;

    for (int i = 0; i < argc; i++) {
        if (!only_args && !strcmp(argv[i], "--")) {
            only_args = 1;
        } else if (only_args || argv[i][0] != '-' || !argv[i][1]) {
            argv[rest++] = argv[i];
        } else {
            used = option(p, c, values, argc - i, argv + i);
            if (used < 0)
                return -1;
            i += used;
        }
    }
    if (rest < c->min_args || (c->max_args >= 0 && rest > c->max_args)) {
        fprintf(stderr, "usage: %s %s [options] %s\nTry: %s %s --help\n", p->name, c->name,
                c->args, p->name, c->name);
        return -1;
    }
    return rest;
}

static const OptCommand *command(const OptProgram *p, const char *name)
{
    for (const OptCommand *c = p->commands; c->name; c++)
        if (!strcmp(c->name, name))
            return c;
    return NULL;
}

static int help(const OptProgram *p, int argc, char **argv)
{
    const OptCommand *c = argc ? command(p, argv[0]) : NULL;

    if (argc && !strcmp(argv[0], "--man"))
        rec_opt_man(stdout, p);
    else if (argc && !strcmp(argv[0], "--completion"))
        rec_opt_completion(stdout, p);
    else
        rec_opt_help(stdout, p, c);
    return fflush(stdout) || ferror(stdout) ? 1 : 0;
}

int rec_opt_main(const OptProgram *p, int argc, char **argv)
{
    const OptCommand *c;
    void *values;
    int n, ret;

    if (argc < 2) {
        rec_opt_help(stderr, p, NULL);
        return OPT_USAGE;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help"))
        return help(p, argc - 2, argv + 2);
    if (!strcmp(argv[1], "--version")) {
        printf("%s %s\n", p->name, p->version);
        return fflush(stdout) ? 1 : 0;
    }
    c = command(p, argv[1]);
    if (!c) {
        fprintf(stderr, "%s: no command '%s'\nTry: %s --help\n", p->name, argv[1], p->name);
        return OPT_USAGE;
    }
    for (int i = 2; i < argc && strcmp(argv[i], "--"); i++)
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
            return help(p, 1, argv + 1);
    values = calloc(1, c->size + 1);
    if (!values)
        return 1;
    rec_opt_defaults(c, values);
    n = rec_opt_parse(p, c, values, argc - 2, argv + 2);
    ret = n < 0 ? OPT_USAGE : c->run(values, n, argv + 2);
    free(values);
    return ret;
}
