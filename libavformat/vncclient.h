/*
 * VNC client
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
 * What a client says to a VNC server (RFC 6143, 7.1 to 7.5), versions 3.3, 3.7
 * and 3.8. One thread. Errors are logged here.
 */

#ifndef AVFORMAT_VNCCLIENT_H
#define AVFORMAT_VNCCLIENT_H

#include <stdint.h>

#include "libavcodec/rfb.h"
#include "avformat.h"
#include "vncaddress.h"
#include "vncio.h"

/** Zero-initialise; ff_vnc_close() is good after everything. */
typedef struct VNCClient {
    /* set by the user */
    int shared;                 ///< let other clients stay
    int64_t timeout;            ///< microseconds without a byte, 0: 10 s in the handshake
    char *password_env;         ///< name of an environment variable
    char *password_file;
    int tls;                    ///< all of the connection is TLS
    int tls_verify;
    char *ca_file;

    VNCIO io;
    VNCAddress address;
    int minor;                  ///< 3, 7 or 8
    uint8_t init[RFB_SERVER_INIT_SIZE]; ///< the server's ServerInit
    char *name;                 ///< of the desktop, with a zero behind it
    uint32_t name_size;
} VNCClient;

/** Connect and shake hands up to the ServerInit. @return 0 or a negative AVERROR code */
int ff_vnc_connect(AVFormatContext *s, VNCClient *c, const char *url);
void ff_vnc_close(VNCClient *c);

int ff_vnc_set_pixel_format(VNCClient *c, const RFBPixelFormat *pf);

/** @param encodings preferred ones first, at most 64 */
int ff_vnc_set_encodings(VNCClient *c, const int32_t *encodings, int nb);
int ff_vnc_request(VNCClient *c, int incremental, int width, int height);

#endif /* AVFORMAT_VNCCLIENT_H */
