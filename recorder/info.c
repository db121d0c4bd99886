/*
 * rfbrec info: what a server says of itself
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

#include "commands.h"
#include "secret.h"

typedef struct Info {
    RecAccess access;
} Info;

int rec_command_connect(RecConn *c, RecTarget *t, const RecAccess *a, RecSecret *s,
                        const char *target)
{
    const char *why = rec_target_parse(t, target);

    memset(c, 0, sizeof(*c));
    if (why) {
        fprintf(stderr, "rfbrec: %s: %s\n", target, why);
        return OPT_USAGE;
    }
    if (rec_conn_open(c, t, a, s) < 0 || rec_conn_wait(c) < 0) {
        fprintf(stderr, "rfbrec: %s\n", c->error);
        return REC_FAILED;
    }
    return 0;
}

static void print(const RecConn *c)
{
    RFBPixelFormat pf;

    avpriv_rfb_pixel_format_read(&pf, c->server_init + 4);
    printf("name: ");
    for (const char *p = c->name; *p; p++)
        putchar((unsigned char)*p < ' ' || *p == 127 ? '?' : *p);
    printf("\nsize: %dx%d\n", c->server_init[0] << 8 | c->server_init[1],
           c->server_init[2] << 8 | c->server_init[3]);
    printf("pixels: %d bits, depth %d, %s-endian, ", pf.bits_per_pixel, pf.depth,
           pf.big_endian ? "big" : "little");
    if (pf.true_colour)
        printf("max %d %d %d, shift %d %d %d\n", pf.max[0], pf.max[1], pf.max[2],
               pf.shift[0], pf.shift[1], pf.shift[2]);
    else
        printf("colour map\n");
    printf("security: %s\n", c->security);
}

static int run(const void *values, int argc, char **argv)
{
    RecAccess access = ((const Info *)values)->access;
    RecSecret secret = { 0 };
    RecTarget target;
    RecConn conn;
    int ret;

    (void)argc;
    access.may_prompt = 1;
    ret = rec_command_connect(&conn, &target, &access, &secret, argv[0]);
    if (!ret) {
        print(&conn);
        ret = fflush(stdout) ? REC_FAILED : REC_OK;
    }
    rec_conn_close(&conn);
    rec_target_free(&target);
    rec_secret_free(&secret);
    return ret;
}

static const Option options[] = {
    ACCESS_OPTIONS(Info),
    { .name = NULL },
};

const OptCommand rec_command_info = {
    .name = "info", .args = "TARGET",
    .summary = "Connect and tell what the server says of itself",
    .options = options, .size = sizeof(Info), .min_args = 1, .max_args = 1, .run = run,
};
