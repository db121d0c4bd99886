/*
 * rfbplay: --help, manual page and completion, from the table of options
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

enum { HELP_COLUMN = 26, HELP_WIDTH = 80 };

/** Words of text from a column on, in lines. */
static void wrap(FILE *f, const char *text, int column)
{
    int at = column;

    while (*text) {
        int n = strcspn(text, " ");

        if (at > column && at + 1 + n > HELP_WIDTH) {
            fprintf(f, "\n%*s", column, "");
            at = column;
        } else if (at > column) {
            fputc(' ', f);
            at++;
        }
        fprintf(f, "%.*s", n, text);
        at   += n;
        text += n + strspn(text + n, " ");
    }
    fputc('\n', f);
}

void play_print_help(FILE *f)
{
    fputs("rfbplay: recordings of VNC sessions, in a browser or as video files\n\n", f);
    for (const PlayCommand *c = play_commands; c->name; c++) {
        char usage[128];

        snprintf(usage, sizeof(usage), "  rfbplay %s %s", c->name, c->operands);
        fprintf(f, "%-*s  ", HELP_COLUMN + 12, usage);
        wrap(f, c->help, HELP_COLUMN + 14);
    }
    fputs("\n\"serve\" and \"transcode\" may be left out: rfbplay DIR, rfbplay IN OUT.\n", f);
    for (const PlayOption *o = play_options; o->help; o++) {
        char usage[64], letter[8] = "    ";

        if (!o->name) {
            fprintf(f, "\n%s:\n", o->help);
            continue;
        }
        if (o->letter)
            snprintf(letter, sizeof(letter), "-%c, ", o->letter);
        snprintf(usage, sizeof(usage), "  %s--%s%s%s", letter, o->name, o->arg ? " " : "",
                 o->arg ? o->arg : "");
        fprintf(f, "%-*s", HELP_COLUMN, usage);
        if (strlen(usage) >= HELP_COLUMN)
            fprintf(f, "\n%*s", HELP_COLUMN, "");
        wrap(f, o->help, HELP_COLUMN);
    }
    fputs("\n  -h, --help              Print this.\n"
          "      --version           Print the version.\n"
          "\nExit status: 0 all went well; 1 it failed; 2 the command line is wrong; 3 made, but\n"
          "the recording is damaged (what can be read was used); 128+N ended by signal N.\n", f);
}

/** Text as scdoc wants it: its marks are escaped. */
static void escape(FILE *f, const char *text)
{
    for (; *text; text++) {
        if (strchr("_*\\<>#[]|", *text))
            fputc('\\', f);
        fputc(*text, f);
    }
}

void play_print_man(FILE *f)
{
    fputs("# COMMANDS\n\n", f);
    for (const PlayCommand *c = play_commands; c->name; c++) {
        fprintf(f, "*rfbplay %s* ", c->name);
        escape(f, c->operands);
        fputs("\n\t", f);
        escape(f, c->help);
        fputs("\n\n", f);
    }
    fputs("*serve* and *transcode* may be left out: *rfbplay* DIR, *rfbplay* IN OUT.\n\n"
          "# OPTIONS\n\n", f);
    for (const PlayOption *o = play_options; o->help; o++) {
        if (!o->name) {
            fprintf(f, "## %s\n\n", o->help);
            continue;
        }
        if (o->letter)
            fprintf(f, "*-%c*, ", o->letter);
        fprintf(f, "*--%s*", o->name);
        if (o->arg) {
            fputc(' ', f);
            escape(f, o->arg);
        }
        fputs("\n\t", f);
        escape(f, o->help);
        fputs("\n\n", f);
    }
}

void play_print_completion(FILE *f)
{
    fputs("# bash completion for rfbplay\n"
          "_rfbplay() {\n"
          "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
          "    COMPREPLY=()\n"
          "    case $prev in\n", f);
    for (const PlayOption *o = play_options; o->help; o++) {
        if (!o->name || o->type == PLAY_OPT_FLAG)
            continue;
        fprintf(f, "    --%s", o->name);
        if (o->letter)
            fprintf(f, "|-%c", o->letter);
        fputs(") ", f);
        if (o->choices) {
            fputs("COMPREPLY=($(compgen -W '", f);
            for (const char *const *c = o->choices; *c; c++)
                fprintf(f, "%s%s", c == o->choices ? "" : " ", *c);
            fputs("' -- \"$cur\")); ", f);
        } else if (strstr(o->arg, "FILE") || strstr(o->arg, "DIR")) {
            fputs("COMPREPLY=($(compgen -f -- \"$cur\")); ", f);
        }
        fputs("return ;;\n", f);
    }
    fputs("    esac\n    case $cur in\n    -*) COMPREPLY=($(compgen -W '--help --version", f);
    for (const PlayOption *o = play_options; o->help; o++)
        if (o->name)
            fprintf(f, " --%s", o->name);
    fputs("' -- \"$cur\")) ;;\n    *) COMPREPLY=($(compgen -f -- \"$cur\"))\n"
          "       [ \"$COMP_CWORD\" -gt 1 ] || COMPREPLY+=($(compgen -W '", f);
    for (const PlayCommand *c = play_commands; c->name; c++)
        fprintf(f, "%s%s", c == play_commands ? "" : " ", c->name);
    fputs("' -- \"$cur\")) ;;\n    esac\n}\ncomplete -o filenames -F _rfbplay rfbplay\n", f);
}
