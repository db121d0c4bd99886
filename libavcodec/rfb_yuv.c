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
#include <immintrin.h>
#endif

#include "libavutil/common.h"
#include "libavutil/cpu.h"
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

/* The same with twice as many pixels, whose halves of a register are apart until the end. */
#define AVX2 __attribute__((target("avx2")))

AVX2 static av_always_inline __m256i weigh_avx2(__m256i p01, __m256i p23, __m256i weights)
{
    __m256 a = _mm256_castsi256_ps(_mm256_madd_epi16(p01, weights));
    __m256 b = _mm256_castsi256_ps(_mm256_madd_epi16(p23, weights));

    return _mm256_add_epi32(
        _mm256_castps_si256(_mm256_shuffle_ps(a, b, _MM_SHUFFLE(2, 0, 2, 0))),
        _mm256_castps_si256(_mm256_shuffle_ps(a, b, _MM_SHUFFLE(3, 1, 3, 1))));
}

AVX2 static av_always_inline __m256i luma8_avx2(const uint32_t *src, __m256i weights, __m256i round)
{
    const __m256i zero = _mm256_setzero_si256();
    __m256i p = _mm256_loadu_si256((const __m256i *)src);

    p = weigh_avx2(_mm256_unpacklo_epi8(p, zero), _mm256_unpackhi_epi8(p, zero), weights);
    return _mm256_srai_epi32(_mm256_add_epi32(p, round), 15);
}

AVX2 static int luma_avx2(uint8_t *dst, const uint32_t *src, int w)
{
    const __m256i weights = _mm256_setr_epi16(BY, GY, RY, 0, BY, GY, RY, 0,
                                              BY, GY, RY, 0, BY, GY, RY, 0);
    const __m256i round   = _mm256_set1_epi32(33 << 14);
    const __m256i order   = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    int x;

    for (x = 0; x + 32 <= w; x += 32) {
        __m256i a = _mm256_packs_epi32(luma8_avx2(src + x,      weights, round),
                                       luma8_avx2(src + x + 8,  weights, round));
        __m256i b = _mm256_packs_epi32(luma8_avx2(src + x + 16, weights, round),
                                       luma8_avx2(src + x + 24, weights, round));

        a = _mm256_permutevar8x32_epi32(_mm256_packus_epi16(a, b), order);
        _mm256_storeu_si256((__m256i *)(dst + x), a);
    }
    return x;
}

AVX2 static av_always_inline __m256i squares_avx2(const uint32_t *a, const uint32_t *b)
{
    const __m256i zero = _mm256_setzero_si256();
    __m256i p = _mm256_loadu_si256((const __m256i *)a);
    __m256i q = _mm256_loadu_si256((const __m256i *)b);
    __m256i left  = _mm256_add_epi16(_mm256_unpacklo_epi8(p, zero), _mm256_unpacklo_epi8(q, zero));
    __m256i right = _mm256_add_epi16(_mm256_unpackhi_epi8(p, zero), _mm256_unpackhi_epi8(q, zero));

    return _mm256_add_epi16(_mm256_unpacklo_epi64(left, right), _mm256_unpackhi_epi64(left, right));
}

AVX2 static av_always_inline void chroma16_avx2(uint8_t *dst, const __m256i *sum, __m256i weights)
{
    const __m256i round = _mm256_set1_epi32(257 << 16);
    __m256i a = _mm256_add_epi32(weigh_avx2(sum[0], sum[1], weights), round);
    __m256i b = _mm256_add_epi32(weigh_avx2(sum[2], sum[3], weights), round);

    a = _mm256_packs_epi32(_mm256_srai_epi32(a, 17), _mm256_srai_epi32(b, 17));
    a = _mm256_packus_epi16(a, a);
    _mm_storeu_si128((__m128i *)dst, _mm_unpacklo_epi16(_mm256_castsi256_si128(a),
                                                        _mm256_extracti128_si256(a, 1)));
}

AVX2 static int chroma_avx2(uint8_t *u, uint8_t *v, const uint32_t *a, const uint32_t *b, int w)
{
    const __m256i to_u = _mm256_setr_epi16(BU, GU, RU, 0, BU, GU, RU, 0,
                                           BU, GU, RU, 0, BU, GU, RU, 0);
    const __m256i to_v = _mm256_setr_epi16(BV, GV, RV, 0, BV, GV, RV, 0,
                                           BV, GV, RV, 0, BV, GV, RV, 0);
    int x;

    for (x = 0; x + 32 <= w; x += 32) {
        __m256i sum[4];

        for (int i = 0; i < 4; i++)
            sum[i] = squares_avx2(a + x + i * 8, b + x + i * 8);
        chroma16_avx2(u + (x >> 1), sum, to_u);
        chroma16_avx2(v + (x >> 1), sum, to_v);
    }
    return x;
}
#endif

/** @param flags of the processor */
static void luma_line(uint8_t *restrict dst, const uint32_t *restrict src, int w, int flags)
{
    int x = 0;

#ifdef __SSE2__
    if (flags & AV_CPU_FLAG_AVX2)
        x = luma_avx2(dst, src, w);
    x += luma_sse2(dst + x, src + x, w - x);
#endif
    for (; x < w; x++) {
        int r = src[x] >> 16 & 0xFF, g = src[x] >> 8 & 0xFF, b = src[x] & 0xFF;

        dst[x] = (RY * r + GY * g + BY * b + (33 << 14)) >> 15;
    }
}

/** Mean of two by two pixels; the last ones stand twice at odd edges. */
static void chroma_line(uint8_t *restrict u, uint8_t *restrict v, const uint32_t *restrict a,
                        const uint32_t *restrict b, int w, int flags)
{
    int x = 0;

#ifdef __SSE2__
    if (flags & AV_CPU_FLAG_AVX2)
        x = chroma_avx2(u, v, a, b, w);
    x += chroma_sse2(u + (x >> 1), v + (x >> 1), a + x, b + x, w - x);
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
    int w = box->x1 - box->x0, flags = av_get_cpu_flags();

    for (int y = box->y0; y < box->y1; y++, src += stride) {
        luma_line(dst->data[0] + (size_t)y * dst->linesize[0] + box->x0, src, w, flags);
        if (!(y & 1)) {
            size_t line = (size_t)(y >> 1) * dst->linesize[1] + (box->x0 >> 1);

            chroma_line(dst->data[1] + line, dst->data[2] + line, src,
                        y + 1 < box->y1 ? src + stride : src, w, flags);
        }
    }
}
