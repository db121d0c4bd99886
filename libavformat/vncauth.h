/*
 * VNC authentication
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
 * VNC authentication (RFC 6143, 7.2.2): DES of a challenge with a password of
 * up to eight bytes, the bits of each in reverse order.
 */

#ifndef AVFORMAT_VNCAUTH_H
#define AVFORMAT_VNCAUTH_H

#include <stddef.h>
#include <stdint.h>

#define VNC_CHALLENGE_SIZE 16
#define VNC_MAX_PASSWORD   256

/** Challenge and response have VNC_CHALLENGE_SIZE bytes. @return 0 or AVERROR(ENOMEM) */
int ff_vnc_response(uint8_t *response, const uint8_t *challenge, const char *password);

/**
 * Find the password in what a file holds: the first line, or eight bytes for
 * each of one or two passwords as vncpasswd writes them.
 * @param password VNC_MAX_PASSWORD bytes
 * @return 0, AVERROR(ENOMEM), or AVERROR_INVALIDDATA if there is none
 */
int ff_vnc_password(char *password, const uint8_t *buf, size_t size);

#endif /* AVFORMAT_VNCAUTH_H */
