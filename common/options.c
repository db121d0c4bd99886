/*
 * Commands and options: the parser
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

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "values.h"

#define MAX_GIVEN 256

/** A command line that is being read. */
typedef struct Line {
    const OptProgram *program;
    const OptCommand *command;  ///< NULL while it is not known
    const Option *table;
    void *values;
    const Option *given[MAX_GIVEN];
    int nb_given;
} Line;

static int wrong(const Line *l, const char *format, ...)
{
    const char *name = l->program->name;
    va_list args;

    fprintf(stderr, "%s%s%s: ", name, l->command ? " " : "", l->command ? l->command->name : "");
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "\nTry: %s%s%s --help\n", name, l->command ? " " : "",
            l->command ? l->command->name : "");
    return -1;
}

/* --- values --- */

static const char *choose_value(int *dst, const char *const *choices, const char *text)
{
    for (int i = 0; choices[i]; i++)
        if (!strcmp(choices[i], text)) {
            *dst = i;
            return NULL;
        }
    return "none of those that there are";
}

/** @param n set to what has to be within the option's range */
static const char *store_number(const Option *o, void *dst, const char *text, double *n)
{
    int64_t *whole = dst;
    const char *why;

    switch (o->type) {
    case OPT_TIME:
        why = opt_read_time(whole, text);
        *n  = why ? 0 : *whole / 1e3;
        return why;
    case OPT_SIZE:
    case OPT_COUNT:
        why = o->type == OPT_SIZE ? opt_read_size(whole, text) : opt_read_count(whole, text);
        *n  = why ? 0 : *whole;
        return why;
    case OPT_INT:
        why = opt_read_number(n, text);
        if (why || *n != (int)*n)
            return "no whole number";
        *(int *)dst = *n;
        return NULL;
    default:
        why = opt_read_number(n, text);
        if (!why)
            *(double *)dst = *n;
        return why;
    }
}

static const char *store(const Option *o, void *values, const char *text)
{
    void *dst = (char *)values + o->offset;
    const char *why;
    double n;

    switch (o->type) {
    case OPT_FLAG:
        *(int *)dst = strcmp(text, "1") ? 0 : o->set ? o->set : 1;
        return NULL;
    case OPT_TEXT:
        *(const char **)dst = text;
        return *text ? NULL : "its value is empty";
    case OPT_CHOICE:
        return choose_value(dst, o->choices, text);
    case OPT_PARSE:
        return o->parse(dst, text);
    default:
        why = store_number(o, dst, text, &n);
        return why ? why : o->min != o->max && !(n >= o->min && n <= o->max) ? "out of range" : NULL;
    }
}

/** Tell what is wrong with a value, and what would be right. */
static int wrong_value(const Line *l, const Option *o, const char *text, const char *why)
{
    char right[400] = "";
    size_t n = 0;

    if (o->type == OPT_CHOICE)
        for (int i = 0; o->choices[i] && n < sizeof(right); i++)
            n += snprintf(right + n, sizeof(right) - n, "%s%s", i ? ", " : ": ", o->choices[i]);
    else if (!strcmp(why, "out of range"))
        snprintf(right, sizeof(right), ", which is %g to %g", o->min, o->max);
    return wrong(l, "--%s %s: %s%s", o->name, text, why, right);
}

void opt_defaults(const Option *table, void *values)
{
    for (const Option *o = table; o && o->name; o++)
        if (o->def && o->type != OPT_GROUP)
            store(o, values, o->def);
}

/* --- words --- */

int opt_takes(const OptCommand *c, const Option *o)
{
    if (o->type != OPT_GROUP)
        return !c || !o->commands || o->commands & c->bit;
    while ((++o)->name && o->type != OPT_GROUP)
        if (opt_takes(c, o))
            return 1;
    return 0;
}

/** @param n bytes of the name */
static const Option *by_name(const Option *table, const char *name, size_t n)
{
    for (const Option *o = table; o && o->name; o++)
        if (o->type != OPT_GROUP && strlen(o->name) == n && !memcmp(o->name, name, n))
            return o;
    return NULL;
}

static const Option *by_letter(const Option *table, char letter)
{
    for (const Option *o = table; o && o->name; o++)
        if (o->type != OPT_GROUP && o->letter && o->letter == letter)
            return o;
    return NULL;
}

/**
 * Find the option that a word names: --name, --name=value, -n, -nvalue. Also
 * -name, which fingers know from elsewhere.
 * @param text set to what is joined to it, or to what a flag is stored as, or NULL
 */
static const Option *find(const Option *table, const char *arg, const char **text)
{
    const char *name = arg + (arg[1] == '-' ? 2 : 1), *equals = strchr(name, '=');
    size_t n = equals ? (size_t)(equals - name) : strlen(name);
    const Option *o = by_name(table, name, n);

    *text = equals ? equals + 1 : NULL;
    if (o)
        return o;
    if (!equals && !strncmp(name, "no-", 3) && (o = by_name(table, name + 3, n - 3)) &&
        o->type == OPT_FLAG) {
        *text = "0";
        return o;
    }
    if (arg[1] == '-')
        return NULL;
    *text = arg[2] ? arg + 2 : NULL;
    return by_letter(table, arg[1]);
}

