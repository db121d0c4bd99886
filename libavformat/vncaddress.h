/*
 * VNC: addresses of servers
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
 * Where a VNC server is, as people write it.
 */

#ifndef AVFORMAT_VNCADDRESS_H
#define AVFORMAT_VNCADDRESS_H

/** The port of display 0. */
#define VNC_PORT 5900

/** Numbers from here on are ports, as VNC viewers have it. */
#define VNC_MAX_DISPLAYS 100

typedef struct VNCAddress {
    char host[256];             ///< a name or an address without brackets
    int port;
    char path[256];             ///< of a unix socket; then there is no host
    char name[280];             ///< for messages
} VNCAddress;

/**
 * Read HOST, HOST:DISPLAY, HOST:PORT (from 100 on), HOST::PORT, /PATH or
 * unix:/PATH, with "vnc://" before it or not; HOST is a name, an IPv4 address,
 * or an IPv6 address in brackets, and localhost if it is empty. RFC 7869's
 * parameters are not looked at, but passwords in an address are refused.
 * @return NULL, or a sentence that says what is wrong
 */
const char *ff_vnc_address(VNCAddress *a, const char *text);

#endif /* AVFORMAT_VNCADDRESS_H */
