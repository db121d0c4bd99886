/*
 * rfbplay: being asked to stop
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

#ifndef RFBPLAY_SIGNALS_H
#define RFBPLAY_SIGNALS_H

#include <stdatomic.h>

/** The signal that asks to stop, the only thing its handler touches; 0: none. */
extern atomic_int play_stop_signal;

/** The second signal of its kind ends the program at once. */
void play_catch_signals(void);

#endif /* RFBPLAY_SIGNALS_H */
