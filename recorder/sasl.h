/*
 * SASL
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
 * Authentication by SASL, with Cyrus SASL: what QEMU offers where libvirt or
 * oVirt is told so. Without TLS the mechanism has to encrypt the session, too.
 */

#ifndef RECORDER_SASL_H
#define RECORDER_SASL_H

#include "handshake.h"

/** The server agreed to SASL: get in, then go on with next, which reads its result. */
int rec_sasl_begin(RecConn *c, RecHandshake *h, RecState next);

/** The result is good: encrypt from here on if that was agreed. @return 0 or an error */
int rec_sasl_finish(RecConn *c, RecHandshake *h);

void rec_sasl_free(struct RecSasl *s);

#endif /* RECORDER_SASL_H */
