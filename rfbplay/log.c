/*
 * rfbplay: messages to the user
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

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libavutil/log.h"
#include "log.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static enum PlayLogLevel most = PLAY_LOG_NOTE;
static char shown[256];         ///< the status line

static _Thread_local PlayLogSink divert;
static _Thread_local void *divert_opaque;

void play_log_level(enum PlayLogLevel level)
{
    most = level;
}

static void wipe(void)
{
    if (*shown)
        fputs("\r\033[K", stderr);
}

void play_log(enum PlayLogLevel level, const char *format, ...)
{
    static const char *const prefix[] = {
        [PLAY_LOG_ERROR] = "error: ", [PLAY_LOG_WARNING] = "warning: ",
        [PLAY_LOG_NOTE]  = "",        [PLAY_LOG_DEBUG]   = "debug: ",
    };
    char text[2048];
    va_list ap;

    if (level > most)
        return;
    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    pthread_mutex_lock(&lock);
    wipe();
    fprintf(stderr, "rfbplay: %s%s\n", prefix[level], text);
    fputs(shown, stderr);
    pthread_mutex_unlock(&lock);
}

int play_status_shows(void)
{
    return most >= PLAY_LOG_NOTE && isatty(STDERR_FILENO);
}

void play_status_line(const char *line)
{
    if (!play_status_shows())
        return;
    pthread_mutex_lock(&lock);
    wipe();
    snprintf(shown, sizeof(shown), "%s", line);
    fputs(shown, stderr);
    pthread_mutex_unlock(&lock);
}

void play_log_divert(PlayLogSink sink, void *opaque)
{
    divert        = sink;
    divert_opaque = opaque;
}

static void from_libav(void *context, int av_level, const char *format, va_list ap)
{
    char text[1024];
    int level = av_level <= AV_LOG_ERROR ? PLAY_LOG_WARNING : PLAY_LOG_DEBUG;
    size_t size;

    if (!divert && (level > (int)most || av_level > AV_LOG_VERBOSE))
        return;
    vsnprintf(text, sizeof(text), format, ap);
    size = strlen(text);
    while (size && (text[size - 1] == '\n' || text[size - 1] == '\r'))
        text[--size] = 0;
    if (!size)
        return;
    if (divert)
        divert(divert_opaque, av_level, text);
    else if (context)
        play_log(level, "%s: %s", (*(const AVClass *const *)context)->item_name(context), text);
    else
        play_log(level, "%s", text);
}

void play_log_init(void)
{
    av_log_set_callback(from_libav);
}
