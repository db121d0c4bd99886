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

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sasl/sasl.h>

#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/intreadwrite.h"
#include "sasl.h"
#include "secret.h"

/** Nothing that a server says in between is longer. */
#define MAX_DATA (64 << 10)

/** Bits of a key that sessions have to be encrypted with where nothing else does that. */
#define MIN_SSF 56

/**
 * The mechanisms that are used. Those with tickets (GSSAPI) ask other servers and
 * wait for them, and many connections share a thread.
 */
static const char *const known[] = {
    "SCRAM-SHA-512", "SCRAM-SHA-384", "SCRAM-SHA-256", "SCRAM-SHA-224", "SCRAM-SHA-1",
    "DIGEST-MD5", "CRAM-MD5", "PLAIN", "LOGIN", "EXTERNAL",
};

struct RecSasl {
    sasl_conn_t *sasl;
    sasl_callback_t callbacks[4];
    RecConn *c;
    sasl_secret_t *password;
    RecState next;
    int offered;                ///< the server has told its mechanisms
    int done;                   ///< this end is through
    uint8_t *data;              ///< what the server says
    size_t size;
};

typedef struct Layer {
    RecStream stream;
    sasl_conn_t *sasl;
    struct RecSasl *owner;
    const char *out;            ///< decoded, and not yet read
    unsigned left;
} Layer;

/* --- what the library asks --- */

/** The library knows by its number how to call one. */
#define CALLBACK(f) ((int (*)(void))(void (*)(void))(f))

static int quiet(void *context, int level, const char *text)
{
    (void)context;
    (void)level;
    (void)text;
    return SASL_OK;
}

static int get_user(void *context, int id, const char **result, unsigned *size)
{
    RecConn *c = ((struct RecSasl *)context)->c;
    const char *user = c->target->user ? c->target->user : c->access->user;

    (void)id;
    if (!user) {
        rec_conn_error(c, 0, "the server wants a user's name: give --user");
        return SASL_FAIL;
    }
    *result = user;
    if (size)
        *size = strlen(user);
    return SASL_OK;
}

static int get_password(sasl_conn_t *sasl, void *context, int id, sasl_secret_t **result)
{
    struct RecSasl *s = context;
    const char *text = rec_handshake_password(s->c);
    size_t n = text ? strlen(text) : 0;

    (void)sasl;
    (void)id;
    if (!text)
        return SASL_FAIL;
    if (!s->password && !(s->password = malloc(sizeof(*s->password) + n)))
        return SASL_NOMEM;
    s->password->len = n;
    memcpy(s->password->data, text, n + 1);
    *result = s->password;
    return SASL_OK;
}

static int ready = SASL_FAIL;

static void set_up(void)
{
    static const sasl_callback_t callbacks[] = {
        { SASL_CB_LOG, CALLBACK(quiet), NULL }, { SASL_CB_LIST_END, NULL, NULL },
    };

    ready = sasl_client_init(callbacks);
}

/* --- the exchange --- */

static int failed(RecConn *c, const struct RecSasl *s, const char *doing)
{
    /* a callback may have told why */
    if (*c->error)
        return AVERROR(EACCES);
    return rec_conn_error(c, AVERROR(EACCES), "SASL, %s: %s", doing, sasl_errdetail(s->sasl));
}

/** What of the session is private already decides about what a mechanism has to do. */
static int set_properties(const RecConn *c, const RecHandshake *h, sasl_conn_t *sasl)
{
    const int is_private = h->encrypted || c->target->scheme == REC_UNIX;
    sasl_security_properties_t p = { .security_flags = SASL_SEC_NOANONYMOUS };
    sasl_ssf_t external = h->encrypted ? 128 : 0;

    if (!is_private) {
        p.min_ssf = c->access->insecure ? 0 : MIN_SSF;
        p.max_ssf = 100000;
        p.maxbufsize = MAX_DATA;
        if (!c->access->insecure)
            p.security_flags |= SASL_SEC_NOPLAINTEXT;
    }
    if (external && sasl_setprop(sasl, SASL_SSF_EXTERNAL, &external) != SASL_OK)
        return SASL_FAIL;
    return sasl_setprop(sasl, SASL_SEC_PROPS, &p);
}

/** length(u32, with the zero behind the data), data; nothing at all: 0 */
static int send_data(RecConn *c, const char *data, unsigned size)
{
    uint8_t head[4];
    int ret;

    AV_WB32(head, data ? size + 1 : 0);
    ret = rec_conn_write(c, head, sizeof(head));
    if (ret >= 0 && data)
        ret = rec_conn_write(c, data, size);
    if (ret >= 0 && data)
        ret = rec_conn_write(c, "", 1);
    return ret;
}

