/*
 * Times, sizes and numbers as users write them
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

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../common/values.c"

typedef struct Case {
    const char *text;
    int64_t value;
} Case;

static void check(const char *(*read)(int64_t *v, const char *text), const Case *c)
{
    for (; c->text; c++) {
        int64_t v = -1;
        const char *why = read(&v, c->text);

        /* what is wrong leaves the value alone */
        if (v != c->value || !why != (c->value >= 0))
            fail_msg("%s: %lld, %s", c->text, (long long)v, why ? why : "taken");
    }
}

static void test_times(void **state)
{
    static const Case cases[] = {
        { "90", 90000 }, { "12.5", 12500 }, { ".5", 500 }, { "0", 0 }, { "1:30", 90000 },
        { "1:02:03.5", 3723500 }, { "300ms", 300 }, { "1500us", 2 }, { "5m", 300000 },
        { "5min", 300000 }, { "1m30s", 90000 }, { "1h2m3.5s", 3723500 }, { "2d", 172800000 },
        { "1m0.5s", 60500 },
        { "", -1 }, { "x", -1 }, { "-1", -1 }, { "10x", -1 }, { "1:", -1 }, { ":1", -1 },
        { "1:2:3:4", -1 }, { "1h2", -1 }, { "1:30s", -1 }, { "inf", -1 }, { "nan", -1 },
        { "1e99", -1 }, { " 1", -1 }, { "1 ", -1 }, { "1..5", -1 }, { ".", -1 },
        { NULL, 0 },
    };

    (void)state;
    check(opt_read_time, cases);
}

static void test_sizes(void **state)
{
    static const Case cases[] = {
        { "100000", 100000 }, { "64k", 65536 }, { "10M", 10485760 }, { "1.5G", 1610612736 },
        { "1T", 1099511627776 }, { "1g", 1073741824 }, { "1MiB", 1048576 }, { "2KB", 2048 },
        { "10q", -1 }, { "", -1 }, { "k", -1 }, { "-1", -1 }, { "1kk", -1 }, { "9e30", -1 },
        { NULL, 0 },
    };

    (void)state;
    check(opt_read_size, cases);
}

static void test_counts(void **state)
{
    static const Case cases[] = {
        { "1000", 1000 }, { "800k", 800000 }, { "2M", 2000000 }, { "1.5G", 1500000000 },
        { "1MiB", -1 }, { "M", -1 }, { "-5", -1 }, { NULL, 0 },
    };

    (void)state;
    check(opt_read_count, cases);
}

static void test_numbers(void **state)
{
    static const struct { const char *text; double value; } good[] = {
        { "25", 25 }, { "0.5", 0.5 }, { "30000/1001", 30000.0 / 1001 }, { "-2", -2 }, { "1e3", 1000 },
    };
    static const char *const bad[] = { "", "ten", "1/0", "1/", "/2", "1x", "inf", "nan", "--1", "0/0" };
    double v;

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
        assert_null(opt_read_number(&v, good[i].text));
        assert_true(v == good[i].value);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        v = 7;
        if (!opt_read_number(&v, bad[i]) || v != 7)
            fail_msg("%s: taken", bad[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
