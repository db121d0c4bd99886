/*
 * Messages to the user
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

#include <stdarg.h>
#include <stdio.h>

#include "log.h"

void rec_log_status(RecLog *l, const char *text)
{
    if (*text || l->line)
        fprintf(stderr, "\r\033[K%s", text);
    l->line = *text != 0;
}

void rec_log(RecLog *l, enum RecLogLevel level, const char *format, ...)
{
    va_list args;

    if (level > REC_LOG_ERROR && l->quiet)
        return;
    rec_log_status(l, "");
    fputs("rfbrec: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}
