/*
 * Typing text
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

/** @file Which keys type a text, with Shift where a keyboard needs it. */

#ifndef RECORDER_TYPING_H
#define RECORDER_TYPING_H

#include <stddef.h>
#include <stdint.h>

/** Whose keyboard the server has. Zero: an American one, without asking libxkbcommon. */
typedef struct RecLayout {
    int bare;                       ///< never send Shift
    struct xkb_context *context;
    struct xkb_keymap *keymap;
} RecLayout;

/**
 * @param name "us", "de", "ch(fr)", ... as X11 calls them, or "none": modifiers are never sent
 * @return NULL or what is wrong
 */
const char *rec_layout_open(RecLayout *l, const char *name);
void rec_layout_close(RecLayout *l);

/**
 * The modifiers to hold for a key: some servers (QEMU) send the guest the key
 * that lies under a character and no Shift with it.
 * @return how many, at most 2
 */
int rec_layout_modifiers(const RecLayout *l, uint32_t keysym, uint32_t modifiers[2]);

#endif /* RECORDER_TYPING_H */
