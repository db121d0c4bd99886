/*
 * Macros: written and told
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
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "libavutil/error.h"
#include "keys.h"
#include "macro.h"
#include "picture.h"
#include "typing.h"

/* --- told --- */

void rec_macro_describe(char *buf, size_t size, const MacroStep *s)
{
    char key[REC_KEY_NAME];
    int button = s->buttons ? __builtin_ctz(s->buttons) : 0;
    int shown = s->size > 60 ? 60 : s->size;

    rec_key_name(s->keysym, key);
    switch (s->op) {
    case MACRO_KEY:      snprintf(buf, size, "key %s %s", key, s->down ? "down" : "up"); break;
    case MACRO_PRESS:    snprintf(buf, size, "press %s", key); break;
    case MACRO_TYPE:     snprintf(buf, size, "type \"%s\"", s->text); break;
    case MACRO_POINTER:  snprintf(buf, size, "pointer %d %d, buttons %d", s->x, s->y,
                                  s->buttons); break;
    case MACRO_MOVE:     snprintf(buf, size, "pointer %d %d", s->x, s->y); break;
    case MACRO_MOVE_BY:  snprintf(buf, size, "pointer %+d %+d", s->x, s->y); break;
    case MACRO_BUTTON:   snprintf(buf, size, "button %d %s", button,
                                  s->down ? "down" : "up"); break;
    case MACRO_CLICK:    snprintf(buf, size, "click %d", button); break;
    case MACRO_CUT:      snprintf(buf, size, "cut %zu bytes", s->size); break;
    case MACRO_DELAY:    snprintf(buf, size, "wait"); break;
    case MACRO_COMMENT:  snprintf(buf, size, "# %s", s->text); break;
    case MACRO_LOAD:     snprintf(buf, size, "load %s", s->text); break;
    case MACRO_WAIT_FOR:
    case MACRO_CLICK_IT:
        snprintf(buf, size, "%s %.*s%s (%dx%d) for at most %.3g s",
                 s->op == MACRO_WAIT_FOR ? "wait for" : "click", shown, s->text,
                 s->size > 60 ? "..." : "", s->picture ? s->picture->w : 0,
                 s->picture ? s->picture->h : 0, s->timeout / 1e9);
        break;
    }
    /* it goes to a terminal, which must not take it for commands */
    for (; *buf; buf++)
        if ((unsigned char)*buf < ' ' || *buf == 127)
            *buf = ' ';
}

/* --- written --- */

typedef struct MacroWriter {
    FILE *f;
    enum MacroFormat format;
    char *why;
    RecLayout layout;
    int64_t pending;            ///< ns to wait before what is written next
    int64_t ms;                 ///< RFM: ms written of all that was pending
    int64_t sum;                ///< RFM: ns that should be written
    int line_open;              ///< RFM: a command whose delay is not known yet
    int x, y, buttons, placed;  ///< the pointer, once it is known where it is
} Writer;

static int refuse(Writer *w, const Macro *m, const MacroStep *s, const char *format)
{
    snprintf(w->why, 200, "%.120s:%d: %s", m->name, s->line, format);
    return AVERROR(ENOSYS);
}

/** Text of a comment or name: in one line. */
static void put_text(FILE *f, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        fputc(text[i] == '\n' || text[i] == '\r' ? ' ' : text[i], f);
}

/* minimega: the delay stands before an event */

static void kb_begin(Writer *w)
{
    fprintf(w->f, "%lld:", (long long)w->pending);
    w->pending = 0;
}

/** Where minimega has no name it writes the number as it would a code point. */
static void kb_key(Writer *w, uint32_t keysym, int down)
{
    char name[REC_KEY_NAME];

    rec_key_name(keysym, name);
    if (keysym >= 0x1000000 || !strncmp(name, "0x", 2))
        snprintf(name, sizeof(name), "U+%04X", keysym);
    kb_begin(w);
    fprintf(w->f, "KeyEvent,%s,%s\n", down ? "true" : "false", name);
}

static void kb_pointer(Writer *w, int buttons, int x, int y)
{
    kb_begin(w);
    fprintf(w->f, "PointerEvent,%d,%d,%d\n", buttons, x, y);
    w->buttons = buttons;
    w->x = x;
    w->y = y;
    w->placed = 1;
}

static void kb_press(Writer *w, uint32_t keysym)
{
    kb_key(w, keysym, 1);
    kb_key(w, keysym, 0);
}

static void kb_type(Writer *w, const MacroStep *s)
{
    uint32_t c, modifiers[2];
    int n;

    for (size_t i = 0; i < s->size && (n = rec_utf8_read(&c, s->text + i, s->size - i)); i += n) {
        uint32_t key = rec_key_by_char(c);
        int nb = rec_layout_modifiers(&w->layout, key, modifiers);

        for (int k = 0; k < nb; k++)
            kb_key(w, modifiers[k], 1);
        kb_press(w, key);
        for (int k = nb - 1; k >= 0; k--)
            kb_key(w, modifiers[k], 0);
    }
}

