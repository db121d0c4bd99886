/*
 * What frames say is new in them
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

/*
 * A picture is the one before with something new in it. The frames say where
 * (AV_FRAME_DATA_VIDEO_HINT); here all pixels outside these places are compared
 * with the picture that was put out before, whatever came in between.
 */

#include "libavcodec/rfb_compat.h"
#include "libavcodec/avcodec.h"
#include "libavformat/avformat.h"
#include "libavutil/opt.h"
#include "libavutil/version.h"
#include "recordings.h"
#include "rfbtest.h"

#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(59, 39, 100)
#include "libavutil/video_hint.h"

/** Larger recordings take too long. */
#define MAX_SIZE (150 << 10)

typedef struct Run {
    const char *name;           ///< of the recording
    const char *output;
    int max_fps, draw_mouse;
    AVFormatContext *s;
    AVCodecContext *c;
    AVFrame *frame, *last;
    int nb_frames;
    int64_t hinted, pixels;     ///< of all frames but the first, and those told to be new
    uint8_t *mask;              ///< a byte a pixel: it may be new
} Run;

static void open_run(Run *r)
{
    AVDictionary *options = NULL;
    const AVStream *st;

    av_dict_set_int(&options, "max_fps", r->max_fps, 0);
    assert_int_equal(avformat_open_input(&r->s, r->name, NULL, &options), 0);
    av_dict_free(&options);
    st   = r->s->streams[0];
    r->c = avcodec_alloc_context3(avcodec_find_decoder(st->codecpar->codec_id));
    assert_non_null(r->c);
    avcodec_parameters_to_context(r->c, st->codecpar);
    assert_int_equal(av_opt_set(r->c->priv_data, "output", r->output, 0), 0);
    av_opt_set_int(r->c->priv_data, "draw_mouse", r->draw_mouse, 0);
    av_opt_set_int(r->c->priv_data, "hints", 1, 0);
    assert_int_equal(avcodec_open2(r->c, NULL, NULL), 0);
    r->frame = av_frame_alloc();
    r->last  = av_frame_alloc();
}

static void close_run(Run *r)
{
    free(r->mask);
    av_frame_free(&r->frame);
    av_frame_free(&r->last);
    avcodec_free_context(&r->c);
    avformat_close_input(&r->s);
}

/** Mark what the frame says is new. @return pixels */
static int64_t read_hint(Run *r)
{
    const AVFrame *f = r->frame;
    const AVFrameSideData *sd = av_frame_get_side_data(f, AV_FRAME_DATA_VIDEO_HINT);
    const AVVideoHint *hint;
    int64_t sum = 0;

    if (f->format == AV_PIX_FMT_PAL8) {
        assert_null(sd);        /* the palette may be new, which is all of it */
        return -1;
    }
    assert_non_null(sd);
    hint = (const AVVideoHint *)sd->data;
    assert_int_equal(hint->type, AV_VIDEO_HINT_TYPE_CHANGED);
    assert_in_range(hint->nb_rects, 1, 1000);
    r->mask = realloc(r->mask, (size_t)f->width * f->height);
    memset(r->mask, 0, (size_t)f->width * f->height);
    for (size_t i = 0; i < hint->nb_rects; i++) {
        const AVVideoRect *rect = av_video_hint_get_rect(hint, i);

        assert_true((int64_t)rect->x + rect->width <= f->width);
        assert_true((int64_t)rect->y + rect->height <= f->height);
        for (int y = 0; y < rect->height; y++)
            memset(r->mask + (size_t)(rect->y + y) * f->width + rect->x, 1, rect->width);
    }
    for (size_t i = 0; i < (size_t)f->width * f->height; i++)
        sum += r->mask[i];
    return sum;
}

/** Whether any pixel that a sample has a share in may be new. */
static int may_differ(const Run *r, int x, int y, int shift)
{
    for (int j = y << shift; j < FFMIN((y + 1) << shift, r->frame->height); j++)
        for (int i = x << shift; i < FFMIN((x + 1) << shift, r->frame->width); i++)
            if (r->mask[(size_t)j * r->frame->width + i])
                return 1;
    return 0;
}

static void compare_planes(const Run *r)
{
    const AVFrame *a = r->last, *b = r->frame;
    int yuv = b->format == AV_PIX_FMT_YUV420P;

    for (int p = 0; p < (yuv ? 3 : 1); p++) {
        int shift = yuv && p, bytes = yuv ? 1 : 3, step = yuv ? 1 : 4;

        for (int y = 0; y << shift < b->height; y++) {
            const uint8_t *line_a = a->data[p] + y * a->linesize[p];
            const uint8_t *line_b = b->data[p] + y * b->linesize[p];
            const int n = (b->width + shift) >> shift;

            for (int x = 0; x < n && memcmp(line_a, line_b, n * step); x++)
                if (memcmp(line_a + x * step, line_b + x * step, bytes) &&
                    !may_differ(r, x, y, shift))
                    fail_msg("%s, %s, max_fps %d, draw_mouse %d: frame %d at %"PRId64": %d,%d of "
                             "plane %d is new, which it does not say", r->name, r->output,
                             r->max_fps, r->draw_mouse, r->nb_frames, b->pts, x, y, p);
        }
    }
}

