/*
 * rfbplay: files of the web page
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

#include <string.h>

#include "libavutil/macros.h"
#include "web.h"

/* The assembler takes the files in as they are; rfbplay.mk says where they lie. */
#define FILES(X) \
    X(app_css,    "app.css",    "text/css; charset=utf-8") \
    X(icon_svg,   "icon.svg",   "image/svg+xml") \
    X(list_js,    "list.js",    "text/javascript; charset=utf-8") \
    X(common_js,  "common.js",  "text/javascript; charset=utf-8") \
    X(stream_js,  "stream.js",  "text/javascript; charset=utf-8") \
    X(watch_js,   "watch.js",   "text/javascript; charset=utf-8") \
    X(watch_html, "watch.html", "text/html; charset=utf-8")

#define INCLUDE(id, name, type) \
    __asm__(".section .rodata\n.balign 16\n.global play_web_" #id "\nplay_web_" #id ":\n" \
            ".incbin \"" name "\"\n.global play_web_end_" #id "\nplay_web_end_" #id ":\n" \
            ".byte 0\n.previous\n"); \
    extern const uint8_t play_web_##id[], play_web_end_##id[];
FILES(INCLUDE)

#define ROW(id, name, type) { name, type, play_web_##id, play_web_end_##id },
static const PlayWebFile files[] = { FILES(ROW) };

const PlayWebFile *play_web_find(const char *name)
{
    for (size_t i = 0; i < FF_ARRAY_ELEMS(files); i++)
        if (!strcmp(files[i].name, name))
            return &files[i];
    return NULL;
}
