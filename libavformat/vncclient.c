/*
 * VNC client
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
#include "libavutil/getenv_utf8.h"
#include "libavutil/intreadwrite.h"
#include "libavutil/mem.h"
#include "libavutil/time.h"
#include "internal.h"
#include "url.h"
#include "vncauth.h"
#include "vncclient.h"

#define HANDSHAKE_TIMEOUT 10000000

/** As long as recordings may have it. */
#define MAX_NAME (1 << 16)

enum VNCSecurity {
    SECURITY_NONE = 1,
    SECURITY_VNC  = 2,
};

/* the specification, "Security Types" */
static const struct { uint8_t type; const char *name; } security_names[] = {
    { SECURITY_NONE, "None" }, { SECURITY_VNC, "VNC Authentication" }, { 5, "RA2" },
    { 6, "RA2ne" }, { 13, "RA2_256" }, { 16, "Tight" }, { 17, "Ultra" }, { 18, "TLS" },
    { 19, "VeNCrypt" }, { 20, "SASL" }, { 22, "xvp" }, { 30, "Apple Remote Desktop" },
    { 113, "MS-Logon II" },
};

/** Read a part of the handshake. @param what it is, for messages */
static int read_all(AVFormatContext *s, VNCClient *c, void *buf, int size, const char *what)
{
    int64_t limit = c->timeout ? c->timeout : HANDSHAKE_TIMEOUT;
    int64_t last = av_gettime_relative();
    int done = 0, ret = 0;

    while (done < size) {
        ret = ff_vnc_io_read(&c->io, (uint8_t *)buf + done, size - done);
        if (ret > 0) {
            done += ret;
            last  = av_gettime_relative();
        } else if (ret != AVERROR(EAGAIN)) {
            break;
        } else if (av_gettime_relative() - last > limit) {
            ret = AVERROR(ETIMEDOUT);
            break;
        } else {
            ff_vnc_io_wait(&c->io, 100000);
        }
    }
    if (done == size || ret == AVERROR_EXIT)
        return FFMIN(ret, 0);
    if (ret == AVERROR_EOF)
        av_log(s, AV_LOG_ERROR, "%s: the server closed the connection instead of sending %s\n",
               c->address.name, what);
    else
        av_log(s, AV_LOG_ERROR, "%s: the server did not send %s: %s\n", c->address.name, what,
               av_err2str(ret));
    /* an end before the beginning is no end of a file */
    return ret == AVERROR_EOF ? AVERROR(ECONNRESET) : ret;
}

/** The server says why it does not want us: length(u32) text. @return AVERROR(EACCES) */
static int refused(AVFormatContext *s, VNCClient *c, const char *what)
{
    uint8_t size[4], text[1024];
    int n, ret = read_all(s, c, size, sizeof(size), "the reason of its refusal");

    if (ret < 0)
        return ret == AVERROR_EXIT ? ret : AVERROR(EACCES);
    n = FFMIN(AV_RB32(size), sizeof(text) - 1);
    if ((ret = read_all(s, c, text, n, "the reason of its refusal")) < 0)
        return ret == AVERROR_EXIT ? ret : AVERROR(EACCES);
    for (int i = 0; i < n; i++)
        if (text[i] < ' ' || text[i] == 127)
            text[i] = ' ';
    text[n] = 0;
    av_log(s, AV_LOG_ERROR, "%s: %s: %s\n", c->address.name, what, text);
    return AVERROR(EACCES);
}

/* RFC 6143, 7.1.1 */
static int agree_on_version(AVFormatContext *s, VNCClient *c)
{
    char theirs[13] = { 0 }, ours[13];
    int major = -1, minor, ret = read_all(s, c, theirs, 12, "its version");

    if (ret < 0)
        return ret;
    if (sscanf(theirs, "RFB %3d.%3d\n", &major, &minor) != 2 || major < 3) {
        av_log(s, AV_LOG_ERROR, major ? "%s: no VNC server answers there\n" :
               "%s: that is a repeater, not a server\n", c->address.name);
        return AVERROR_INVALIDDATA;
    }
    /* Apple's 3.889 and RealVNC's 4.1 and 5.0 speak 3.8; all others 3.3 */
    c->minor = major > 3 || minor >= 8 ? 8 : minor == 7 ? 7 : 3;
    snprintf(ours, sizeof(ours), "RFB 003.%03d\n", c->minor);
    return ff_vnc_io_write(&c->io, ours, 12);
}

