/*
 * Commands and options of a program: help, man page, completion
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
    char head[100], text[600];
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

void rec_opt_help(FILE *f, const OptProgram *p, const OptCommand *c)
{
    if (c) {
        fprintf(f, "usage: %s %s [options] %s\n\n%s.\n", p->name, c->name, c->args, c->summary);
        if (c->text) {
            fputc('\n', f);
            wrap(f, c->text, 0);
        }
        if (c->options && c->options->type != OPT_GROUP)
            fprintf(f, "\nOptions:\n");
        for (const Option *o = c->options; o && o->name; o++)
            help_option(f, o);
        return;
    }
    fprintf(f, "%s: %s\n\n", p->name, p->summary);
    for (const OptCommand *i = p->commands; i->name; i++) {
        int n = fprintf(f, "  %s %s %s", p->name, i->name, i->args);

        if (n >= 38)
            fprintf(f, "\n%*s", 38, "");
        else
            fprintf(f, "%*s", 38 - n, "");
        wrap(f, i->summary, 38);
    }
    fprintf(f, "\n  %s COMMAND --help%*stells all about one; so does the man page\n", p->name,
            (int)(38 - 17 - strlen(p->name)), "");
}

/** scdoc takes underscores and asterisks for itself. */
static void escaped(FILE *f, const char *text)
{
    for (; *text; text++) {
        if (strchr("_*\\#", *text))
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
    if (o->value)
        fprintf(f, " _%s_", o->value);
    fprintf(f, "\n\t");
    escaped(f, o->help);
    if (o->def && o->value) {
        fprintf(f, " (default ");
        escaped(f, o->def);
        fputc(')', f);
    }
    fprintf(f, ".\n\n");
}

void rec_opt_man(FILE *f, const OptProgram *p)
{
    fprintf(f, "%s(1)\n\n# NAME\n\n%s - %s\n\n# SYNOPSIS\n\n", p->name, p->name, p->summary);
    for (const OptCommand *c = p->commands; c->name; c++) {
        fprintf(f, "*%s %s* [options] ", p->name, c->name);
        escaped(f, c->args);
        fprintf(f, "%s\n", c[1].name ? "++" : "");
    }
    fprintf(f, "\n# COMMANDS\n\n");
    for (const OptCommand *c = p->commands; c->name; c++) {
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
    for (const OptSection *s = p->sections; s && s->title; s++)
        fprintf(f, "# %s\n\n%s\n\n", s->title, s->text);
    if (p->see_also)
        fprintf(f, "# SEE ALSO\n\n%s\n", p->see_also);
}

void rec_opt_completion(FILE *f, const OptProgram *p)
{
    fprintf(f, "# bash completion for %s\n_%s()\n{\n"
            "    local cur=${COMP_WORDS[COMP_CWORD]} words\n"
            "    case ${COMP_WORDS[1]} in\n", p->name, p->name);
    for (const OptCommand *c = p->commands; c->name; c++) {
        fprintf(f, "    %s) words='--help", c->name);
        for (const Option *o = c->options; o && o->name; o++)
            if (o->type != OPT_GROUP)
                fprintf(f, " --%s", o->name);
        fprintf(f, "' ;;\n");
    }
    fprintf(f, "    esac\n    [ \"$COMP_CWORD\" -gt 1 ] || words='--help --version");
    for (const OptCommand *c = p->commands; c->name; c++)
        fprintf(f, " %s", c->name);
    fprintf(f, "'\n    if [[ $cur == -* || $COMP_CWORD -eq 1 ]]; then\n"
            "        mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
            "    else\n        compopt -o filenames\n"
            "        mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n    fi\n}\n"
            "complete -F _%s %s\n", p->name, p->name);
}
