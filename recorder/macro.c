/*
 * Macros: keys, clicks and texts to send
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

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "keys.h"
#include "macroparse.h"

/** Steps of one file; the file's size allows as many anyway. */
#define MAX_STEPS (16 << 20)

int64_t rec_macro_add(int64_t a, int64_t b)
{
    return a > MACRO_MAX_TIME - b ? MACRO_MAX_TIME : a + b;
}

/* --- what parsers use --- */

int rec_macro_line(MacroLine *l)
{
    const char *source_end = l->m->source + l->m->size;
    const char *next = l->begin ? l->end : l->m->source;

    if (l->begin) {
        next += next < source_end && *next == '\r';
        next += next < source_end && *next == '\n';
    } else if (l->m->size >= 3 && !memcmp(next, "\xef\xbb\xbf", 3)) {
        next += 3;
    }
    if (next >= source_end)
        return 0;
    l->number++;
    l->begin = l->p = next;
    l->end = memchr(next, '\n', source_end - next);
    if (!l->end)
        l->end = source_end;
    if (l->end > l->begin && l->end[-1] == '\r')
        l->end--;
    return 1;
}

int rec_macro_error(MacroLine *l, MacroWord at, const char *format, ...)
{
    Macro *m = l->m;
    MacroError *e;
    va_list args;

    if (m->nb_errors++ >= MACRO_MAX_ERRORS)
        return -1;
    e = &m->errors[m->nb_errors - 1];
    e->line   = l->number;
    e->column = at.p - l->begin + 1;
    e->width  = at.n;
    va_start(args, format);
    vsnprintf(e->text, sizeof(e->text), format, args);
    va_end(args);
    return -1;
}

MacroStep *rec_macro_step(MacroLine *l, enum MacroOp op)
{
    Macro *m = l->m;
    MacroStep *s;

    if (m->nb_steps == m->alloc) {
        int alloc = m->alloc ? 2 * m->alloc : 64;

        s = alloc <= MAX_STEPS ? realloc(m->steps, alloc * sizeof(*s)) : NULL;
        if (!s) {
            m->out_of_memory = 1;
            return NULL;
        }
        m->steps = s;
        m->alloc = alloc;
    }
    s = &m->steps[m->nb_steps++];
    memset(s, 0, sizeof(*s));
    s->op   = op;
    s->line = l->number;
    return s;
}

int rec_macro_text(MacroLine *l, MacroStep *s, const char *text, size_t size)
{
    if (s->op == MACRO_CUT) {
        s->text = malloc(size + 1);
        if (s->text) {
            memcpy(s->text, text, size);
            s->text[size] = 0;
        }
        s->size = size;
    } else {
        s->text = rec_utf8_from(text, size, &s->size);
    }
    if (!s->text)
        l->m->out_of_memory = 1;
    return s->text ? 0 : -1;
}

int rec_macro_word(MacroLine *l, MacroWord *w)
{
    while (l->p < l->end && (*l->p == ' ' || *l->p == '\t'))
        l->p++;
    w->p = l->p;
    while (l->p < l->end && *l->p != ' ' && *l->p != '\t')
        l->p++;
    w->n = l->p - w->p;
    return w->n > 0;
}

int rec_macro_is(MacroWord w, const char *text)
{
    return w.n == strlen(text) && !strncasecmp(w.p, text, w.n);
}

int rec_macro_key(MacroLine *l, MacroWord w, uint32_t *keysym)
{
    char buf[REC_KEY_NAME];
    const char *meant;

    *keysym = rec_key_by_name(w.p, w.n);
    if (*keysym)
        return 0;
    if (!w.n)
        return rec_macro_error(l, w, "the key is missing");
    meant = rec_key_suggestion(w.p, w.n, buf);
    return rec_macro_error(l, w, "no key is called '%.*s'%s%s%s", w.n > 60 ? 60 : w.n, w.p,
                           meant ? "; did you mean '" : "", meant ? meant : "", meant ? "'?" : "");
}

int rec_macro_number(MacroLine *l, MacroWord w, int max, const char *what, int *n)
{
    int64_t sum = 0;

    for (int i = 0; i < w.n && sum <= max; i++) {
        if (!isdigit((unsigned char)w.p[i]))
            return rec_macro_error(l, w, "%s is a number from 0 to %d", what, max);
        sum = sum * 10 + w.p[i] - '0';
    }
    if (!w.n || sum > max)
        return rec_macro_error(l, w, w.n ? "%s is a number from 0 to %d" : "%s is missing",
                               what, max);
    *n = sum;
    return 0;
}

static int base64_digit(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                 "0123456789+/";
    const char *p = c ? strchr(digits, c) : NULL;

    return p ? (int)(p - digits) : -1;
}

