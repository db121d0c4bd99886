/*
 * Files of keys and pointer
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
 * What viewers type and click, written down as a macro while it happens: as
 * minimega's .kb or, if the name ends so, as .rfm. Whoever can read such a file
 * can read typed passwords: nobody but its owner may. One thread at a time.
 */

#ifndef RECORDER_INPUTS_H
#define RECORDER_INPUTS_H

#include "macro.h"
#include "syncer.h"

/** Zero-initialise. */
typedef struct RecInputs {
    FILE *f;                    ///< NULL: nothing is written down
    MacroWriter *writer;
    char *path;                 ///< its name in the end
    char *part;                 ///< and while it grows
    int64_t last;               ///< ns, of the last event; 0: time has not begun
    int64_t synced;             ///< ns
    int64_t size;               ///< bytes, all of them whole events
    int64_t max_size;           ///< 0: no limit
    int full;                   ///< it is reached: nothing more is written, AVERROR(EFBIG)
    int64_t events;
    RecSyncer *syncer;
    char error[300];            ///< why the last call failed
} RecInputs;

/**
 * @param pattern of the file's name, as rec_file_name() has it
 * @return 0 or an error; AVERROR(EEXIST)
 */
int rec_inputs_open(RecInputs *i, const char *pattern, int overwrite, RecSyncer *syncer);

/** Time begins, if it has not. */
void rec_inputs_begin(RecInputs *i);

/** Something came just now. @return 0 or an error */
int rec_inputs_key(RecInputs *i, uint32_t keysym, int down);
int rec_inputs_pointer(RecInputs *i, int buttons, int x, int y);

/** Give the file its name. @return 0 or an error */
int rec_inputs_close(RecInputs *i);

#endif /* RECORDER_INPUTS_H */
