/*
 * Macros: keys, clicks and texts to send
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
 * A macro is read as a whole, and with all that it loads, before anything of
 * it is sent. Two formats are read and written: minimega's .kb and RFM 001.000
 * (doc/macros.md). No part of this prints but rec_macro_print_errors().
 */

#ifndef RECORDER_MACRO_H
#define RECORDER_MACRO_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum MacroFormat { MACRO_AUTO, MACRO_KB, MACRO_RFM };

enum MacroOp {
    MACRO_KEY,          ///< keysym, down
    MACRO_PRESS,        ///< keysym
    MACRO_TYPE,         ///< text
    MACRO_POINTER,      ///< buttons, x, y
    MACRO_MOVE,         ///< x, y
    MACRO_MOVE_BY,      ///< x, y
    MACRO_BUTTON,       ///< buttons (one bit), down
    MACRO_CLICK,        ///< buttons (one bit)
    MACRO_CUT,          ///< text: the bytes
    MACRO_DELAY,        ///< its delay and no more
    MACRO_COMMENT,      ///< text
    MACRO_LOAD,         ///< text: the path, loaded
    MACRO_WAIT_FOR,     ///< text: the picture's path or base64, picture, timeout
    MACRO_CLICK_IT,     ///< the same
};

struct Macro;
struct RecPicture;

typedef struct MacroStep {
    enum MacroOp op;
    int line;
    int64_t before, after;      ///< delays in ns
    int64_t timeout;            ///< ns
    uint32_t keysym;
    int down;
    int buttons;                ///< bit 0 is the left one
    int x, y;                   ///< pixels
    int column, width;          ///< of the text in its line, for messages
    char *text;                 ///< UTF-8 but for MACRO_CUT, followed by a zero
    size_t size;
    struct Macro *loaded;       ///< not owned
    struct RecPicture *picture;
} MacroStep;

typedef struct MacroError {
    int line, column;           ///< from 1, in bytes
    int width;                  ///< bytes that are wrong
    char text[200];
} MacroError;

/** Of all errors these are kept. */
#define MACRO_MAX_ERRORS 20

typedef struct Macro {
    char *name;                 ///< path, for messages
    enum MacroFormat format;
    char *source;               ///< followed by a zero
    size_t size;
    char *password;             ///< of an RFM, or NULL
    int shared;
    int64_t default_delay;      ///< ns, while parsing
    MacroStep *steps;
    int nb_steps, alloc;
    int nb_errors;
    MacroError errors[MACRO_MAX_ERRORS];
    int out_of_memory;
    uint64_t device, inode;
    int loading;                ///< it is being loaded: to load it again is a cycle
    int64_t duration;           ///< ns, with what it loads; -1 before it is known
} Macro;

/** A macro and all that it loads; the first one is the one to play. */
typedef struct MacroSet {
    Macro **macros;
    int nb;
    int pictures;               ///< whether any waits for a picture
    char error[300];            ///< why the first file cannot be read
} MacroSet;

/** Files that load files that load files. */
#define MACRO_MAX_DEPTH 16
/** No time is longer, nor the sum of all: 285 years, in ns. */
#define MACRO_MAX_TIME INT64_C(9000000000000000000)
/** Bytes of a file. */
#define MACRO_MAX_SIZE (64 << 20)

/**
 * Parse. Nothing is opened: what it loads and waits for has no pointers yet.
 * @param format  MACRO_AUTO goes by the content
 * @return NULL without memory; else see nb_errors
 */
Macro *rec_macro_parse(const char *name, const char *source, size_t size,
                       enum MacroFormat format);

void rec_macro_free(Macro *m);

/**
 * Read a file, what it loads, and the pictures.
 * @param path "-" is the standard input
 * @return 0; AVERROR_INVALIDDATA if there are errors in any of them; or another
 *         error with set->error filled. rec_macro_set_free() is good after all
 */
int rec_macro_load(MacroSet *set, const char *path, enum MacroFormat format);

void rec_macro_set_free(MacroSet *set);

/** "FILE:LINE:COLUMN: what", the line, and a caret under what is wrong. @return how many */
int rec_macro_print_errors(FILE *f, const MacroSet *set);

/** ns with all that it loads; what it waits for counts nothing. Saturates. */
int64_t rec_macro_duration(Macro *m);

/** The sum of two times, MACRO_MAX_TIME where that is too much. */
int64_t rec_macro_add(int64_t a, int64_t b);

/** One line that tells what a step does, without a line feed. */
void rec_macro_describe(char *buf, size_t size, const MacroStep *step);

/**
 * Write a macro in one of the formats.
 * @param why filled when something cannot be said in that format
 * @return 0, AVERROR(ENOSYS) for that, or an error of the file
 */
int rec_macro_write(FILE *f, const MacroSet *set, enum MacroFormat format, char why[200]);

/** A macro that is written while it happens. */
typedef struct MacroWriter MacroWriter;

/** @param f what is written to, which stays the caller's. @return NULL without memory */
MacroWriter *rec_macro_writer_new(FILE *f, enum MacroFormat format);

/**
 * Append a step of a kind that both formats have, and flush: what was written
 * is a macro after each call.
 * @return 0 or an error of the file
 */
int rec_macro_writer_put(MacroWriter *w, const MacroStep *step);

/** End the macro and free the writer. @return 0 or an error of the file */
int rec_macro_writer_end(MacroWriter *w);

#endif /* RECORDER_MACRO_H */
