/*
 * rfbplay info: what is in a recording
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

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "libavcodec/avcodec.h"
#include "libavutil/error.h"
#include "libavutil/mem.h"
#include "commands.h"
#include "indexfile.h"
#include "info.h"

typedef struct Collector {
    PlayInfo *info;
    RFBParser parser;
    int64_t last;               ///< ms, of the packet before, -1: none
} Collector;

static PlayEncoding *encoding(PlayInfo *info, int32_t number)
{
    PlayEncoding *e = info->encoding;

    while (e < info->encoding + info->nb_encodings && e->number != number)
        e++;
    if (e == info->encoding + info->nb_encodings) {
        if (info->nb_encodings == PLAY_MAX_ENCODINGS)
            return e - 1;
        info->nb_encodings++;
        e->number = number;
    }
    return e;
}

/** One message, whose rectangles are counted one by one. @return its bytes, or negative */
static int message(Collector *c, const uint8_t *buf, size_t size)
{
    RFBParser *p = &c->parser;
    PlayEncoding *e = NULL;
    size_t from = 0;
    int ret;

    while ((ret = avpriv_rfb_parse(p, NULL, buf, size)) == AVERROR(EAGAIN) &&
           p->need == p->pos && p->pos + 12 <= size) {
        const uint8_t *rect = buf + p->pos;

        if (e)
            e->bytes += p->pos - from;
        from = p->pos;
        e    = encoding(c->info, (int32_t)((uint32_t)rect[8] << 24 | rect[9] << 16 | rect[10] << 8 |
                                           rect[11]));
        e->rects++;
        e->pixels += (int64_t)(rect[4] << 8 | rect[5]) * (rect[6] << 8 | rect[7]);
    }
    if (e && ret > 0)
        e->bytes += ret - from;
    return ret;
}

static int collect(void *opaque, const PlayWalk *w, const AVPacket *pkt)
{
    Collector *c = opaque;
    PlayInfo *info = c->info;
    int pos = 0, ret;

    if (c->last >= 0 && w->last - c->last > info->longest_gap) {
        info->longest_gap    = w->last - c->last;
        info->longest_gap_at = c->last;
    }
    c->last = w->last;
    avpriv_rfb_parser_restart(&c->parser);
    while (pos < pkt->size && (ret = message(c, pkt->data + pos, pkt->size - pos)) > 0) {
        pos += ret;
        info->bells     += c->parser.type == RFB_MSG_BELL;
        info->cut_texts += c->parser.type == RFB_MSG_SERVER_CUT_TEXT;
    }
    return 0;
}

int play_info_collect(PlayRecording *r, PlayInfo *info)
{
    const PlayFacts *f = play_recording_facts(r);
    Collector c = { .info = info, .last = -1 };
    int ret;

    *info = (PlayInfo){ .longest_gap = 0 };
    if ((ret = avpriv_rfb_parser_init(&c.parser, f->server_init, f->max_pixels)) < 0)
        return ret;
    c.parser.by_rects = 1;
    return play_recording_walk(r, &info->walk, collect, &c);
}

const char *play_info_state(const PlayInfo *info)
{
    const PlayWalk *w = &info->walk;

    return w->error || w->lost ? "damaged" : w->cut ? "cut short" : "complete";
}

/* --- output --- */

static json_t *encodings_json(const PlayInfo *info)
{
    json_t *list = json_array();

    for (int i = 0; i < info->nb_encodings; i++) {
        const PlayEncoding *e = &info->encoding[i];

        json_array_append_new(list, json_pack("{s:s, s:i, s:I, s:I, s:I}",
            "name", avpriv_rfb_encoding_name(e->number), "number", (int)e->number,
            "rectangles", (json_int_t)e->rects, "bytes", (json_int_t)e->bytes,
            "pixels", (json_int_t)e->pixels));
    }
    return list;
}

/** Names in recordings may be in any character set; JSON's strings are not. */
static json_t *text(const char *s)
{
    json_t *json = json_string(s);
    char *latin;
    size_t n = 0;

    if (json || !(latin = av_malloc(strlen(s) * 2 + 1)))
        return json;
    for (; *s; s++) {
        uint8_t c = *s;

        if (c < 0x80) {
            latin[n++] = c;
        } else {
            latin[n++] = 0xC0 | c >> 6;
            latin[n++] = 0x80 | (c & 0x3F);
        }
    }
    latin[n] = 0;
    json = json_string(latin);
    av_free(latin);
    return json;
}

static int count_keys(const RFBIndex *x)
{
    int n = 0;

    for (int i = 0; i < x->nb_points; i++)
        n += x->point[i].update.key;
    return n;
}

static json_t *index_json(const RFBIndex *x)
{
    if (!x)
        return json_null();
    return json_pack("{s:i, s:i, s:I, s:b}", "key_pictures", count_keys(x), "resume_points",
                     x->nb_points - count_keys(x), "bytes", (json_int_t)x->file_size,
                     "complete", x->whole);
}

