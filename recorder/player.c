/*
 * Playing macros
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

#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "libavutil/common.h"
#include "client.h"
#include "commands.h"
#include "keys.h"
#include "player.h"

/** How long the server has to take the last events, in ns. */
#define PATIENCE 2000000000

int rec_player_fail(RecPlayer *p, int status, const char *format, ...)
{
    va_list args;

    if (p->status)
        return -1;
    va_start(args, format);
    vsnprintf(p->why, sizeof(p->why), format, args);
    va_end(args);
    p->status = status;
    return -1;
}

/** @param ret of a call that sends */
static int sent(RecPlayer *p, int ret)
{
    return ret < 0 ? rec_player_fail(p, REC_FAILED, "%s", p->conn->error) : 0;
}

/* --- events --- */

static int send_key(RecPlayer *p, uint32_t key, int down)
{
    int i;

    for (i = 0; i < p->nb_held && p->held[i] != key; i++)
        ;
    if (down && i == p->nb_held && i < FF_ARRAY_ELEMS(p->held))
        p->held[p->nb_held++] = key;
    else if (!down && i < p->nb_held)
        memmove(p->held + i, p->held + i + 1, (--p->nb_held - i) * sizeof(*p->held));
    return sent(p, rec_key(p->conn, key, down));
}

static int press(RecPlayer *p, uint32_t key)
{
    return send_key(p, key, 1) < 0 ? -1 : send_key(p, key, 0);
}

/** Outside the screen is its edge. */
static int point(RecPlayer *p, int buttons, int x, int y)
{
    p->x = av_clip(x, 0, FFMAX(p->screen.walker.width - 1, 0));
    p->y = av_clip(y, 0, FFMAX(p->screen.walker.height - 1, 0));
    p->buttons = buttons;
    return sent(p, rec_pointer(p->conn, buttons, p->x, p->y));
}

static int click(RecPlayer *p, int button)
{
    if (point(p, p->buttons | button, p->x, p->y) < 0)
        return -1;
    return point(p, p->buttons & ~button, p->x, p->y);
}

static int type_char(RecPlayer *p, uint32_t c)
{
    uint32_t key = rec_key_by_char(c), modifiers[2];
    int nb = rec_layout_modifiers(&p->layout, key, modifiers), ret = 0;

    for (int i = 0; i < nb && !ret; i++)
        ret = send_key(p, modifiers[i], 1);
    if (!ret)
        ret = press(p, key);
    while (nb-- && !ret)
        ret = send_key(p, modifiers[nb], 0);
    return ret;
}

static int type(RecPlayer *p, const MacroStep *s)
{
    uint32_t c, last = 0;
    int n;

    for (size_t i = 0; i < s->size; i += n) {
        n = FFMAX(rec_utf8_read(&c, s->text + i, s->size - i), 1);
        if (last == '\r' && c == '\n') {
            last = c;
            continue;
        }
        if (last && p->key_delay) {
            p->due += p->key_delay / p->speed;
            while (rec_player_now() < p->due)
                if (rec_player_listen(p, p->due) < 0)
                    return -1;
        }
        if (type_char(p, c) < 0)
            return -1;
        last = c;
    }
    return 0;
}

/** The clipboard is Latin-1 in RFB; the bytes are sent as they are. */
static int cut(RecPlayer *p, const MacroStep *s)
{
    return sent(p, rec_cut_text(p->conn, s->text, s->size));
}

static int click_it(RecPlayer *p, const Macro *m, const MacroStep *s)
{
    int x, y;

    if (rec_player_find(p, m, s, &x, &y) < 0)
        return -1;
    return point(p, p->buttons, x, y) < 0 ? -1 : click(p, 1);
}

/* --- steps --- */

static int play(RecPlayer *p, const Macro *m);

static void echo(const RecPlayer *p, const MacroStep *s)
{
    char text[1000];

    if (p->quiet)
        return;
    rec_macro_describe(text, sizeof(text), s);
    puts(text);
    fflush(stdout);
}

