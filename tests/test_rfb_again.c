/*
 * Pictures that come again: painted exactly as if they were decoded, and
 * decoded no more
 */

#include <stdio.h>

#include <turbojpeg.h>

#include "rfbtest.h"

enum { W = 40, H = 30, SCREEN = 400 };

/* --- JPEG: what libjpeg-turbo makes of it --- */

static Bytes jpeg(unsigned seed)
{
    uint8_t rgb[W * H * 3], *data = NULL;
    unsigned long size = 0;
    tjhandle tj = tjInitCompress();
    Bytes b = { 0 };

    for (int i = 0; i < FF_ARRAY_ELEMS(rgb); i++)
        rgb[i] = seed * i + 5 * (i % W);
    assert_int_equal(tjCompress2(tj, rgb, W, 0, H, TJPF_RGB, &data, &size, TJSAMP_420, 80, 0), 0);
    put(&b, data, size);
    tjFree(data);
    tjDestroy(tj);
    return b;
}

static void show_jpeg(Session *s, int x, int y, const Bytes *picture)
{
    uint32_t shall[W * H];
    tjhandle tj = tjInitDecompress();
    Bytes b = { 0 };

    put_update(&b, 1);
    put_rect(&b, x, y, W, H, RFB_ENC_ULTRA2);
    put32(&b, picture->size);
    put(&b, picture->data, picture->size);
    play_bytes(s, &b);
    assert_int_equal(tjDecompress2(tj, picture->data, picture->size, (uint8_t *)shall, W, 0, H,
                                   TJPF_BGRX, 0), 0);
    tjDestroy(tj);
    for (int i = 0; i < W * H; i++)
        expect_colour(s, x + i % W, y + i / W, 1, 1, shall[i] & 0xFFFFFF);
}

/** Elsewhere each time, also partly where it was; and once more after another. */
static void jpeg_elsewhere(void **state)
{
    Bytes picture = jpeg(3), other = jpeg(7);
    Session s;

    session_begin(&s, SCREEN, SCREEN, &bgrx);
    for (int i = 0; i < 9; i++)
        show_jpeg(&s, 10 + 3 * i, 200 - 7 * i, i % 4 == 3 ? &other : &picture);
    bytes_free(&picture);
    bytes_free(&other);
    session_end(&s);
}

/** Two pictures of one size that differ in a byte of their tables only. */
static void jpeg_alike(void **state)
{
    Bytes a = jpeg(3), b = { 0 };
    Session s;
    int i = 2;

    put(&b, a.data, a.size);
    while (b.data[i + 1] != 0xDB)
        i += 2 + AV_RB16(b.data + i + 2);
    b.data[i + 5] += 9;
    session_begin(&s, SCREEN, SCREEN, &bgrx);
    for (int turn = 0; turn < 12; turn++)
        show_jpeg(&s, turn, 5 * turn, turn / 3 & 1 ? &b : &a);
    for (int turn = 0; turn < 6; turn++)
        show_jpeg(&s, turn, 5 * turn, turn & 1 ? &b : &a);
    bytes_free(&a);
    bytes_free(&b);
    session_end(&s);
}

/* --- PNG and H.264: a decoder that counts how often it is asked --- */

typedef struct Decoder {
    int asked;
    int broken;             ///< pictures that begin with this byte
} Decoder;

static uint32_t colour_of(const uint8_t *data, size_t size, int i)
{
    return (data[i % size] << 16 | data[(i / 3 + 1) % size] << 8 | (i & 0xFF)) & 0xFFFFFF;
}

static int decode(void *opaque, enum RFBImage type, int context, const uint8_t *data, size_t size,
                  int w, int h, uint32_t *dst, ptrdiff_t stride)
{
    Decoder *d = opaque;

    if (!data)
        return 0;
    d->asked++;
    for (int i = 0; i < w * h; i++)
        dst[i / w * stride + i % w] = colour_of(data, size, i);
    return data[0] == d->broken ? AVERROR_INVALIDDATA : 0;
}

static Bytes update_of(int encoding, int x, int y, int w, int h, const uint8_t *data, int size)
{
    Bytes b = { 0 };

    put_update(&b, 1);
    put_rect(&b, x, y, w, h, encoding);
    if (encoding == RFB_ENC_TIGHT_PNG) {
        put8(&b, 0xA0);
        put8(&b, size & 0x7F | 0x80);
        put8(&b, size >> 7);
    } else {
        put32(&b, size);
        put32(&b, 0);
    }
    put(&b, data, size);
    return b;
}

