/*
 * Commands and options of a program
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
 * One table of a program's commands and options gives its parser, its --help,
 * its man page and its completion in bash, so these cannot disagree.
 */

#ifndef RECORDER_OPTIONS_H
#define RECORDER_OPTIONS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/** What an option's value is, and what it is stored as. */
enum OptType {
    OPT_FLAG,       ///< int; no value; --no-NAME unsets it
    OPT_INT,        ///< int
    OPT_NUMBER,     ///< double
    OPT_TEXT,       ///< const char *, pointing into argv
    OPT_TIME,       ///< int64_t ms: 90, 1.5, 10ms, 30s, 5m, 2h, 1d, 1:30, 1:02:03
    OPT_SIZE,       ///< int64_t bytes: 1000, 64k, 10M, 2G, T (powers of 1024)
    OPT_PARSE,      ///< whatever Option.parse stores
    OPT_GROUP,      ///< no option, but the heading of those behind it
};

/** An option. A table of them ends with one without a name. */
typedef struct Option {
    const char *name;       ///< without the dashes
    char letter;            ///< the short form, or 0
    enum OptType type;
    size_t offset;          ///< of the value in the command's struct
    const char *value;      ///< what it is called in the help: "TIME"
    const char *def;        ///< default as the user would write it, or NULL: zero
    const char *help;       ///< one sentence, without the full stop
    double min, max;        ///< if they differ
    /**
     * @param text what the user wrote
     * @return NULL, or what is wrong with it
     */
    const char *(*parse)(void *dst, const char *text);
} Option;

/** A command of the program. A table of them ends with one without a name. */
typedef struct OptCommand {
    const char *name;       ///< "record"
    const char *args;       ///< "TARGET OUT.fbs"
    const char *summary;    ///< one line, without the full stop
    const char *text;       ///< paragraphs for the man page and the help
    const Option *options;
    size_t size;            ///< of the struct that the values are stored in
    int min_args, max_args; ///< of what is not an option; max -1: any number
    /** @return the exit status */
    int (*run)(const void *values, int argc, char **argv);
} OptCommand;

/** Sections of the man page behind the commands. */
typedef struct OptSection {
    const char *title;
    const char *text;       ///< scdoc
} OptSection;

typedef struct OptProgram {
    const char *name;
    const char *version;
    const char *summary;    ///< one line, without the full stop
    const OptCommand *commands;
    const OptSection *sections;     ///< ends with one without a title
    const char *see_also;           ///< scdoc
} OptProgram;

/** Exit status when the command line was wrong. */
#define OPT_USAGE 2

/**
 * Run the command that the command line names. Understands --help, --version,
 * and for those who package it `help --man` (scdoc's source of the man page)
 * and `help --completion` (bash).
 * @return the exit status
 */
int rec_opt_main(const OptProgram *p, int argc, char **argv);

/**
 * Store a command's defaults.
 * @param values zeroed
 */
void rec_opt_defaults(const OptCommand *c, void *values);

/**
 * Parse a command's options; they may stand anywhere before "--".
 * @param values as rec_opt_defaults() left them
 * @param argv   what is behind the command's name; what is no option is moved
 *               to its front
 * @return how many these are, or -1 with a message on stderr
 */
int rec_opt_parse(const OptProgram *p, const OptCommand *c, void *values, int argc, char **argv);

/** Values as they are written in options, files and queries. @return NULL or what is wrong */
const char *rec_opt_read_time(int64_t *ms, const char *text);
const char *rec_opt_read_size(int64_t *bytes, const char *text);

void rec_opt_help(FILE *f, const OptProgram *p, const OptCommand *c);
void rec_opt_man(FILE *f, const OptProgram *p);
void rec_opt_completion(FILE *f, const OptProgram *p);

#endif /* RECORDER_OPTIONS_H */
