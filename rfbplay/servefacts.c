/*
 * rfbplay: what is known of the recordings that are served
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
#include <string.h>
#include <unistd.h>

#include "libavformat/avformat.h"
#include "libavutil/avstring.h"
#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/mem.h"
#include "httppath.h"
#include "servefacts.h"
#include "serveindex.h"

#define MAX_ENTRIES 4096
#define BUCKETS     512         ///< of the hash
#define PROBE_SIZE  4096

typedef struct Entry {
    struct Entry *next;
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec modified;
    enum PlayFactsDepth depth;
    PlayKnown known;
} Entry;

struct PlayFactsCache {
    pthread_mutex_t lock;
    Entry *entry[BUCKETS];
    int nb;
};

struct PlayFactsCache *play_facts_start(void)
{
    struct PlayFactsCache *c = av_mallocz(sizeof(*c));

    if (c)
        pthread_mutex_init(&c->lock, NULL);
    return c;
}

void play_facts_free(PlayKnown *k)
{
    av_freep(&k->format);
    av_freep(&k->format_name);
    av_freep(&k->title);
    av_freep(&k->creation_time);
    av_freep(&k->error);
    av_freep(&k->activity);
}

static void clear(struct PlayFactsCache *c)
{
    for (int i = 0; i < BUCKETS; i++)
        while (c->entry[i]) {
            Entry *e = c->entry[i];

            c->entry[i] = e->next;
            play_facts_free(&e->known);
            av_free(e);
        }
    c->nb = 0;
}

void play_facts_stop(struct PlayFactsCache **c)
{
    if (!*c)
        return;
    clear(*c);
    pthread_mutex_destroy(&(*c)->lock);
    av_freep(c);
}

static int copy_text(char **to, const char *from)
{
    return from && !(*to = av_strdup(from)) ? AVERROR(ENOMEM) : 0;
}

static int copy(PlayKnown *to, const PlayKnown *from)
{
    *to = *from;
    to->format = to->format_name = to->title = to->creation_time = to->error = NULL;
    to->activity = NULL;
    if (copy_text(&to->format, from->format) < 0 || copy_text(&to->title, from->title) < 0 ||
        copy_text(&to->format_name, from->format_name) < 0 ||
        copy_text(&to->creation_time, from->creation_time) < 0 ||
        copy_text(&to->error, from->error) < 0 ||
        (from->activity && !(to->activity = av_memdup(from->activity, sizeof(*to->activity))))) {
        play_facts_free(to);
        return AVERROR(ENOMEM);
    }
    return 0;
}

static Entry **place(struct PlayFactsCache *c, const struct stat *st)
{
    return &c->entry[(st->st_ino ^ st->st_dev) % BUCKETS];
}

static int is_same(const Entry *e, const struct stat *st)
{
    return e->device == st->st_dev && e->inode == st->st_ino && e->size == st->st_size &&
           e->modified.tv_sec == st->st_mtim.tv_sec && e->modified.tv_nsec == st->st_mtim.tv_nsec;
}

static int look_up(PlayKnown *known, struct PlayFactsCache *c, const struct stat *st,
                   enum PlayFactsDepth depth)
{
    int found = 0;

    pthread_mutex_lock(&c->lock);
    for (Entry *e = *place(c, st); e && !found; e = e->next)
        found = is_same(e, st) && e->depth >= depth && copy(known, &e->known) >= 0;
    pthread_mutex_unlock(&c->lock);
    return found;
}

static void keep(const PlayKnown *known, struct PlayFactsCache *c, const struct stat *st,
                 enum PlayFactsDepth depth)
{
    Entry *e = av_mallocz(sizeof(*e));

    if (!e || copy(&e->known, known) < 0) {
        av_free(e);
        return;
    }
    e->device   = st->st_dev;
    e->inode    = st->st_ino;
    e->size     = st->st_size;
    e->modified = st->st_mtim;
    e->depth    = depth;
    pthread_mutex_lock(&c->lock);
    if (c->nb >= MAX_ENTRIES)
        clear(c);
    /* what was known of the same file before is of no use any more */
    for (Entry **p = place(c, st); *p;) {
        Entry *old = *p;

        if (old->device == e->device && old->inode == e->inode) {
            *p = old->next;
            play_facts_free(&old->known);
            av_free(old);
            c->nb--;
        } else {
            p = &old->next;
        }
    }
    e->next = *place(c, st);
    *place(c, st) = e;
    c->nb++;
    pthread_mutex_unlock(&c->lock);
}

