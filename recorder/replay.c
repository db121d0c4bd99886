/*
 * rfbrec replay
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

#include <arpa/inet.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <rfb/rfb.h>

#include "libavcodec/rfb_picture.h"
#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/intreadwrite.h"
#include "commands.h"
#include "recording.h"
#include "secret.h"

/** us that viewers are served at a time while there is nothing to show */
#define PATIENCE 5000

typedef struct Replay {
    double speed;
    int loop, once, start;
    int64_t max_gap;            ///< ms, 0: as recorded
    RecAccess access;           ///< of the viewers: only the password
} Replay;

typedef struct Player {
    const Replay *set;
    RecRecording rec;
    RFBParser painter;
    RFBFrame frame;
    RFBPictures pictures;
    rfbScreenInfoPtr screen;
    uint32_t *shown;            ///< what viewers see, w * h pixels: red, green, blue, 0
    int w, h;
    int64_t clock;              ///< ms of the recording that have passed
    int64_t before;             ///< rec_now() when that was so
    int64_t served;             ///< rec_now() when viewers were last
    int viewers, paused, begun;
    char *passwords[2];
} Player;

/* Set by signals; a handler is given nothing else. */
static volatile sig_atomic_t stopped;

static void stop(int sig)
{
    (void)sig;
    stopped = 1;
}

/* --- viewers --- */

static void viewer_left(rfbClientPtr client)
{
    ((Player *)client->screen->screenData)->viewers--;
}

static enum rfbNewClientAction viewer_came(rfbClientPtr client)
{
    ((Player *)client->screen->screenData)->viewers++;
    client->clientGoneHook = viewer_left;
    return RFB_CLIENT_ACCEPT;
}

/** The space bar of any viewer pauses for all. */
static void key(rfbBool down, rfbKeySym keysym, rfbClientPtr client)
{
    Player *p = client->screen->screenData;

    if (down && keysym == ' ')
        p->paused = !p->paused;
}

static void no_log(const char *format, ...)
{
    (void)format;
}

/** @return 0 or an exit status, with a message printed */
static int open_server(Player *p, const char *address)
{
    rfbScreenInfoPtr s;
    RecTarget t;
    const char *wrong = rec_target_parse_listen(&t, address);
    struct addrinfo *found = NULL;
    const struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM };

    if (wrong || t.scheme != REC_TCP ||
        getaddrinfo(*t.host ? t.host : "127.0.0.1", NULL, &hints, &found)) {
        fprintf(stderr, "rfbrec: %s: %s\n", address, wrong ? wrong : "no IPv4 address to listen at");
        rec_target_free(&t);
        return OPT_USAGE;
    }
    rfbLogEnable(0);
    rfbErr = no_log;
    s = p->screen = rfbGetScreen(NULL, NULL, p->w, p->h, 8, 3, 4);
    if (!s || !(p->shown = calloc((size_t)p->w * p->h, 4)))
        return REC_FAILED;
    s->screenData   = p;
    s->desktopName  = p->rec.name;
    s->frameBuffer  = (char *)p->shown;
    s->alwaysShared = 1;
    s->newClientHook = viewer_came;
    s->kbdAddEvent  = key;
    s->cursor       = NULL;
    s->port         = t.port;
    s->ipv6port     = -1;
    s->autoPort     = 0;
    s->listenInterface = ((struct sockaddr_in *)found->ai_addr)->sin_addr.s_addr;
    if (p->passwords[0]) {
        s->authPasswdData = p->passwords;
        s->passwordCheck  = rfbCheckPasswordByList;
    }
    freeaddrinfo(found);
    rec_target_free(&t);
    rfbInitServer(s);
    if (s->listenSock < 0) {
        fprintf(stderr, "rfbrec: cannot listen at %s\n", address);
        return REC_FAILED;
    }
    return 0;
}

/* --- the picture --- */

