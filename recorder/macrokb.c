/*
 * Macros: minimega's keyboard and mouse recordings
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

#include <stdlib.h>
#include <string.h>

#include "macroparse.h"

/* DELAY:EVENT, where DELAY is a number of ns or such as 1m2.5s, and EVENT
 *     KeyEvent,true|false,KEY            PointerEvent,BUTTONS,X,Y
 *     LoadFile,FILE                      WaitForIt,TIME,PICTURE
 *     ClickItEvent,TIME,PICTURE          (older documents: ClickIt)
 * and lines that begin with # are comments. */

static const struct { const char *name; double ns; } units[] = {
    { "ns", 1 }, { "us", 1e3 }, { "\xc2\xb5s", 1e3 }, { "\xce\xbcs", 1e3 }, { "ms", 1e6 },
    { "s", 1e9 }, { "m", 60e9 }, { "h", 3600e9 },
};

/** A number with a unit behind it. @return bytes, 0 if it is none */
static int duration_part(const char *p, const char *end, double *ns)
{
    const char *begin = p;
    double n = 0, scale = 1;
    size_t best = 0;
    int digits = 0;

    for (; p < end && *p >= '0' && *p <= '9'; p++, digits++)
        n = n * 10 + *p - '0';
    if (p < end && *p == '.')
        for (p++; p < end && *p >= '0' && *p <= '9'; p++, digits++)
            n += (*p - '0') * (scale /= 10);
    for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
        size_t k = strlen(units[i].name);

        if (k > best && k <= end - p && !memcmp(p, units[i].name, k)) {
            best = k;
            *ns  = n * units[i].ns;
        }
    }
    return digits && best ? p + best - begin : 0;
}

/** A number of ns, or parts with units. @return 0 or -1 */
static int duration(MacroLine *l, MacroWord w, int64_t *ns)
{
    const char *p = w.p, *end = w.p + w.n;
    double sum = 0, part = 0;
    int n;

    for (n = 0; n < w.n && p[n] >= '0' && p[n] <= '9'; n++)
        sum = sum * 10 + p[n] - '0';
    if (n < w.n || !n) {
        sum = 0;
        for (; p < end; p += n, sum += part)
            if (!(n = duration_part(p, end, &part)))
                break;
        if (p < end || !w.n)
            return rec_macro_error(l, w, "no time: it is a number of nanoseconds, or such as "
                                   "250ms or 1m2.5s");
    }
    if (sum > MACRO_MAX_TIME)
        return rec_macro_error(l, w, "this is more than 285 years");
    *ns = sum + 0.5;
    return 0;
}

/** Up to the next comma, which is skipped; the last one takes all that is left. */
static MacroWord field(MacroLine *l, int last)
{
    const char *comma = last ? NULL : memchr(l->p, ',', l->end - l->p);
    MacroWord w = { l->p, (comma ? comma : l->end) - l->p };

    l->p = comma ? comma + 1 : l->end;
    return w;
}

static int key_event(MacroLine *l, MacroStep *s)
{
    /* what Go's ParseBool takes */
    static const char *const values[] = { "false", "true", "f", "t", "0", "1" };
    MacroWord w = field(l, 0);
    size_t i;

    for (i = 0; i < sizeof(values) / sizeof(*values); i++)
        if (rec_macro_is(w, values[i]))
            break;
    if (i == sizeof(values) / sizeof(*values))
        return rec_macro_error(l, w, "true (the key goes down) or false (up) is expected");
    s->down = i & 1;
    return rec_macro_key(l, field(l, 1), &s->keysym);
}

static int pointer_event(MacroLine *l, MacroStep *s)
{
    if (rec_macro_number(l, field(l, 0), 255, "the mask of the buttons", &s->buttons) < 0 ||
        rec_macro_number(l, field(l, 0), 65535, "x", &s->x) < 0)
        return -1;
    return rec_macro_number(l, field(l, 1), 65535, "y", &s->y);
}

static int source(MacroLine *l, MacroStep *s, const char *what)
{
    MacroWord w = field(l, 1);

    if (!w.n)
        return rec_macro_error(l, w, "%s is missing", what);
    s->column = w.p - l->begin + 1;
    s->width  = w.n;
    return rec_macro_text(l, s, w.p, w.n);
}

static int load_file(MacroLine *l, MacroStep *s)
{
    return source(l, s, "the name of the file");
}

static int wait_for_it(MacroLine *l, MacroStep *s)
{
    if (duration(l, field(l, 0), &s->timeout) < 0)
        return -1;
    return source(l, s, "the picture");
}

static const struct {
    const char *name;
    enum MacroOp op;
    int (*parse)(MacroLine *l, MacroStep *s);
} events[] = {
    { "KeyEvent",     MACRO_KEY,      key_event },
    { "PointerEvent", MACRO_POINTER,  pointer_event },
    { "LoadFile",     MACRO_LOAD,     load_file },
    { "WaitForIt",    MACRO_WAIT_FOR, wait_for_it },
    { "ClickItEvent", MACRO_CLICK_IT, wait_for_it },
    { "ClickIt",      MACRO_CLICK_IT, wait_for_it },
};

static void comment(MacroLine *l)
{
    MacroStep *s = rec_macro_step(l, MACRO_COMMENT);

    l->p++;
    l->p += l->p < l->end && *l->p == ':';
    l->p += l->p < l->end && *l->p == ' ';
    if (s)
        rec_macro_text(l, s, l->p, l->end - l->p);
}

/** An event, behind its delay. */
static int event(MacroLine *l, int64_t delay)
{
    MacroWord w = field(l, 0);
    MacroStep *s;

    for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++) {
        if (!rec_macro_is(w, events[i].name))
            continue;
        s = rec_macro_step(l, events[i].op);
        if (!s)
            return -1;
        s->before = delay;
        return events[i].parse(l, s);
    }
    return rec_macro_error(l, w, "no event is called '%.*s'; there are KeyEvent, PointerEvent, "
                           "LoadFile, WaitForIt and ClickItEvent", w.n > 40 ? 40 : w.n, w.p);
}

static void line(MacroLine *l)
{
    const char *colon;
    MacroWord w;
    int64_t delay;
    int nb = l->m->nb_steps;

    while (l->end > l->p && (l->end[-1] == ' ' || l->end[-1] == '\t'))
        l->end--;
    if (!rec_macro_word(l, &w))
        return;
    l->p = w.p;
    if (*w.p == '#') {
        comment(l);
        return;
    }
    colon = memchr(w.p, ':', l->end - w.p);
    if (!colon) {
        rec_macro_error(l, (MacroWord){ w.p, l->end - w.p },
                        "no event: it looks like 50000000:KeyEvent,true,Return");
        return;
    }
    l->p = colon + 1;
    if (duration(l, (MacroWord){ w.p, colon - w.p }, &delay) < 0 ||
        event(l, delay) < 0)
        /* what was parsed of it is no step */
        for (; l->m->nb_steps > nb; )
            free(l->m->steps[--l->m->nb_steps].text);
}

void rec_macro_parse_kb(MacroLine *l)
{
    while (!l->m->out_of_memory && rec_macro_line(l)) {
        const char *end = l->end;

        line(l);
        l->end = end;
    }
}
