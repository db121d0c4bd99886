/*
 * Fuzz target: what a viewer sends, in any pieces
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

#include <stdlib.h>
#include <string.h>

#include "../recorder/clientmsg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** What passes of some bytes that come in pieces. @return it, to be freed */
static uint8_t *filter(const uint8_t *data, size_t size, size_t piece, int view_only,
                       size_t *passed, int *result)
{
    RecClientFilter *f = calloc(1, sizeof(*f));
    uint8_t *out = malloc(size + REC_MAX_HELD), *in = malloc(piece + 1);

    if (!f || !out || !in)
        abort();
    f->view_only = view_only;
    *passed = 0;
    for (size_t at = 0; at < size && f->result >= 0; at += piece) {
        const size_t n = size - at < piece ? size - at : piece;
        /* exactly as large as what may be written */
        uint8_t *room = malloc(n + REC_MAX_HELD);
        size_t got;

        if (!room)
            abort();
        memcpy(in, data + at, n);
        got = rec_client_filter(f, room, in, n);
        if (*passed + got > at + n)
            abort();
        memcpy(out + *passed, room, got);
        *passed += got;
        free(room);
    }
    *result = f->result;
    if ((*result < 0) != (*f->error != 0))
        abort();
    free(in);
    free(f);
    return out;
}

/** The same passes in any pieces, and all of what passed passes again. */
static void check(const uint8_t *data, size_t size, int view_only)
{
    static const size_t pieces[] = { 1, 3, 4096 };
    size_t passed, again;
    int result, other;
    uint8_t *out = filter(data, size, size + 1, view_only, &passed, &result), *more;

    for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++) {
        more = filter(data, size, pieces[i], view_only, &again, &other);
        if (again != passed || memcmp(more, out, passed) || other != result)
            abort();
        free(more);
    }
    more = filter(out, passed, passed + 1, view_only, &again, &other);
    if (again != passed || memcmp(more, out, passed) || other < 0)
        abort();
    free(more);
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check(data, size, 0);
    check(data, size, 1);
    return 0;
}
