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

/**
 * @file
 * The files of rfbplay/web/, which are part of the program.
 */

#ifndef RFBPLAY_WEB_H
#define RFBPLAY_WEB_H

#include <stdint.h>

typedef struct PlayWebFile {
    const char *name;
    const char *type;           ///< MIME
    const uint8_t *data, *end;
} PlayWebFile;

/** @return NULL if there is no such file */
const PlayWebFile *play_web_find(const char *name);

#endif /* RFBPLAY_WEB_H */