/** @param password VNC_MAX_PASSWORD bytes, empty if there is none */
static int find_password(AVFormatContext *s, VNCClient *c, char *password)
{
    char *env = c->password_env ? getenv_utf8(c->password_env) : NULL;
    uint8_t buf[VNC_MAX_PASSWORD];
    AVIOContext *file;
    int n, ret;

    password[0] = 0;
    if (env)
        av_strlcpy(password, env, VNC_MAX_PASSWORD);
    freeenv_utf8(env);
    if (!c->password_file)
        return 0;
    ret = avio_open2(&file, c->password_file, AVIO_FLAG_READ, &s->interrupt_callback, NULL);
    if (ret < 0) {
        av_log(s, AV_LOG_ERROR, "%s: %s\n", c->password_file, av_err2str(ret));
        return ret;
    }
    n = avio_read(file, buf, sizeof(buf));
    avio_closep(&file);
    ret = ff_vnc_password(password, buf, FFMAX(n, 0));
    memset(buf, 0, sizeof(buf));
    if (ret == AVERROR_INVALIDDATA)
        av_log(s, AV_LOG_ERROR, "%s: no password in it\n", c->password_file);
    return ret;
}

/** The server lets in by ways that are not known here only. */
static int no_way(AVFormatContext *s, VNCClient *c, const uint8_t *type, int nb)
{
    char list[256] = "";

    for (int i = 0; i < nb; i++) {
        const char *name = "unknown";

        for (int j = 0; j < FF_ARRAY_ELEMS(security_names); j++)
            if (security_names[j].type == type[i])
                name = security_names[j].name;
        av_strlcatf(list, sizeof(list), "%s%s (%d)", i ? ", " : "", name, type[i]);
    }
    av_log(s, AV_LOG_ERROR, "%s: the server wants security type %s; only None and VNC "
           "Authentication are known here\n", c->address.name, list);
    return AVERROR_PATCHWELCOME;
}

/** RFC 6143, 7.1.2. @return the security type, or a negative AVERROR code */
static int agree_on_security(AVFormatContext *s, VNCClient *c, int have_password)
{
    uint8_t buf[255], choice = 0, nb = 1;
    int ret;

    if (c->minor == 3) {
        if ((ret = read_all(s, c, buf, 4, "the security type")) < 0)
            return ret;
        /* types of 3.3 are numbers of 32 bits; all that are known are small */
        buf[0] = AV_RB32(buf) > 255 ? 255 : buf[3];
        if (!buf[0])
            nb = 0;
    } else if ((ret = read_all(s, c, &nb, 1, "the number of security types")) < 0 ||
               (ret = read_all(s, c, buf, nb, "the security types")) < 0) {
        return ret;
    }
    if (!nb)
        return refused(s, c, "the server refuses the connection");
    for (int i = 0; i < nb; i++) {
        if (buf[i] == SECURITY_VNC && (!choice || have_password))
            choice = SECURITY_VNC;
        if (buf[i] == SECURITY_NONE && !(choice && have_password))
            choice = SECURITY_NONE;
    }
    if (!choice)
        return no_way(s, c, buf, nb);
    if (c->minor > 3 && (ret = ff_vnc_io_write(&c->io, &choice, 1)) < 0)
        return ret;
    return choice;
}

/* RFC 6143, 7.2.2 */
static int answer_challenge(AVFormatContext *s, VNCClient *c, const char *password)
{
    uint8_t buf[VNC_CHALLENGE_SIZE];
    int ret;

    if (!*password) {
        av_log(s, AV_LOG_ERROR, "%s: the server wants a password: put it into the environment "
               "variable %s, or into a file for -password_file\n", c->address.name,
               c->password_env && *c->password_env ? c->password_env : "that -password_env names");
        return AVERROR(EACCES);
    }
    if ((ret = read_all(s, c, buf, sizeof(buf), "a challenge")) < 0 ||
        (ret = ff_vnc_response(buf, buf, password)) < 0)
        return ret;
    return ff_vnc_io_write(&c->io, buf, sizeof(buf));
}

/* RFC 6143, 7.1.3; 3.7 sends none after None, and no reasons */
static int security_result(AVFormatContext *s, VNCClient *c, int type)
{
    uint8_t buf[4];
    int ret;

    if (type == SECURITY_NONE && c->minor < 8)
        return 0;
    if ((ret = read_all(s, c, buf, sizeof(buf), "whether we may come in")) < 0 || !AV_RB32(buf))
        return ret;
    if (c->minor == 8)
        return refused(s, c, "authentication failed");
    av_log(s, AV_LOG_ERROR, "%s: authentication failed%s\n", c->address.name,
           AV_RB32(buf) == 2 ? ": too many attempts" : "");
    return AVERROR(EACCES);
}

static int authenticate(AVFormatContext *s, VNCClient *c)
{
    char password[VNC_MAX_PASSWORD];
    int type = 0, ret = find_password(s, c, password);

    if (ret >= 0)
        ret = type = agree_on_security(s, c, *password);
    if (ret == SECURITY_VNC)
        ret = answer_challenge(s, c, password);
    memset(password, 0, sizeof(password));
    return ret < 0 ? ret : security_result(s, c, type);
}

