/*
 * rfbplay: recordings as they are
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

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libavutil/bprint.h"
#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/mem.h"
#include "servepages.h"

/** One range of bytes. @return 1, 0: there is none to be followed, -1: it lies outside */
static int read_range(int64_t *from, int64_t *size, const char *text, int64_t all)
{
    char *end;
    int64_t first, last;

    if (!text || strncmp(text, "bytes=", 6) || strchr(text, ','))
        return 0;
    text += 6;
    if (*text == '-') {
        last = strtoll(text + 1, &end, 10);
        if (end == text + 1 || *end || last < 0)
            return 0;
        *from = FFMAX(all - last, 0);
        *size = all - *from;
        return *size > 0 ? 1 : -1;
    }
    first = strtoll(text, &end, 10);
    if (end == text || *end != '-' || first < 0)
        return 0;
    text = end + 1;
    last = *text ? strtoll(text, &end, 10) : all - 1;
    if (*text && (end == text || *end || last < first))
        return 0;
    *from = first;
    *size = FFMIN(last, all - 1) - first + 1;
    return first < all ? 1 : -1;
}

static void add_name(struct MHD_Response *response, const char *path)
{
    AVBPrint b;
    char *text;

    av_bprint_init(&b, 0, AV_BPRINT_SIZE_UNLIMITED);
    av_bprintf(&b, "attachment; filename*=UTF-8''");
    play_page_url(&b, strrchr(path, '/') + 1);
    if (av_bprint_finalize(&b, &text) < 0)
        return;
    MHD_add_response_header(response, "Content-Disposition", text);
    av_free(text);
}

PlayHttpResult play_page_raw(PlayRequest *r)
{
    const char *header = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, "Range");
    const char *only = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, "If-Range");
    int64_t from = 0, size = r->st.st_size;
    struct MHD_Response *response;
    char text[96], tag[80];
    int range, fd;
    PlayHttpResult ret;

    if (play_http_unchanged(r, &ret))
        return ret;
    play_http_etag(tag, sizeof(tag), &r->st);
    if (only && strcmp(only, tag))
        header = NULL;
    range = read_range(&from, &size, header, r->st.st_size);
    if (range < 0) {
        response = MHD_create_response_from_buffer(0, (void *)"", MHD_RESPMEM_PERSISTENT);
        if (!response)
            return MHD_NO;
        snprintf(text, sizeof(text), "bytes */%"PRId64, (int64_t)r->st.st_size);
        MHD_add_response_header(response, "Content-Range", text);
        return play_http_send(r, MHD_HTTP_RANGE_NOT_SATISFIABLE, response);
    }
    if ((fd = fcntl(r->fd, F_DUPFD_CLOEXEC, 0)) < 0)
        return play_http_failure(r, AVERROR(EMFILE), NULL);
    response = MHD_create_response_from_fd_at_offset64(size, fd, from);
    if (!response) {
        close(fd);
        return MHD_NO;
    }
    MHD_add_response_header(response, "Content-Type", "application/octet-stream");
    MHD_add_response_header(response, "Accept-Ranges", "bytes");
    MHD_add_response_header(response, "ETag", tag);
    add_name(response, r->path);
    if (range) {
        snprintf(text, sizeof(text), "bytes %"PRId64"-%"PRId64"/%"PRId64, from, from + size - 1,
                 (int64_t)r->st.st_size);
        MHD_add_response_header(response, "Content-Range", text);
    }
    return play_http_send(r, range ? MHD_HTTP_PARTIAL_CONTENT : MHD_HTTP_OK, response);
}
