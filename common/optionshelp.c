/*
 * Commands and options: help, man page, completion
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

#include <string.h>

#include "options.h"

/** Where help texts begin, and where lines end. */
#define COLUMN 26
#define WIDTH  90

/** Where the summaries of commands begin. */
#define SUMMARY 38

/* --- --help --- */

/** Print words from a column on, in lines of at most WIDTH. */
static void wrap(FILE *f, const char *text, int column)
{
    int at = column;

    while (*text) {
        int n = strcspn(text, " \n");

        if (*text == '\n') {
            fprintf(f, "\n%*s", column, "");
            at = column;
            text++;
            continue;
        }
        if (at > column && at + 1 + n > WIDTH) {
            fprintf(f, "\n%*s", column, "");
            at = column;
        }
        if (n) {
            fprintf(f, "%s%.*s", at > column ? " " : "", n, text);
            at += n + (at > column);
        }
        text += n + (text[n] == ' ');
    }
    fputc('\n', f);
}

static void help_option(FILE *f, const Option *o)
{
    char head[100], text[800];
    int n;

    if (o->type == OPT_GROUP) {
        fprintf(f, "\n%s:\n", o->name);
        return;
    }
    n = snprintf(head, sizeof(head), "  %c%c%s--%s%s%s", o->letter ? '-' : ' ',
                 o->letter ? o->letter : ' ', o->letter ? ", " : "  ", o->name,
                 o->value ? " " : "", o->value ? o->value : "");
    fprintf(f, "%-*s", COLUMN, head);
    if (n >= COLUMN)
        fprintf(f, "\n%*s", COLUMN, "");
    snprintf(text, sizeof(text), "%s%s%s%s", o->help, o->def && o->value ? " (default " : "",
             o->def && o->value ? o->def : "", o->def && o->value ? ")" : "");
    wrap(f, text, COLUMN);
}

static const Option *table_of(const OptProgram *p, const OptCommand *c)
{
    return p->options ? p->options : c ? c->options : NULL;
}

static void help_options(FILE *f, const OptProgram *p, const OptCommand *c)
{
    const Option *o = table_of(p, c);

    if (o && o->type != OPT_GROUP)
        fprintf(f, "\nOptions:\n");
    for (; o && o->name; o++)
        if (opt_takes(c, o))
            help_option(f, o);
}

static void help_command(FILE *f, const OptProgram *p, const OptCommand *c)
{
    fprintf(f, "usage: %s %s [options] %s\n\n%s.\n", p->name, c->name, c->args, c->summary);
    if (c->text) {
        fputc('\n', f);
        wrap(f, c->text, 0);
    }
    help_options(f, p, c);
}

void opt_summary(FILE *f, const OptProgram *p)
{
    fprintf(f, "%s: %s\n\n", p->name, p->summary);
    for (const OptCommand *i = p->commands; i->name; i++) {
        int n = fprintf(f, "  %s %s %s", p->name, i->name, i->args);

        if (n >= SUMMARY)
            fprintf(f, "\n%*s", SUMMARY, "");
        else
            fprintf(f, "%*s", SUMMARY - n, "");
        wrap(f, i->summary, SUMMARY);
    }
    if (p->text) {
        fputc('\n', f);
        wrap(f, p->text, 0);
    }
    fprintf(f, "\n  %s COMMAND --help%*stells all about one; so does the man page\n", p->name,
            (int)(SUMMARY - 17 - strlen(p->name)), "");
}

void opt_help(FILE *f, const OptProgram *p, const OptCommand *c)
{
    if (c) {
        help_command(f, p, c);
        return;
    }
    opt_summary(f, p);
    help_options(f, p, NULL);
    fputs("\n  -h, --help              Print this\n"
          "      --version           Print the version\n", f);
}

/* --- man page --- */

/** scdoc takes these for itself. */
static void escaped(FILE *f, const char *text)
{
    for (; *text; text++) {
        if (strchr("_*\\<>#[]|", *text))
            fputc('\\', f);
        fputc(*text, f);
    }
}

static void man_option(FILE *f, const Option *o)
{
    if (o->type == OPT_GROUP) {
        fprintf(f, "_%s_\n\n", o->name);
        return;
    }
    if (o->letter)
        fprintf(f, "*-%c*, ", o->letter);
    fprintf(f, "*--%s*", o->name);
    if (o->value) {
        fputs(" _", f);
        escaped(f, o->value);
        fputc('_', f);
    }
    fprintf(f, "\n\t");
    escaped(f, o->help);
    if (o->def && o->value) {
        fprintf(f, " (default ");
        escaped(f, o->def);
        fputc(')', f);
    }
    fprintf(f, ".\n\n");
}

