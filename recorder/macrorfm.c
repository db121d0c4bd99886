/*
 * Macros: RFM 001.000
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
#include <stdlib.h>
#include <string.h>

#include "keys.h"
#include "macroparse.h"

/* "RFM (Remote Framebuffer Macro) file format version 1.0", of rfbplaymacro.
 * Where it contradicts itself or the programs that write and read it, both
 * readings are taken; doc/macros.md lists them. */

/** Up to a space, or a comment, which begins anywhere. */
static int word(MacroLine *l, MacroWord *w)
{
    const char *hash;

    if (!rec_macro_word(l, w))
        return 0;
    hash = memchr(w->p, '#', w->n);
    if (hash) {
        w->n = hash - w->p;
        l->p = hash;
    }
    return w->n > 0;
}

static int missing(MacroLine *l, const char *what)
{
    return rec_macro_error(l, (MacroWord){ l->p, 0 }, "%s", what);
}

/** NUMBERs or NUMBERms */
static int delay_time(MacroLine *l, int64_t *ns)
{
    MacroWord w;
    int64_t n = 0, unit;
    int i;

    if (!word(l, &w))
        return missing(l, "the time is missing, such as 2s or 250ms");
    for (i = 0; i < w.n && isdigit((unsigned char)w.p[i]); i++)
        n = n < INT64_MAX / 20 ? n * 10 + w.p[i] - '0' : n;
    if (i && rec_macro_is((MacroWord){ w.p + i, w.n - i }, "ms"))
        unit = 1000000;
    else if (i && rec_macro_is((MacroWord){ w.p + i, w.n - i }, "s"))
        unit = 1000000000;
    else
        return rec_macro_error(l, w, "no time such as 2s or 250ms");
    if (n > MACRO_MAX_TIME / unit)
        return rec_macro_error(l, w, "this is more than 285 years");
    *ns = n * unit;
    return 0;
}

/** Whether nothing but a delay and a comment can follow. */
static int is_rest(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t'))
        p++;
    return p == end || *p == '#' || (end - p > 5 && !strncasecmp(p, "delay", 5));
}

/** [delay TIME] [comment] */
static int rest(MacroLine *l, int64_t *delay)
{
    MacroWord w;

    *delay = l->m->default_delay;
    if (!word(l, &w))
        return 0;
    if (!rec_macro_is(w, "delay"))
        return rec_macro_error(l, (MacroWord){ w.p, l->end - w.p },
                               "'delay TIME', a comment or the line's end is expected");
    if (delay_time(l, delay) < 0)
        return -1;
    if (word(l, &w))
        return rec_macro_error(l, (MacroWord){ w.p, l->end - w.p }, "nothing more is expected");
    return 0;
}

/* --- strings --- */

/**
 * Where the string ends whose quote is at l->p: at the first quote behind which
 * the line makes sense, as quotes in it need not be escaped; else at the first.
 */
static const char *string_end(const MacroLine *l)
{
    const char *first = NULL;

    for (const char *p = l->p + 1; p < l->end; p++) {
        if (*p == '\\') {
            p++;
        } else if (*p == *l->p) {
            if (is_rest(p + 1, l->end))
                return p;
            if (!first)
                first = p;
        }
    }
    return first;
}

/** @return bytes of dst used, or -1 */
static int unescape(MacroLine *l, const char *end, char *dst)
{
    static const char escapes[][2] = {
        { '\\', '\\' }, { '"', '"' }, { '\'', '\'' }, { 'n', '\n' }, { 't', '\t' },
    };
    int n = 0;

    for (const char *p = l->p + 1; p < end; p++) {
        size_t i;

        if (*p != '\\') {
            dst[n++] = *p;
            continue;
        }
        p++;
        for (i = 0; i < 5 && escapes[i][0] != *p; i++)
            ;
        if (i == 5)
            return rec_macro_error(l, (MacroWord){ p - 1, 2 },
                                   "no such escape; a backslash itself is written \\\\");
        dst[n++] = escapes[i][1];
    }
    return n;
}

/** In quotes, or a word. @return malloc'ed, or NULL with an error noted */
static char *string(MacroLine *l, MacroWord *at, size_t *size)
{
    const char *end;
    char *text, *utf8;
    MacroWord w;
    int n;

    if (!rec_macro_word(l, &w) || *w.p == '#') {
        rec_macro_error(l, (MacroWord){ w.p, 0 }, "the text is missing, such as \"hello\"");
        return NULL;
    }
    text = malloc(l->end - w.p + 1);
    if (!text) {
        l->m->out_of_memory = 1;
        return NULL;
    }
    if (*w.p == '"' || *w.p == '\'') {
        l->p = w.p;
        end = string_end(l);
        n = end ? unescape(l, end, text)
                : rec_macro_error(l, (MacroWord){ w.p, l->end - w.p }, "the text's end, %c, is "
                                  "missing", *w.p);
        l->p = end ? end + 1 : l->end;
    } else {
        memcpy(text, w.p, w.n);
        n = w.n;
    }
    at->p = w.p;
    at->n = l->p - w.p;
    utf8 = n < 0 ? NULL : rec_utf8_from(text, n, size);
    if (n >= 0 && !utf8)
        l->m->out_of_memory = 1;
    free(text);
    return utf8;
}