static void show(Session *s, int encoding, int x, int y, int w, int h, const uint8_t *data,
                 int size)
{
    Bytes b = update_of(encoding, x, y, w, h, data, size);

    play_bytes(s, &b);
    for (int i = 0; i < w * h; i++)
        if ((s->frame.data[(y + i / w) * s->frame.stride + x + i % w] & 0xFFFFFF) !=
            colour_of(data, size, i))
            fail_msg("pixel %d of %dx%d", i, w, h);
}

static void begin(Session *s, Decoder *d)
{
    session_begin(s, SCREEN, SCREEN, &bgrx);
    s->frame.image        = decode;
    s->frame.image_opaque = d;
}

/** Decoded twice, then no more, wherever it comes; of any size but too large ones. */
static void decoded_twice(void **state)
{
    static const struct { int w, h, size, asked; } cases[] = {
        { 30, 20, 300, 2 }, { 1, 1, 2, 2 }, { 7, 3, 127, 2 }, { 64, 1, 128, 2 },
        { SCREEN - 8, 300, 200, 2 }, { SCREEN - 8, SCREEN - 8, 200, 8 },
    };
    uint8_t data[300];

    for (int i = 0; i < sizeof(data); i++)
        data[i] = 5 * i + i / 7;
    for (int i = 0; i < FF_ARRAY_ELEMS(cases); i++) {
        Decoder d = { 0, -1 };
        Session s;

        begin(&s, &d);
        for (int turn = 0; turn < 8; turn++)
            show(&s, RFB_ENC_TIGHT_PNG, turn, 7 - turn, cases[i].w, cases[i].h, data,
                 cases[i].size);
        assert_int_equal(d.asked, cases[i].asked);
        /* other sizes are other pictures */
        if (cases[i].w > 1)
            show(&s, RFB_ENC_TIGHT_PNG, 0, 0, cases[i].w - 1, cases[i].h, data, cases[i].size);
        assert_int_equal(d.asked, cases[i].asked + (cases[i].w > 1));
        session_end(&s);
    }
}

/** Many more than are kept, of all sizes, in an order that repeats in part. */
static void many(void **state)
{
    uint8_t data[200];
    Decoder d = { 0, -1 };
    Session s;
    int turns = 3000;

    begin(&s, &d);
    for (int i = 0; i < turns; i++) {
        unsigned n = (i % 5 ? i / 20 + i % 7 : i * 7919) % 400;

        for (int k = 0; k < sizeof(data); k++)
            data[k] = n * (k + 3) + (n >> 8) + k;
        show(&s, RFB_ENC_TIGHT_PNG, n % 50, n / 7, 20 + n % 200, 10 + n % 90, data,
             60 + n % 140);
    }
    /* most were copied, not all */
    assert_in_range(d.asked, turns / 10, turns / 2);
    session_end(&s);
}

/** What is damaged is told each time. */
static void damaged(void **state)
{
    uint8_t data[200] = { 77 };
    Decoder d = { 0, 77 };
    Session s;

    begin(&s, &d);
    for (int turn = 1; turn < 5; turn++) {
        Bytes b = update_of(RFB_ENC_TIGHT_PNG, 0, 0, 9, 9, data, sizeof(data));

        play_damaged(&s, b.data, b.size);
        assert_int_equal(s.frame.nb_errors, 1);
        assert_int_equal(d.asked, turn);
        bytes_free(&b);
    }
    session_end(&s);
}

/** H.264's are what they are by those before. */
static void h264(void **state)
{
    uint8_t data[200] = { 0, 0, 1, 0x65 };
    Decoder d = { 0, -1 };
    Session s;

    begin(&s, &d);
    for (int turn = 1; turn < 5; turn++) {
        show(&s, RFB_ENC_OPEN_H264, 0, 0, 9, 9, data, sizeof(data));
        assert_int_equal(d.asked, turn);
    }
    session_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jpeg_elsewhere), cmocka_unit_test(jpeg_alike),
        cmocka_unit_test(decoded_twice),  cmocka_unit_test(many),
        cmocka_unit_test(damaged),        cmocka_unit_test(h264),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
