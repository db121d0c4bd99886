/*
 * Fuzz the demuxers
 *
 * Input: a file. How it begins chooses the demuxer, and its last byte chooses
 * the options, so that every recording is an input as it is. FUZZ_INSTANCE
 * names a demuxer to stay with.
 */

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "memory.h"

enum { MAX_PACKETS = 3000 };

/** Looser than probing, so that damaged files come through. */
static const struct { const char *start, *name; } starts[] = {
    { "FBS 00", "fbs" }, { "vncLog", "vnclog" }, { "RBS", "rbs" }, { "var", "novnc" },
    { "\x1f\x8b", "minimega" }, { "0", "minimega" },
};

static int begins(int i, const uint8_t *data, size_t size)
{
    return size > strlen(starts[i].start) &&
           !memcmp(data, starts[i].start, strlen(starts[i].start));
}

/** In gzip may be anything; the byte of the head that says who wrote it tells what. */
static const struct { char by; const char *name; } zipped[] = {
    { 'f', "fbs" }, { 'v', "vnclog" }, { 'r', "rbs" }, { 'n', "novnc" },
};

static const char *container(const uint8_t *data, size_t size)
{
    for (int i = 0; size > 10 && data[0] == 0x1F && i < FF_ARRAY_ELEMS(zipped); i++)
        if (data[9] == zipped[i].by)
            return zipped[i].name;
    for (int i = 0; i < FF_ARRAY_ELEMS(starts); i++)
        if (begins(i, data, size))
            return starts[i].name;
    return size && data[0] >= '0' && data[0] <= '9' ? "minimega" : "fbs";
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    const char *want = getenv("FUZZ_INSTANCE");

    size = LLVMFuzzerMutate(data, size, max_size);
    if (!want || !*want || !strcmp(container(data, size), want))
        return size;
    for (int i = FF_ARRAY_ELEMS(starts) - 1; i >= 0; i--)
        if (!strcmp(starts[i].name, want) && size > strlen(starts[i].start)) {
            memcpy(data, starts[i].start, strlen(starts[i].start));
            break;
        }
    return size;
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Memory file = { data, size };
    int bits = size ? data[size - 1] : 0;
    AVDictionary *options = choose(bits);
    AVFormatContext *s = avformat_alloc_context();
    AVIOContext *pb = memory_open(&file, !(bits & 0x40));

    av_log_set_level(AV_LOG_QUIET);
    s->pb = pb;
    if (avformat_open_input(&s, "fuzz", av_find_input_format(container(data, size)),
                            &options) >= 0) {
        demux(s, bits);
        avformat_close_input(&s);
    }
    av_dict_free(&options);
    memory_close(&pb);
    return 0;
}
