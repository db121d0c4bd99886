/*
 * Names of files
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
#include <sys/stat.h>
#include <time.h>

#include "naming.h"

static char *expand(const char *pattern)
{
    time_t now = time(NULL);
    size_t size = strlen(pattern) + 1024;
    char *name = malloc(size);
    struct tm tm;

    if (!name)
        return NULL;
    if (!strchr(pattern, '%'))
        strcpy(name, pattern);
    else if (!strftime(name, size, pattern, localtime_r(&now, &tm)))
        *name = 0;
    return name;
}

static int is_taken(const char *name)
{
    struct stat st;
    char *part = NULL;
    int taken = !stat(name, &st);

    if (!taken && asprintf(&part, "%s.part", name) >= 0)
        taken = !stat(part, &st);
    free(part);
    return taken;
}

/** Put a number before the extension. */
static char *numbered(const char *name, int number)
{
    const char *slash = strrchr(name, '/'), *base = slash ? slash + 1 : name;
    const char *dot = strrchr(base, '.');
    char *out;

    if (!dot || dot == base)
        dot = base + strlen(base);
    return asprintf(&out, "%.*s-%d%s", (int)(dot - name), name, number, dot) < 0 ? NULL : out;
}

char *rec_file_name(const char *pattern, int number, int overwrite)
{
    const int timed = strchr(pattern, '%') != NULL;
    char *plain = expand(pattern), *name = plain;

    /* what was asked for by its whole name is not given another one */
    if (!plain || !*plain || (!number && (!timed || overwrite)))
        return plain;
    for (int i = timed ? 1 : number + 1; name; i++) {
        if (i > 1) {
            if (name != plain)
                free(name);
            name = numbered(plain, i);
        }
        if (name && !is_taken(name))
            break;
    }
    if (name != plain)
        free(plain);
    return name;
}
