/*
 * What a VNC client sends, followed for changes of the pixel format
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

#ifndef AVFORMAT_NOVNCCLIENT_H
#define AVFORMAT_NOVNCCLIENT_H

#include <stdint.h>

#include "libavcodec/rfb.h"

/** Zero-initialise. */
typedef struct NoVNCClient {
    int64_t start;              ///< where the string is in which the message at hand begins
    int64_t string;             ///< and where the string at hand is
    uint8_t msg[20];            ///< its first bytes
    int have;
    int64_t left;               ///< bytes that are of no interest
    int lost;                   ///< an unknown message: nothing is known up to the next string
    RFBPixelFormat pf;
} NoVNCClient;

/** A new string begins; messages may go on in it. */
void ff_novnc_client_string(NoVNCClient *c, int64_t offset);

/** @return the pixel format that the client asked for with this byte, or NULL */
const RFBPixelFormat *ff_novnc_client_byte(NoVNCClient *c, uint8_t byte);

#endif /* AVFORMAT_NOVNCCLIENT_H */