/** One option of the command line. @return how many further words it used, or -1 */
static int option(Line *l, char **argv, int argc)
{
    const char *text, *why;
    const Option *o = find(l->table, argv[0], &text);
    int used = 0;

    if (!o)
        return wrong(l, "%s: no such option", argv[0]);
    if (o->type == OPT_FLAG && !text)
        text = "1";
    else if (o->type == OPT_FLAG && strcmp(text, "0"))
        return wrong(l, "%s: this option has no value", argv[0]);
    if (!text) {
        if (argc < 2)
            return wrong(l, "%s: its value is missing", argv[0]);
        text = argv[1];
        used = 1;
    }
    if ((why = store(o, l->values, text)))
        return wrong_value(l, o, text, why);
    if (l->nb_given < MAX_GIVEN)
        l->given[l->nb_given++] = o;
    return used;
}

/** Options may stand anywhere before "--". @return the operands, moved to the front, or -1 */
static int read_line(Line *l, int argc, char **argv)
{
    int rest = 0, only_args = 0, used;

    for (int i = 0; i < argc; i++) {
        if (!only_args && !strcmp(argv[i], "--")) {
            only_args = 1;
        } else if (only_args || argv[i][0] != '-' || !argv[i][1]) {
            argv[rest++] = argv[i];
        } else {
            if ((used = option(l, argv + i, argc - i)) < 0)
                return -1;
            i += used;
        }
    }
    return rest;
}

/** Whether the command can do with what was given. */
static int check(const Line *l, int nb_args)
{
    const OptCommand *c = l->command;

    for (int i = 0; i < l->nb_given; i++)
        if (!opt_takes(c, l->given[i]))
            return wrong(l, "--%s means nothing to it", l->given[i]->name);
    if (nb_args >= c->min_args && (c->max_args < 0 || nb_args <= c->max_args))
        return 0;
    fprintf(stderr, "usage: %s %s [options] %s\nTry: %s %s --help\n", l->program->name, c->name,
            c->args, l->program->name, c->name);
    return -1;
}

/* --- commands --- */

static const OptCommand *command(const OptProgram *p, const char *name)
{
    for (const OptCommand *c = p->commands; name && c->name; c++)
        if (!strcmp(c->name, name))
            return c;
    return NULL;
}

/** Read the words behind the program's name, and do what they say. */
static int run(Line *l, int argc, char **argv)
{
    const OptProgram *p = l->program;
    int n = read_line(l, argc, argv);

    if (n < 0)
        return OPT_USAGE;
    if (!l->command && (l->command = command(p, n ? argv[0] : NULL))) {
        argv++;
        n--;
    }
    if (!l->command && !(l->command = p->choose(n, argv)))
        return wrong(l, "what to do with %s?", n ? argv[0] : "nothing"), OPT_USAGE;
    if (check(l, n) < 0)
        return OPT_USAGE;
    if (p->prepare)
        p->prepare(l->values, n, argv);
    return l->command->run(l->values, n, argv);
}

/** Where commands have tables of their own, the first word is the command's name. */
static int run_command(const OptProgram *p, const OptCommand *c, int argc, char **argv)
{
    Line l = { .program = p, .command = c, .table = c ? c->options : p->options };
    size_t size = c ? c->size : p->size;
    int ret;

    l.values = calloc(1, size + 1);
    if (!l.values)
        return 1;
    if (!c && p->zero)
        memcpy(l.values, p->zero, size);
    opt_defaults(l.table, l.values);
    ret = run(&l, argc, argv);
    free(l.values);
    return ret;
}

static int finish(FILE *f)
{
    return fflush(f) || ferror(f) ? 1 : 0;
}

static int version(const OptProgram *p)
{
    printf("%s %s\n", p->name, p->version);
    return finish(stdout);
}

static int help(const OptProgram *p, const char *what)
{
    if (what && !strcmp(what, "--man"))
        opt_man(stdout, p);
    else if (what && !strcmp(what, "--completion"))
        opt_completion(stdout, p);
    else
        opt_help(stdout, p, command(p, what));
    return finish(stdout);
}

int opt_main(const OptProgram *p, int argc, char **argv)
{
    const char *first = argc > 1 ? argv[1] : NULL;

    if (!first) {
        opt_summary(stderr, p);
        return OPT_USAGE;
    }
    if (!strcmp(first, "help"))
        return help(p, argc > 2 ? argv[2] : NULL);
    for (int i = 1; i < argc && strcmp(argv[i], "--"); i++) {
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
            return help(p, first);
        if (!strcmp(argv[i], "--version") && i == 1)
            return version(p);
    }
    if (p->options)
        return run_command(p, NULL, argc - 1, argv + 1);
    if (!command(p, first)) {
        fprintf(stderr, "%s: no command '%s'\nTry: %s --help\n", p->name, first, p->name);
        return OPT_USAGE;
    }
    return run_command(p, command(p, first), argc - 2, argv + 2);
}