static int clamped(int n)
{
    return n < 0 ? 0 : n > 65535 ? 65535 : n;
}

static int kb_step(Writer *w, const Macro *m, const MacroStep *s)
{
    switch (s->op) {
    case MACRO_KEY:
        kb_key(w, s->keysym, s->down);
        break;
    case MACRO_PRESS:
        kb_press(w, s->keysym);
        break;
    case MACRO_TYPE:
        kb_type(w, s);
        break;
    case MACRO_POINTER:
        kb_pointer(w, s->buttons, s->x, s->y);
        break;
    case MACRO_MOVE:
        kb_pointer(w, w->buttons, s->x, s->y);
        break;
    case MACRO_MOVE_BY:
        kb_pointer(w, w->buttons, clamped(w->x + s->x), clamped(w->y + s->y));
        break;
    case MACRO_BUTTON:
        kb_pointer(w, s->down ? w->buttons | s->buttons : w->buttons & ~s->buttons, w->x, w->y);
        break;
    case MACRO_CLICK:
        kb_pointer(w, w->buttons | s->buttons, w->x, w->y);
        kb_pointer(w, w->buttons & ~s->buttons, w->x, w->y);
        break;
    case MACRO_COMMENT:
        fprintf(w->f, "#: ");
        put_text(w->f, s->text, s->size);
        fputc('\n', w->f);
        break;
    case MACRO_LOAD:
        kb_begin(w);
        fprintf(w->f, "LoadFile,%s\n", s->text);
        break;
    case MACRO_WAIT_FOR:
    case MACRO_CLICK_IT:
        kb_begin(w);
        fprintf(w->f, "%s,%lldns,%s\n", s->op == MACRO_WAIT_FOR ? "WaitForIt" : "ClickItEvent",
                (long long)s->timeout, s->text);
        break;
    case MACRO_CUT:
        return refuse(w, m, s, "minimega's format has nothing for a clipboard");
    case MACRO_DELAY:
        break;
    }
    return 0;
}

/* RFM: the delay stands behind a command */

/** End the command before, now that it is known how long to wait behind it. */
static void rfm_end(Writer *w)
{
    int64_t ms;

    w->sum = rec_macro_add(w->sum, w->pending);
    w->pending = 0;
    ms = w->sum / 1000000 - w->ms;
    w->ms += ms;
    if (ms)
        fprintf(w->f, "%sdelay %lldms", w->line_open ? " " : "", (long long)ms);
    if (ms || w->line_open)
        fputc('\n', w->f);
    w->line_open = 0;
}

static void rfm_command(Writer *w, const char *format, ...)
{
    va_list args;

    rfm_end(w);
    va_start(args, format);
    vfprintf(w->f, format, args);
    va_end(args);
    w->line_open = 1;
}

static const char *rfm_name(uint32_t keysym, char name[REC_KEY_NAME])
{
    rec_key_name(keysym, name);
    if (name[0] == 'U' && name[1] == '+')
        snprintf(name, REC_KEY_NAME, "0x%x", keysym);
    return name;
}

/** Where it goes, and then what changes of the buttons. */
static void rfm_pointer(Writer *w, const MacroStep *s)
{
    int changed = s->buttons ^ w->buttons;

    if (!w->placed || s->x != w->x || s->y != w->y)
        rfm_command(w, "pointer %d %d", s->x, s->y);
    for (int i = 0; i < 8; i++)
        if (changed & 1 << i)
            rfm_command(w, "button %d %s", i, s->buttons & 1 << i ? "down" : "up");
    w->buttons = s->buttons;
    w->x = s->x;
    w->y = s->y;
    w->placed = 1;
}

/** The specification has no line feeds in strings: they are keys of their own. */
static void rfm_type(Writer *w, const MacroStep *s)
{
    const char *p = s->text, *end = s->text + s->size;

    while (p < end) {
        int n = strcspn(p, "\n\t");

        if (n) {
            rfm_command(w, "type \"");
            for (int i = 0; i < n; i++) {
                if (strchr("\\\"'", p[i]))
                    fputc('\\', w->f);
                fputc(p[i], w->f);
            }
            fputc('"', w->f);
        }
        p += n;
        if (p < end)
            rfm_command(w, "press %s", *p++ == '\n' ? "Return" : "Tab");
    }
}

