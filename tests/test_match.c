/*
 * Finding pictures on the screen
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

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../recorder/match.h"

static unsigned seed;

static unsigned rnd(unsigned n)
{
    seed = seed * 1103515245 + 12345;
    return (seed >> 8) % n;
}

/** The best place by trying all, in the plainest way. */
static double best_place(const RecImage *s, const RecPicture *p, int *bx, int *by)
{
    double best = 1e9;

    for (int y = 0; y + p->h <= s->h; y++)
        for (int x = 0; x + p->w <= s->w; x++) {
            double sum = 0;

            for (int j = 0; j < p->h; j++)
                for (int i = 0; i < p->w; i++)
                    for (int k = 0; k < 24; k += 8)
                        sum += fabs((double)(s->data[(y + j) * s->stride + x + i] >> k & 255) -
                                    (p->data[j * p->w + i] >> k & 255));
            sum /= 3.0 * p->w * p->h;
            if (sum < best) {
                best = sum;
                *bx = x;
                *by = y;
            }
        }
    return best;
}

static void matching(void **state)
{
    for (int round = 0; round < 60; round++) {
        uint32_t screen[48 * 64], data[16 * 16];
        RecImage s = { screen, 64, 20 + rnd(44), 20 + rnd(28) };
        RecPicture p = { 1 + rnd(16), 1 + rnd(16), data };
        RecTemplate *t;
        RecMatch m;
        int x = 0, y = 0, colours = round % 3 ? 256 : 2, noise = round % 5 * 6;
        double best, limit;

        for (int i = 0; i < 48 * 64; i++)
            screen[i] = rnd(colours) * 0x10101 ^ (rnd(2) ? 0xff000000 : rnd(3) << 6);
        x = rnd(s.w - p.w + 1);
        y = rnd(s.h - p.h + 1);
        for (int j = 0; j < p.h; j++)
            for (int i = 0; i < p.w; i++)
                data[j * p.w + i] = (screen[(y + j) * 64 + x + i] & 0xffffff) ^
                                    (noise ? rnd(noise) : 0);
        best  = best_place(&s, &p, &x, &y);
        limit = round % 4 == 3 ? best / 2 - 0.01 : 30;
        t = rec_template_new(&p);
        assert_non_null(t);
        if (limit < 0 || best > limit) {
            assert_int_equal(rec_match(t, &s, limit < 0 ? 0 : limit, &m), limit < 0 && !best);
        } else {
            assert_int_equal(rec_match(t, &s, limit, &m), 1);
            assert_true(fabs(m.difference - best) < 1e-6);
            assert_int_equal(m.x, x);
            assert_int_equal(m.y, y);
        }
        rec_template_free(t);
    }
}

static void too_large(void **state)
{
    uint32_t screen[4] = { 0 }, data[6] = { 0 };
    RecImage s = { screen, 2, 2, 2 };
    RecPicture p = { 3, 2, data };
    RecTemplate *t = rec_template_new(&p);
    RecMatch m;

    assert_int_equal(rec_match(t, &s, 255, &m), 0);
    rec_template_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matching),
        cmocka_unit_test(too_large),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
