/*
 * Names and numbers of keys
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

/** @file Keys as X11 names and numbers them ("keysyms"), which RFB sends. */

#ifndef RECORDER_KEYS_H
#define RECORDER_KEYS_H

#include <stddef.h>
#include <stdint.h>

/** Room for a name, with the zero. */
#define REC_KEY_NAME 64

/**
 * The key that a name means: one of X11's with or without "XK_", a single
 * character (UTF-8), a code point as U+00E9, a number as 0xff0d. "U+" and what
 * is no character is a number, too: minimega writes numbers so.
 * @param n bytes of the name
 * @return 0 if there is no such key
 */
uint32_t rec_key_by_name(const char *name, size_t n);

/** What the user may have meant, or NULL. */
const char *rec_key_suggestion(const char *name, size_t n, char buf[REC_KEY_NAME]);

/** X11's name, or 0x... where there is none. @return buf */
const char *rec_key_name(uint32_t keysym, char buf[REC_KEY_NAME]);

/** The key that types a character. @return 0 if none can */
uint32_t rec_key_by_char(uint32_t c);

/** What the key types, 0 if it is no character. */
uint32_t rec_key_to_char(uint32_t keysym);

/**
 * Read a character of UTF-8. @return bytes (> 0), or 0 if there is none
 */
int rec_utf8_read(uint32_t *c, const char *text, size_t size);

/** @return bytes written, 1 to 4 */
int rec_utf8_write(char *text, uint32_t c);

/** Text in UTF-8 from any bytes: what is no UTF-8 is taken for Latin-1. @return NULL: no memory */
char *rec_utf8_from(const char *text, size_t size, size_t *out_size);

#endif /* RECORDER_KEYS_H */
