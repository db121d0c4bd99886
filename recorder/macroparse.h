/*
 * Macros: what the parsers of both formats share
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

/** @file Inside macro.c, macrokb.c and macrorfm.c. */

#ifndef RECORDER_MACROPARSE_H
#define RECORDER_MACROPARSE_H

#include "macro.h"

/** A line of the source, and how far it was read. */
typedef struct MacroLine {
    Macro *m;
    int number;
    const char *begin, *end;    ///< without the line's end
    const char *p;
} MacroLine;

/** Part of a line. */
typedef struct MacroWord {
    const char *p;
    int n;
} MacroWord;

/** The next line of the source. @return 0 behind the last one */
int rec_macro_line(MacroLine *l);

/** Note an error at a part of the line. @return -1 */
int rec_macro_error(MacroLine *l, MacroWord at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** @return the new step, zeroed, or NULL without memory */
MacroStep *rec_macro_step(MacroLine *l, enum MacroOp op);

/** Give a step a text. @return 0 or -1 */
int rec_macro_text(MacroLine *l, MacroStep *s, const char *text, size_t size);

/** The words of a command: up to a space or tab. @return 0 if there is none */
int rec_macro_word(MacroLine *l, MacroWord *w);

/** Whether a word is that; case does not matter. */
int rec_macro_is(MacroWord w, const char *text);

/** @return 0 or -1 with an error noted */
int rec_macro_key(MacroLine *l, MacroWord w, uint32_t *keysym);
int rec_macro_number(MacroLine *l, MacroWord w, int max, const char *what, int *n);

/** Parse what is behind l, which is at the start of the source. */
void rec_macro_parse_kb(MacroLine *l);
void rec_macro_parse_rfm(MacroLine *l);

/** Decode base64; white space is skipped. @return bytes, or -1 if it is none */
long rec_base64(char *dst, const char *src, size_t size);

#endif /* RECORDER_MACROPARSE_H */
