/*
 * JPEG, Ultra2 and Open H.264 rectangles: pictures by libjpeg-turbo, and whose
 * decoder a rectangle of H.264 is for
 */

#include <stdio.h>

#include <turbojpeg.h>

#include "rfbtest.h"

enum { W = 37, H = 29 };

/** A picture as a server would compress it. */
static Bytes jpeg(unsigned seed, int subsampling, int flags)
{
    uint8_t rgb[W * H * 3], *data = NULL;
    unsigned long size = 0;
    tjhandle tj = tjInitCompress();
    Bytes b = { 0 };

    for (int i = 0; i < W * H; i++) {
        rgb[3 * i]     = seed + 5 * (i % W);
        rgb[3 * i + 1] = 7 * (i / W) + (i * seed % 97);
        rgb[3 * i + 2] = i % 7 ? 255 - seed : i;
    }
    assert_int_equal(tjCompress2(tj, rgb, W, 0, H, TJPF_RGB, &data, &size, subsampling, 80,
                                 flags), 0);
    put(&b, data, size);
    tjFree(data);
    tjDestroy(tj);
    return b;
}

/** What libjpeg-turbo makes of it. */
static void expect_jpeg(const Session *s, int x, int y, const Bytes *b)
{
    uint32_t shall[W * H];
    tjhandle tj = tjInitDecompress();

    assert_int_equal(tjDecompress2(tj, b->data, b->size, (uint8_t *)shall, W, 0, H,
                                   TJPF_BGRX, 0), 0);
    for (int i = 0; i < W * H; i++)
        expect_colour(s, x + i % W, y + i / W, 1, 1, shall[i] & 0xFFFFFF);
    tjDestroy(tj);
}

/** The same picture without some segments. */
static Bytes without(const Bytes *b, int first, int second)
{
    Bytes less = { 0 };
    size_t i = 2;

    put(&less, b->data, 2);
    while (b->data[i + 1] != 0xDA) {
        size_t n = 2 + AV_RB16(b->data + i + 2);

        if (b->data[i + 1] != first && b->data[i + 1] != second)
            put(&less, b->data + i, n);
        i += n;
    }
    put(&less, b->data + i, b->size - i);
    return less;
}

static Bytes update_of(int x, int y, int encoding, const Bytes *data)
{
    Bytes b = { 0 };

    put_update(&b, 2);
    put_rect(&b, x, y, W, H, encoding);
    if (encoding == RFB_ENC_ULTRA2)
        put32(&b, data->size);
    put(&b, data->data, data->size);
    /* what follows is found */
    put_rect(&b, 0, 0, 1, 1, RFB_ENC_RAW);
    put(&b, (const uint8_t[]){ RED }, 4);
    return b;
}

/** With restart markers, progressive, and at each subsampling. */
static void jpeg_kinds(void **state)
{
    static const int kinds[] = { TJSAMP_444, TJSAMP_422, TJSAMP_420, TJSAMP_GRAY };

    for (int i = 0; i < 16; i++) {
        Session s;
        Bytes b, picture;

        if (i & 1)
            setenv("TJ_RESTART", "1", 1);
        else
            unsetenv("TJ_RESTART");
        picture = jpeg(i, kinds[i / 4], i & 2 ? TJFLAG_PROGRESSIVE : 0);
        session_begin(&s, W + 3, H + 2, &bgrx);
        b = update_of(3, 2, RFB_ENC_JPEG, &picture);
        play_bytes(&s, &b);
        expect_jpeg(&s, 3, 2, &picture);
        expect_colour(&s, 0, 0, 1, 1, 0xFF0000);
        b = update_of(1, 1, RFB_ENC_ULTRA2, &picture);
        play_bytes(&s, &b);
        expect_jpeg(&s, 1, 1, &picture);
        bytes_free(&picture);
        session_end(&s);
    }
    unsetenv("TJ_RESTART");
}

/** One picture and nothing else. */
static void show(Session *s, const Bytes *picture)
{
    Bytes b = { 0 };

    put_update(&b, 1);
    put_rect(&b, 0, 0, W, H, RFB_ENC_JPEG);
    put(&b, picture->data, picture->size);
    play_bytes(s, &b);
}

