/*
 * RFB handshake as it stands in recordings
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
#include "libavutil/error.h"
#include "libavutil/intreadwrite.h"
#include "rfb.h"

#define VERSION_SIZE   12
#define CHALLENGE_SIZE 16
#define RESULT_SIZE    4
#define MAX_NAME       (1 << 16)

/** Whether a ServerInit (RFC 6143, 7.3.2) may begin here. */
static int plausible(const uint8_t *b)
{
    const uint8_t *pf = b + 4;

    return AV_RB16(b) && AV_RB16(b + 2) &&
           (pf[0] == 8 || pf[0] == 16 || pf[0] == 24 || pf[0] == 32) &&
           pf[1] && pf[1] <= pf[0] && pf[2] <= 1 && pf[3] <= 1 && AV_RB32(b + 20) < MAX_NAME;
}

/** A place where the ServerInit may be, and what would stand before it. */
typedef struct Place {
    int offset;
    int security_type;
    int result;             ///< a SecurityResult of 0 is right before it
} Place;

/**
 * The places to try, likely ones first.
 * RFC 6143, 7.1.2: 3.3 has security-type(u32); from 3.7 on there are
 * number-of-types(u8) types. Recorders leave the rest out as they like.
 */
static int places(Place *place, const uint8_t *buf, int minor)
{
    const uint8_t *b = buf + VERSION_SIZE;
    int base = VERSION_SIZE + 4, n = 0;

    /* a list is never empty, so the four bytes of 3.3 can be told from one */
    if (minor < 7 || !b[0]) {
        if (AV_RB32(b) == 2) {
            place[n++] = (Place){ base + CHALLENGE_SIZE + RESULT_SIZE, 2, 1 };
            place[n++] = (Place){ base + CHALLENGE_SIZE, 2 };
        } else if (AV_RB32(b) == 1) {
            place[n++] = (Place){ base, 1 };
        }
    } else {
        base = VERSION_SIZE + 1 + b[0];
        place[n++] = (Place){ base, 1 };
        place[n++] = (Place){ base + RESULT_SIZE, 1, 1 };
        place[n++] = (Place){ base + CHALLENGE_SIZE + RESULT_SIZE, 2, 1 };
        place[n++] = (Place){ base + CHALLENGE_SIZE, 2 };
    }
    return n;
}

static int version(RFBPrologue *pro, const uint8_t *buf)
{
    int v[6];

    if (memcmp(buf, "RFB ", 4) || buf[7] != '.' || buf[11] != '\n')
        return AVERROR_INVALIDDATA;
    for (int i = 0; i < 6; i++) {
        v[i] = buf[4 + i + i / 3] - '0';
        if (v[i] < 0 || v[i] > 9)
            return AVERROR_INVALIDDATA;
    }
    pro->minor = v[3] * 100 + v[4] * 10 + v[5];
    /* RealVNC's 004.001 and 005.000 shake hands like 003.008 */
    if (v[0] || v[1] || v[2] < 3 || v[2] > 5)
        return AVERROR_INVALIDDATA;
    if (v[2] > 3)
        pro->minor = 8;
    return 0;
}

int avpriv_rfb_prologue(RFBPrologue *pro, const uint8_t *buf, size_t size, size_t *need)
{
    Place place[4];
    int n;

    memset(pro, 0, sizeof(*pro));
    *need = VERSION_SIZE + 4;
    if (size < *need)
        return memcmp(buf, "RFB ", FFMIN(size, 4)) ? AVERROR_INVALIDDATA : AVERROR(EAGAIN);
    if (version(pro, buf) < 0)
        return AVERROR_INVALIDDATA;
    n = places(place, buf, pro->minor);
    for (int i = 0; i < n; i++) {
        const uint8_t *init = buf + place[i].offset;

        *need = place[i].offset + RFB_SERVER_INIT_SIZE;
        if (size < *need)
            return AVERROR(EAGAIN);
        /* the only place there can be is taken as it is: its faults have messages */
        if (n > 1 && (!plausible(init) || (place[i].result && AV_RB32(init - RESULT_SIZE))))
            continue;
        pro->security_type = place[i].security_type;
        pro->server_init   = place[i].offset;
        pro->name_size     = AV_RB32(init + 20);
        if (pro->name_size >= MAX_NAME)
            return AVERROR_INVALIDDATA;
        *need += pro->name_size;
        return size < *need ? AVERROR(EAGAIN) : (int)*need;
    }
    return AVERROR_INVALIDDATA;
}
