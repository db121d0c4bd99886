/*
 * rfbrec snapshot
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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libavutil/error.h"
#include "commands.h"
#include "image.h"
#include "screen.h"
#include "secret.h"

typedef struct Snapshot {
    RecAccess access;
    RecClip clip;
    int cursor;
    int64_t after;
    const char *format;
} Snapshot;

/** The whole screen, and what it is after a while. @return 0 or an error, with the text set */
static int look(RecScreen *s, RecConn *c, const Snapshot *o, int64_t deadline)
{
    int ret = rec_screen_open(s, c, &o->clip, o->cursor);
    int64_t until;

    if (ret >= 0)
        ret = rec_screen_complete(s, deadline);
    if (ret < 0 || !o->after)
        return ret;
    until = rec_now() + o->after;
    while ((ret = rec_screen_update(s, until)) > 0)
        ;
    return ret < 0 ? ret : rec_screen_complete(s, until + o->access.timeout);
}

/** A file appears under its name when it is complete. @return 0 or an exit status */
static int save(const RecImage *image, RecImageWriter write, const char *name)
{
    const int to_stdout = !strcmp(name, "-");
    char *part = NULL;
    FILE *f = stdout;
    int ret, error;

    if (!to_stdout && (asprintf(&part, "%s.part", name) < 0 || !(f = fopen(part, "we")))) {
        fprintf(stderr, "rfbrec: %s: %s\n", part ? part : name, strerror(errno));
        free(part);
        return REC_FAILED;
    }
    errno = 0;
    ret   = write(f, image);
    error = errno;
    if (fflush(f) || ferror(f) || (!to_stdout && fclose(f)))
        ret = AVERROR(error ? error : errno ? errno : EIO);
    if (ret >= 0 && part && rename(part, name) < 0)
        ret = AVERROR(errno);
    if (ret < 0) {
        fprintf(stderr, "rfbrec: %s: %s\n", name, ret == AVERROR_EXTERNAL ?
                "the picture cannot be encoded" : strerror(AVUNERROR(ret)));
        if (part)
            unlink(part);
    }
    free(part);
    return ret < 0 ? REC_FAILED : REC_OK;
}

static int run(const void *values, int argc, char **argv)
{
    Snapshot o = *(const Snapshot *)values;
    const int64_t deadline = rec_now() + o.access.timeout;
    const char *name = argv[1];
    RecImageWriter write = rec_image_writer(o.format ? o.format : strcmp(name, "-") ? name : "png");
    RecSecret secret = { 0 };
    RecScreen screen;
    RecTarget target;
    RecConn conn;
    int ret;

    (void)argc;
    if (!write) {
        fprintf(stderr, "rfbrec: %s: pictures are png, jpg, webp or ppm\n",
                o.format ? o.format : name);
        return OPT_USAGE;
    }
    o.access.may_prompt = 1;
    memset(&screen, 0, sizeof(screen));
    ret = rec_command_connect(&conn, &target, &o.access, &secret, argv[0]);
    if (!ret && look(&screen, &conn, &o, deadline) < 0) {
        fprintf(stderr, "rfbrec: %s\n", conn.error);
        ret = REC_FAILED;
    }
    if (!ret) {
        const RFBFrame *f = &screen.frame;
        const RecClip *c = &o.clip;
        const RecImage image = {
            f->data + (size_t)c->y * f->stride + c->x, f->stride,
            c->w ? c->w : f->width, c->w ? c->h : f->height,
        };

        ret = save(&image, write, name);
    }
    rec_screen_close(&screen);
    rec_conn_close(&conn);
    rec_target_free(&target);
    rec_secret_free(&secret);
    return ret;
}

static const Option options[] = {
    { .name = "The picture", .type = OPT_GROUP },
    { "after", 0, OPT_TIME, offsetof(Snapshot, after), "TIME", NULL,
      "Look so long, and take what is there then, instead of at once", 0, 1e6, NULL },
    OPTION(Snapshot, "cursor", 0, OPT_FLAG, cursor, NULL, NULL, "With the mouse pointer; some servers (TigerVNC) draw it in any case while somebody "
           "else moves it"),
    { .name = "clip", .type = OPT_PARSE, .offset = offsetof(Snapshot, clip), .value = "WxH+X+Y",
      .help = "Only this part of the screen", .parse = rec_read_clip },
    OPTION(Snapshot, "format", 'f', OPT_TEXT, format, "png|jpg|webp|ppm", NULL,
           "Format of the file, if its name does not tell; of the standard output, png"),
    ACCESS_OPTIONS(Snapshot),
    { .name = NULL },
};

const OptCommand rec_command_snapshot = {
    .name = "snapshot", .args = "TARGET OUT.png",
    .summary = "Save one picture of the whole screen",
    .text = "OUT is a file of the type png, jpg, webp or ppm, or - for the standard output. It "
        "is there when the exit status is 0, and not before it is complete. The time limit "
        "holds for everything from connecting to the first whole picture.",
    .options = options, .size = sizeof(Snapshot), .min_args = 2, .max_args = 2, .run = run,
};
