/*
 * Finding recordings and looking into FBS files, for tests in C
 */

#ifndef TESTS_RECORDINGS_H
#define TESTS_RECORDINGS_H

#include <stddef.h>
#include <stdint.h>

#include "bytes.h"

enum { MAX_RECORDINGS = 200, MAX_UPDATES = 4096 };

/** An FBS file of 001.00x, taken apart without the demuxer. */
typedef struct Recording {
    Bytes session;                  ///< the data of all blocks
    size_t prologue;                ///< bytes of it up to the first message
    size_t server_init;             ///< where in it the ServerInit begins
    int nb_blocks;
    size_t *block;                  ///< where in the session each block begins
    size_t *block_pos;              ///< where in the file its length word is
    uint32_t *block_time;
    int nb_updates;
    size_t update_end[MAX_UPDATES]; ///< in the session
} Recording;

/** Names of *.fbs in folders, each file name once, in order; the caller frees them. */
int recordings_list(char **names, const char *const *folders, int nb_folders);

/** @return 0, or -1 if it is no FBS file with a known handshake */
int recording_parse(Recording *r, const uint8_t *file, size_t size);
void recording_free(Recording *r);

/** Where in the file a byte of the session is. */
size_t recording_file_pos(const Recording *r, size_t session_pos);

#endif /* TESTS_RECORDINGS_H */
