/*
 * FBS files that grow
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
 * An FBS file that can be played at any moment: it is called NAME.part until
 * it is closed, holds whole updates only, and is synced to the disk now and
 * then. One thread at a time.
 */

#ifndef RECORDER_FILE_H
#define RECORDER_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "syncer.h"

typedef struct RecFile {
    int fd;
    char *path;                 ///< its name in the end
    char *part;                 ///< and while it grows
    int64_t size;               ///< bytes, all of them whole updates
    int64_t start;              ///< its time 0 on rec_now()'s clock
    int64_t last;               ///< ms, of the last block
    int64_t synced;             ///< when, on rec_now()'s clock
    int dirty;                  ///< something was written since
    RecSyncer *syncer;
    char error[300];            ///< why the last call failed
} RecFile;

/**
 * @param path of a file that is not there, or may be replaced
 * @param server_init RFB_SERVER_INIT_SIZE bytes with the pixel format in use
 * @param syncer may be NULL: then rec_file_close() syncs, and nothing else
 * @return 0 or an error; AVERROR(EEXIST)
 */
int rec_file_create(RecFile *f, const char *path, int overwrite, const uint8_t *server_init,
                    const char *name, uint32_t name_size, int64_t now, RecSyncer *syncer);

/** Bytes that so many of messages become. */
int64_t rec_file_cost(size_t size);

/**
 * Append whole messages. After an error the file is as it was before.
 * @return 0 or an error
 */
int rec_file_write(RecFile *f, const uint8_t *data, size_t size, int64_t now);

/**
 * Note how long the last picture stays, sync, and give the file its name.
 * @return 0 or an error
 */
int rec_file_close(RecFile *f, int64_t now);

/** Remove a file that has nothing in it. */
void rec_file_discard(RecFile *f);

/** Whether it is open. */
static inline int rec_file_is_open(const RecFile *f)
{
    return f->path != NULL;
}

#endif /* RECORDER_FILE_H */
