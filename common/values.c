/*
 * Values as users write them
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

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "values.h"

#define NO_TIME "no time such as 10, 1.5, 250ms, 5m, 1m30s, 2h or 1:30"

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/** Whether a number stands there: strtod() would take "inf", "-1" and spaces, too. */
static int is_number(const char *text)
{
    return is_digit(*text) || (*text == '.' && is_digit(text[1]));
}

/** 1h2m3.5s. @return where the text stops to be like that */
static const char *by_units(double *seconds, const char *text)
{
    static const struct { const char *name; double seconds; } units[] = {
        { "ms", 1e-3 }, { "us", 1e-6 }, { "min", 60 }, { "d", 86400 }, { "h", 3600 }, { "m", 60 },
        { "s", 1 },
    };

    *seconds = 0;
    while (is_number(text)) {
        char *end;
        double n = strtod(text, &end);
        size_t i = 0, nb = sizeof(units) / sizeof(*units);

        while (i < nb && strncmp(end, units[i].name, strlen(units[i].name)))
            i++;
        if (i == nb)
            return text;
        *seconds += n * units[i].seconds;
        text = end + strlen(units[i].name);
    }
    return text;
}

/** [[HOURS:]MINUTES:]SECONDS. @return where the text stops to be like that */
static const char *by_colons(double *seconds, const char *text)
{
    *seconds = 0;
    for (int parts = 0; parts < 3 && is_number(text); parts++) {
        char *end;

        *seconds = *seconds * 60 + strtod(text, &end);
        if (*end != ':')
            return end;
        text = end + 1;
    }
    return ":";
}

const char *opt_read_time(int64_t *v, const char *text)
{
    double seconds;

    if (!is_number(text))
        return NO_TIME;
    if ((*by_units(&seconds, text) && *by_colons(&seconds, text)) || !(seconds < 1e12))
        return NO_TIME;
    *v = llrint(seconds * 1000);
    return NULL;
}

/** A number with a letter behind it, each of which is a factor more. @return 0 or -1 */
static int read_scaled(double *n, const char *text, int factor, const char **end)
{
    static const char letters[] = "kMGTKmgt";
    const char *letter;
    char *at;

    if (!is_number(text))
        return -1;
    *n = strtod(text, &at);
    if (*at && (letter = strchr(letters, *at))) {
        *n *= pow(factor, (letter - letters) % 4 + 1);
        at++;
    }
    *end = at;
    return *n <= 1e18 ? 0 : -1;
}

const char *opt_read_size(int64_t *v, const char *text)
{
    const char *end;
    double n;

    if (read_scaled(&n, text, 1024, &end) < 0)
        return "no size such as 100000, 64k, 10M or 2G";
    end += *end == 'i';
    end += *end == 'B';
    if (*end)
        return "no size such as 100000, 64k, 10M or 2G";
    *v = n;
    return NULL;
}

const char *opt_read_count(int64_t *v, const char *text)
{
    const char *end;
    double n;

    if (read_scaled(&n, text, 1000, &end) < 0 || *end)
        return "no number such as 1000, 800k or 64M";
    *v = n;
    return NULL;
}

const char *opt_read_number(double *v, const char *text)
{
    char *end;
    double n, below;

    if (!is_number(text + (*text == '-')))
        return "no number";
    n = strtod(text, &end);
    if (*end == '/' && is_number(end + 1)) {
        below = strtod(end + 1, &end);
        n /= below;
    }
    if (*end || !isfinite(n))
        return "no number";
    *v = n;
    return NULL;
}
