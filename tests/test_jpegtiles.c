/*
 * JPEG by tiles against libjpeg's encoding of the whole picture
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

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "../rfbplay/jpegtiles.c"

static unsigned rnd(unsigned *seed)
{
    return (*seed = *seed * 1103515245 + 12345) >> 16;
}

/** Encode all of it, with a restart marker after so many MCUs. */
static unsigned char *whole(const uint8_t *pixels, int w, int h, int quality, int sampling,
                            int interval, unsigned long *size)
{
    struct jpeg_compress_struct c;
    struct jpeg_error_mgr error;
    unsigned char *out = NULL;

    *size = 0;
    c.err = jpeg_std_error(&error);
    jpeg_create_compress(&c);
    jpeg_mem_dest(&c, &out, size);
    c.image_width      = w;
    c.image_height     = h;
    c.input_components = 4;
    c.in_color_space   = PIXELS;
    jpeg_set_defaults(&c);
    jpeg_set_quality(&c, quality, TRUE);
    c.dct_method = JDCT_ISLOW;
    c.comp_info[0].h_samp_factor = c.comp_info[0].v_samp_factor = sampling;
    c.restart_interval = interval;
    jpeg_start_compress(&c, TRUE);
    while (c.next_scanline < h) {
        JSAMPROW row = (JSAMPROW)(pixels + (size_t)c.next_scanline * w * 4);

        jpeg_write_scanlines(&c, &row, 1);
    }
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    return out;
}

static void compare(const PlayJpeg *j, const uint8_t *pixels, int w, int h, int quality)
{
    unsigned long size;
    unsigned char *all = whole(pixels, w, h, quality, quality >= PLAY_JPEG_444 ? 1 : 2, j->mcus,
                               &size);
    uint8_t *tiles = malloc(play_jpeg_size(j));

    play_jpeg_write(j, tiles);
    assert_int_equal(size, play_jpeg_size(j));
    assert_memory_equal(all, tiles, size);
    free(tiles);
    free(all);
}

/** Change a part of the picture: noise, one colour or a gradient. */
static PlayRect paint(uint8_t *pixels, int w, int h, unsigned *seed)
{
    PlayRect r = { rnd(seed) % w, rnd(seed) % h };
    int kind = rnd(seed) % 3;
    uint32_t colour = rnd(seed) << 8;

    r.w = 1 + rnd(seed) % FFMIN(w - r.x, 200);
    r.h = 1 + rnd(seed) % FFMIN(h - r.y, 60);
    for (int y = r.y; y < r.y + r.h; y++)
        for (int x = r.x; x < r.x + r.w; x++)
            AV_WN32(pixels + ((size_t)y * w + x) * 4,
                    kind == 0 ? rnd(seed) << 8 | (rnd(seed) & 255) : kind == 1 ? colour : x * y);
    return r;
}

static void updates_equal_whole_pictures(void **state)
{
    static const int sizes[][2] = { { 640, 480 }, { 1366, 77 }, { 800, 601 }, { 1, 1 }, { 17, 5 },
                                    { 1920, 130 }, { 97, 300 }, { 720, 400 } };
    static const int qualities[] = { 30, 80, 95 };
    unsigned seed = 7;

    for (size_t q = 0; q < FF_ARRAY_ELEMS(qualities); q++) {
        PlayJpeg *j = play_jpeg_alloc(qualities[q]);

        assert_non_null(j);
        for (size_t s = 0; s < FF_ARRAY_ELEMS(sizes); s++) {
            int w = sizes[s][0], h = sizes[s][1];
            uint8_t *pixels = calloc((size_t)w * h, 4);

            /* a new size is a new picture, whatever is said of its damage */
            assert_int_equal(play_jpeg_update(j, pixels, w * 4, w, h, NULL, 0), 0);
            compare(j, pixels, w, h, qualities[q]);
            for (int n = 0; n < 12; n++) {
                PlayRect rect[5];
                int nb = rnd(&seed) % 6;

                for (int i = 0; i < nb; i++)
                    rect[i] = paint(pixels, w, h, &seed);
                assert_int_equal(play_jpeg_update(j, pixels, w * 4, w, h, rect, nb), 0);
                compare(j, pixels, w, h, qualities[q]);
            }
            free(pixels);
        }
        play_jpeg_free(&j);
    }
}

static void little_changes_cost_little(void **state)
{
    PlayJpeg *j = play_jpeg_alloc(80);
    uint8_t *pixels = calloc(1920 * 1080, 4);
    PlayRect cursor = { 500, 300, 8, 16 }, outside = { -50, -50, 20, 20 }, huge = { -5, -5, 9999, 9999 };
    int64_t encoded, before, total;

    assert_int_equal(play_jpeg_update(j, pixels, 1920 * 4, 1920, 1080, NULL, 0), 0);
    play_jpeg_tiles(j, &before, &total);
    assert_int_equal(before, total);
    assert_int_equal(play_jpeg_update(j, pixels, 1920 * 4, 1920, 1080, &cursor, 1), 0);
    play_jpeg_tiles(j, &encoded, &total);
    assert_in_range(encoded - before, 1, 4);
    before = encoded;
    assert_int_equal(play_jpeg_update(j, pixels, 1920 * 4, 1920, 1080, &outside, 1), 0);
    play_jpeg_tiles(j, &encoded, &total);
    assert_int_equal(encoded, before);
    assert_int_equal(play_jpeg_update(j, pixels, 1920 * 4, 1920, 1080, &huge, 1), 0);
    play_jpeg_tiles(j, &encoded, &total);
    assert_int_equal(encoded - before, total / 4);
    free(pixels);
    play_jpeg_free(&j);
}

static void impossible_sizes(void **state)
{
    PlayJpeg *j = play_jpeg_alloc(80);
    uint8_t pixel[4] = { 0 };

    assert_int_equal(play_jpeg_update(j, pixel, 4, 0, 1, NULL, 0), AVERROR(EINVAL));
    assert_int_equal(play_jpeg_update(j, pixel, 4, 1, 70000, NULL, 0), AVERROR(EINVAL));
    assert_int_equal(play_jpeg_update(j, pixel, 4, 1, 1, NULL, 0), 0);
    play_jpeg_free(&j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(updates_equal_whole_pictures),
        cmocka_unit_test(little_changes_cost_little),
        cmocka_unit_test(impossible_sizes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