/** The desktop has another size: so has what viewers see. @return 0 or an error */
static int resize(Player *p)
{
    uint32_t *shown = calloc((size_t)p->frame.width * p->frame.height, 4);

    if (!shown)
        return AVERROR(ENOMEM);
    p->w = p->frame.width;
    p->h = p->frame.height;
    rfbNewFramebuffer(p->screen, (char *)shown, p->w, p->h, 8, 3, 4);
    free(p->shown);
    p->shown = shown;
    return 0;
}

/** Bring a line up to date. @return pixels from *first on that were changed */
static int copy_line(Player *p, uint32_t *dst, const uint8_t *src, const uint32_t *palette,
                     int *first)
{
    int x0 = p->w, x1 = 0;

    for (int x = 0; x < p->w; x++) {
        uint32_t v = palette ? palette[src[x]] : ((const uint32_t *)src)[x];

        /* libvncserver's own order of bytes, to which it goes back at each new size */
        v = (v >> 16 & 0xFF) | (v & 0xFF00) | (v & 0xFF) << 16;
        if (v == AV_RL32(dst + x))
            continue;
        AV_WL32(dst + x, v);
        x0 = FFMIN(x0, x);
        x1 = x + 1;
    }
    *first = x0;
    return x1 - x0;
}

/** Show the frame, with its cursor. @return 0 or an error */
static int show(Player *p)
{
    const int mapped = !p->painter.pf.true_colour;
    RFBPicture pic;
    int ret = ff_rfb_picture_get(&p->pictures, &pic, &p->frame,
                                 mapped ? RFB_PICTURE_PAL8 : RFB_PICTURE_BGR0, 1);

    if (ret < 0 || ((p->w != p->frame.width || p->h != p->frame.height) &&
                    (ret = resize(p)) < 0))
        return ret;
    for (int y = 0; y < p->h; y++) {
        int x, n = copy_line(p, p->shown + (size_t)y * p->w,
                             pic.data[0] + (size_t)y * pic.linesize[0],
                             mapped ? (uint32_t *)pic.data[1] : NULL, &x);

        if (n > 0)
            rfbMarkRectAsModified(p->screen, x, y, x + n, y + 1);
    }
    av_buffer_unref(&pic.buf);
    return 0;
}

/** Paint one message. @return 0 or an error */
static int paint(Player *p, const uint8_t *message, int size)
{
    int ret = ff_rfb_frame_open(&p->frame);

    if (ret < 0)
        return ret;
    ff_rfb_frame_begin(&p->frame);
    ret = avpriv_rfb_parse(&p->painter, &p->frame, message, size);
    ff_rfb_frame_settle(&p->frame);
    if (ret < 0)
        return ret;
    return p->painter.type == RFB_MSG_FRAMEBUFFER_UPDATE ? show(p) : 0;
}

/* --- time --- */

/** @param us to wait for viewers at most */
static void serve(Player *p, int us)
{
    rfbProcessEvents(p->screen, us);
    p->served = rec_now();
}

/** Serve viewers until the recording's clock shows a time. */
static void wait_until(Player *p, int64_t time)
{
    double rest = 0;

    /* also when there is so much to show that it is never too early */
    if (rec_now() - p->served > 2 * PATIENCE / 1000)
        serve(p, 0);
    while (!stopped) {
        int64_t now = rec_now();
        double passed = (now - p->before) * p->set->speed + rest;

        p->before = now;
        if (p->begun && !p->paused) {
            p->clock += (int64_t)passed;
            rest = passed - (int64_t)passed;
        }
        p->begun |= p->set->start || p->viewers > 0;
        if (p->begun && !p->paused && p->clock >= time)
            return;
        serve(p, PATIENCE);
    }
}

/** Begin the session anew. @return 0 or an error */
static int begin(Player *p)
{
    p->painter = p->rec.parser;
    p->clock   = 0;
    p->before  = rec_now();
    return ff_rfb_frame_init(&p->frame, &p->painter);
}

