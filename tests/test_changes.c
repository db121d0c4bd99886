/*
 * What differs between two pictures, as told to encoders, against comparing all of them
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

#include "../rfbplay/changes.c"

static unsigned rnd(unsigned *seed, unsigned n)
{
    return ((*seed = *seed * 1103515245 + 12345) >> 16) % n;
}

static AVFrame *picture(enum AVPixelFormat format, int w, int h, const AVFrame *like)
{
    AVFrame *f = av_frame_alloc();

    f->format = format;
    f->width  = w;
    f->height = h;
    assert_int_equal(av_frame_get_buffer(f, 0), 0);
    if (like)
        assert_int_equal(av_frame_copy(f, like), 0);
    else
        for (int i = 0; i < AV_NUM_DATA_POINTERS && f->buf[i]; i++)
            memset(f->buf[i]->data, 0x55, f->buf[i]->size);
    return f;
}

/** Another value for one sample, which is in the block at x, y of the picture. */
static void poke(AVFrame *f, int plane, int x, int y)
{
    int yuv = f->format == AV_PIX_FMT_YUV420P, shift = yuv && plane, size = yuv ? 1 : 4;

    f->data[plane][(y >> shift) * f->linesize[plane] + (x >> shift) * size] ^= 1;
}

/** Blocks that the note has, as a map; -1 without a note. */
static int noted(const AVFrame *f, uint8_t *map, int columns)
{
#if HAVE_HINTS
    const AVVideoHint *hint = hint_of(f);
    int lines = (f->height + PLAY_BLOCK - 1) / PLAY_BLOCK, nb = 0;

    if (!hint)
        return -1;
    assert_int_equal(hint->type, AV_VIDEO_HINT_TYPE_CHANGED);
    memset(map, 0, columns * lines);
    for (size_t i = 0; i < hint->nb_rects; i++) {
        AVVideoRect r;

        memcpy(&r, (const uint8_t *)hint + hint->rect_offset + i * hint->rect_size, sizeof(r));
        for (uint32_t y = r.y / PLAY_BLOCK; y < (r.y + r.height) / PLAY_BLOCK; y++)
            for (uint32_t x = r.x / PLAY_BLOCK; x < (r.x + r.width) / PLAY_BLOCK; x++) {
                assert_true(x < columns && y < lines);
                nb += !map[y * columns + x];
                map[y * columns + x] = 1;
            }
    }
    return nb;
#else
    skip();
    return -1;
#endif
}

enum { MAX_BLOCKS = 64 };

static void one_round(enum AVPixelFormat format, unsigned *seed)
{
    int w = 1 + rnd(seed, 100), h = 1 + rnd(seed, 100), n = rnd(seed, 6), nb = 0;
    int columns = (w + PLAY_BLOCK - 1) / PLAY_BLOCK;
    uint8_t want[MAX_BLOCKS] = { 0 }, got[MAX_BLOCKS] = { 0 };
    AVFrame *a = picture(format, w, h, NULL), *b = picture(format, w, h, a);
    const PlayRect all = { 0, 0, w, h };
    PlayChanges c = { 0 };

    for (int i = 0; i < n; i++) {
        int x = rnd(seed, w), y = rnd(seed, h), block = y / PLAY_BLOCK * columns + x / PLAY_BLOCK;

        if (want[block])
            continue;
        want[block] = 1;
        nb++;
        poke(b, format == AV_PIX_FMT_YUV420P ? rnd(seed, 3) : 0, x, y);
    }
    /* the fourth byte means nothing */
    if (format != AV_PIX_FMT_YUV420P)
        b->data[0][b->linesize[0] * rnd(seed, h) + 4 * rnd(seed, w) + 3] = 0xAA;
    assert_int_equal(play_changes_find(&c, a, b, &all, 1), nb > 0);
    assert_int_equal(play_changes_note(&c, b), 0);
    assert_int_equal(noted(b, got, columns), nb);
    assert_memory_equal(got, want, sizeof(want));
    play_changes_free(&c);
    av_frame_free(&a);
    av_frame_free(&b);
}

static void all_that_differs_is_noted(void **state)
{
    unsigned seed = 1;

    for (int i = 0; i < 500; i++) {
        one_round(AV_PIX_FMT_YUV420P, &seed);
        one_round(AV_PIX_FMT_0RGB32, &seed);
    }
}

static void only_rectangles_are_compared(void **state)
{
    AVFrame *a = picture(AV_PIX_FMT_YUV420P, 64, 64, NULL);
    AVFrame *b = picture(AV_PIX_FMT_YUV420P, 64, 64, a);
    const PlayRect rects[] = { { 0, 0, 32, 16 }, { 10, 10, 20, 30 } };
    uint8_t got[MAX_BLOCKS] = { 0 };
    PlayChanges c = { 0 };

    poke(b, 0, 63, 63);
    assert_int_equal(play_changes_find(&c, a, b, rects, 2), 0);
    assert_int_equal(play_changes_find(&c, a, b, NULL, 0), 0);
    poke(b, 2, 20, 39);
    poke(b, 0, 31, 0);
    assert_int_equal(play_changes_find(&c, a, b, rects, 2), 1);
    assert_int_equal(play_changes_note(&c, b), 0);
    assert_int_equal(noted(b, got, 4), 2);
    assert_true(got[1] && got[9]);
    /* the next picture is another one */
    assert_int_equal(play_changes_find(&c, a, a, rects, 2), 0);
    assert_int_equal(play_changes_note(&c, b), 0);
    assert_int_equal(noted(b, got, 4), 0);
    play_changes_free(&c);
    av_frame_free(&a);
    av_frame_free(&b);
}

static void pictures_that_are_left_out(void **state)
{
    const PlayRect all = { 0, 0, 64, 64 };
    AVFrame *f[3];
    uint8_t got[MAX_BLOCKS];
    PlayChanges c = { 0 };

    f[0] = picture(AV_PIX_FMT_YUV420P, 64, 64, NULL);
    for (int i = 1; i < 3; i++) {
        f[i] = picture(AV_PIX_FMT_YUV420P, 64, 64, f[i - 1]);
        poke(f[i], 0, 20 * i, 0);
        poke(f[i], 0, 0, 50);
        assert_int_equal(play_changes_find(&c, f[i - 1], f[i], &all, 1), 1);
        assert_int_equal(play_changes_note(&c, f[i]), 0);
        assert_int_equal(noted(f[i], got, 4), 2);
    }
    assert_int_equal(play_changes_join(f[2], f[1]), 0);
    assert_int_equal(noted(f[2], got, 4), 3);
    assert_true(got[1] && got[2] && got[12]);
    /* that of the first one is not known: all may differ */
    assert_int_equal(play_changes_join(f[1], f[0]), 0);
    assert_int_equal(noted(f[1], got, 4), -1);
    assert_int_equal(play_changes_join(f[1], f[2]), 0);
    assert_int_equal(noted(f[1], got, 4), -1);
    assert_int_equal(play_changes_note_none(f[1]), 0);
    assert_int_equal(noted(f[1], got, 4), 0);
    assert_int_equal(play_changes_join(f[1], f[2]), 0);
    assert_int_equal(noted(f[1], got, 4), 3);
    play_changes_free(&c);
    for (int i = 0; i < 3; i++)
        av_frame_free(&f[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_that_differs_is_noted),
        cmocka_unit_test(only_rectangles_are_compared),
        cmocka_unit_test(pictures_that_are_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
