/*
 * RGB to YUV 4:2:0: BT.601 in limited range, the same whatever the processor
 * can do, and nothing outside of the box
 */

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "libavutil/cpu.h"
#include "libavcodec/rfb_picture.h"

enum { W = 150, H = 14, STRIDE = 152, CW = 75, CH = 7, CASES = 3000, UNTOUCHED = 0xA5 };

typedef struct Planes {
    uint8_t y[H][W], u[CH][CW], v[CH][CW];
} Planes;

static uint32_t pixels[H][STRIDE];

static void convert(Planes *to, const struct RFBBox *box, int flags)
{
    RFBPicture picture = {
        .data = { to->y[0], to->u[0], to->v[0] }, .linesize = { W, CW, CW },
    };

    memset(to, UNTOUCHED, sizeof(*to));
    av_force_cpu_flags(flags);
    ff_rfb_to_yuv420p(&picture, pixels[box->y0] + box->x0, STRIDE, box, W, H);
    av_force_cpu_flags(-1);
}

/** Mean of a channel of the square that a sample of chroma stands for; edges stand twice. */
static double mean(const struct RFBBox *box, int x, int y, int shift)
{
    int sum = 0;

    for (int i = 0; i < 4; i++) {
        int px = x + i % 2 < box->x1 ? x + i % 2 : x, py = y + i / 2 < box->y1 ? y + i / 2 : y;

        sum += pixels[py][px] >> shift & 0xFF;
    }
    return sum / 4.0;
}

static void expect(const char *what, const struct RFBBox *box, int x, int y, int got, double want)
{
    /* a half from rounding; the weights are as exact as in libswscale */
    if (fabs(got - want) > 0.6)
        fail_msg("%s at %d,%d of box %d,%d to %d,%d is %d, not %.2f", what, x, y, box->x0, box->y0,
                 box->x1, box->y1, got, want);
}

/* Recommendation ITU-R BT.601-7, 2.5.1 and 2.5.3, in 8 bits */
static void check(const Planes *got, const struct RFBBox *box)
{
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) {
            const uint32_t p = pixels[y][x];

            if (x < box->x0 || x >= box->x1 || y < box->y0 || y >= box->y1)
                assert_int_equal(got->y[y][x], UNTOUCHED);
            else
                expect("Y", box, x, y, got->y[y][x],
                       16 + 219 * (0.299 * (p >> 16 & 0xFF) + 0.587 * (p >> 8 & 0xFF) +
                                   0.114 * (p & 0xFF)) / 255);
        }
    for (int y = 0; y < CH; y++)
        for (int x = 0; x < CW; x++) {
            double r, g, b, luma;

            if (2 * x < box->x0 || 2 * x >= box->x1 || 2 * y < box->y0 || 2 * y >= box->y1) {
                assert_int_equal(got->u[y][x], UNTOUCHED);
                assert_int_equal(got->v[y][x], UNTOUCHED);
                continue;
            }
            r = mean(box, 2 * x, 2 * y, 16) / 255;
            g = mean(box, 2 * x, 2 * y, 8) / 255;
            b = mean(box, 2 * x, 2 * y, 0) / 255;
            luma = 0.299 * r + 0.587 * g + 0.114 * b;
            expect("U", box, 2 * x, 2 * y, got->u[y][x], 128 + 224 * (b - luma) / 1.772);
            expect("V", box, 2 * x, 2 * y, got->v[y][x], 128 + 224 * (r - luma) / 1.402);
        }
}

static void boxes(void **state)
{
    const int all = av_get_cpu_flags();
    static Planes best, least;

    srand(601);
    for (int i = 0; i < CASES; i++) {
        struct RFBBox box = { rand() % (W / 2) * 2, rand() % (H / 2) * 2, 0, 0 };

        box.x1 = i % 5 ? box.x0 + 1 + rand() % (W - box.x0) : W;
        box.y1 = i % 7 ? box.y0 + 1 + rand() % (H - box.y0) : H;
        for (int n = 0; n < H * STRIDE; n++)
            pixels[n / STRIDE][n % STRIDE] = i % 3 ? rand() * 2654435761U :
                                             -(rand() & 1) ^ (rand() & 1 ? 0xFF0000 : 0xFF00);
        convert(&best, &box, all);
        check(&best, &box);
        convert(&least, &box, all & ~AV_CPU_FLAG_AVX2);
        assert_memory_equal(&best, &least, sizeof(best));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(boxes) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