static void check_frame(Run *r)
{
    int64_t hinted = read_hint(r), all = (int64_t)r->frame->width * r->frame->height;
    int same = r->last->width == r->frame->width && r->last->height == r->frame->height;

    if (hinted >= 0 && same) {
        compare_planes(r);
        r->hinted += hinted;
        r->pixels += all;
    } else if (hinted >= 0) {
        assert_int_equal(hinted, all);
    }
    r->nb_frames++;
    av_frame_unref(r->last);
    av_frame_move_ref(r->last, r->frame);
}

/** Decode to the end, or so many frames. */
static void watch(Run *r, int frames)
{
    AVPacket *pkt = av_packet_alloc();

    while (frames > 0 && av_read_frame(r->s, pkt) >= 0) {
        assert_int_equal(avcodec_send_packet(r->c, pkt), 0);
        av_packet_unref(pkt);
        while (avcodec_receive_frame(r->c, r->frame) >= 0) {
            check_frame(r);
            frames--;
        }
    }
    av_packet_free(&pkt);
}

/** Back and forth: the picture before is the one from before the seek. */
static void seek_about(Run *r)
{
    static const int eighths[] = { 5, 1, 7, 3, 3, 0, 6 };
    int64_t duration = r->s->streams[0]->duration;

    for (int i = 0; i < FF_ARRAY_ELEMS(eighths); i++) {
        assert_true(av_seek_frame(r->s, 0, duration * eighths[i] / 8, AVSEEK_FLAG_BACKWARD) >= 0);
        avcodec_flush_buffers(r->c);
        watch(r, 3);
    }
}

static void check_recording(const char *name, const char *output, int max_fps, int draw_mouse)
{
    Run r = { name, output, max_fps, draw_mouse };

    open_run(&r);
    watch(&r, INT_MAX);
    assert_true(r.nb_frames > 1);
    /* where only parts change, this must be said */
    if (strstr(name, "drag_tight") || strstr(name, "idle60") || strstr(name, "text_tight"))
        assert_true(r.hinted < r.pixels / 2);
    seek_about(&r);
    close_run(&r);
}

static void recordings(void **state)
{
    const char *const folders[] = { "tests/samples", getenv("SAMPLES") };
    char *names[MAX_RECORDINGS];
    int nb = recordings_list(names, folders, FF_ARRAY_ELEMS(folders));

    assert_true(nb > 10);
    for (int i = 0; i < nb; i++) {
        FILE *f = fopen(names[i], "rb");
        long size = f && !fseek(f, 0, SEEK_END) ? ftell(f) : 0;

        if (f)
            fclose(f);
        if (size < MAX_SIZE && !strstr(names[i], "bad")) {
            check_recording(names[i], i % 2 ? "bgr0" : "yuv420p", 0, 1);
            check_recording(names[i], i % 2 ? "yuv420p" : "bgr0", 5, i % 4 < 2);
        }
        free(names[i]);
    }
}

/** Nobody gets hints who has not asked while FFmpeg's own programs cannot bear them. */
static void unasked(void **state)
{
    Run r = { "tests/samples/tiger_drag_tight.fbs", "bgr0", 0, 1 };
    const AVSideDataDescriptor *d = av_frame_side_data_desc(AV_FRAME_DATA_VIDEO_HINT);
    int64_t hints;
    AVPacket *pkt = av_packet_alloc();

    open_run(&r);
    avcodec_free_context(&r.c);
    r.c = avcodec_alloc_context3(avcodec_find_decoder(r.s->streams[0]->codecpar->codec_id));
    avcodec_parameters_to_context(r.c, r.s->streams[0]->codecpar);
    assert_int_equal(avcodec_open2(r.c, NULL, NULL), 0);
    assert_int_equal(av_opt_get_int(r.c->priv_data, "hints", 0, &hints), 0);
    assert_int_equal(hints, d && d->name);
    assert_int_equal(av_read_frame(r.s, pkt), 0);
    assert_int_equal(avcodec_send_packet(r.c, pkt), 0);
    assert_int_equal(avcodec_receive_frame(r.c, r.frame), 0);
    assert_int_equal(!!av_frame_get_side_data(r.frame, AV_FRAME_DATA_VIDEO_HINT), hints);
    av_packet_free(&pkt);
    close_run(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recordings),
        cmocka_unit_test(unasked),
    };

    av_log_set_level(AV_LOG_FATAL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
    puts("skip hints - this FFmpeg has no AV_FRAME_DATA_VIDEO_HINT");
    return 0;
}

#endif
