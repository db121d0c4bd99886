/*
 * TLS
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

/** @file TLS on a stream, with GnuTLS. */

#ifndef RECORDER_TLS_H
#define RECORDER_TLS_H

#include "stream.h"

/**
 * @param lower   what it lies on, which it takes over; freed on failure, too
 * @param host    whom the certificate has to name
 * @param ca_file authorities in PEM, NULL for the system's
 * @param anonymous  no certificates at all (VeNCrypt's TLS* types)
 * @param insecure   take any certificate
 * @return NULL with why filled
 */
RecStream *rec_tls_open(RecStream *lower, const char *host, const char *ca_file,
                        int anonymous, int insecure, char why[200]);

/** A server's certificate and key; any number of streams may use it. */
typedef struct RecTLSServer RecTLSServer;

/**
 * @param certificate PEM, with those of its authorities behind it
 * @param key         PEM
 * @return NULL with why filled
 */
RecTLSServer *rec_tls_server_new(const char *certificate, const char *key, char why[200]);
void rec_tls_server_free(RecTLSServer *s);

/**
 * The server's end.
 * @param lower what it lies on, which it takes over; freed on failure, too
 * @param s     must stay as long as the stream
 * @return NULL with why filled
 */
RecStream *rec_tls_accept(RecStream *lower, RecTLSServer *s, char why[200]);

#endif /* RECORDER_TLS_H */
