/*
 * Fuzz the grammar of RFB messages, and painting by it
 *
 * Input: a byte that chooses the pixel format, one for the width, one for the
 * height, then server messages. Walking and painting must agree, and no
 * proper prefix of a message may be one.
 */

#include <stdlib.h>
#include <string.h>

#include "libavutil/error.h"
#include "libavcodec/rfb.h"
#include "libavcodec/rfb_frame.h"
#include "bytes.h"
#include "frames.h"
#include "fuzz.h"

static const char *const formats[] = {
    "bgrx8888", "rgbx8888", "bgrx8888be", "xbgr8888", "rgb565", "rgb565be", "rgb555", "rgb332",
    "bgr233", "rgb222", "map8",
};

enum { NB_FORMATS = sizeof(formats) / sizeof(*formats) };

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

static void session(uint8_t *init, int format, int width, int height)
{
    RFBPixelFormat pf;

    memset(init, 0, RFB_SERVER_INIT_SIZE);
    init[1] = 1 + width % 64;
    init[3] = 1 + height % 64;
    if (avpriv_rfb_pixel_format_parse(&pf, formats[format % NB_FORMATS]))
        abort();
    /* a depth at which Tight's pixels have four bytes */
    if (format >= 128 && pf.bits_per_pixel == 32)
        pf.depth = 32;
    avpriv_rfb_pixel_format_write(&pf, init + 4);
}

/** A piece of a whole message must ask for more of it. */
static void try_prefix(const RFBParser *before, const uint8_t *data, size_t size)
{
    size_t n = (data[size / 2] * 257 + data[size - 1]) % size;
    uint8_t *copy = bytes_copy(data, n);
    RFBParser p = *before;

    if (avpriv_rfb_parse(&p, NULL, copy, n) != AVERROR(EAGAIN) || p.need <= n || p.need > size)
        abort();
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t init[RFB_SERVER_INIT_SIZE];
    RFBParser walk, paint;
    static RFBFrame frames[NB_FORMATS][2];      /* by depth, too */
    RFBFrame *frame;
    size_t pos = 3;
    int walked, painted;

    if (size < 3)
        return 0;
    session(init, data[0], data[1], data[2]);
    if (avpriv_rfb_parser_init(&walk, init, 1 << 16) < 0)
        abort();
    paint = walk;
    frame = &frames[data[0] % NB_FORMATS][data[0] >> 7];
    if (ff_rfb_frame_init(frame, &paint) < 0)
        abort();
    frame->zywrle_level = 1 + data[0] % 3;
    frame->image        = picture;
    do {
        RFBParser before = walk;

        walked  = avpriv_rfb_parse(&walk, NULL, data + pos, size - pos);
        painted = avpriv_rfb_parse(&paint, frame, data + pos, size - pos);
        if (walked != painted || walk.need != paint.need || walk.width != paint.width ||
            walk.height != paint.height || walk.live != paint.live)
            abort();
        if (walked == 0 || walked > (int64_t)(size - pos) ||
            (walked < 0 && walked != AVERROR(EAGAIN) && !walk.error.what))
            abort();
        if (frame->width != walk.width || frame->height != walk.height)
            abort();
        if (walked > 0) {
            try_prefix(&before, data + pos, walked);
            pos += walked;
        }
    } while (walked > 0 && pos < size);
    frame_empty(frame);
    return 0;
}