json_t *play_info_json(const PlayRecording *r, const char *name, const PlayInfo *info)
{
    const PlayFacts *f = play_recording_facts(r);
    const PlayWalk *w = &info->walk;
    const AVDictionaryEntry *tag = NULL;
    json_t *metadata = json_object(), *all;

    while ((tag = av_dict_get(f->metadata, "", tag, AV_DICT_IGNORE_SUFFIX)))
        json_object_set_new(metadata, tag->key, text(tag->value));
    all = json_pack("{s:o, s:s, s:s, s:I, s:f, s:i, s:i, s:i, s:i, s:i, s:I, s:f, s:f, s:f, s:f,"
                    " s:I, s:I, s:s, s:b, s:o, s:o}",
        "file", text(name), "format", f->format, "format_name", f->format_name,
        "size", (json_int_t)f->size, "duration", w->duration / 1000.0,
        "width", f->width, "height", f->height,
        "max_width", w->max_width, "max_height", w->max_height, "size_changes", w->nb_sizes - 1,
        "updates", (json_int_t)w->updates, "first_update", w->first / 1000.0,
        "last_update", w->last / 1000.0, "longest_idle", info->longest_gap / 1000.0,
        "longest_idle_at", info->longest_gap_at / 1000.0,
        "bells", (json_int_t)info->bells, "cut_texts", (json_int_t)info->cut_texts,
        "state", play_info_state(info), "complete", !w->cut && !w->error && !w->lost,
        "metadata", metadata, "encodings", encodings_json(info));
    if (all)
        json_object_set_new(all, "index", index_json(f->index));
    if (all && *play_recording_message(r))
        json_object_set_new(all, "error", text(play_recording_message(r)));
    return all;
}

static void print_time(const char *label, int64_t ms)
{
    printf("  %-12s%"PRId64":%02d:%02d.%03d\n", label, ms / 3600000, (int)(ms / 60000 % 60),
           (int)(ms / 1000 % 60), (int)(ms % 1000));
}

/** Control characters of a recording are not for the terminal. */
static void print_tag(const char *key, const char *value)
{
    printf("  %-12s", key);
    for (; *value; value++)
        putchar((uint8_t)*value < 0x20 || *value == 0x7F ? '?' : *value);
    putchar('\n');
}

static void print(const PlayRecording *r, const char *path, const PlayInfo *info)
{
    const PlayFacts *f = play_recording_facts(r);
    const PlayWalk *w = &info->walk;
    const AVDictionaryEntry *tag = NULL;

    printf("%s\n", path);
    print_tag("format", f->format_name);
    while ((tag = av_dict_get(f->metadata, "", tag, AV_DICT_IGNORE_SUFFIX)))
        print_tag(tag->key, tag->value);
    printf("  %-12s%"PRId64" bytes\n", "size", f->size);
    print_time("duration", w->duration);
    printf("  %-12s%dx%d", "dimensions", f->width, f->height);
    if (w->nb_sizes > 1)
        printf(", changed %d times, up to %dx%d", w->nb_sizes - 1, w->max_width, w->max_height);
    printf("\n  %-12s%"PRId64"\n", "updates", w->updates);
    if (w->first >= 0) {
        print_time("first", w->first);
        print_time("last", w->last);
    }
    if (info->longest_gap)
        print_time("most idle", info->longest_gap);
    for (int i = 0; i < info->nb_encodings; i++) {
        const PlayEncoding *e = &info->encoding[i];

        printf("  %-12s%-22s%8"PRId64" rectangles %12"PRId64" bytes\n", i ? "" : "encodings",
               avpriv_rfb_encoding_name(e->number), e->rects, e->bytes);
    }
    if (info->bells || info->cut_texts)
        printf("  %-12s%"PRId64" bells, %"PRId64" clipboard texts\n", "also", info->bells,
               info->cut_texts);
    printf("  %-12s%s\n", "state", play_info_state(info));
    if (f->index)
        printf("  %-12s%d key pictures and %d resume points, %"PRId64" bytes%s\n", "index",
               count_keys(f->index), f->index->nb_points - count_keys(f->index),
               f->index->file_size, f->index->whole ? "" : "; the recording has grown since");
}

static int info(const PlayOptions *o, const char *path, json_t *list)
{
    PlayRecordingOptions ro = { .pixel_format = o->pixel_format, .width = o->video_width,
                                .height = o->video_height, .max_pixels = o->max_pixels,
                                .silent = 1 };
    char *index = play_index_of(o, path);
    int status = PLAY_OK, ret;
    PlayRecording *r;
    PlayInfo info;

    ro.index = index;
    if ((ret = play_recording_open(&r, path, &ro)) >= 0 &&
        (ret = play_info_collect(r, &info)) >= 0) {
        if (list)
            json_array_append_new(list, play_info_json(r, path, &info));
        else
            print(r, path, &info);
    }
    if (ret < 0)
        status = PLAY_FAILED;
    else if (info.walk.error || info.walk.lost)
        status = PLAY_DAMAGED;
    if (ret == AVERROR(ENOSYS))
        play_error("%s: this has to be a file, not a pipe", path);
    else if (status)
        play_error("%s", r ? play_recording_message(r) : "no memory");
    play_recording_close(&r);
    av_free(index);
    return status;
}

int play_info(const PlayOptions *o)
{
    json_t *list = o->json ? json_array() : NULL;
    int status = PLAY_OK;

    for (int i = 0; i < o->nb_paths; i++) {
        int one = info(o, o->path[i], list);

        status = one == PLAY_OK ? status : one;
    }
    /* of one recording, an object; of several, a list */
    if (list && (o->nb_paths > 1 || json_array_size(list)))
        json_dumpf(o->nb_paths > 1 ? list : json_array_get(list, 0), stdout,
                   JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(12));
    if (list)
        putchar('\n');
    json_decref(list);
    if (fflush(stdout)) {
        play_error("standard output cannot be written");
        return PLAY_FAILED;
    }
    return status;
}
