/*
 * rfbplay: the commands
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
 * What the commands of the table in main.c do. Each prints its errors and
 * returns an exit status.
 */

#ifndef RFBPLAY_COMMANDS_H
#define RFBPLAY_COMMANDS_H

#include "log.h"
#include "options.h"

int play_serve(const PlayOptions *o);       ///< serve.c
int play_transcode(const PlayOptions *o);   ///< transcode.c
int play_info(const PlayOptions *o);        ///< info.c
int play_snapshot(const PlayOptions *o);    ///< snapshot.c
int play_index(const PlayOptions *o);       ///< index.c

#endif /* RFBPLAY_COMMANDS_H */