static void man_command(FILE *f, const OptCommand *c)
{
    fprintf(f, "## %s ", c->name);
    escaped(f, c->args);
    fprintf(f, "\n\n");
    escaped(f, c->summary);
    fprintf(f, ".\n\n");
    if (c->text) {
        escaped(f, c->text);
        fprintf(f, "\n\n");
    }
    for (const Option *o = c->options; o && o->name; o++)
        man_option(f, o);
}

static void man_commands(FILE *f, const OptProgram *p)
{
    fprintf(f, "# COMMANDS\n\n");
    for (const OptCommand *c = p->commands; c->name; c++)
        man_command(f, c);
    if (p->text) {
        escaped(f, p->text);
        fprintf(f, "\n\n");
    }
    if (p->options)
        fprintf(f, "# OPTIONS\n\n");
    for (const Option *o = p->options; o && o->name; o++)
        man_option(f, o);
}

void opt_man(FILE *f, const OptProgram *p)
{
    if (!p->sections) {
        man_commands(f, p);
        return;
    }
    fprintf(f, "%s(1)\n\n# NAME\n\n%s - %s\n\n# SYNOPSIS\n\n", p->name, p->name, p->summary);
    for (const OptCommand *c = p->commands; c->name; c++) {
        fprintf(f, "*%s %s* [options] ", p->name, c->name);
        escaped(f, c->args);
        fprintf(f, "%s\n", c[1].name ? "++" : "");
    }
    fputc('\n', f);
    man_commands(f, p);
    for (const OptSection *s = p->sections; s->title; s++)
        fprintf(f, "# %s\n\n%s\n\n", s->title, s->text);
    if (p->see_also)
        fprintf(f, "# SEE ALSO\n\n%s\n", p->see_also);
}

/* --- completion --- */

static void complete_names(FILE *f, const OptProgram *p, const OptCommand *c)
{
    for (const Option *o = table_of(p, c); o && o->name; o++)
        if (o->type != OPT_GROUP && opt_takes(c, o))
            fprintf(f, " --%s", o->name);
}

/** What may stand behind an option: one of some words, a file, or who knows what. */
static void complete_value(FILE *f, const Option *o)
{
    if (o->type == OPT_GROUP || o->type == OPT_FLAG)
        return;
    fprintf(f, "    --%s", o->name);
    if (o->letter)
        fprintf(f, "|-%c", o->letter);
    fputs(") ", f);
    if (o->choices) {
        fputs("mapfile -t COMPREPLY < <(compgen -W '", f);
        for (const char *const *c = o->choices; *c; c++)
            fprintf(f, "%s%s", c == o->choices ? "" : " ", *c);
        fputs("' -- \"$cur\"); ", f);
    } else if (o->value && (strstr(o->value, "FILE") || strstr(o->value, "DIR"))) {
        fputs("compopt -o filenames 2>/dev/null; "
              "mapfile -t COMPREPLY < <(compgen -f -- \"$cur\"); ", f);
    }
    fputs("return ;;\n", f);
}

static void complete_values(FILE *f, const Option *o)
{
    for (; o && o->name; o++)
        complete_value(f, o);
}

void opt_completion(FILE *f, const OptProgram *p)
{
    fprintf(f, "# bash completion for %s\n_%s()\n{\n"
            "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words\n"
            "    COMPREPLY=()\n    case $prev in\n", p->name, p->name);
    complete_values(f, p->options);
    for (const OptCommand *c = p->commands; c->name; c++)
        complete_values(f, c->options);
    fputs("    esac\n    case ${COMP_WORDS[1]} in\n", f);
    for (const OptCommand *c = p->commands; c->name; c++) {
        fprintf(f, "    %s) words='--help", c->name);
        complete_names(f, p, c);
        fprintf(f, "' ;;\n");
    }
    fputs("    *) words='--help --version", f);
    complete_names(f, p, NULL);
    fputs("' ;;\n    esac\n    [ \"$COMP_CWORD\" -gt 1 ] || words+=' help", f);
    for (const OptCommand *c = p->commands; c->name; c++)
        fprintf(f, " %s", c->name);
    fprintf(f, "'\n    mapfile -t COMPREPLY < <(\n"
            "        [[ $cur != -* && $COMP_CWORD -gt 1 ]] || compgen -W \"$words\" -- \"$cur\"\n"
            "        [[ $cur == -* ]] || compgen -f -- \"$cur\")\n"
            "    [[ $cur == -* ]] || compopt -o filenames 2>/dev/null\n}\n"
            "complete -F _%s %s\n", p->name, p->name);
}
