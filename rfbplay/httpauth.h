/*
 * rfbplay: who may see the recordings
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
 * Basic authentication with one user, or a token. The secrets are read once, at
 * the start. Without either everybody may see everything.
 */

#ifndef RFBPLAY_HTTPAUTH_H
#define RFBPLAY_HTTPAUTH_H

#include "http.h"

/**
 * Read what --auth USER:FILE and --token FILE name; errors are printed.
 * @return 0, also when nothing is asked for (then *auth is NULL), or a negative
 *         AVERROR code
 */
int play_auth_open(struct PlayAuth **auth, const PlayOptions *o);
void play_auth_close(struct PlayAuth **auth);

/** @return whether the request may go on; if not, it was answered */
int play_auth_check(PlayRequest *r, PlayHttpResult *result);

#endif /* RFBPLAY_HTTPAUTH_H */
