/*
 * Macros: files, and what they load and wait for
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
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libavutil/error.h"
#include "macroparse.h"
#include "picture.h"

/** Bytes of a picture's file. */
#define MAX_PICTURE (64 << 20)

/**
 * Read a file, "-" being the standard input.
 * @param s  its number, zero for "-"
 * @return NULL with errno set
 */
static char *read_file(const char *path, size_t max, size_t *size, struct stat *s)
{
    int is_stdin = !strcmp(path, "-");
    int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    size_t alloc = 0;
    char *data = NULL;
    ssize_t n = fd < 0 ? -1 : 1;

    *size = 0;
    memset(s, 0, sizeof(*s));
    if (!is_stdin && fd >= 0 && fstat(fd, s) < 0)
        n = -1;
    while (n > 0) {
        if (*size + 4096 > alloc) {
            char *more = realloc(data, alloc = alloc ? 2 * alloc : 64 << 10);

            if (!more) {
                errno = ENOMEM;
                n = -1;
                break;
            }
            data = more;
        }
        n = read(fd, data + *size, alloc - *size - 1);
        if (n > 0)
            *size += n;
        else if (n < 0 && errno == EINTR)
            n = 1;
        if (*size > max) {
            errno = EFBIG;
            n = -1;
        }
    }
    if (fd >= 0 && !is_stdin) {
        int error = errno;

        close(fd);
        errno = error;
    }
    if (n < 0) {
        free(data);
        return NULL;
    }
    return data;
}

/** The path of a name that stands in the file of m: relative to it. @return malloc'ed */
static char *beside(const Macro *m, const char *name)
{
    char *copy = strdup(m->name), *path = NULL;

    if (*name == '/' || !strcmp(m->name, "-"))
        path = strdup(name);
    else if (copy && asprintf(&path, "%s/%s", dirname(copy), name) < 0)
        path = NULL;
    free(copy);
    return path;
}

/** A line of its own, to note an error at the text of a step. */
static MacroLine line_of(Macro *m, const MacroStep *s)
{
    MacroLine l = { .m = m };

    while (rec_macro_line(&l) && l.number < s->line)
        ;
    return l;
}

static int step_error(Macro *m, const MacroStep *s, const char *text)
{
    MacroLine l = line_of(m, s);

    rec_macro_error(&l, (MacroWord){ l.begin + s->column - 1, s->width }, "%s", text);
    return 0;
}

/* --- pictures --- */

/** The picture that stands in the line itself. @return NULL if it is none */
static RecPicture *picture_inline(const MacroStep *s, char why[200])
{
    char *data = malloc(s->size + 1);
    RecPicture *p = NULL;
    long n;

    *why = 0;
    if (!data)
        return NULL;
    n = rec_base64(data, s->text, s->size);
    if (n > 0 && rec_picture_probe((uint8_t *)data, n))
        p = rec_picture_decode((uint8_t *)data, n, why);
    free(data);
    return p;
}

/** @return 0 or AVERROR(ENOMEM) */
static int load_picture(Macro *m, MacroStep *s)
{
    char why[200], text[700];
    struct stat st;
    size_t size;
    char *path, *data;
    int error;

    s->picture = picture_inline(s, why);
    if (s->picture)
        return 0;
    if (*why) {
        snprintf(text, sizeof(text), "the picture in this line is broken: %s", why);
        return step_error(m, s, text);
    }
    path = beside(m, s->text);
    if (!path)
        return AVERROR(ENOMEM);
    data  = read_file(path, MAX_PICTURE, &size, &st);
    error = errno;
    /* minimega's are relative to where it runs */
    if (!data && error == ENOENT && *s->text != '/')
        data = read_file(s->text, MAX_PICTURE, &size, &st);
    if (data)
        s->picture = rec_picture_decode((uint8_t *)data, size, why);
    if (!data)
        snprintf(text, sizeof(text), "%.500s: %s", s->size > 400 ? "the picture" : path,
                 strerror(error));
    else if (!s->picture)
        snprintf(text, sizeof(text), "%.400s: %s", path, why);
    free(path);
    free(data);
    return s->picture ? 0 : step_error(m, s, text);
}

/* --- files --- */

static int add(MacroSet *set, Macro *m)
{
    Macro **more = realloc(set->macros, (set->nb + 1) * sizeof(*more));

    if (!more) {
        rec_macro_free(m);
        return AVERROR(ENOMEM);
    }
    set->macros = more;
    set->macros[set->nb++] = m;
    return 0;
}