static int closed(RecConn *c, const RecHandshake *h)
{
    const char *when = "before it offered a mechanism of SASL";

    if (h->sasl->offered)
        when = "while authenticating, as QEMU does where user or password are wrong";
    else if (!h->encrypted)
        when = "before it offered a mechanism of SASL, as QEMU does where it has none that "
               "encrypts and there is no TLS";
    return rec_conn_error(c, AVERROR_EOF, "the server closed the connection %s", when);
}

/** Have n bytes of data. @return 0, AVERROR(EAGAIN) or another error */
static int need(RecConn *c, RecHandshake *h, size_t n)
{
    const int ret = rec_handshake_fill(c, h, h->sasl->data, n);

    return ret == AVERROR_EOF ? closed(c, h) : ret;
}

static int go(RecHandshake *h, RecState next)
{
    h->got   = 0;
    h->state = next;
    return 0;
}

/** The length of what comes is there. @param more bytes behind it */
static int make_room(RecConn *c, RecHandshake *h, size_t more)
{
    int ret = rec_handshake_need(c, h, 4);

    if (ret < 0)
        return ret == AVERROR_EOF ? closed(c, h) : ret;
    h->sasl->size = AV_RB32(h->in);
    if (h->sasl->size > MAX_DATA)
        return rec_conn_error(c, AVERROR_INVALIDDATA, "SASL: the server wants to send %zu bytes",
                              h->sasl->size);
    free(h->sasl->data);
    h->sasl->data = malloc(h->sasl->size + more + 1);
    return h->sasl->data ? 0 : rec_conn_error(c, AVERROR(ENOMEM), "out of memory");
}

static int answer(RecConn *c, RecHandshake *h);

/* the server's data, as ours, then complete(u8) */
static int read_answer(RecConn *c, RecHandshake *h)
{
    const int ret = make_room(c, h, 1);

    return ret < 0 ? ret : go(h, answer);
}

static int answer(RecConn *c, RecHandshake *h)
{
    struct RecSasl *s = h->sasl;
    int ret = need(c, h, s->size + 1), complete;
    const char *out = NULL;
    unsigned size = 0;

    if (ret < 0)
        return ret;
    complete = s->data[s->size];
    if (!(complete && s->done)) {
        ret = sasl_client_step(s->sasl, s->size ? (char *)s->data : NULL,
                               s->size ? s->size - 1 : 0, NULL, &out, &size);
        if (ret != SASL_OK && ret != SASL_CONTINUE)
            return failed(c, s, "the server's answer");
        s->done = ret == SASL_OK;
    }
    if (complete) {
        if (!s->done)
            return rec_conn_error(c, AVERROR(EACCES), "SASL: the server ends too early");
        return go(h, s->next);
    }
    go(h, read_answer);
    return send_data(c, out, size);
}

/** Whether a list, of names with spaces or commas between them, has one. */
static int has(const char *list, const char *name)
{
    const size_t size = strlen(name);

    while (*list) {
        size_t n = strcspn(list, " ,");

        if (n == size && !memcmp(list, name, n))
            return 1;
        list += n + (list[n] != 0);
    }
    return 0;
}

static int no_mechanism(RecConn *c, const RecHandshake *h, const char *offered)
{
    const int encrypt = !h->encrypted && c->target->scheme != REC_UNIX && !c->access->insecure;

    /* servers leave out by themselves what does not encrypt */
    if (!*offered)
        return rec_conn_error(c, AVERROR(ENOSYS), "the server has no mechanism of SASL%s",
                              encrypt ? " that encrypts, and no TLS" : "");
    return rec_conn_error(c, AVERROR(ENOSYS), "none of the server's mechanisms of SASL can be used "
                          "here%s: %.100s", encrypt ? ", as they do not encrypt and there is no "
                          "TLS (--insecure would do without)" : "", offered);
}

/* mechanisms(text); the name of one and what it says first go back */
static int mechanisms(RecConn *c, RecHandshake *h)
{
    struct RecSasl *s = h->sasl;
    int ret = need(c, h, s->size);
    const char *name, *out = NULL;
    char list[200] = "";
    unsigned size = 0;
    uint8_t head[4];

    if (ret < 0)
        return ret;
    s->offered = 1;
    s->data[s->size] = 0;
    for (uint8_t *b = s->data; *b; b++)
        if (*b < ' ' || *b > '~')
            *b = ' ';
    for (size_t i = 0; i < FF_ARRAY_ELEMS(known); i++)
        if (has((char *)s->data, known[i]))
            snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s ", known[i]);
    ret = sasl_client_start(s->sasl, list, NULL, &out, &size, &name);
    if (ret == SASL_NOMECH)
        return no_mechanism(c, h, (char *)s->data);
    if (ret != SASL_OK && ret != SASL_CONTINUE)
        return failed(c, s, "beginning");
    s->done = ret == SASL_OK;
    AV_WB32(head, strlen(name));
    ret = rec_conn_write(c, head, sizeof(head));
    if (ret >= 0)
        ret = rec_conn_write(c, name, strlen(name));
    if (ret >= 0)
        ret = send_data(c, out, size);
    go(h, read_answer);
    return ret;
}

