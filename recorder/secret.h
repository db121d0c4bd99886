/*
 * Passwords
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

/** @file Passwords: where they come from, and that they go nowhere else. */

#ifndef RECORDER_SECRET_H
#define RECORDER_SECRET_H

#include "connect.h"

/** Longer ones are refused. */
#define REC_MAX_PASSWORD 1024

/**
 * The password for a server: of the file, the environment or, at the first
 * call, the terminal. In the environment it is wiped out.
 * @param prompt for the terminal
 * @return NULL with why filled
 */
const char *rec_secret_get(RecSecret *s, const RecAccess *a, const char *prompt, char why[200]);

/** Whether there is one without asking. */
int rec_secret_at_hand(const RecSecret *s, const RecAccess *a);

void rec_secret_free(RecSecret *s);

/** VNC authentication (RFC 6143, 7.2.2): encrypt the challenge. @return 0 or an error */
int rec_vnc_auth(uint8_t response[16], const uint8_t challenge[16], const char *password);

#endif /* RECORDER_SECRET_H */