static int load_all(MacroSet *set, Macro *m, int depth);

/** @return 0 or AVERROR(ENOMEM); another trouble is an error of the step */
static int load_step(MacroSet *set, Macro *m, MacroStep *s, int depth)
{
    char *path = beside(m, s->text), *data, text[700];
    struct stat st;
    size_t size;
    Macro *other;
    int ret;

    if (!path)
        return AVERROR(ENOMEM);
    if (depth >= MACRO_MAX_DEPTH) {
        free(path);
        snprintf(text, sizeof(text), "files load each other more than %d deep", MACRO_MAX_DEPTH);
        return step_error(m, s, text);
    }
    data = read_file(path, MACRO_MAX_SIZE, &size, &st);
    if (!data) {
        snprintf(text, sizeof(text), "%.500s: %s", path, strerror(errno));
        free(path);
        return step_error(m, s, text);
    }
    for (int i = 0; i < set->nb && !s->loaded; i++)
        if (st.st_ino && set->macros[i]->inode == st.st_ino &&
            set->macros[i]->device == st.st_dev)
            s->loaded = set->macros[i];
    if (s->loaded) {
        free(path);
        free(data);
        if (!s->loaded->loading)
            return 0;
        s->loaded = NULL;
        return step_error(m, s, "this file is being played already: they would load each other "
                          "for ever");
    }
    other = rec_macro_parse(path, data, size, MACRO_AUTO);
    free(path);
    free(data);
    if (!other)
        return AVERROR(ENOMEM);
    other->device = st.st_dev;
    other->inode  = st.st_ino;
    ret = add(set, other);
    if (ret < 0)
        return ret;
    s->loaded = other;
    return load_all(set, other, depth + 1);
}

static int load_all(MacroSet *set, Macro *m, int depth)
{
    int ret = 0;

    m->loading = 1;
    for (int i = 0; i < m->nb_steps && ret >= 0; i++) {
        MacroStep *s = &m->steps[i];

        if (s->op == MACRO_LOAD)
            ret = load_step(set, m, s, depth);
        else if (s->op == MACRO_WAIT_FOR || s->op == MACRO_CLICK_IT)
            ret = load_picture(m, s);
        set->pictures |= s->picture != NULL;
    }
    m->loading = 0;
    return ret;
}

int rec_macro_load(MacroSet *set, const char *path, enum MacroFormat format)
{
    struct stat st;
    size_t size;
    char *data;
    Macro *m;
    int ret = AVERROR(ENOMEM);

    memset(set, 0, sizeof(*set));
    data = read_file(path, MACRO_MAX_SIZE, &size, &st);
    if (!data) {
        ret = AVERROR(errno);
        snprintf(set->error, sizeof(set->error), "%s: %s", path, strerror(errno));
        return ret;
    }
    m = rec_macro_parse(path, data, size, format);
    free(data);
    if (m) {
        m->device = st.st_dev;
        m->inode  = st.st_ino;
        ret = add(set, m);
    }
    if (ret >= 0)
        ret = load_all(set, m, 1);
    if (ret < 0) {
        snprintf(set->error, sizeof(set->error), "%s: out of memory", path);
        return ret;
    }
    for (int i = 0; i < set->nb; i++)
        if (set->macros[i]->nb_errors)
            ret = AVERROR_INVALIDDATA;
    return ret;
}

int64_t rec_macro_duration(Macro *m)
{
    int64_t sum = 0;

    if (m->duration >= 0)
        return m->duration;
    for (int i = 0; i < m->nb_steps; i++) {
        const MacroStep *s = &m->steps[i];

        sum = rec_macro_add(sum, rec_macro_add(s->before, s->after));
        if (s->loaded)
            sum = rec_macro_add(sum, rec_macro_duration(s->loaded));
    }
    return m->duration = sum;
}

void rec_macro_free(Macro *m)
{
    if (!m)
        return;
    for (int i = 0; i < m->nb_steps; i++) {
        free(m->steps[i].text);
        rec_picture_free(m->steps[i].picture);
    }
    if (m->password)
        explicit_bzero(m->password, strlen(m->password));
    if (m->source)
        explicit_bzero(m->source, m->size);
    free(m->password);
    free(m->steps);
    free(m->source);
    free(m->name);
    free(m);
}

void rec_macro_set_free(MacroSet *set)
{
    for (int i = 0; i < set->nb; i++)
        rec_macro_free(set->macros[i]);
    free(set->macros);
    memset(set, 0, sizeof(*set));
}