static void rfm_cut(Writer *w, const MacroStep *s)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                 "0123456789+/";
    const uint8_t *p = (const uint8_t *)s->text;

    rfm_end(w);
    fputs("cut\n", w->f);
    for (size_t i = 0; i < s->size; i += 3) {
        size_t n = s->size - i;
        uint32_t bits = p[i] << 16 | (n > 1 ? p[i + 1] << 8 : 0) | (n > 2 ? p[i + 2] : 0);

        fputc(digits[bits >> 18], w->f);
        fputc(digits[bits >> 12 & 63], w->f);
        fputc(n > 1 ? digits[bits >> 6 & 63] : '=', w->f);
        fputc(n > 2 ? digits[bits & 63] : '=', w->f);
        if (i % 54 == 51 || n <= 3)
            fputc('\n', w->f);
    }
    fputc('\n', w->f);
}

static int rfm_macro(Writer *w, const Macro *m);

static int rfm_step(Writer *w, const Macro *m, const MacroStep *s)
{
    char name[REC_KEY_NAME];
    int button = s->buttons ? __builtin_ctz(s->buttons) : 0;

    switch (s->op) {
    case MACRO_KEY:
        rfm_command(w, "key %s %s", rfm_name(s->keysym, name), s->down ? "down" : "up");
        break;
    case MACRO_PRESS:
        rfm_command(w, "press %s", rfm_name(s->keysym, name));
        break;
    case MACRO_TYPE:
        rfm_type(w, s);
        break;
    case MACRO_POINTER:
        rfm_pointer(w, s);
        break;
    case MACRO_MOVE:
        rfm_command(w, "pointer %d %d", s->x, s->y);
        break;
    case MACRO_MOVE_BY:
        rfm_command(w, "pointer %+d %+d", s->x, s->y);
        break;
    case MACRO_BUTTON:
        rfm_command(w, "button %d %s", button, s->down ? "down" : "up");
        break;
    case MACRO_CLICK:
        rfm_command(w, "click %d", button);
        break;
    case MACRO_CUT:
        rfm_cut(w, s);
        break;
    case MACRO_COMMENT:
        rfm_end(w);
        fputs("# ", w->f);
        put_text(w->f, s->text, s->size);
        fputc('\n', w->f);
        break;
    case MACRO_LOAD:
        return rfm_macro(w, s->loaded);
    case MACRO_WAIT_FOR:
    case MACRO_CLICK_IT:
        return refuse(w, m, s, "RFM has nothing that waits for a picture");
    case MACRO_DELAY:
        break;
    }
    return 0;
}

/** What a file loads stands in its place, as RFM loads nothing. */
static int rfm_macro(Writer *w, const Macro *m)
{
    int ret = 0;

    for (int i = 0; i < m->nb_steps && !ret; i++) {
        w->pending = rec_macro_add(w->pending, m->steps[i].before);
        ret = rfm_step(w, m, &m->steps[i]);
        w->pending = rec_macro_add(w->pending, m->steps[i].after);
    }
    return ret;
}

int rec_macro_write(FILE *f, const MacroSet *set, enum MacroFormat format, char why[200])
{
    const Macro *m = set->macros[0];
    Writer w = { .f = f, .why = why };
    int ret = 0;

    *why = 0;
    if (format == MACRO_RFM) {
        fputs("RFM 001.000\nshared\n", f);
        ret = rfm_macro(&w, m);
        rfm_end(&w);
    } else {
        for (int i = 0; i < m->nb_steps && !ret; i++) {
            w.pending = rec_macro_add(w.pending, m->steps[i].before);
            ret = kb_step(&w, m, &m->steps[i]);
            w.pending = rec_macro_add(w.pending, m->steps[i].after);
        }
        /* minimega's way to wait is to move the pointer to where it is */
        if (w.pending && w.placed)
            kb_pointer(&w, w.buttons, w.x, w.y);
    }
    if (!ret && (fflush(f) || ferror(f))) {
        snprintf(why, 200, "%s", strerror(errno));
        ret = AVERROR(EIO);
    }
    return ret;
}

/* --- written while it happens --- */

MacroWriter *rec_macro_writer_new(FILE *f, enum MacroFormat format)
{
    Writer *w = calloc(1, sizeof(*w));

    if (!w)
        return NULL;
    w->f = f;
    w->format = format;
    if (format == MACRO_RFM)
        fputs("RFM 001.000\nshared\n", f);
    return w;
}

static int flushed(Writer *w)
{
    return fflush(w->f) || ferror(w->f) ? AVERROR(errno ? errno : EIO) : 0;
}

int rec_macro_writer_put(MacroWriter *w, const MacroStep *s)
{
    w->pending = rec_macro_add(w->pending, s->before);
    if (w->format == MACRO_RFM)
        rfm_step(w, NULL, s);
    else
        kb_step(w, NULL, s);
    return flushed(w);
}

int rec_macro_writer_end(MacroWriter *w)
{
    int ret;

    if (w->format == MACRO_RFM)
        rfm_end(w);
    ret = flushed(w);
    free(w);
    return ret;
}
