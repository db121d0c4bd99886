/*
 * Fuzz target: macros, both formats read, told, written and read again
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

#include <stdio.h>
#include <stdlib.h>

#include "../recorder/macro.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const uint8_t *data, size_t size, enum MacroFormat format)
{
    Macro *m = rec_macro_parse("fuzz", (const char *)data, size, format);
    MacroSet set = { &m, 1 };
    char *text = NULL, why[200], line[300];
    size_t text_size;
    FILE *null = fopen("/dev/null", "w");

    if (!m || !null)
        abort();
    rec_macro_print_errors(null, &set);
    fclose(null);
    rec_macro_duration(m);
    for (int i = 0; i < m->nb_steps; i++)
        rec_macro_describe(line, sizeof(line), &m->steps[i]);
    for (format = MACRO_KB; format <= MACRO_RFM; format++) {
        FILE *f = open_memstream(&text, &text_size);
        int ret = 1, loads = 0;
        Macro *again;

        for (int i = 0; i < m->nb_steps; i++)
            loads |= m->steps[i].op == MACRO_LOAD;
        if (!loads || format == MACRO_KB)
            ret = rec_macro_write(f, &set, format, why);
        fclose(f);
        /* what is written is read without an error */
        again = rec_macro_parse("again", text, text_size, format);
        if (!again || (!ret && again->nb_errors))
            abort();
        rec_macro_free(again);
        free(text);
    }
    rec_macro_free(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (enum MacroFormat format = MACRO_AUTO; format <= MACRO_RFM; format++)
        check(data, size, format);
    return 0;
}