/** Tables come from the last picture that had them. */
static void jpeg_tables(void **state)
{
    Bytes first = jpeg(1, TJSAMP_420, 0), second = jpeg(9, TJSAMP_420, 0), less;
    Session s;

    session_begin(&s, W, H, &bgrx);
    for (int i = 0; i < 3; i++) {
        show(&s, &first);
        assert_true(avpriv_rfb_parser_is_key(&s.walk));
        less = without(&second, i == 1 ? 0 : 0xDB, i == 0 ? 0 : 0xC4);
        assert_true(less.size < second.size);
        show(&s, &less);
        expect_jpeg(&s, 0, 0, &second);
        assert_false(avpriv_rfb_parser_is_key(&s.walk));
        bytes_free(&less);
    }
    bytes_free(&first);
    bytes_free(&second);
    session_end(&s);
}

/** Without any tables before, after a seek for instance, only that picture is lost. */
static void jpeg_tables_missing(void **state)
{
    Bytes picture = jpeg(1, TJSAMP_444, 0), less = without(&picture, 0xDB, 0), b;
    Session s;

    session_begin(&s, W, H, &bgrx);
    b = update_of(0, 0, RFB_ENC_JPEG, &less);
    play_damaged(&s, b.data, b.size);
    assert_int_equal(s.frame.nb_errors, 1);
    expect_colour(&s, 0, 0, 1, 1, 0xFF0000);
    bytes_free(&b);
    show(&s, &picture);
    expect_jpeg(&s, 0, 0, &picture);
    bytes_free(&less);
    bytes_free(&picture);
    session_end(&s);
}

static void jpeg_broken(void **state)
{
    Session s;

    session_begin(&s, 8, 8, &bgrx);
    /* no picture; a segment shorter than its length; no marker where one has to be */
    play_broken(&s, BYTES(UPDATE(1), RECT(0, 0, 8, 8, RFB_ENC_JPEG), 0x89, 'P', 'N', 'G'));
    play_broken(&s, BYTES(UPDATE(1), RECT(0, 0, 8, 8, RFB_ENC_JPEG), 0xFF, 0xD8, 0xFF, 0xFE,
                          U16(1), 0));
    play_broken(&s, BYTES(UPDATE(1), RECT(0, 0, 8, 8, RFB_ENC_JPEG), 0xFF, 0xD8, 1, 2, 3, 4));
    /* a whole one without a picture in it */
    play_damaged(&s, BYTES(UPDATE(2), RECT(0, 0, 8, 8, RFB_ENC_JPEG), 0xFF, 0xD8, 0xFF, 0xD9,
                           RECT(0, 0, 1, 1, RFB_ENC_RAW), RED));
    assert_int_equal(s.frame.nb_errors, 1);
    expect_colour(&s, 0, 0, 1, 1, 0xFF0000);
    session_end(&s);
}

/* --- Open H.264 ------------------------------------------------------------ */

/** What the decoders were asked to do. */
typedef struct Calls {
    char text[4096];
    int n;
} Calls;

static int decoder(void *opaque, enum RFBImage type, int context, const uint8_t *data,
                   size_t size, int w, int h, uint32_t *dst, ptrdiff_t stride)
{
    Calls *c = opaque;

    assert_int_equal(type, RFB_IMAGE_H264);
    c->n += snprintf(c->text + c->n, sizeof(c->text) - c->n, data ? "%d:%d " : "%d:forget ",
                     context, (int)size);
    assert_true(c->n < sizeof(c->text));
    if (data)
        *dst = 0x00FF00;
    return 0;
}

static void expect_calls(Calls *c, const char *text)
{
    assert_string_equal(c->text, text);
    c->n = c->text[0] = 0;
}

