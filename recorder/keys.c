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

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <xkbcommon/xkbcommon.h>

#include "keys.h"

/** Keysyms from here on are characters of Unicode. */
#define UNICODE 0x01000000
#define LAST_CHAR 0x10ffff
/** X11's keysyms have 29 bits. */
#define LAST_KEYSYM 0x1fffffff

int rec_utf8_read(uint32_t *c, const char *text, size_t size)
{
    static const struct { uint8_t mask, value; int n; uint32_t min; } forms[] = {
        { 0x80, 0x00, 1, 0 }, { 0xe0, 0xc0, 2, 0x80 },
        { 0xf0, 0xe0, 3, 0x800 }, { 0xf8, 0xf0, 4, 0x10000 },
    };
    const uint8_t *p = (const uint8_t *)text;

    for (size_t i = 0; size && i < sizeof(forms) / sizeof(*forms); i++) {
        if ((*p & forms[i].mask) != forms[i].value)
            continue;
        if (forms[i].n > size)
            return 0;
        *c = *p & (uint8_t)~forms[i].mask;
        for (int k = 1; k < forms[i].n; k++) {
            if ((p[k] & 0xc0) != 0x80)
                return 0;
            *c = *c << 6 | (p[k] & 0x3f);
        }
        if (*c < forms[i].min || *c > LAST_CHAR || (*c >= 0xd800 && *c < 0xe000))
            return 0;
        return forms[i].n;
    }
    return 0;
}

int rec_utf8_write(char *text, uint32_t c)
{
    if (c < 0x80) {
        text[0] = c;
        return 1;
    }
    if (c < 0x800) {
        text[0] = 0xc0 | c >> 6;
        text[1] = 0x80 | (c & 0x3f);
        return 2;
    }
    if (c < 0x10000) {
        text[0] = 0xe0 | c >> 12;
        text[1] = 0x80 | (c >> 6 & 0x3f);
        text[2] = 0x80 | (c & 0x3f);
        return 3;
    }
    text[0] = 0xf0 | c >> 18;
    text[1] = 0x80 | (c >> 12 & 0x3f);
    text[2] = 0x80 | (c >> 6 & 0x3f);
    text[3] = 0x80 | (c & 0x3f);
    return 4;
}

char *rec_utf8_from(const char *text, size_t size, size_t *out_size)
{
    char *out = malloc(2 * size + 1);
    size_t pos = 0;
    uint32_t c;
    int n = 1;

    if (!out)
        return NULL;
    while (pos < size && (n = rec_utf8_read(&c, text + pos, size - pos)))
        pos += n;
    *out_size = size;
    if (n) {
        memcpy(out, text, size);
    } else {
        *out_size = 0;
        for (pos = 0; pos < size; pos++)
            *out_size += rec_utf8_write(out + *out_size, (uint8_t)text[pos]);
    }
    out[*out_size] = 0;
    return out;
}

uint32_t rec_key_by_char(uint32_t c)
{
    switch (c) {
    case '\n':
    case '\r':
        return XKB_KEY_Return;
    case '\t':
        return XKB_KEY_Tab;
    case '\b':
        return XKB_KEY_BackSpace;
    case 27:
        return XKB_KEY_Escape;
    case 127:
        return XKB_KEY_Delete;
    }
    if (c < ' ' || (c > 127 && c < 160) || c > LAST_CHAR || (c >= 0xd800 && c < 0xe000))
        return 0;
    c = xkb_utf32_to_keysym(c);
    return c;
}

uint32_t rec_key_to_char(uint32_t keysym)
{
    return xkb_keysym_to_utf32(keysym);
}

/** Digits and nothing else. @return 0 if it is no number that a keysym can be */
static uint32_t number(const char *text, int base)
{
    const char *digits = base == 16 ? "0123456789abcdefABCDEF" : "0123456789";
    unsigned long n;

    if (!*text || text[strspn(text, digits)] || strlen(text) > 10)
        return 0;
    n = strtoul(text, NULL, base);
    return n <= LAST_KEYSYM ? n : 0;
}

uint32_t rec_key_by_name(const char *name, size_t n)
{
    char text[REC_KEY_NAME];
    uint32_t c;

    if (!n || n >= sizeof(text))
        return 0;
    if (rec_utf8_read(&c, name, n) == n)
        return rec_key_by_char(c);
    memcpy(text, name, n);
    text[n] = 0;
    if (strlen(text) != n)
        return 0;
    if (!strncmp(text, "U+", 2)) {
        uint32_t key;

        c   = number(text + 2, 16);
        key = c <= LAST_CHAR ? rec_key_by_char(c) : 0;
        return key ? key : c;
    }
    if (!strncasecmp(text, "0x", 2))
        return number(text + 2, 16);
    if ((c = number(text, 10)))
        return c;
    return xkb_keysym_from_name(text + (strncmp(text, "XK_", 3) ? 0 : 3), 0);
}

const char *rec_key_suggestion(const char *name, size_t n, char buf[REC_KEY_NAME])
{
    static const char *const others[][2] = {
        { "enter", "Return" }, { "cr", "Return" }, { "esc", "Escape" }, { "ctrl", "Control_L" },
        { "control", "Control_L" }, { "alt", "Alt_L" }, { "altgr", "ISO_Level3_Shift" },
        { "shift", "Shift_L" }, { "win", "Super_L" }, { "windows", "Super_L" },
        { "super", "Super_L" }, { "meta", "Meta_L" }, { "cmd", "Super_L" }, { "del", "Delete" },
        { "ins", "Insert" }, { "bs", "BackSpace" }, { "bksp", "BackSpace" },
        { "pageup", "Prior" }, { "pgup", "Prior" }, { "pagedown", "Next" }, { "pgdn", "Next" },
        { "dot", "period" }, { "enter_kp", "KP_Enter" }, { "spacebar", "space" },
        { "caps", "Caps_Lock" }, { "hash", "numbersign" }, { "dash", "minus" },
    };
    uint32_t key;

    if (!n || n >= REC_KEY_NAME)
        return NULL;
    memcpy(buf, name, n);
    buf[n] = 0;
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        if (!strcasecmp(buf, others[i][0]))
            return others[i][1];
    key = xkb_keysym_from_name(buf, XKB_KEYSYM_CASE_INSENSITIVE);
    return key ? rec_key_name(key, buf) : NULL;
}

const char *rec_key_name(uint32_t keysym, char buf[REC_KEY_NAME])
{
    uint32_t c = keysym >= UNICODE ? keysym - UNICODE : 0;

    if (c && c <= LAST_CHAR)
        snprintf(buf, REC_KEY_NAME, "U+%04X", c);
    else if (xkb_keysym_get_name(keysym, buf, REC_KEY_NAME) <= 0 || !strncmp(buf, "0x", 2) ||
             xkb_keysym_from_name(buf, 0) != keysym)
        snprintf(buf, REC_KEY_NAME, "0x%x", keysym);
    return buf;
}
