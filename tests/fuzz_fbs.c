/*
 * Fuzz the demuxers of FBS files and of the other containers
 *
 * Input: a file. How it begins chooses the demuxer, and its last byte chooses the options, so that every recording
 * is an input as it is.
 */

#include <stdlib.h>
#include <string.h>

#include "libavformat/avformat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BUFFER_SIZE = 4096, MAX_PACKETS = 3000 };

typedef struct File {
    const uint8_t *data;
    int64_t size, pos;
} File;

static int file_read(void *opaque, uint8_t *buf, int n)
{
    File *f = opaque;

    if (f->pos >= f->size)
        return AVERROR_EOF;
    n = FFMIN(n, f->size - f->pos);
    memcpy(buf, f->data + f->pos, n);
    f->pos += n;
    return n;
}

static int64_t file_seek(void *opaque, int64_t offset, int whence)
{
    File *f = opaque;

    if (whence == AVSEEK_SIZE)
        return f->size;
    if (whence == SEEK_CUR)
        offset += f->pos;
    else if (whence == SEEK_END)
        offset += f->size;
    if (offset < 0)
        return AVERROR(EINVAL);
    return f->pos = offset;
}

/** Times never run backwards, and packets do not overlap. */
static void read_packets(AVFormatContext *s, AVPacket *pkt)
{
    int64_t end = 0;

    for (int i = 0; i < MAX_PACKETS && av_read_frame(s, pkt) >= 0; i++) {
        if (pkt->size < 4 || pkt->pts == AV_NOPTS_VALUE || pkt->duration < 0 || pkt->pts < end)
            abort();
        end = pkt->pts;
        av_packet_unref(pkt);
    }
}

static void demux(AVFormatContext *s, int options)
{
    AVPacket *pkt = av_packet_alloc();
    int64_t duration;

    read_packets(s, pkt);
    duration = s->streams[0]->duration;
    if (duration != AV_NOPTS_VALUE && duration < 0)
        abort();
    for (int i = 0; i < 4; i++) {
        int64_t target = duration > 0 ? av_rescale(duration, (i * 3 + options) % 5, 4) : i;

        if (av_seek_frame(s, 0, target, AVSEEK_FLAG_BACKWARD) >= 0)
            read_packets(s, pkt);
    }
    av_packet_free(&pkt);
}

static AVDictionary *choose(int bits)
{
    static const char *const formats[] = { "bgrx8888", "rgb565", "rgb332", "map8" };
    AVDictionary *options = NULL;

    av_dict_set_int(&options, "max_pixels", 1 << 20, 0);
    if (bits & 1)
        av_dict_set(&options, "max_fps", "0", 0);
    if (bits & 2)
        av_dict_set(&options, "max_gap", "100", 0);
    if (bits & 4)
        av_dict_set(&options, "heartbeat", "1000", 0);
    if (bits & 8)
        av_dict_set(&options, "pixel_format", formats[bits >> 4 & 3], 0);
    return options;
}

/** Looser than probing, so that damaged files come through. */
static const char *container(const uint8_t *data, size_t size)
{
    static const struct { char start[8]; const char *name; } starts[] = {
        { "vncLog", "vnclog" }, { "RBS", "rbs" }, { "var", "novnc" }, { "\x1f\x8b", "minimega" },
    };

    for (size_t i = 0; i < sizeof(starts) / sizeof(*starts); i++)
        if (size > strlen(starts[i].start) &&
            !memcmp(data, starts[i].start, strlen(starts[i].start)))
            return starts[i].name;
    return size && data[0] >= '0' && data[0] <= '9' ? "minimega" : "fbs";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    File file = { data, size };
    int bits = size ? data[size - 1] : 0;
    AVDictionary *options = choose(bits);
    AVFormatContext *s = avformat_alloc_context();
    AVIOContext *pb = avio_alloc_context(av_malloc(BUFFER_SIZE), BUFFER_SIZE, 0, &file, file_read,
                                         NULL, bits & 0x40 ? NULL : file_seek);

    av_log_set_level(AV_LOG_QUIET);
    s->pb = pb;
    if (avformat_open_input(&s, "fuzz", av_find_input_format(container(data, size)),
                            &options) >= 0) {
        demux(s, bits);
        avformat_close_input(&s);
    }
    av_dict_free(&options);
    av_freep(&pb->buffer);
    avio_context_free(&pb);
    return 0;
}