/** size bytes, or a picture that needs none before it */
static void send(Session *s, int x, int w, int flags, int size)
{
    static const uint8_t anew[] = { 0, 0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 1, 0, 0, 1, 0x65, 0x88 };
    Bytes b = { 0 };

    put_update(&b, 1);
    put_rect(&b, x, 0, w, 1, RFB_ENC_OPEN_H264);
    put32(&b, size < 0 ? sizeof(anew) : size);
    put32(&b, flags);
    put(&b, anew, size < 0 ? sizeof(anew) : 0);
    memset(bytes_room(&b, FFMAX(size, 0)), 7, FFMAX(size, 0));
    play_bytes(s, &b);
}

static void h264_contexts(void **state)
{
    static Calls calls;
    Session s;

    session_begin(&s, 80, 1, &bgrx);
    s.frame.image        = decoder;
    s.frame.image_opaque = &calls;
    send(&s, 0, 2, 0, 3);
    send(&s, 1, 2, 0, 4);
    send(&s, 0, 2, 0, 5);
    expect_calls(&calls, "0:3 1:4 0:5 ");
    /* one begins anew, the other stays; flags that nobody knows mean nothing */
    send(&s, 0, 2, 1, 6);
    send(&s, 1, 2, 0xFFFC, 7);
    expect_calls(&calls, "0:forget 0:6 1:7 ");
    /* all of them, and without data nothing is decoded */
    send(&s, 0, 2, 2, 0);
    expect_calls(&calls, "1:forget 0:forget ");
    send(&s, 1, 2, 2, 8);
    expect_calls(&calls, "0:8 ");
    send(&s, 1, 2, 1, 0);
    expect_calls(&calls, "0:forget ");
    /* there are no more than 64: the oldest goes */
    for (int i = 0; i < 64; i++)
        send(&s, i, 2, 0, 1);
    calls.n = 0;
    send(&s, 70, 2, 0, 2);
    send(&s, 0, 2, 0, 3);
    send(&s, 63, 2, 0, 4);
    expect_calls(&calls, "0:forget 0:2 1:forget 1:3 63:4 ");
    session_end(&s);
}

/** A key update is one that every decoder can begin at. */
static void h264_keys(void **state)
{
    static Calls calls;
    Session s;

    session_begin(&s, 2, 1, &bgrx);
    s.frame.image        = decoder;
    s.frame.image_opaque = &calls;
    send(&s, 0, 2, 0, 3);
    assert_true(avpriv_rfb_parser_is_key(&s.walk));
    send(&s, 0, 2, 0, 3);
    assert_false(avpriv_rfb_parser_is_key(&s.walk));
    send(&s, 0, 2, 1, 3);
    assert_true(avpriv_rfb_parser_is_key(&s.walk));
    send(&s, 0, 2, 0, -1);
    assert_true(avpriv_rfb_parser_is_key(&s.walk));
    /* nothing is painted */
    send(&s, 0, 2, 2, 0);
    assert_false(avpriv_rfb_parser_is_key(&s.walk));
    send(&s, 0, 2, 0, 3);
    assert_true(avpriv_rfb_parser_is_key(&s.walk));
    /* a second decoder that a viewer who came later would not have */
    send(&s, 1, 1, 0, 3);
    send(&s, 0, 2, 0, -1);
    assert_false(avpriv_rfb_parser_is_key(&s.walk));
    send(&s, 0, 2, 2, 3);
    assert_true(avpriv_rfb_parser_is_key(&s.walk));
    session_end(&s);
}

/** A decoder that fails loses the rectangle. */
static void h264_damaged(void **state)
{
    Session s;

    session_begin(&s, 3, 1, &bgrx);
    play_damaged(&s, BYTES(UPDATE(2), RECT(0, 0, 2, 1, RFB_ENC_OPEN_H264), U32(2), U32(0), 1, 2,
                           RECT(2, 0, 1, 1, RFB_ENC_RAW), RED));
    assert_int_equal(s.frame.nb_errors, 1);
    expect(&s, "..r");
    session_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jpeg_kinds),
        cmocka_unit_test(jpeg_tables),
        cmocka_unit_test(jpeg_tables_missing),
        cmocka_unit_test(jpeg_broken),
        cmocka_unit_test(h264_contexts),
        cmocka_unit_test(h264_keys),
        cmocka_unit_test(h264_damaged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
