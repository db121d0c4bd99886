/*
 * Decode a recording through libavformat and libavcodec, as ffmpeg does
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "libavutil/md5.h"
#include "libavutil/opt.h"
#include "libavformat/avformat.h"
#include "libavcodec/avcodec.h"
#include "decode.h"

/** Damaged sizes shall not cost time: no recording here is larger. */
enum { BUFFER_SIZE = 8192, MAX_PIXELS = 1 << 21 };

typedef struct Memory {
    const uint8_t *data;
    int64_t size, pos;
} Memory;

static Decoded *logging;

static void log_line(void *class, int level, const char *format, va_list args)
{
    size_t used = logging ? strlen(logging->log) : 0;

    if (logging && level <= AV_LOG_WARNING && used < MAX_LOG - 1)
        vsnprintf(logging->log + used, MAX_LOG - used, format, args);
}

static int read_memory(void *opaque, uint8_t *buf, int n)
{
    Memory *m = opaque;

    if (m->pos >= m->size)
        return AVERROR_EOF;
    n = FFMIN(n, m->size - m->pos);
    memcpy(buf, m->data + m->pos, n);
    m->pos += n;
    return n;
}

static int64_t seek_memory(void *opaque, int64_t offset, int whence)
{
    Memory *m = opaque;

    if (whence == AVSEEK_SIZE)
        return m->size;
    offset += whence == SEEK_CUR ? m->pos : whence == SEEK_END ? m->size : 0;
    return offset < 0 ? AVERROR(EINVAL) : (m->pos = offset);
}

uint8_t *decode_read_file(const char *name, size_t *size)
{
    FILE *in = fopen(name, "rb");
    uint8_t *data = NULL;
    long n;

    if (!in)
        return NULL;
    if (!fseek(in, 0, SEEK_END) && (n = ftell(in)) >= 0 && !fseek(in, 0, SEEK_SET)) {
        data  = malloc(n + 1);
        *size = data ? fread(data, 1, n, in) : 0;
    }
    fclose(in);
    return data;
}

int decode_available(void)
{
    return av_find_input_format("fbs") && avcodec_find_decoder_by_name("rfb");
}

void decode_rgb24_md5(uint8_t *md5, const AVFrame *f)
{
    uint8_t *line = malloc(3 * f->width);
    struct AVMD5 *ctx = av_md5_alloc();

    av_md5_init(ctx);
    for (int y = 0; y < f->height; y++) {
        const uint8_t *src = f->data[0] + y * f->linesize[0];
        const uint32_t *palette = (const uint32_t *)f->data[1];

        for (int x = 0; x < f->width; x++) {
            uint32_t rgb = f->format == AV_PIX_FMT_PAL8 ? palette[src[x]] :
                           src[4 * x + 2] << 16 | src[4 * x + 1] << 8 | src[4 * x];

            line[3 * x]     = rgb >> 16;
            line[3 * x + 1] = rgb >> 8;
            line[3 * x + 2] = rgb;
        }
        av_md5_update(ctx, line, 3 * f->width);
    }
    av_md5_final(ctx, md5);
    av_free(ctx);
    free(line);
}

static void add_picture(Decoded *d, const AVFrame *f, int flags)
{
    Picture *p = &d->picture[d->nb_pictures];
    int bytes = f->format == AV_PIX_FMT_PAL8 ? 1 : 4;

    if (d->nb_pictures == MAX_PICTURES)
        return;
    d->nb_pictures++;
    p->pts     = f->pts;
    p->width   = f->width;
    p->height  = f->height;
    p->corrupt = !!(f->flags & AV_FRAME_FLAG_CORRUPT);
    p->sum     = f->format == AV_PIX_FMT_PAL8 ? adler32(1, f->data[1], 1024) : 1;
    for (int y = 0; y < f->height; y++)
        p->sum = adler32(p->sum, f->data[0] + y * f->linesize[0], f->width * bytes);
    if (flags & DECODE_MD5)
        decode_rgb24_md5(p->md5, f);
}

static void decode_packet(Decoded *d, AVCodecContext *c, AVPacket *pkt, AVFrame *f, int flags)
{
    int ret = avcodec_send_packet(c, pkt);

    if (pkt && d->nb_packets < MAX_PICTURES) {
        Packet *p = &d->packet[d->nb_packets++];

        *p = (Packet){ pkt->pts, pkt->duration, pkt->size, pkt->flags,
                       adler32(1, pkt->data, pkt->size) };
    }
    while (ret >= 0 && (ret = avcodec_receive_frame(c, f)) >= 0) {
        add_picture(d, f, flags);
        av_frame_unref(f);
    }
    if (ret < 0 && ret != AVERROR(EAGAIN) && ret != AVERROR_EOF)
        d->nb_errors++;
}

static AVCodecContext *open_codec(const AVStream *st)
{
    AVCodecContext *c = avcodec_alloc_context3(avcodec_find_decoder(st->codecpar->codec_id));

    if (c)
        c->max_pixels = MAX_PIXELS;
    if (!c || avcodec_parameters_to_context(c, st->codecpar) < 0 ||
        avcodec_open2(c, NULL, NULL) < 0)
        avcodec_free_context(&c);
    return c;
}

static void decode_stream(Decoded *d, AVFormatContext *s, int flags)
{
    AVPacket *pkt = av_packet_alloc();
    AVFrame *f = av_frame_alloc();
    AVCodecContext *c = open_codec(s->streams[0]);

    d->duration = s->streams[0]->duration;
    if (!c) {
        d->opened = AVERROR_DECODER_NOT_FOUND;
    } else {
        if (!(flags & DECODE_CURSOR))
            av_opt_set_int(c->priv_data, "draw_mouse", 0, 0);
        while ((d->ended = av_read_frame(s, pkt)) >= 0) {
            decode_packet(d, c, pkt, f, flags);
            av_packet_unref(pkt);
        }
        decode_packet(d, c, NULL, f, flags);
    }
    avcodec_free_context(&c);
    av_frame_free(&f);
    av_packet_free(&pkt);
}

void decode(Decoded *d, const uint8_t *data, size_t size, int flags)
{
    decode_as(d, "fbs", data, size, flags);
}

void decode_as(Decoded *d, const char *format, const uint8_t *data, size_t size, int flags)
{
    Memory m = { data, flags & DECODE_GROWN ? size * 2 / 3 : size };
    AVDictionary *options = NULL;
    AVFormatContext *s = avformat_alloc_context();
    AVIOContext *pb = avio_alloc_context(av_malloc(BUFFER_SIZE), BUFFER_SIZE, 0, &m, read_memory,
                                         NULL, flags & DECODE_STREAM ? NULL : seek_memory);

    memset(d, 0, sizeof(*d));
    logging = d;
    av_log_set_callback(log_line);
    av_dict_set_int(&options, "max_pixels", MAX_PIXELS, 0);
    if (!(flags & DECODE_MERGE))
        av_dict_set(&options, "max_fps", "0", 0);
    s->pb     = pb;
    d->opened = avformat_open_input(&s, "", av_find_input_format(format), &options);
    if (d->opened >= 0) {
        m.size = size;
        decode_stream(d, s, flags);
        avformat_close_input(&s);
    }
    logging = NULL;
    av_dict_free(&options);
    av_freep(&pb->buffer);
    avio_context_free(&pb);
}
