/*
 * Names of keys, and which modifiers type a character
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

#define _GNU_SOURCE

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../recorder/keys.h"
#include "../recorder/typing.h"

static void keys(void **state)
{
    static const struct { const char *name; uint32_t key; } cases[] = {
        /* X11's keysymdef.h */
        { "Return", 0xff0d }, { "XK_Return", 0xff0d }, { "a", 0x61 }, { "A", 0x41 },
        { "eacute", 0xe9 }, { "\xc3\xa9", 0xe9 }, { "U+00E9", 0xe9 }, { "EuroSign", 0x20ac },
        { "\xe2\x82\xac", 0x20ac }, { "0xffe1", 0xffe1 }, { "0XFF", 0xff }, { "1", 0x31 },
        { " ", 0x20 }, { "U+6F22", 0x1006f22 }, { "\xf0\x9f\x98\x80", 0x101f600 },
        { "U+1006F22", 0x1006f22 }, { "F12", 0xffc9 }, { "ISO_Level3_Shift", 0xfe03 },
        { "", 0 }, { "nokey", 0 }, { "0x", 0 }, { "U+", 0 }, { "0xffffffffff", 0 }, { "\xff", 0 },
        { "\xc0\x80", 0 }, { "\xed\xa0\x80", 0 }, { "U+D800", 0xd800 }, { "U+0016", 0x16 },
    };

    for (int i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        if (rec_key_by_name(cases[i].name, strlen(cases[i].name)) != cases[i].key)
            fail_msg("%s: %x", cases[i].name,
                     rec_key_by_name(cases[i].name, strlen(cases[i].name)));
    /* every key has a name that means it */
    for (uint32_t key = 1; key < 0x1020000; key += key < 0x10000 ? 1 : 4099) {
        char name[REC_KEY_NAME];

        rec_key_name(key, name);
        if (rec_key_by_name(name, strlen(name)) != key && key < 0x1000000)
            fail_msg("%x: %s", key, name);
    }
    assert_int_equal(rec_key_by_char('\n'), 0xff0d);
    assert_int_equal(rec_key_by_char('\t'), 0xff09);
    assert_int_equal(rec_key_by_char(1), 0);
}

static void modifiers(void **state)
{
    /* of the layouts as they are printed on keyboards: 1 Shift, 2 AltGr */
    static const struct { const char *layout, *c; int modifiers; } cases[] = {
        { "us", "a", 0 }, { "us", "A", 1 }, { "us", "!", 1 }, { "us", "/", 0 }, { "us", "\"", 1 },
        { "us", "\xc3\x89", 1 }, { "us", "\xc3\xa9", 0 }, { "us", "\xe6\xbc\xa2", 0 },
        { "none", "A", 0 }, { "none", "!", 0 },
        { "de", "z", 0 }, { "de", "\"", 1 }, { "de", "@", 2 }, { "de", "/", 1 }, { "de", "{", 2 },
        { "de", "\xc3\xa4", 0 }, { "de", "\xc3\x84", 1 }, { "fr", "1", 1 }, { "fr", "&", 0 },
        { "ch(fr)", "#", 2 },
    };

    for (int i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        RecLayout l;
        uint32_t c, held[2], n, bits = 0;

        assert_null(rec_layout_open(&l, cases[i].layout));
        rec_utf8_read(&c, cases[i].c, strlen(cases[i].c));
        n = rec_layout_modifiers(&l, rec_key_by_char(c), held);
        for (int k = 0; k < n; k++)
            bits |= held[k] == 0xffe1 ? 1 : held[k] == 0xfe03 ? 2 : 4;
        if (bits != cases[i].modifiers)
            fail_msg("%s %s: %d", cases[i].layout, cases[i].c, bits);
        rec_layout_close(&l);
    }
    {
        RecLayout l;

        assert_non_null(rec_layout_open(&l, "nolayout"));
        rec_layout_close(&l);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys),
        cmocka_unit_test(modifiers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
