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

#include <string.h>

#include <xkbcommon/xkbcommon.h>

#include "keys.h"
#include "typing.h"

/* What a level is reached with, as the types FOUR_LEVEL and its kin have it. */
static const uint32_t levels[4][2] = {
    { 0 },
    { XKB_KEY_Shift_L },
    { XKB_KEY_ISO_Level3_Shift },
    { XKB_KEY_ISO_Level3_Shift, XKB_KEY_Shift_L },
};

const char *rec_layout_open(RecLayout *l, const char *name)
{
    char layout[64], *variant = NULL, *end;
    struct xkb_rule_names names = { .layout = layout };

    memset(l, 0, sizeof(*l));
    if (!name || !strcmp(name, "us"))
        return NULL;
    if (!strcmp(name, "none")) {
        l->bare = 1;
        return NULL;
    }
    if (strlen(name) >= sizeof(layout))
        return "no such keyboard layout";
    strcpy(layout, name);
    if ((variant = strchr(layout, '('))) {
        *variant++ = 0;
        if ((end = strchr(variant, ')')))
            *end = 0;
        names.variant = variant;
    }
    l->context = xkb_context_new(XKB_CONTEXT_NO_ENVIRONMENT_NAMES);
    if (l->context) {
        xkb_context_set_log_level(l->context, XKB_LOG_LEVEL_CRITICAL);
        l->keymap = xkb_keymap_new_from_names(l->context, &names, 0);
    }
    return l->keymap ? NULL : "no such keyboard layout, or Debian's package xkb-data is missing";
}

void rec_layout_close(RecLayout *l)
{
    xkb_keymap_unref(l->keymap);
    xkb_context_unref(l->context);
    memset(l, 0, sizeof(*l));
}

/** The lowest level that any key of the layout has it on, or -1. */
static int find_level(const RecLayout *l, uint32_t keysym)
{
    xkb_keycode_t last = xkb_keymap_max_keycode(l->keymap);
    int best = -1;

    for (xkb_keycode_t key = xkb_keymap_min_keycode(l->keymap); key <= last; key++) {
        int n = xkb_keymap_num_levels_for_key(l->keymap, key, 0);

        for (int level = 0; level < n && level < 4 && (best < 0 || level < best); level++) {
            const xkb_keysym_t *syms;

            if (xkb_keymap_key_get_syms_by_level(l->keymap, key, 0, level, &syms) == 1 &&
                *syms == keysym)
                best = level;
        }
    }
    return best;
}

/** Whether an American keyboard, or for letters any keyboard, needs Shift. */
static int is_shifted(uint32_t keysym)
{
    uint32_t c = rec_key_to_char(keysym);

    if (keysym > 0xfd00 && keysym <= 0xffff)
        return 0;
    if (c && c < 128)
        return strchr("~!@#$%^&*()_+{}|:\"<>?", c) || (c >= 'A' && c <= 'Z');
    return c && xkb_keysym_to_lower(keysym) != keysym;
}

int rec_layout_modifiers(const RecLayout *l, uint32_t keysym, uint32_t modifiers[2])
{
    int level = l->bare ? 0 : l->keymap ? find_level(l, keysym) : is_shifted(keysym);

    if (level < 0)
        level = 0;
    modifiers[0] = levels[level][0];
    modifiers[1] = levels[level][1];
    return !!modifiers[0] + !!modifiers[1];
}
