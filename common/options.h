/*
 * Commands and options
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
 *
 * Each command has options of its own that fill a struct of its own (rfbrec),
 * or all of them share a table and a struct, and an option says which commands
 * take it (rfbplay).
 */

#ifndef COMMON_OPTIONS_H
#define COMMON_OPTIONS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/** What an option's value is, and what it is stored as. */
enum OptType {
    OPT_FLAG,       ///< int; no value; --no-NAME unsets it
    OPT_INT,        ///< int
    OPT_NUMBER,     ///< double; opt_read_number()
    OPT_TEXT,       ///< const char *, pointing into argv
    OPT_TIME,       ///< int64_t ms; opt_read_time()
    OPT_SIZE,       ///< int64_t bytes; opt_read_size()
    OPT_COUNT,      ///< int64_t; opt_read_count()
    OPT_CHOICE,     ///< int, the place in Option.choices
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
    const char *help;       ///< sentences, without the last full stop
    double min, max;        ///< if they differ; of times in seconds
    /**
     * @param text what the user wrote
     * @return NULL, or what is wrong with it
     */
    const char *(*parse)(void *dst, const char *text);
    const char *const *choices; ///< ends with NULL
    int set;                ///< what a flag stores; 0: 1
    unsigned commands;      ///< in a table that is shared: OptCommand.bit of those that take it
} Option;

/** A command of the program. A table of them ends with one without a name. */
typedef struct OptCommand {
    const char *name;       ///< "record"
    const char *args;       ///< "TARGET OUT.fbs"
    const char *summary;    ///< one line, without the full stop
    const char *text;       ///< paragraphs for the man page and the help
    const Option *options;  ///< NULL where all are in OptProgram.options
    size_t size;            ///< of the struct that the values are stored in
    int min_args, max_args; ///< of what is not an option; max -1: any number
    /** @return the exit status */
    int (*run)(const void *values, int argc, char **argv);
    unsigned bit;           ///< see Option.commands
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
    const OptSection *sections;     ///< ends with one without a title; NULL: the man page
                                    ///< is in a file, into which its options are put
    const char *see_also;           ///< scdoc

    /* where all commands share a table */
    const Option *options;
    size_t size;            ///< of the struct that the values are stored in
    const void *zero;       ///< what it is before Option.def is applied, NULL: zeros
    const char *text;       ///< paragraphs for the man page and the help
    /** Which command it is when none is named. @return NULL: none */
    const OptCommand *(*choose)(int argc, char **argv);
    /** Called before a command is run. */
    void (*prepare)(void *values, int argc, char **argv);
} OptProgram;

/** Exit status when the command line was wrong. */
#define OPT_USAGE 2

/**
 * Run the command that the command line names. Understands --help, --version,
 * and for those who package it `help --man` (scdoc's source of the man page)
 * and `help --completion` (bash).
 * @return the exit status
 */
int opt_main(const OptProgram *p, int argc, char **argv);

/**
 * Store a table's defaults.
 * @param values zeroed, or what else is to be where there is no default
 */
void opt_defaults(const Option *table, void *values);

/** What commands there are. */
void opt_summary(FILE *f, const OptProgram *p);

/** @param c one of its commands, or NULL: all of them */
void opt_help(FILE *f, const OptProgram *p, const OptCommand *c);
void opt_man(FILE *f, const OptProgram *p);
void opt_completion(FILE *f, const OptProgram *p);

/** Whether an option, or what stands below a heading, belongs to a command. */
int opt_takes(const OptCommand *c, const Option *o);

#endif /* COMMON_OPTIONS_H */
