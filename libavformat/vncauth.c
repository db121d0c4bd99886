/*
 * VNC authentication
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

#include "libavutil/common.h"
#include "libavutil/des.h"
#include "libavutil/error.h"
#include "libavutil/mem.h"
#include "vncauth.h"

#define KEY_SIZE 8

static int des(uint64_t *block, int blocks, const uint8_t *key, int decrypt)
{
    struct AVDES *d = av_des_alloc();
    uint8_t reversed[KEY_SIZE] = { 0 };

    if (!d)
        return AVERROR(ENOMEM);
    for (int i = 0; i < 64; i++)
        reversed[i / 8] |= (key[i / 8] >> i % 8 & 1) << (7 - i % 8);
    av_des_init(d, reversed, 64, decrypt);
    av_des_crypt(d, (uint8_t *)block, (uint8_t *)block, blocks, NULL, decrypt);
    av_free(d);
    return 0;
}

int ff_vnc_response(uint8_t *response, const uint8_t *challenge, const char *password)
{
    uint64_t buf[VNC_CHALLENGE_SIZE / 8];
    uint8_t key[KEY_SIZE] = { 0 };
    int ret;

    memcpy(buf, challenge, sizeof(buf));
    memcpy(key, password, FFMIN(strlen(password), KEY_SIZE));
    ret = des(buf, VNC_CHALLENGE_SIZE / 8, key, 0);
    memcpy(response, buf, sizeof(buf));
    return ret;
}

/** vncpasswd's files are DES, too, with a key that everybody has: hardly ever text. */
static int is_vncpasswd(const uint8_t *buf, size_t size)
{
    if (size != 8 && size != 16)
        return 0;
    for (int i = 0; i < size; i++)
        if ((buf[i] < ' ' || buf[i] > '~') && buf[i] != '\n' && buf[i] != '\r')
            return 1;
    return 0;
}

int ff_vnc_password(char *password, const uint8_t *buf, size_t size)
{
    static const uint8_t key[KEY_SIZE] = { 23, 82, 107, 6, 35, 78, 88, 7 };
    uint64_t block;
    const uint8_t *from = buf;
    size_t n = 0;
    int ret;

    if (is_vncpasswd(buf, size)) {
        memcpy(&block, buf, sizeof(block));
        if ((ret = des(&block, 1, key, 1)) < 0)
            return ret;
        from = (const uint8_t *)&block;
        size = sizeof(block);
    }
    while (n < size && n < VNC_MAX_PASSWORD - 1 && from[n] && from[n] != '\n' && from[n] != '\r')
        n++;
    memcpy(password, from, n);
    password[n] = 0;
    return n ? 0 : AVERROR_INVALIDDATA;
}
