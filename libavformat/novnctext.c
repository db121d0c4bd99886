/*
 * The text of noVNC recordings
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

#include <string.h>

#include "libavutil/avstring.h"
#include "libavutil/common.h"
#include "libavutil/error.h"
#include "novnctext.h"

/** Have n bytes of text at hand, if there are so many. @return how many there are */
static int need(NoVNCText *t, int n)
{
    int ret;

    if (t->size - t->head < n) {
        memmove(t->buf, t->buf + t->head, t->size - t->head);
        t->size -= t->head;
        t->head  = 0;
        ret = ff_rfb_input_read(t->in, t->buf + t->size, sizeof(t->buf) - t->size);
        t->size += FFMAX(ret, 0);
    }
    return t->size - t->head;
}

/** Read one byte of text. */
static int get(NoVNCText *t)
{
    return need(t, 1) ? t->buf[t->head++] : NOVNC_END_OF_FILE;
}

/** Whether bytes above 127 come in twos, as UTF-8 has those up to 255. */
static int looks_like_utf8(NoVNCText *t)
{
    int n = need(t, sizeof(t->buf));
    const uint8_t *b = t->buf + t->head;

    for (int i = 0; i < n; i++) {
        if (b[i] < 128)
            continue;
        if ((b[i] & 0xFE) != 0xC2 || (i + 1 < n && (b[i + 1] & 0xC0) != 0x80))
            return 0;
        i++;
    }
    return 1;
}

