/*
 * Fuzz the way there and back: demuxer, FBS muxer, demuxer
 *
 * Input: a file, as for fuzz_demux. The second demuxer must give the packets
 * of the first.
 */

#include <stdlib.h>
#include <string.h>

#include "libavutil/intreadwrite.h"
#include "bytes.h"
#include "fuzz.h"
#include "memory.h"

enum { MAX_PACKETS = 2000, MAX_SIZE = 8 << 20 };

/** A step in time that a counter of 32 bits cannot tell from one back. */
#define MAX_STEP INT32_MAX

typedef struct Packets {
    int nb;
    int64_t pts[MAX_PACKETS];
    int size[MAX_PACKETS];
    Bytes data;
} Packets;

static const char *container(const uint8_t *data, size_t size)
{
    return size < 3 ? "fbs" : !memcmp(data, "vnc", 3) ? "vnclog" : !memcmp(data, "RBS", 3) ? "rbs" :
           !memcmp(data, "var", 3) ? "novnc" : data[0] == 0x1F || (data[0] >= '0' && data[0] <= '9') ?
           "minimega" : "fbs";
}

static AVFormatContext *open_file(AVIOContext *pb, const char *format)
{
    AVFormatContext *s = avformat_alloc_context();
    AVDictionary *options = NULL;

    s->pb = pb;
    av_dict_set_int(&options, "max_pixels", 1 << 20, 0);
    av_dict_set(&options, "max_fps", "0", 0);
    avformat_open_input(&s, "fuzz", av_find_input_format(format), &options);
    av_dict_free(&options);
    return s;
}

/** A muxer for the same session. */
static AVFormatContext *open_muxer(const AVFormatContext *in)
{
    AVFormatContext *s = NULL;
    AVStream *st;

    if (avformat_alloc_output_context2(&s, NULL, "fbs", NULL) < 0 ||
        !(st = avformat_new_stream(s, NULL)) ||
        avcodec_parameters_copy(st->codecpar, in->streams[0]->codecpar) < 0 ||
        avio_open_dyn_buf(&s->pb) < 0)
        abort();
    if (avformat_write_header(s, NULL) < 0)
        abort();
    return s;
}

/** Read all packets, and write them if there is something to write to. */
static void read_packets(Packets *p, AVFormatContext *in, AVFormatContext *out)
{
    AVPacket *pkt = av_packet_alloc();

    while (p->nb < MAX_PACKETS && p->data.size < MAX_SIZE && av_read_frame(in, pkt) >= 0) {
        p->pts[p->nb]    = pkt->pts;
        p->size[p->nb++] = pkt->size;
        put(&p->data, pkt->data, pkt->size);
        if (out && av_write_frame(out, pkt) < 0)
            abort();
        av_packet_unref(pkt);
    }
    av_packet_free(&pkt);
}

static void compare(const Packets *a, const Packets *b)
{
    int64_t last = 0;

    if (a->nb != b->nb || a->data.size != b->data.size ||
        (a->data.size && memcmp(a->data.data, b->data.data, a->data.size)))
        abort();
    for (int i = 0; i < a->nb; i++) {
        if (a->size[i] != b->size[i])
            abort();
        if (a->pts[i] - last >= MAX_STEP)
            return;
        last = a->pts[i];
        if (b->pts[i] != a->pts[i])
            abort();
    }
}

static void there_and_back(Packets *first, Packets *second, AVFormatContext *in)
{
    AVFormatContext *s = open_muxer(in);
    Memory file = { NULL };
    uint8_t *copy;
    AVIOContext *pb;

    read_packets(first, in, s);
    if (av_write_trailer(s) < 0)
        abort();
    file.size = avio_close_dyn_buf(s->pb, &copy);
    file.data = copy;
    s->pb = NULL;
    avformat_free_context(s);
    pb = memory_open(&file, 1);
    if (!(s = open_file(pb, "fbs")))
        abort();
    read_packets(second, s, NULL);
    avformat_close_input(&s);
    memory_close(&pb);
    av_free(copy);
    compare(first, second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Memory file = { data, size };
    Packets *first = calloc(1, sizeof(*first)), *second = calloc(1, sizeof(*second));
    AVIOContext *pb = memory_open(&file, 1);
    AVFormatContext *in;

    av_log_set_level(AV_LOG_QUIET);
    in = open_file(pb, container(data, size));
    if (in) {
        there_and_back(first, second, in);
        avformat_close_input(&in);
    }
    memory_close(&pb);
    bytes_free(&first->data);
    bytes_free(&second->data);
    free(first);
    free(second);
    return 0;
}