long rec_base64(char *dst, const char *src, size_t size)
{
    uint32_t bits = 0;
    int n = 0, padding = 0;
    long out = 0;

    for (size_t i = 0; i < size; i++) {
        int digit = base64_digit(src[i]);

        if (isspace((unsigned char)src[i]))
            continue;
        if (src[i] == '=') {
            padding++;
            continue;
        }
        if (digit < 0 || padding)
            return -1;
        bits = bits << 6 | digit;
        if (++n % 4 == 0) {
            dst[out++] = bits >> 16;
            dst[out++] = bits >> 8;
            dst[out++] = bits;
        }
    }
    if (n % 4 == 1 || padding > 2 || (padding && (n + padding) % 4))
        return -1;
    if (n % 4 == 2)
        dst[out++] = bits >> 4;
    if (n % 4 == 3) {
        dst[out++] = bits >> 10;
        dst[out++] = bits >> 2;
    }
    return out;
}

/* --- a macro --- */

static int ends_with(const char *name, const char *end)
{
    size_t n = strlen(name), k = strlen(end);

    return n >= k && !strcasecmp(name + n - k, end);
}

/** By the first line that is no comment; a name decides only where that says nothing. */
static enum MacroFormat find_format(const Macro *m)
{
    MacroLine l = { .m = (Macro *)m };

    while (rec_macro_line(&l)) {
        MacroWord w;

        if (l.end - l.begin >= 4 && !strncasecmp(l.begin, "RFM ", 4))
            return MACRO_RFM;
        if (!rec_macro_word(&l, &w) || *w.p == '#')
            continue;
        return memchr(w.p, ':', l.end - w.p) || ends_with(m->name, ".kb") ? MACRO_KB : MACRO_RFM;
    }
    return ends_with(m->name, ".rfm") ? MACRO_RFM : MACRO_KB;
}

Macro *rec_macro_parse(const char *name, const char *source, size_t size,
                       enum MacroFormat format)
{
    Macro *m = calloc(1, sizeof(*m));
    MacroLine l = { .m = m };
    const char *zero;

    if (!m)
        return NULL;
    m->duration = -1;
    m->name   = strdup(name);
    m->source = malloc(size + 1);
    if (!m->name || !m->source) {
        rec_macro_free(m);
        return NULL;
    }
    memcpy(m->source, source, size);
    m->source[size] = 0;
    m->size   = size;
    m->format = format != MACRO_AUTO ? format : find_format(m);
    zero = memchr(m->source, 0, size);
    if (zero) {
        while (rec_macro_line(&l) && l.end < zero)
            ;
        rec_macro_error(&l, (MacroWord){ zero, 1 }, "a zero byte: this is no text");
    } else if (m->format == MACRO_RFM) {
        rec_macro_parse_rfm(&l);
    } else {
        rec_macro_parse_kb(&l);
    }
    if (m->out_of_memory) {
        rec_macro_free(m);
        return NULL;
    }
    return m;
}

static void print_error(FILE *f, const Macro *m, const MacroError *e)
{
    MacroLine l = { .m = (Macro *)m };
    int begin = 0, size, n;

    fprintf(f, "%s:%d:%d: %s\n", m->name, e->line, e->column, e->text);
    while (rec_macro_line(&l) && l.number < e->line)
        ;
    if (l.number != e->line)
        return;
    /* of a long line (a picture in base64), the part that matters */
    if (e->column > 80)
        begin = e->column - 40;
    size = l.end - l.begin - begin;
    fputs("    ", f);
    for (n = 0; n < size && n < 100; n++) {
        unsigned char c = l.begin[begin + n];

        fputc(c < ' ' || c == 127 ? ' ' : c, f);
    }
    fputs("\n    ", f);
    for (n = begin; n < e->column - 1; n++)
        if ((l.begin[n] & 0xc0) != 0x80)
            fputc(' ', f);
    fputc('^', f);
    for (n = e->column; n < e->column + e->width - 1 && n < begin + 100; n++)
        if ((l.begin[n] & 0xc0) != 0x80)
            fputc('~', f);
    fputc('\n', f);
}

int rec_macro_print_errors(FILE *f, const MacroSet *set)
{
    int nb = 0;

    for (int k = 0; k < set->nb; k++) {
        const Macro *m = set->macros[k];

        for (int i = 0; i < m->nb_errors && i < MACRO_MAX_ERRORS; i++)
            print_error(f, m, &m->errors[i]);
        if (m->nb_errors > MACRO_MAX_ERRORS)
            fprintf(f, "%s: %d more errors\n", m->name, m->nb_errors - MACRO_MAX_ERRORS);
        nb += m->nb_errors;
    }
    return nb;
}