/* RFC 6143, 7.3: ClientInit; ServerInit: width height pixel-format name-length name */
static int initialise(AVFormatContext *s, VNCClient *c)
{
    uint8_t shared = !!c->shared;
    int ret = ff_vnc_io_write(&c->io, &shared, 1);

    if (ret < 0 || (ret = read_all(s, c, c->init, sizeof(c->init), "its ServerInit")) < 0)
        return ret;
    c->name_size = AV_RB32(c->init + RFB_SERVER_INIT_SIZE - 4);
    if (c->name_size >= MAX_NAME) {
        av_log(s, AV_LOG_ERROR, "%s: the desktop's name is said to have %"PRIu32" bytes\n",
               c->address.name, c->name_size);
        return AVERROR_INVALIDDATA;
    }
    if (!(c->name = av_mallocz(c->name_size + 1)))
        return AVERROR(ENOMEM);
    return read_all(s, c, c->name, c->name_size, "the desktop's name");
}

/** What the tls protocol would not say, or not about which file. */
static int check_tls(AVFormatContext *s, const VNCClient *c)
{
    int ret;

    if (c->address.path[0]) {
        av_log(s, AV_LOG_ERROR, "%s: there is no TLS on unix sockets\n", c->address.name);
        return AVERROR(EINVAL);
    }
    if (c->ca_file && (ret = avio_check(c->ca_file, AVIO_FLAG_READ)) < 0) {
        av_log(s, AV_LOG_ERROR, "%s: %s\n", c->ca_file, av_err2str(ret));
        return ret;
    }
    return 0;
}

static int open_connection(AVFormatContext *s, VNCClient *c)
{
    AVDictionary *options = NULL;
    char url[512];
    int ret;

    if (c->tls && (ret = check_tls(s, c)) < 0)
        return ret;
    if (c->address.path[0]) {
        snprintf(url, sizeof(url), "unix:%s", c->address.path);
    } else {
        ff_url_join(url, sizeof(url), c->tls ? "tls" : "tcp", NULL, c->address.host,
                    c->address.port, NULL);
        av_dict_set_int(&options, "timeout", c->timeout ? c->timeout : HANDSHAKE_TIMEOUT, 0);
        av_dict_set_int(&options, "tcp_nodelay", 1, 0);
        if (c->tls) {
            av_dict_set_int(&options, "tls_verify", c->tls_verify, 0);
            av_dict_set(&options, "ca_file", c->ca_file, 0);
        }
    }
    ret = ff_vnc_io_open(&c->io, s, url, c->timeout ? c->timeout : HANDSHAKE_TIMEOUT, &options);
    av_dict_free(&options);
    if (ret < 0 && ret != AVERROR_EXIT)
        av_log(s, AV_LOG_ERROR, "%s: cannot connect: %s\n", c->address.name, av_err2str(ret));
    return ret;
}

int ff_vnc_connect(AVFormatContext *s, VNCClient *c, const char *url)
{
    const char *wrong = ff_vnc_address(&c->address, url);
    int ret;

    if (wrong) {
        av_log(s, AV_LOG_ERROR, "%s\n", wrong);
        return AVERROR(EINVAL);
    }
    if ((ret = open_connection(s, c)) < 0 ||
        (ret = agree_on_version(s, c)) < 0 ||
        (ret = authenticate(s, c)) < 0)
        return ret;
    return initialise(s, c);
}

void ff_vnc_close(VNCClient *c)
{
    ff_vnc_io_close(&c->io);
    av_freep(&c->name);
}

/* RFC 6143, 7.5.1: type(0) padding[3] pixel-format */
int ff_vnc_set_pixel_format(VNCClient *c, const RFBPixelFormat *pf)
{
    uint8_t buf[4 + RFB_PIXEL_FORMAT_SIZE] = { 0 };

    avpriv_rfb_pixel_format_write(pf, buf + 4);
    return ff_vnc_io_write(&c->io, buf, sizeof(buf));
}

/* RFC 6143, 7.5.2: type(2) padding number(u16) encodings(s32) */
int ff_vnc_set_encodings(VNCClient *c, const int32_t *encodings, int nb)
{
    uint8_t buf[4 + 64 * 4] = { 2 };

    AV_WB16(buf + 2, nb);
    for (int i = 0; i < nb; i++)
        AV_WB32(buf + 4 + 4 * i, encodings[i]);
    return ff_vnc_io_write(&c->io, buf, 4 + 4 * nb);
}

/* RFC 6143, 7.5.3: type(3) incremental x y width height (u16) */
int ff_vnc_request(VNCClient *c, int incremental, int width, int height)
{
    uint8_t buf[10] = { 3, incremental };

    AV_WB16(buf + 6, width);
    AV_WB16(buf + 8, height);
    return ff_vnc_io_write(&c->io, buf, sizeof(buf));
}