static int read_mechanisms(RecConn *c, RecHandshake *h)
{
    const int ret = make_room(c, h, 0);

    return ret < 0 ? ret : go(h, mechanisms);
}

int rec_sasl_begin(RecConn *c, RecHandshake *h, RecState next)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    const char *host = c->target->host ? c->target->host : "localhost";
    struct RecSasl *s;

    pthread_once(&once, set_up);
    if (!(s = h->sasl = calloc(1, sizeof(*s))))
        return rec_conn_error(c, AVERROR(ENOMEM), "out of memory");
    /* of addresses that did not answer */
    *c->error = 0;
    s->c    = c;
    s->next = next;
    s->callbacks[0] = (sasl_callback_t){ SASL_CB_AUTHNAME, CALLBACK(get_user), s };
    s->callbacks[1] = (sasl_callback_t){ SASL_CB_PASS, CALLBACK(get_password), s };
    s->callbacks[2] = (sasl_callback_t){ SASL_CB_LIST_END, NULL, NULL };
    if (ready != SASL_OK ||
        sasl_client_new("vnc", host, NULL, NULL, s->callbacks, 0, &s->sasl) != SASL_OK ||
        set_properties(c, h, s->sasl) != SASL_OK)
        return rec_conn_error(c, AVERROR(ENOSYS), "SASL does not start here");
    return go(h, read_mechanisms);
}

void rec_sasl_free(struct RecSasl *s)
{
    if (!s)
        return;
    if (s->sasl)
        sasl_dispose(&s->sasl);
    if (s->password)
        explicit_bzero(s->password->data, s->password->len);
    free(s->password);
    free(s->data);
    free(s);
}

/* --- encryption --- */

static int layer_read(RecStream *stream, uint8_t *buf, size_t size)
{
    Layer *l = (Layer *)stream;
    char in[8192];

    while (!l->left) {
        int n = rec_stream_read(stream->lower, in, sizeof(in));

        if (n < 0)
            return n;
        if (sasl_decode(l->sasl, in, n, &l->out, &l->left) != SASL_OK)
            return rec_stream_error(stream, AVERROR_INVALIDDATA, "SASL: %s",
                                    sasl_errdetail(l->sasl));
    }
    size = FFMIN(size, l->left);
    memcpy(buf, l->out, size);
    l->out  += size;
    l->left -= size;
    return size;
}

static int layer_write(RecStream *stream, const uint8_t *buf, size_t size)
{
    Layer *l = (Layer *)stream;
    const void *most;
    int ret = 0;

    if (sasl_getprop(l->sasl, SASL_MAXOUTBUF, &most) != SASL_OK || !*(const unsigned *)most)
        return rec_stream_error(stream, AVERROR(EINVAL), "SASL: no room to write");
    while (size && ret >= 0) {
        const unsigned n = FFMIN(size, *(const unsigned *)most);
        const char *out;
        unsigned length;

        if (sasl_encode(l->sasl, (const char *)buf, n, &out, &length) != SASL_OK)
            return rec_stream_error(stream, AVERROR(EIO), "SASL: %s", sasl_errdetail(l->sasl));
        ret = rec_stream_write(stream->lower, out, length);
        buf  += n;
        size -= n;
    }
    return ret;
}

static void layer_free(RecStream *stream)
{
    rec_sasl_free(((Layer *)stream)->owner);
}

int rec_sasl_finish(RecConn *c, RecHandshake *h)
{
    static const RecStreamOps ops = {
        .read = layer_read, .write = layer_write, .free = layer_free,
    };
    const void *ssf;
    Layer *l;

    if (sasl_getprop(h->sasl->sasl, SASL_SSF, &ssf) != SASL_OK)
        return failed(c, h->sasl, "encryption");
    if (!*(const sasl_ssf_t *)ssf)
        return 0;
    if (!(l = calloc(1, sizeof(*l))))
        return rec_conn_error(c, AVERROR(ENOMEM), "out of memory");
    l->stream.ops   = &ops;
    l->stream.lower = c->stream;
    l->owner        = h->sasl;
    l->sasl         = h->sasl->sasl;
    c->stream       = &l->stream;
    h->sasl         = NULL;
    return 0;
}
