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

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "libavutil/error.h"
#include "tls.h"

typedef struct RecTLS {
    RecStream stream;
    gnutls_session_t session;
    gnutls_certificate_credentials_t certificates;
    gnutls_anon_client_credentials_t anonymous;
    int ready;                  ///< the handshake is done
    int failed;                 ///< of the stream below, for the error's text
} RecTLS;

static ssize_t push(gnutls_transport_ptr_t p, const void *buf, size_t size)
{
    RecTLS *t = p;
    int ret = rec_stream_write(t->stream.lower, buf, size);

    if (ret >= 0)
        return size;
    t->failed = ret;
    gnutls_transport_set_errno(t->session, EIO);
    return -1;
}

static ssize_t pull(gnutls_transport_ptr_t p, void *buf, size_t size)
{
    RecTLS *t = p;
    int ret = rec_stream_read(t->stream.lower, buf, size);

    if (ret >= 0)
        return ret;
    if (ret == AVERROR_EOF) {
        t->failed = ret;
        return 0;
    }
    if (ret != AVERROR(EAGAIN))
        t->failed = ret;
    gnutls_transport_set_errno(t->session, ret == AVERROR(EAGAIN) ? EAGAIN : EIO);
    return -1;
}

/** Keep the text of the stream below if that is what failed. */
static int failed(RecTLS *t, const char *what, int error)
{
    int ret = t->failed;

    if (ret && *rec_stream_why(t->stream.lower)) {
        *t->stream.error = 0;
        return ret;
    }
    return rec_stream_error(&t->stream, AVERROR(EPROTO), "%s: %s", what, gnutls_strerror(error));
}

static int bad_certificate(RecTLS *t)
{
    unsigned status = gnutls_session_get_verify_cert_status(t->session);
    gnutls_datum_t text = { 0 };

    if (gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509, &text, 0) < 0)
        return failed(t, "TLS", GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR);
    rec_stream_error(&t->stream, 0, "%s--ca-file names its authority, --insecure takes any",
                     (char *)text.data);
    gnutls_free(text.data);
    return AVERROR(EACCES);
}

static int tls_handshake(RecStream *s)
{
    RecTLS *t = (RecTLS *)s;
    int ret;

    do {
        ret = gnutls_handshake(t->session);
    } while (ret == GNUTLS_E_INTERRUPTED || ret == GNUTLS_E_WARNING_ALERT_RECEIVED);
    if (ret == GNUTLS_E_AGAIN)
        return AVERROR(EAGAIN);
    if (ret == GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR)
        return bad_certificate(t);
    if (ret < 0)
        return failed(t, "TLS handshake", ret);
    t->ready = 1;
    return 0;
}

static int tls_read(RecStream *s, uint8_t *buf, size_t size)
{
    RecTLS *t = (RecTLS *)s;
    ssize_t n;

    /* a rehandshake is refused by not answering it; TLS 1.3's tickets and key
     * updates are dealt with inside */
    do {
        n = gnutls_record_recv(t->session, buf, size);
    } while (n == GNUTLS_E_INTERRUPTED || n == GNUTLS_E_REHANDSHAKE ||
             n == GNUTLS_E_WARNING_ALERT_RECEIVED);
    if (n > 0)
        return n;
    if (n == GNUTLS_E_AGAIN)
        return AVERROR(EAGAIN);
    if (!n || n == GNUTLS_E_PREMATURE_TERMINATION)
        return rec_stream_error(s, AVERROR_EOF, "the other end closed the connection");
    return failed(t, "TLS", n);
}

static int tls_write(RecStream *s, const uint8_t *buf, size_t size)
{
    RecTLS *t = (RecTLS *)s;

    while (size) {
        ssize_t n = gnutls_record_send(t->session, buf, size);

        if (n == GNUTLS_E_INTERRUPTED)
            continue;
        if (n < 0)
            return failed(t, "TLS", n);
        buf  += n;
        size -= n;
    }
    return 0;
}

static void tls_bye(RecStream *s)
{
    RecTLS *t = (RecTLS *)s;

    if (t->session && t->ready)
        gnutls_bye(t->session, GNUTLS_SHUT_WR);
}

static void tls_free(RecStream *s)
{
    RecTLS *t = (RecTLS *)s;

    if (t->session)
        gnutls_deinit(t->session);
    if (t->certificates)
        gnutls_certificate_free_credentials(t->certificates);
    if (t->anonymous)
        gnutls_anon_free_client_credentials(t->anonymous);
}