/* --- finding out --- */

/** @return the demuxer's name, NULL if that is no recording */
static const char *probe(int fd)
{
    static const char formats[] = "fbs,minimega,novnc,rbs,vnclog";
    uint8_t buf[PROBE_SIZE + AVPROBE_PADDING_SIZE] = { 0 };
    AVProbeData data = { .filename = "", .buf = buf };
    const AVInputFormat *format;

    data.buf_size = FFMAX(pread(fd, buf, PROBE_SIZE, 0), 0);
    format = data.buf_size ? av_probe_input_format(&data, 1) : NULL;
    return format && av_match_list(format->name, formats, ',') ? format->name : NULL;
}

static void widen(PlayActivity *a)
{
    for (int i = 0; i < PLAY_BUCKETS / 2; i++)
        a->bytes[i] = a->bytes[2 * i] + a->bytes[2 * i + 1];
    memset(a->bytes + PLAY_BUCKETS / 2, 0, sizeof(a->bytes) / 2);
    a->bucket_ms *= 2;
}

static int note_packet(void *opaque, const PlayWalk *w, const AVPacket *pkt)
{
    PlayActivity *a = opaque;

    while (w->last / a->bucket_ms >= PLAY_BUCKETS)
        widen(a);
    a->bytes[FFMAX(w->last, 0) / a->bucket_ms] += pkt->size;
    return 0;
}

static void walk(PlayKnown *k, PlayRecording *r)
{
    PlayActivity *a = k->activity = av_mallocz(sizeof(*a));

    if (!a)
        return;
    a->bucket_ms = 50;
    if (play_recording_walk(r, &a->walk, note_packet, a) < 0) {
        av_freep(&k->activity);
        return;
    }
    while (a->walk.duration / a->bucket_ms >= PLAY_BUCKETS)
        widen(a);
    if (k->duration < 0)
        k->duration = a->walk.duration;
    a->nb_buckets = av_clip64(a->walk.duration / a->bucket_ms + 1, 1, PLAY_BUCKETS);
}

/** Without the name that only we know it by. */
static void note_error(PlayKnown *k, const PlayRecording *r, const char *name)
{
    const char *text = play_recording_message(r);

    if (!strncmp(text, name, strlen(name)) && text[strlen(name)] == ':')
        text += strlen(name) + 2;
    if (*text && !k->error)
        k->error = av_strdup(text);
}

static int find(PlayKnown *k, PlayServer *s, const char *path, int fd, enum PlayFactsDepth depth)
{
    PlayRecordingOptions o = s->reading;
    PlayIndexUse use;
    const AVDictionaryEntry *tag;
    char name[PLAY_FD_NAME_SIZE];
    const char *format = probe(fd);
    PlayRecording *r;

    *k = (PlayKnown){ .duration = -1 };
    if (copy_text(&k->format, format) < 0)
        return AVERROR(ENOMEM);
    if (!format || depth == PLAY_FACTS_FORMAT)
        return 0;
    o.silent  = 1;
    o.index   = play_serve_index_open(&use, s, path, fd);
    k->usable = play_recording_open(&r, play_path_fd_name(name, fd), &o) >= 0;
    play_serve_index_close(&use);
    if (r && k->usable) {
        const PlayFacts *f = play_recording_facts(r);

        k->format_name = av_strdup(f->format_name);
        k->duration    = f->duration;
        k->width       = f->width;
        k->height      = f->height;
        if ((tag = av_dict_get(f->metadata, "title", NULL, 0)))
            k->title = av_strdup(tag->value);
        if ((tag = av_dict_get(f->metadata, "creation_time", NULL, 0)))
            k->creation_time = av_strdup(tag->value);
        if (depth >= PLAY_FACTS_WALK)
            walk(k, r);
    }
    if (r)
        note_error(k, r, name);
    play_recording_close(&r);
    return 0;
}

int play_facts_get(PlayKnown *known, PlayServer *s, const char *path, int fd,
                   const struct stat *st, enum PlayFactsDepth depth)
{
    int ret;

    if (look_up(known, s->facts, st, depth))
        return 0;
    if ((ret = find(known, s, path, fd, depth)) < 0)
        return ret;
    keep(known, s->facts, st, depth);
    return 0;
}