static int play_step(RecPlayer *p, const Macro *m, const MacroStep *s)
{
    int x, y;

    switch (s->op) {
    case MACRO_KEY:      return send_key(p, s->keysym, s->down);
    case MACRO_PRESS:    return press(p, s->keysym);
    case MACRO_TYPE:     return type(p, s);
    case MACRO_POINTER:  return point(p, s->buttons, s->x, s->y);
    case MACRO_MOVE:     return point(p, p->buttons, s->x, s->y);
    case MACRO_MOVE_BY:  return point(p, p->buttons, p->x + s->x, p->y + s->y);
    case MACRO_BUTTON:   return point(p, s->down ? p->buttons | s->buttons
                                                 : p->buttons & ~s->buttons, p->x, p->y);
    case MACRO_CLICK:    return click(p, s->buttons);
    case MACRO_CUT:      return cut(p, s);
    case MACRO_LOAD:     return play(p, s->loaded);
    case MACRO_WAIT_FOR: return rec_player_find(p, m, s, &x, &y);
    case MACRO_CLICK_IT: return click_it(p, m, s);
    case MACRO_DELAY:
    case MACRO_COMMENT:  break;
    }
    return 0;
}

static void delay(RecPlayer *p, int64_t ns)
{
    const double wait = ns / p->speed;

    p->due = wait < 1e18 ? rec_macro_add(p->due, wait) : INT64_MAX;
}

static int play(RecPlayer *p, const Macro *m)
{
    for (int i = 0; i < m->nb_steps; i++) {
        const MacroStep *s = &m->steps[i];

        if (s->op == MACRO_COMMENT) {
            if (rec_player_listen(p, 0) < 0)
                return -1;
            echo(p, s);
            continue;
        }
        delay(p, s->before);
        if (rec_player_wait(p, m, s) < 0 || play_step(p, m, s) < 0)
            return -1;
        delay(p, s->after);
    }
    return 0;
}

/* --- the end --- */

/** Leave no key and no button down. */
static void release(RecPlayer *p)
{
    if (p->buttons)
        rec_pointer(p->conn, 0, p->x, p->y);
    while (p->nb_held)
        rec_key(p->conn, p->held[--p->nb_held], 0);
    p->buttons = 0;
}

/**
 * See that the server has read everything: some forget what they have not read
 * when a connection is closed. One that does not answer is no error.
 */
static int finish(RecPlayer *p)
{
    const int64_t until = rec_player_now() + PATIENCE, updates = p->screen.updates;

    if (sent(p, rec_request(p->conn, 0, 0, 0, 1, 1)) < 0)
        return -1;
    while (p->screen.updates == updates && rec_player_now() < until)
        if (rec_player_listen(p, until) < 0)
            return -1;
    return 0;
}

int rec_player_run(RecPlayer *p, Macro *m, int pictures, int repeat)
{
    static const MacroStep end = { .op = MACRO_DELAY };
    static const RecClip pixel = { 1, 1, 0, 0 };

    p->due = rec_player_now();
    p->end = p->limit ? rec_macro_add(p->due, p->limit) : INT64_MAX;
    p->paused = p->step;
    rec_player_prepare(p);
    if (sent(p, rec_screen_open(&p->screen, p->conn, pictures ? NULL : &pixel, 0)) < 0)
        goto end;
    for (int i = 0; !repeat || i < repeat; i++)
        if (play(p, m) < 0 || (!m->nb_steps && rec_player_listen(p, INT64_MAX) < 0))
            goto end;
    /* the last delay counts, too, as another macro may follow */
    p->paused = 0;
    rec_player_wait(p, m, &end);
end:
    release(p);
    if (!p->status)
        finish(p);
    else
        rec_conn_flush(p->conn);
    rec_player_restore(p);
    rec_screen_close(&p->screen);
    if (*p->why)
        fprintf(stderr, "rfbrec: %s\n", p->why);
    return p->status;
}