/** From the beginning to the end. @return 0 or an error */
static int play_once(Player *p)
{
    int64_t last = 0, shift = 0, time;
    const uint8_t *message;
    int size;

    while ((size = rec_recording_next(&p->rec, &message, &time)) > 0 && !stopped) {
        int ret;

        if (p->set->max_gap && time - last > p->set->max_gap)
            shift += time - last - p->set->max_gap;
        last = time;
        wait_until(p, time - shift);
        if ((ret = paint(p, message, size)) < 0) {
            snprintf(p->rec.error, sizeof(p->rec.error), "%s: the picture at %"PRId64" ms cannot be "
                     "painted", p->rec.path, time);
            return ret;
        }
    }
    return size == AVERROR_EOF ? 0 : FFMIN(size, 0);
}

static int play(Player *p)
{
    int ret;

    do {
        ret = play_once(p);
        if (ret < 0 || stopped || !p->set->loop)
            break;
        ret = rec_recording_rewind(&p->rec);
        if (ret >= 0)
            ret = begin(p);
    } while (ret >= 0);
    if (ret < 0)
        fprintf(stderr, "rfbrec: %s\n", p->rec.error);
    /* what viewers have not been sent yet, or the last picture for as long as one wants */
    for (int64_t until = rec_now() + 1000; !stopped && (!p->set->once || rec_now() < until); )
        serve(p, PATIENCE);
    return ret;
}

static int run(const void *values, int argc, char **argv)
{
    const Replay *set = values;
    Player p = { .set = set, .frame.zywrle_level = 1 };
    RecSecret secret = { 0 };
    char why[200] = "";
    int ret = 0;

    (void)argc;
    if (rec_secret_at_hand(&secret, &set->access) &&
        !(p.passwords[0] = (char *)rec_secret_get(&secret, &set->access, "", why))) {
        fprintf(stderr, "rfbrec: %s\n", why);
        ret = REC_FAILED;
    }
    signal(SIGINT, stop);
    signal(SIGTERM, stop);
    if (!ret && (rec_recording_open(&p.rec, argv[0]) < 0 || begin(&p) < 0)) {
        fprintf(stderr, "rfbrec: %s\n", *p.rec.error ? p.rec.error : "out of memory");
        ret = REC_FAILED;
    }
    p.w = p.frame.width;
    p.h = p.frame.height;
    if (!ret && !(ret = open_server(&p, argv[1])))
        ret = play(&p) < 0 ? REC_FAILED : REC_OK;
    if (p.screen) {
        rfbShutdownServer(p.screen, 1);
        rfbScreenCleanup(p.screen);
    }
    free(p.shown);
    ff_rfb_pictures_free(&p.pictures);
    ff_rfb_frame_free(&p.frame);
    rec_recording_close(&p.rec);
    rec_secret_free(&secret);
    return ret;
}

static const Option options[] = {
    { "speed", 0, OPT_NUMBER, offsetof(Replay, speed), "N", "1", "Play N times as fast",
      0.001, 1e6, NULL },
    OPTION(Replay, "loop", 0, OPT_FLAG, loop, NULL, NULL, "Begin again at the end"),
    OPTION(Replay, "once", 0, OPT_FLAG, once, NULL, NULL,
           "End when the recording does, instead of showing its last picture until Ctrl-C"),
    OPTION(Replay, "start", 0, OPT_FLAG, start, NULL, NULL,
           "Begin at once, instead of when the first viewer comes"),
    { "max-gap", 0, OPT_TIME, offsetof(Replay, max_gap), "TIME", NULL,
      "Shorten idle time to at most this", 0.001, 1e9, NULL },
    { "password-file", 'p', OPT_TEXT, offsetof(Replay, access.password_file), "FILE", NULL,
      "Viewers need the password of this file (VncAuth: its first 8 bytes)", 0, 0, NULL },
    { .name = NULL },
};

const OptCommand rec_command_replay = {
    .name = "replay", .args = "REC.fbs [HOST]:PORT",
    .summary = "Play a recording to VNC viewers, as a server",
    .text = "Any number of viewers may watch; what they support is what they are sent, and noVNC "
        "may come by WebSocket to the same port. The space bar of any of them pauses. Without "
        "HOST only viewers of this machine can connect.",
    .options = options, .size = sizeof(Replay), .min_args = 2, .max_args = 2, .run = run,
};
