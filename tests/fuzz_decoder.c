/*
 * Fuzz the decoder
 *
 * Input: a byte of options, a ServerInit of 24 bytes, then packets: size(u16)
 * data. A packet of size 0 is a seek.
 */

#include <stdlib.h>
#include <string.h>

#include "libavutil/intreadwrite.h"
#include "libavcodec/avcodec.h"
#include "fuzz.h"

enum { SERVER_INIT_SIZE = 24, MAX_PIXELS = 1 << 16 };

static AVCodecContext *open_decoder(const uint8_t *data)
{
    AVCodecContext *c = avcodec_alloc_context3(avcodec_find_decoder_by_name("rfb"));
    AVDictionary *options = NULL;
    int ret;

    c->extradata = av_mallocz(SERVER_INIT_SIZE + AV_INPUT_BUFFER_PADDING_SIZE);
    memcpy(c->extradata, data + 1, SERVER_INIT_SIZE);
    c->extradata_size = SERVER_INIT_SIZE;
    c->max_pixels     = MAX_PIXELS;
    av_dict_set_int(&options, "draw_mouse", data[0] & 1, 0);
    av_dict_set(&options, "output", data[0] & 2 ? "yuv420p" : "bgr0", 0);
    av_dict_set_int(&options, "zywrle_level", 1 + (data[0] >> 2 & 3) % 3, 0);
    if (data[0] & 0x10)
        c->err_recognition |= AV_EF_EXPLODE;
    ret = avcodec_open2(c, NULL, &options);
    if (ret >= 0 && av_dict_count(options))
        abort();
    av_dict_free(&options);
    if (ret < 0)
        avcodec_free_context(&c);
    return c;
}

/** Read all of a picture, so that a piece that was never written or does not exist is seen. */
static unsigned touch(const AVFrame *f)
{
    unsigned sum = 0;

    for (int i = 0; i < 3 && f->linesize[i]; i++) {
        int w = i ? (f->width + 1) / 2 : f->width * (f->format == AV_PIX_FMT_BGR0 ? 4 : 1);
        int h = i ? (f->height + 1) / 2 : f->height;

        for (int y = 0; y < h; y++)
            for (int x = 0; x < w; x++)
                sum += f->data[i][y * f->linesize[i] + x];
    }
    return sum;
}

static void decode(AVCodecContext *c, AVPacket *pkt, AVFrame *f, const uint8_t *data, size_t size)
{
    if (!size) {
        avcodec_flush_buffers(c);
        return;
    }
    if (av_new_packet(pkt, size) < 0)
        abort();
    memcpy(pkt->data, data, size);
    avcodec_send_packet(c, pkt);
    av_packet_unref(pkt);
    while (avcodec_receive_frame(c, f) >= 0) {
        volatile unsigned sum = touch(f);

        (void)sum;
        if (f->width != c->width || f->height != c->height ||
            (int64_t)f->width * f->height > MAX_PIXELS)
            abort();
        av_frame_unref(f);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t pos = 1 + SERVER_INIT_SIZE;
    AVCodecContext *c;
    AVPacket *pkt;
    AVFrame *f;

    av_log_set_level(AV_LOG_QUIET);
    if (size < pos || !(c = open_decoder(data)))
        return 0;
    pkt = av_packet_alloc();
    f   = av_frame_alloc();
    while (pos + 2 <= size) {
        size_t n = AV_RB16(data + pos);

        pos += 2;
        n = n < size - pos ? n : size - pos;
        decode(c, pkt, f, data + pos, n);
        pos += n;
    }
    av_frame_free(&f);
    av_packet_free(&pkt);
    avcodec_free_context(&c);
    return 0;
}