static int set_certificates(RecTLS *t, const char *host, const char *ca_file, int insecure,
                            char why[200])
{
    int ret = gnutls_certificate_allocate_credentials(&t->certificates);

    if (ret >= 0 && !insecure) {
        ret = ca_file ? gnutls_certificate_set_x509_trust_file(t->certificates, ca_file,
                                                               GNUTLS_X509_FMT_PEM)
                      : gnutls_certificate_set_x509_system_trust(t->certificates);
        if (ca_file && ret <= 0) {
            snprintf(why, 200, "no certificates in %s: %s", ca_file,
                     ret ? gnutls_strerror(ret) : "none found");
            return AVERROR(EINVAL);
        }
        gnutls_session_set_verify_cert(t->session, host, 0);
    }
    if (ret >= 0)
        ret = gnutls_credentials_set(t->session, GNUTLS_CRD_CERTIFICATE, t->certificates);
    if (ret >= 0)
        ret = gnutls_set_default_priority(t->session);
    return ret;
}

static int set_anonymous(RecTLS *t)
{
    int ret = gnutls_anon_allocate_client_credentials(&t->anonymous);

    if (ret >= 0)
        ret = gnutls_credentials_set(t->session, GNUTLS_CRD_ANON, t->anonymous);
    /* TLS 1.3 has no anonymous key exchange */
    if (ret >= 0)
        ret = gnutls_priority_set_direct(t->session, "NORMAL:-VERS-TLS1.3:-KX-ALL:"
                                         "+ANON-ECDH:+ANON-DH:%DISABLE_SAFE_RENEGOTIATION", NULL);
    return ret;
}

static int is_name(const char *host)
{
    return host[strspn(host, "0123456789.")] && !strchr(host, ':');
}

static const RecStreamOps ops = {
    .handshake = tls_handshake, .read = tls_read, .write = tls_write, .bye = tls_bye,
    .free = tls_free,
};

/**
 * A session that has no credentials yet.
 * @return NULL without memory; *ret is GnuTLS's error if it is negative
 */
static RecTLS *open_on(RecStream *lower, unsigned end, int *ret)
{
    RecTLS *t = calloc(1, sizeof(*t));

    if (!t) {
        rec_stream_free(lower);
        return NULL;
    }
    t->stream.ops   = &ops;
    t->stream.lower = lower;
    *ret = gnutls_init(&t->session, end | GNUTLS_NONBLOCK);
    if (*ret < 0)
        return t;
    gnutls_transport_set_ptr(t->session, t);
    gnutls_transport_set_push_function(t->session, push);
    gnutls_transport_set_pull_function(t->session, pull);
    return t;
}

/** @return the stream, or NULL with why filled if there was an error */
static RecStream *checked(RecTLS *t, int ret, char why[200])
{
    if (t && ret >= 0)
        return &t->stream;
    if (!*why)
        snprintf(why, 200, "TLS: %s", t ? gnutls_strerror(ret) : "out of memory");
    if (t)
        rec_stream_free(&t->stream);
    return NULL;
}

RecStream *rec_tls_open(RecStream *lower, const char *host, const char *ca_file,
                        int anonymous, int insecure, char why[200])
{
    int ret = 0;
    RecTLS *t = open_on(lower, GNUTLS_CLIENT, &ret);

    *why = 0;
    if (t && ret >= 0) {
        if (host && is_name(host))
            gnutls_server_name_set(t->session, GNUTLS_NAME_DNS, host, strlen(host));
        ret = anonymous ? set_anonymous(t)
                        : set_certificates(t, host, ca_file, insecure, why);
    }
    return checked(t, ret, why);
}

/* --- the server's end --- */

struct RecTLSServer {
    gnutls_certificate_credentials_t certificates;
};

RecTLSServer *rec_tls_server_new(const char *certificate, const char *key, char why[200])
{
    RecTLSServer *s = calloc(1, sizeof(*s));
    int ret = s ? gnutls_certificate_allocate_credentials(&s->certificates) : GNUTLS_E_MEMORY_ERROR;

    if (ret >= 0)
        ret = gnutls_certificate_set_x509_key_file(s->certificates, certificate, key,
                                                   GNUTLS_X509_FMT_PEM);
    if (ret >= 0)
        return s;
    snprintf(why, 200, "certificate %.60s with key %.60s: %s", certificate, key,
             gnutls_strerror(ret));
    rec_tls_server_free(s);
    return NULL;
}

void rec_tls_server_free(RecTLSServer *s)
{
    if (s && s->certificates)
        gnutls_certificate_free_credentials(s->certificates);
    free(s);
}

RecStream *rec_tls_accept(RecStream *lower, RecTLSServer *s, char why[200])
{
    int ret = 0;
    RecTLS *t = open_on(lower, GNUTLS_SERVER, &ret);

    *why = 0;
    if (t && ret >= 0)
        ret = gnutls_set_default_priority(t->session);
    if (t && ret >= 0)
        ret = gnutls_credentials_set(t->session, GNUTLS_CRD_CERTIFICATE, s->certificates);
    return checked(t, ret, why);
}
