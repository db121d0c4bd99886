/*
 * rfbplay: requests and responses
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
 * What all pages have in common: requests, their parameters, answers, errors, and
 * a few threads for whatever takes time.
 *
 * One thread of libmicrohttpd's does all input and output and must never wait. A
 * page that reads a recording therefore has a function that runs as a job in
 * another thread, while the connection is suspended; see play_http_job().
 *
 * A request belongs to one thread at a time: the server's, or its job's.
 */

#ifndef RFBPLAY_HTTP_H
#define RFBPLAY_HTTP_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/stat.h>

#include <jansson.h>
#include <microhttpd.h>

#include "options.h"
#include "recording.h"

typedef struct PlayServer PlayServer;
typedef struct PlayRequest PlayRequest;

/** An answer was made (MHD_YES or MHD_NO as libmicrohttpd has them). */
typedef enum MHD_Result PlayHttpResult;

typedef void (*PlayJob)(PlayRequest *r);

struct PlayRequest {
    PlayServer *server;
    struct MHD_Connection *connection;
    const char *path;           ///< decoded, begins with a slash
    int bad;                    ///< the URL has something in it that no URL has
    int state;                  ///< of http.c

    int fd;                     ///< what the path names, -1: nothing
    struct stat st;

    PlayJob job;
    struct MHD_Response *response;  ///< what the job made, and
    unsigned status;            ///< with which status
    PlayRequest *next;          ///< in the queue
};

/** How often things happened; any thread. */
typedef struct PlayCounts {
    atomic_llong requests, errors, refused, connections, streams, streams_total, pictures,
                 bytes, tiles, tiles_encoded, skipped, downloads, downloads_total, jobs, indices;
} PlayCounts;

struct PlayServer {
    const PlayOptions *o;
    const char *dir;            ///< as the user wrote it
    int root;                   ///< the same, open
    int local;                  ///< it listens to this machine only
    PlayRecordingOptions reading;
    PlayCounts counts;
    atomic_int draining;        ///< nothing new is taken
    struct PlayJobs *jobs;
    struct PlayChannels *channels;
    struct PlayFactsCache *facts;
    struct PlayIndexes *indexes;
    struct PlayAuth *auth;
    pthread_mutex_t downloads_lock;
    struct Download *download;  ///< those that are going on
    int64_t started;            ///< ms since 1970
};

/** A route of the table in serve.c; path ends with '/' for all below it. */
typedef struct PlayRoute {
    const char *path;
    PlayHttpResult (*serve)(PlayRequest *r);
} PlayRoute;

extern const PlayRoute play_routes[];

/* --- parameters of the URL --- */

/** @return NULL if it is not given */
const char *play_http_param(const PlayRequest *r, const char *name);

/** @return 1 if it is there and not "0" */
int play_http_flag(const PlayRequest *r, const char *name, int missing);

/**
 * @param v set to the number, or missing
 * @return 0, or AVERROR(EINVAL) if it is no number from min to max
 */
int play_http_number(double *v, const PlayRequest *r, const char *name, double missing,
                     double min, double max);

/** Times as opt_read_time() reads them, in ms. */
int play_http_time(int64_t *ms, const PlayRequest *r, const char *name, int64_t missing);

/* --- answers --- */

/** Answer with a text that is the caller's. */
PlayHttpResult play_http_text(PlayRequest *r, unsigned status, const char *type, const char *text);

/** Answer with data from av_malloc(), which is taken. */
PlayHttpResult play_http_data(PlayRequest *r, unsigned status, const char *type, void *data,
                              size_t size);

PlayHttpResult play_http_json(PlayRequest *r, unsigned status, json_t *json);

/** An error page for people, one line of text for programs. */
PlayHttpResult play_http_error(PlayRequest *r, unsigned status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** The page for an AVERROR code in reading what r->path names. */
PlayHttpResult play_http_failure(PlayRequest *r, int error, const char *message);

/** Headers that all answers have are added, and the answer is sent. */
PlayHttpResult play_http_send(PlayRequest *r, unsigned status, struct MHD_Response *response);

/** @return whether the client has just this already; if so, it was answered */
int play_http_unchanged(PlayRequest *r, PlayHttpResult *result);

/** Name of the recording's state now, for caches: at most 80 bytes with quotes. */
void play_http_etag(char *buf, size_t size, const struct stat *st);

/** Run the function in another thread; it calls one of the functions above. */
PlayHttpResult play_http_job(PlayRequest *r, PlayJob job);

/** @return NULL without memory */
struct PlayJobs *play_http_jobs_start(PlayServer *s);
void play_http_jobs_stop(struct PlayJobs **jobs);

/** Suspend the connection and queue r->job. @return 0 or AVERROR(EBUSY) */
int play_http_jobs_put(struct PlayJobs *jobs, PlayRequest *r);

/* --- for libmicrohttpd --- */

void *play_http_begin(void *server, const char *uri, struct MHD_Connection *c);
PlayHttpResult play_http_handle(void *server, struct MHD_Connection *c, const char *url,
                                const char *method, const char *version, const char *upload,
                                size_t *upload_size, void **request);
void play_http_end(void *server, struct MHD_Connection *c, void **request,
                   enum MHD_RequestTerminationCode code);

#endif /* RFBPLAY_HTTP_H */