/* --- commands --- */

static int password(MacroLine *l)
{
    MacroWord at;
    int64_t none;
    size_t size;
    char *text = string(l, &at, &size);

    if (!text)
        return -1;
    free(l->m->password);
    l->m->password = text;
    return rest(l, &none);
}

static int shared(MacroLine *l)
{
    int64_t none;

    l->m->shared = 1;
    return rest(l, &none);
}

static int default_delay(MacroLine *l)
{
    MacroWord w;

    if (!word(l, &w) || !rec_macro_is(w, "delay"))
        return rec_macro_error(l, w, "'default delay TIME' is expected");
    return delay_time(l, &l->m->default_delay) < 0 ? -1 : rest(l, &(int64_t){ 0 });
}

static int delay(MacroLine *l)
{
    MacroStep *s = rec_macro_step(l, MACRO_DELAY);
    MacroWord w;

    if (!s || delay_time(l, &s->after) < 0)
        return -1;
    if (word(l, &w))
        return rec_macro_error(l, (MacroWord){ w.p, l->end - w.p }, "nothing more is expected");
    return 0;
}

/** The keysym of a command: also a single #, which elsewhere begins a comment. */
static int keysym(MacroLine *l, MacroStep *s)
{
    MacroWord w;

    if (!rec_macro_word(l, &w))
        return missing(l, "the key is missing");
    if (w.n > 1 && memchr(w.p, '#', w.n) != NULL) {
        w.n = (const char *)memchr(w.p + 1, '#', w.n - 1) - w.p;
        l->p = w.p + w.n;
    }
    return rec_macro_key(l, w, &s->keysym);
}

/** up or down */
static int state(MacroLine *l, MacroStep *s)
{
    MacroWord w;

    if (!word(l, &w))
        return missing(l, "'up' or 'down' is missing");
    s->down = rec_macro_is(w, "down");
    return s->down || rec_macro_is(w, "up") ? 0
           : rec_macro_error(l, w, "'up' or 'down' is expected");
}

static int key(MacroLine *l)
{
    MacroStep *s = rec_macro_step(l, MACRO_KEY);

    if (!s || keysym(l, s) < 0 || state(l, s) < 0)
        return -1;
    return rest(l, &s->after);
}

static int press(MacroLine *l)
{
    MacroStep *s = rec_macro_step(l, MACRO_PRESS);

    if (!s || keysym(l, s) < 0)
        return -1;
    return rest(l, &s->after);
}

static int type(MacroLine *l)
{
    MacroStep *s = rec_macro_step(l, MACRO_TYPE);
    MacroWord at;
    uint32_t c;

    if (!s || !(s->text = string(l, &at, &s->size)))
        return -1;
    for (size_t i = 0; i < s->size; i += rec_utf8_read(&c, s->text + i, s->size - i)) {
        rec_utf8_read(&c, s->text + i, s->size - i);
        if (!rec_key_by_char(c))
            return rec_macro_error(l, at, "no key types the character U+%04X", c);
    }
    return rest(l, &s->after);
}

/** @return 0, or -1; *sign is 0 for a number without one */
static int coordinate(MacroLine *l, const char *what, int *n, int *sign)
{
    MacroWord w;

    if (!word(l, &w))
        return missing(l, "a position is missing: pointer X Y, or pointer +DX -DY");
    *sign = *w.p == '+' ? 1 : *w.p == '-' ? -1 : 0;
    if (*sign) {
        w.p++;
        w.n--;
    }
    if (rec_macro_number(l, w, 65535, what, n) < 0)
        return -1;
    if (*sign < 0)
        *n = -*n;
    return 0;
}

static int pointer(MacroLine *l)
{
    MacroStep *s = rec_macro_step(l, MACRO_MOVE);
    const char *begin = l->p;
    int x_sign, y_sign;

    if (!s || coordinate(l, "x", &s->x, &x_sign) < 0 || coordinate(l, "y", &s->y, &y_sign) < 0)
        return -1;
    if (!x_sign != !y_sign)
        return rec_macro_error(l, (MacroWord){ begin + 1, l->p - begin - 1 },
                               "both have to be relative (+DX -DY), or neither");
    if (x_sign)
        s->op = MACRO_MOVE_BY;
    return rest(l, &s->after);
}

static int button_number(MacroLine *l, MacroStep *s)
{
    MacroWord w;
    int n;

    if (!word(l, &w))
        return missing(l, "the number of the button is missing; 0 is the left one");
    if (rec_macro_number(l, w, 7, "the button", &n) < 0)
        return -1;
    s->buttons = 1 << n;
    return 0;
}

static int button(MacroLine *l)
{
    MacroStep *s = rec_macro_step(l, MACRO_BUTTON);

    if (!s || button_number(l, s) < 0 || state(l, s) < 0)
        return -1;
    return rest(l, &s->after);
}