static int hex(NoVNCText *t, int digits)
{
    int value = 0;

    for (; digits && need(t, 1) && av_isxdigit(t->buf[t->head]); digits--) {
        int c = av_tolower(t->buf[t->head++]);

        value = value << 4 | (c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return value & 0xFF;
}

/** Read what stands behind a backslash. */
static int escape(NoVNCText *t)
{
    static const char from[] = "ntrbfv0", to[] = "\n\t\r\b\f\v";
    int c = get(t);
    const char *known = c > 0 ? strchr(from, c) : NULL;

    if (c == 'x' || c == 'u')
        return hex(t, c == 'x' ? 2 : 4);
    return known ? to[known - from] : c;
}

/**
 * Whether "{ms{" or "}ms}" is at hand.
 * @return characters, 0 if not
 */
static int parse_mark(const uint8_t *buf, int n, uint32_t *ms)
{
    int i = 1;

    if (n < 3 || (buf[0] != '{' && buf[0] != '}'))
        return 0;
    for (*ms = 0; i < n && i < 16 && av_isdigit(buf[i]); i++)
        *ms = *ms * 10 + buf[i] - '0';
    return i > 1 && i < n && buf[i] == buf[0] ? i + 1 : 0;
}

/**
 * Whether a comma that is next stands between two strings: the quotation mark
 * of the first is damaged then, since no line feed can stand in a string.
 */
static int next_begins(NoVNCText *t)
{
    int n = need(t, 32), i = 1;
    const uint8_t *b = t->buf + t->head;
    uint32_t ms;

    while (i < n && (b[i] == ' ' || b[i] == '\r'))
        i++;
    if (i >= n || b[i] != '\n')
        return 0;
    while (i < n && (b[i] == ' ' || b[i] == '\t' || b[i] == '\r' || b[i] == '\n'))
        i++;
    return i < n && b[i] == t->quote && parse_mark(b + i + 1, n - i - 1, &ms);
}

/** Read on in a character above 127. */
static int wide(NoVNCText *t, int c)
{
    if (t->utf8 < 0) {
        t->head--;
        t->utf8 = looks_like_utf8(t);
        t->head++;
    }
    return t->utf8 && need(t, 1) ? (c & 3) << 6 | (t->buf[t->head++] & 0x3F) : c;
}

/** Read one character of a string: a byte, NOVNC_END_OF_STRING or NOVNC_END_OF_FILE. */
static int character(NoVNCText *t)
{
    int c = get(t);

    if (c == t->quote) {
        t->quote = 0;
        return NOVNC_END_OF_STRING;
    }
    if (c == '\\')
        c = escape(t);
    else if (c > 127 && t->base64 <= 0)
        c = wide(t, c);
    if (t->head < t->size && t->buf[t->head] == ',' && next_begins(t)) {
        t->open  = ff_novnc_offset(t) - 1;
        t->quote = 0;
        return NOVNC_END_OF_STRING;
    }
    return c;
}

static int base64_value(int c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' : c >= 'a' && c <= 'z' ? c - 'a' + 26 :
           c >= '0' && c <= '9' ? c - '0' + 52 : c == '+' || c == '-' ? 62 :
           c == '/' || c == '_' ? 63 : -1;
}

int ff_novnc_byte(NoVNCText *t)
{
    if (t->base64 <= 0)
        return character(t);
    while (t->nb_bits < 8) {
        int c = character(t), value;

        if (c < 0)
            return c;
        value = base64_value(c);
        if (value < 0) {
            if (c == '=' || c == '\n' || c == '\r' || c == ' ')
                continue;
            /* what cannot be here stands for a character that was */
            t->alien = t->alien ? t->alien : ff_novnc_offset(t) - 1;
        }
        t->bits     = t->bits << 6 | FFMAX(value, 0);
        t->nb_bits += 6;
    }
    t->nb_bits -= 8;
    return t->bits >> t->nb_bits & 0xFF;
}

int ff_novnc_bytes(NoVNCText *t, uint8_t *buf, int n)
{
    int i = 0, c;

    while (i < n && t->quote) {
        if ((c = ff_novnc_byte(t)) >= 0)
            buf[i++] = c;
        else if (c == NOVNC_END_OF_FILE)
            break;
    }
    return i;
}

/**
 * Something stands before the next string, after the ones before: only commas
 * and space can, and the end of the array, behind which there may be anything.
 */
static void judge(NoVNCText *t, int c)
{
    if (!t->begun || c == ',' || c == ' ' || c == '\t' || c == '\r' || c == '\n')
        return;
    if (c == ']' && !t->odd)
        t->begun = 0;
    else if (!t->odd)
        t->odd = ff_novnc_offset(t) - 1;
}

int ff_novnc_open(NoVNCText *t, uint32_t *ms)
{
    int c, n;

    /* strings begin on lines of their own */
    while (t->torn)
        t->torn = (c = get(t)) != '\n' && c != NOVNC_END_OF_FILE;
    for (;;) {
        if ((c = get(t)) == NOVNC_END_OF_FILE) {
            /* where it is cut off, there may be the beginning of a string */
            t->odd = 0;
            return AVERROR_EOF;
        }
        if (c == '\'' || c == '"') {
            n = need(t, 24);
            if (n > 3 && !memcmp(t->buf + t->head, "EOF", 3) && t->buf[t->head + 3] == c)
                return AVERROR_EOF;
            n = parse_mark(t->buf + t->head, n, ms);
            if (n)
                break;
        }
        judge(t, c);
    }
    t->quote       = c;
    t->begun       = 1;
    t->string      = ff_novnc_offset(t) - 1;
    t->from_client = t->buf[t->head] == '}';
    t->nb_bits     = 0;
    t->head       += n;
    if (t->base64 < 0)
        t->base64 = need(t, 6) >= 6 && ff_novnc_is_base64(t->buf + t->head);
    return 0;
}

int ff_novnc_move(NoVNCText *t, int64_t pos)
{
    t->head = t->size = t->quote = t->begun = t->torn = 0;
    t->odd  = t->open = t->alien = 0;
    return ff_rfb_input_seek(t->in, pos);
}

int64_t ff_novnc_search(NoVNCText *t, int64_t pos, int64_t end)
{
    int64_t found = -1;
    uint32_t ms;
    int c, last = 0;

    if (ff_novnc_move(t, pos) < 0)
        return -1;
    while (t->in->pos < end && (c = get(t)) != NOVNC_END_OF_FILE) {
        /* strings begin on lines of their own, and there are no line feeds in them */
        if ((c == '\'' || c == '"') && (last == '\n' || last == '[') &&
            parse_mark(t->buf + t->head, need(t, 24), &ms))
            found = ms;
        last = c;
    }
    return found;
}
