/*
 * Fuzz the encodings one by one
 *
 * Input: number of the encoding (s32), a byte that chooses the pixel format,
 * one for the width, one for the height, then rectangles: x, y, w, h (a byte
 * each) and the body. Walking and painting must agree, and every rectangle is
 * painted into two frames of unlike contents, which must become alike where
 * the grammar says that it was painted without error. FUZZ_INSTANCE is the
 * number of an encoding to stay with.
 */

#include <stdlib.h>
#include <string.h>

#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/intreadwrite.h"
#include "libavcodec/rfb.h"
#include "libavcodec/rfb_frame.h"
#include "libavcodec/rfb_rect.h"
#include "bytes.h"
#include "frames.h"
#include "fuzz.h"

enum { HEAD = 7, RECT_HEAD = 4, MESSAGE_HEAD = 4 + 12, MAX_SIZE = 64 };

static const char *const formats[] = {
    "bgrx8888", "rgbx8888", "bgrx8888be", "xbgr8888", "rgb565", "rgb565be", "rgb555", "rgb332",
    "bgr233", "rgb222", "map8",
};

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    const char *want = getenv("FUZZ_INSTANCE");

    size = LLVMFuzzerMutate(data, size, max_size);
    if (want && *want && size >= 4)
        AV_WB32(data, atoi(want));
    return size;
}

/** Stands in for the decoders of PNG and H.264. */
static int picture(void *opaque, enum RFBImage type, int context, const uint8_t *data,
                   size_t size, int w, int h, uint32_t *dst, ptrdiff_t stride)
{
    if (size && data[0] & 1)
        return AVERROR_INVALIDDATA;
    for (int y = 0; y < h; y++)
        memset(dst + y * stride, size ? data[0] : 0, w * sizeof(*dst));
    return 0;
}

static void begin(RFBParser *p, RFBFrame *f, const uint8_t *data, int fill)
{
    uint8_t init[RFB_SERVER_INIT_SIZE] = { 0, 1 + data[5] % MAX_SIZE, 0, 1 + data[6] % MAX_SIZE };
    RFBPixelFormat pf;

    if (avpriv_rfb_pixel_format_parse(&pf, formats[data[4] % FF_ARRAY_ELEMS(formats)]) < 0)
        abort();
    /* a depth at which Tight's pixels have four bytes */
    if (data[4] >= 128 && pf.bits_per_pixel == 32)
        pf.depth = 32;
    avpriv_rfb_pixel_format_write(&pf, init + 4);
    if (avpriv_rfb_parser_init(p, init, 1 << 16) < 0)
        abort();
    if (ff_rfb_frame_init(f, p) < 0)
        abort();
    memset(f->data, fill, (size_t)f->stride * f->height * sizeof(*f->data));
    f->zywrle_level = 1 + data[4] % 3;
    f->image        = picture;
}

/** The bytes as the message that they are a rectangle of. */
static Bytes message(const uint8_t *data, size_t size, uint32_t encoding)
{
    Bytes b = { 0 };

    /* y of a list is how many it counts for */
    put_update(&b, encoding == RFB_ENC_XZ || encoding == RFB_ENC_XZYW ? FFMAX(data[1], 1) : 1);
    put_rect(&b, data[0], data[1], data[2], data[3], encoding);
    put(&b, data + RECT_HEAD, size - RECT_HEAD);
    return b;
}

/**
 * Abort where the walk says that it was painted, and the frames differ.
 * @param rect x, y, w, h: nothing is painted outside
 */
UNTRACED static void compare(const RFBFrame *a, const RFBFrame *b, const RFBCoverage *todo,
                             const uint8_t *rect)
{
    static uint8_t unpainted[MAX_SIZE][MAX_SIZE];

    if (todo->overflow)
        return;
    if (a->width > MAX_SIZE || a->height > MAX_SIZE)
        abort();
    memset(unpainted, 0, sizeof(unpainted));
    for (int i = 0; i < todo->nb; i++)
        for (int y = todo->rect[i].y0; y < FFMIN(todo->rect[i].y1, a->height); y++)
            for (int x = todo->rect[i].x0; x < FFMIN(todo->rect[i].x1, a->width); x++)
                unpainted[y][x] = 1;
    for (int y = rect[1]; y < FFMIN(rect[1] + rect[3], a->height); y++)
        for (int x = rect[0]; x < FFMIN(rect[0] + rect[2], a->width); x++)
            if (!unpainted[y][x] && (a->data[(size_t)y * a->stride + x] ^
                                     b->data[(size_t)y * b->stride + x]) & 0xFFFFFF)
                abort();
}

/** @return bytes of data that were a rectangle, 0 if there is none */
static size_t rectangle(RFBParser *walk, RFBParser *paint, RFBFrame *frame, uint32_t encoding,
                        const uint8_t *data, size_t size)
{
    const RFBEncodingInfo *info = ff_rfb_encoding(encoding);
    Bytes b = message(data, size, encoding);
    int walked = avpriv_rfb_parse(walk, NULL, b.data, b.size);

    for (int i = 0; i < 2; i++) {
        ff_rfb_frame_begin(&frame[i]);
        if (avpriv_rfb_parse(&paint[i], &frame[i], b.data, b.size) != walked ||
            walk->need != paint[i].need || walk->width != frame[i].width ||
            walk->height != frame[i].height || walk->live != paint[i].live)
            abort();
    }
    bytes_free(&b);
    if (walked == 0 || walked > (int64_t)(size - RECT_HEAD + MESSAGE_HEAD) ||
        (walked < 0 && walked != AVERROR(EAGAIN) && !walk->error.what) ||
        frame[0].nb_errors != frame[1].nb_errors)
        abort();
    if (walked > 0 && info && info->kind == RFB_RECT_PICTURE && !frame[0].nb_errors)
        compare(&frame[0], &frame[1], &walk->todo, data);
    return walked > 0 ? walked - MESSAGE_HEAD + RECT_HEAD : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* by format and by depth */
    static RFBFrame frames[FF_ARRAY_ELEMS(formats)][2][2];
    RFBParser walk, paint[2];
    RFBFrame *frame;
    size_t pos = HEAD, n;

    if (size < HEAD)
        return 0;
    frame = frames[data[4] % FF_ARRAY_ELEMS(formats)][data[4] >> 7];
    for (int i = 0; i < 2; i++)
        begin(&paint[i], &frame[i], data, i ? 0xAA : 0x55);
    walk = paint[0];
    do {
        n = size - pos < RECT_HEAD ? 0 : rectangle(&walk, paint, frame, AV_RB32(data),
                                                   data + pos, size - pos);
        pos += n;
    } while (n);
    for (int i = 0; i < 2; i++)
        frame_empty(&frame[i]);
    return 0;
}
