/*
 * VNC: addresses of servers
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

#include <stdio.h>
#include <string.h>

#include "libavutil/avstring.h"
#include "vncaddress.h"

/** @return the number that text consists of, -1 if it does not */
static int number(const char *text)
{
    int n = 0;

    if (!*text)
        return -1;
    for (; *text; text++) {
        if (*text < '0' || *text > '9' || n > 65535)
            return -1;
        n = n * 10 + *text - '0';
    }
    return n <= 65535 ? n : -1;
}

/** What follows the host: nothing, :DISPLAY, :PORT or ::PORT. */
static const char *read_port(VNCAddress *a, const char *text)
{
    int any = text[0] == ':' && text[1] == ':';

    a->port = VNC_PORT;
    if (!*text)
        return NULL;
    if (*text != ':')
        return "Something follows the host's address that is no port";
    a->port = number(text + 1 + any);
    if (a->port < 0 || (any && !a->port))
        return "A host is followed by :DISPLAY, :PORT or ::PORT; IPv6 addresses stand in brackets";
    if (!any && a->port < VNC_MAX_DISPLAYS)
        a->port += VNC_PORT;
    return NULL;
}

static const char *read_host(VNCAddress *a, char *text)
{
    char *end;

    if (*text == '[') {
        end = strchr(++text, ']');
        if (!end || end == text)
            return "The address has no closing bracket";
        *end++ = 0;
    } else {
        end = text + strcspn(text, ":");
    }
    if (end - text >= sizeof(a->host))
        return "The host's name is too long";
    av_strlcpy(a->host, text, end - text + 1);
    if (!a->host[0])
        av_strlcpy(a->host, "localhost", sizeof(a->host));
    return read_port(a, end);
}

const char *ff_vnc_address(VNCAddress *a, const char *text)
{
    char buf[512];
    const char *wrong;
    size_t size;

    memset(a, 0, sizeof(*a));
    if (!av_strstart(text, "vnc://", &text))
        av_strstart(text, "vnc:", &text);
    av_strstart(text, "unix:", &text);
    if (*text == '/') {
        if (av_strlcpy(a->path, text, sizeof(a->path)) >= sizeof(a->path))
            return "The path of the socket is too long";
        av_strlcpy(a->name, text, sizeof(a->name));
        return NULL;
    }
    size = strcspn(text, "?#");
    if (memchr(text, '@', size) || av_stristr(text + size, "password"))
        return "Users and passwords do not belong into the address, where everybody on the "
               "machine sees them: see -password_env and -password_file";
    if (size >= sizeof(buf))
        return "The address is too long";
    av_strlcpy(buf, text, size + 1);
    if (size && buf[size - 1] == '/')
        buf[size - 1] = 0;
    if ((wrong = read_host(a, buf)))
        return wrong;
    snprintf(a->name, sizeof(a->name), strchr(a->host, ':') ? "[%s]:%d" : "%s:%d",
             a->host, a->port);
    return NULL;
}