static int click(MacroLine *l)
{
    MacroStep *s = rec_macro_step(l, MACRO_CLICK);

    if (!s || button_number(l, s) < 0)
        return -1;
    return rest(l, &s->after);
}

/* --- cut --- */

/** The base64 of a line, without what surrounds it. @return 0 if it is none */
static int base64_line(const MacroLine *l, MacroWord *w, int *comment)
{
    const char *p = l->begin, *end = l->end, *hash = memchr(p, '#', end - p);

    *comment = hash != NULL;
    if (hash)
        end = hash;
    while (p < end && isspace((unsigned char)*p))
        p++;
    while (end > p && isspace((unsigned char)end[-1]))
        end--;
    w->p = p;
    w->n = end - p;
    for (; p < end; p++)
        if (!isalnum((unsigned char)*p) && !strchr("+/=", *p))
            return 0;
    return w->n > 0;
}

/** The lines behind a cut up to an empty one, a comment or what is no base64. */
static int cut_lines(MacroLine *l, MacroStep *s)
{
    MacroLine next = *l;
    const char *begin = l->end;
    MacroWord w = { l->end, 0 };
    int comment = 0, padded = 0;
    long size;
    char *data;

    while (!comment && !padded && rec_macro_line(&next) && base64_line(&next, &w, &comment)) {
        padded = w.p[w.n - 1] == '=';
        *l = next;
    }
    l->p = l->end;
    if (l->number == s->line)
        return rec_macro_text(l, s, "", 0);
    data = malloc(l->end - begin + 1);
    if (!data) {
        l->m->out_of_memory = 1;
        return -1;
    }
    base64_line(l, &w, &comment);
    size = rec_base64(data, begin, w.p + w.n - begin);
    if (size < 0)
        rec_macro_error(l, w, "the base64 data that end here are broken");
    else
        size = rec_macro_text(l, s, data, size);
    free(data);
    return size < 0 ? -1 : 0;
}

/** Base64 behind the word itself. */
static int cut_inline(MacroLine *l, MacroStep *s, MacroWord w)
{
    char *data = malloc(w.n + 1);
    long size;

    if (!data) {
        l->m->out_of_memory = 1;
        return -1;
    }
    size = rec_base64(data, w.p, w.n);
    if (size < 0)
        rec_macro_error(l, w, "no base64");
    else
        size = rec_macro_text(l, s, data, size);
    free(data);
    return size < 0 ? -1 : rest(l, &s->after);
}

static int cut(MacroLine *l)
{
    MacroStep *s = rec_macro_step(l, MACRO_CUT);
    MacroWord w;

    if (!s)
        return -1;
    if (!is_rest(l->p, l->end) && word(l, &w))
        return cut_inline(l, s, w);
    return rest(l, &s->after) < 0 ? -1 : cut_lines(l, s);
}

/* --- lines --- */

static const struct {
    const char *name;
    int (*parse)(MacroLine *l);
} commands[] = {
    { "password", password }, { "shared", shared }, { "default", default_delay },
    { "key", key }, { "press", press }, { "type", type }, { "pointer", pointer },
    { "button", button }, { "click", click }, { "cut", cut }, { "delay", delay },
};

static int command(MacroLine *l, MacroWord w)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
        if (rec_macro_is(w, commands[i].name))
            return commands[i].parse(l);
    return rec_macro_error(l, w, "no command is called '%.*s'", w.n > 40 ? 40 : w.n, w.p);
}

static int version(MacroLine *l)
{
    MacroWord w = { l->begin, l->end - l->begin };

    while (w.n && isspace((unsigned char)w.p[w.n - 1]))
        w.n--;
    if (w.n == 11 && !strncasecmp(w.p, "RFM 001.", 8) && isdigit((unsigned char)w.p[8]) &&
        isdigit((unsigned char)w.p[9]) && isdigit((unsigned char)w.p[10]))
        return 0;
    return rec_macro_error(l, w, "the first line of a macro is RFM 001.000 (and minimega's "
                           "recordings have lines such as 50000000:KeyEvent,true,Return)");
}

void rec_macro_parse_rfm(MacroLine *l)
{
    if (!rec_macro_line(l)) {
        l->begin = l->end = l->p = l->m->source;
        l->number = 1;
    }
    if (version(l) < 0)
        return;
    while (!l->m->out_of_memory && rec_macro_line(l)) {
        int nb = l->m->nb_steps;
        MacroWord w;

        if (word(l, &w)) {
            if (command(l, w) < 0)
                for (; l->m->nb_steps > nb; )
                    free(l->m->steps[--l->m->nb_steps].text);
        } else if (l->p < l->end) {
            MacroStep *s = rec_macro_step(l, MACRO_COMMENT);

            l->p = (const char *)memchr(l->begin, '#', l->end - l->begin) + 1;
            l->p += l->p < l->end && *l->p == ' ';
            if (s)
                rec_macro_text(l, s, l->p, l->end - l->p);
        }
    }
}
