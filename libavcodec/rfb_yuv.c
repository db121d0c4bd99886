/*
 * RFB: RGB to YUV 4:2:0
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

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "libavutil/common.h"
#include "rfb_picture.h"

/* BT.601, limited range, in 15 bits of fraction */
enum {
    RY =  8414, GY = 16519, BY =  3208,
    RU = -4865, GU = -9528, BU = 14392,
    RV = 14392, GV = -12061, BV = -2332,
};

#ifdef __SSE2__
/** Of four pixels' components in 16 bits, the sums with weights in 32. */
static av_always_inline __m128i weigh(__m128i p01, __m128i p23, __m128i weights)
{
    __m128 a = _mm_castsi128_ps(_mm_madd_epi16(p01, weights));
    __m128 b = _mm_castsi128_ps(_mm_madd_epi16(p23, weights));

    return _mm_add_epi32(_mm_castps_si128(_mm_shuffle_ps(a, b, _MM_SHUFFLE(2, 0, 2, 0))),
                         _mm_castps_si128(_mm_shuffle_ps(a, b, _MM_SHUFFLE(3, 1, 3, 1))));
}

static av_always_inline __m128i luma4(const uint32_t *src, __m128i weights, __m128i round)
{
    const __m128i zero = _mm_setzero_si128();
    __m128i p = _mm_loadu_si128((const __m128i *)src);

    p = weigh(_mm_unpacklo_epi8(p, zero), _mm_unpackhi_epi8(p, zero), weights);
    return _mm_srai_epi32(_mm_add_epi32(p, round), 15);
}

/** As many pixels as go at once. @return how many these were */
static int luma_sse2(uint8_t *dst, const uint32_t *src, int w)
{
    const __m128i weights = _mm_setr_epi16(BY, GY, RY, 0, BY, GY, RY, 0);
    const __m128i round   = _mm_set1_epi32(33 << 14);
    int x;

    for (x = 0; x + 16 <= w; x += 16) {
        __m128i a = _mm_packs_epi32(luma4(src + x,     weights, round),
                                    luma4(src + x + 4, weights, round));
        __m128i b = _mm_packs_epi32(luma4(src + x + 8,  weights, round),
                                    luma4(src + x + 12, weights, round));

        _mm_storeu_si128((__m128i *)(dst + x), _mm_packus_epi16(a, b));
    }
    return x;
}

/** Sums of two by two pixels, for two of these squares. */
static av_always_inline __m128i squares(const uint32_t *a, const uint32_t *b)
{
    const __m128i zero = _mm_setzero_si128();
    __m128i p = _mm_loadu_si128((const __m128i *)a), q = _mm_loadu_si128((const __m128i *)b);
    __m128i left  = _mm_add_epi16(_mm_unpacklo_epi8(p, zero), _mm_unpacklo_epi8(q, zero));
    __m128i right = _mm_add_epi16(_mm_unpackhi_epi8(p, zero), _mm_unpackhi_epi8(q, zero));

    return _mm_add_epi16(_mm_unpacklo_epi64(left, right), _mm_unpackhi_epi64(left, right));
}

static av_always_inline void chroma8(uint8_t *dst, const __m128i *sum, __m128i weights)
{
    const __m128i round = _mm_set1_epi32(257 << 16);
    __m128i a = _mm_srai_epi32(_mm_add_epi32(weigh(sum[0], sum[1], weights), round), 17);
    __m128i b = _mm_srai_epi32(_mm_add_epi32(weigh(sum[2], sum[3], weights), round), 17);

    a = _mm_packs_epi32(a, b);
    _mm_storel_epi64((__m128i *)dst, _mm_packus_epi16(a, a));
}

static int chroma_sse2(uint8_t *u, uint8_t *v, const uint32_t *a, const uint32_t *b, int w)
{
    const __m128i to_u = _mm_setr_epi16(BU, GU, RU, 0, BU, GU, RU, 0);
    const __m128i to_v = _mm_setr_epi16(BV, GV, RV, 0, BV, GV, RV, 0);
    int x;

    for (x = 0; x + 16 <= w; x += 16) {
        __m128i sum[4];

        for (int i = 0; i < 4; i++)
            sum[i] = squares(a + x + i * 4, b + x + i * 4);
        chroma8(u + (x >> 1), sum, to_u);
        chroma8(v + (x >> 1), sum, to_v);
    }
    return x;
}
#endif

static void luma_line(uint8_t *restrict dst, const uint32_t *restrict src, int w)
{
    int x = 0;

#ifdef __SSE2__
    x = luma_sse2(dst, src, w);
#endif
    for (; x < w; x++) {
        int r = src[x] >> 16 & 0xFF, g = src[x] >> 8 & 0xFF, b = src[x] & 0xFF;

        dst[x] = (RY * r + GY * g + BY * b + (33 << 14)) >> 15;
    }
}

/** Mean of two by two pixels; the last ones stand twice at odd edges. */
static void chroma_line(uint8_t *restrict u, uint8_t *restrict v, const uint32_t *restrict a,
                        const uint32_t *restrict b, int w)
{
    int x = 0;

#ifdef __SSE2__
    x = chroma_sse2(u, v, a, b, w);
#endif
    for (; x < w; x += 2) {
        int y = FFMIN(x + 1, w - 1);
        /* sums of four do not meet: even and odd bytes apart */
        uint32_t rb = (a[x] & 0xFF00FF) + (a[y] & 0xFF00FF) + (b[x] & 0xFF00FF) + (b[y] & 0xFF00FF);
        int g  = (a[x] >> 8 & 0xFF) + (a[y] >> 8 & 0xFF) + (b[x] >> 8 & 0xFF) + (b[y] >> 8 & 0xFF);
        int r  = rb >> 16, bl = rb & 0xFFFF;

        u[x >> 1] = (RU * r + GU * g + BU * bl + (257 << 16)) >> 17;
        v[x >> 1] = (RV * r + GV * g + BV * bl + (257 << 16)) >> 17;
    }
}

void ff_rfb_to_yuv420p(const RFBPicture *dst, const uint32_t *src, ptrdiff_t stride,
                       const struct RFBBox *box, int width, int height)
{
    int w = box->x1 - box->x0;

    for (int y = box->y0; y < box->y1; y++, src += stride) {
        luma_line(dst->data[0] + (size_t)y * dst->linesize[0] + box->x0, src, w);
        if (!(y & 1)) {
            size_t line = (size_t)(y >> 1) * dst->linesize[1] + (box->x0 >> 1);

            chroma_line(dst->data[1] + line, dst->data[2] + line, src,
                        y + 1 < box->y1 ? src + stride : src, w);
        }
    }
}
