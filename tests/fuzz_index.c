/*
 * Fuzz indices of recordings
 *
 * Input: size(u16) and the bytes of a directory, size(u16) and the bytes of a
 * state's list, and pieces, each size(u16), kind(u8) and its unpacked bytes.
 * They are packed and get the checksums that belong to them, so that what is in
 * them is looked at: every point of the directory has the list for its state,
 * and every place in the list that of a piece. The recording is always the
 * same one.
 */

#define _GNU_SOURCE           /* memfd_create() */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "bytes.h"
#include "memory.h"

#include "libavutil/intreadwrite.h"
#include "libavcodec/avcodec.h"
#include "libavcodec/rfb_state.h"
#include "libavformat/rfbindex.h"

enum { WIDTH = 24, HEIGHT = 16, UPDATES = 6, MAX_PIECES = 64, MAX_PIECE = 1 << 16,
       /** offsets in a point of what tells its state, and its place in gzip data */
       STATE = 104, GZIP = 124 };

static Bytes recording, compressed;

/** A desktop of one colour after the other, in Raw rectangles. */
static void make_recording(void)
{
    static const uint8_t init[] = { 0, WIDTH, 0, HEIGHT, 32, 24, 0, 1, 0, 255, 0, 255, 0, 255,
                                    16, 8, 0, 0, 0, 0, 0, 0, 0, 0 };

    put(&recording, "FBS 001.000\n", 12);
    put32(&recording, 16 + sizeof(init));
    put(&recording, "RFB 003.003\n\0\0\0\1", 16);
    put(&recording, init, sizeof(init));
    put32(&recording, 0);
    for (int i = 0; i < UPDATES; i++) {
        int height = i ? HEIGHT / 2 : HEIGHT;

        put32(&recording, 4 + 12 + WIDTH * height * 4);
        put32(&recording, 1);
        put32(&recording, 0);
        put32(&recording, WIDTH << 16 | height);
        put32(&recording, RFB_ENC_RAW);
        memset(bytes_room(&recording, WIDTH * height * 4), 0x11 * i, WIDTH * height * 4);
        put32(&recording, 100 * i);
    }
}

static void compress_recording(void)
{
    z_stream z = { 0 };

    if (deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    compressed = deflated(&z, recording.data, recording.size);
    deflateEnd(&z);
}

static size_t take(const uint8_t **data, size_t *size, size_t head, const uint8_t **part)
{
    size_t n;

    if (*size < 2 + head)
        return 0;
    n      = FFMIN(AV_RB16(*data), *size - 2 - head);
    *part  = *data + 2 + head;
    *size -= 2 + head + n;
    *data += 2 + head + n;
    return n;
}

/** @return bytes, packed with or without zlib's head */
static size_t pack(uint8_t *dst, size_t room, const uint8_t *src, size_t size, int bits)
{
    z_stream z = { .next_in = (uint8_t *)src, .avail_in = size, .next_out = dst,
                   .avail_out = room };

    if (deflateInit2(&z, 1, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY) != Z_OK ||
        deflate(&z, Z_FINISH) != Z_STREAM_END)
        abort();
    deflateEnd(&z);
    return z.total_out;
}

static void put_piece(Bytes *b, int kind, const uint8_t *data, size_t size)
{
    static uint8_t packed[2 * MAX_PIECE];
    size_t n = size;

    if (kind == RFB_PIECE_PLAIN)
        memcpy(packed, data, size);
    else
        n = pack(packed, sizeof(packed), data, size, -15);
    put32(b, size);
    put32(b, (uint32_t)kind << 30 | n);
    put32(b, crc32(0, packed, n));
    put(b, packed, n);
}

/** Write a part that is packed. @param place where its offset, sizes and checksum are put */
static void put_packed(Bytes *b, uint8_t *place, const uint8_t *data, size_t size)
{
    static uint8_t packed[4 * MAX_PIECE];
    size_t n = pack(packed, sizeof(packed), data, size, 15);

    AV_WB64(place, b->size);
    AV_WB32(place + 8, n);
    AV_WB32(place + 12, size);
    AV_WB32(place + 16, crc32(0, packed, n));
    put(b, packed, n);
}

static void make_index(Bytes *b, const Bytes *of, const uint8_t *data, size_t size)
{
    uint8_t header[RFB_INDEX_HEADER] = RFB_INDEX_MAGIC, place[20], *dir, *list;
    size_t dir_size, list_size, piece[MAX_PIECES];
    const uint8_t *part;
    Memory file = { of->data, of->size };
    AVIOContext *pb = memory_open(&file, 1);
    RFBStateInfo info;
    int nb = 0;

    dir_size  = take(&data, &size, 0, &part);
    dir       = bytes_copy(part, dir_size);
    list_size = take(&data, &size, 0, &part);
    list      = bytes_copy(part, list_size);
    put(b, header, sizeof(header));
    while (size > 3 && nb < MAX_PIECES) {
        int kind = data[2] % 3;
        size_t n = take(&data, &size, 1, &part);

        piece[nb++] = b->size;
        put_piece(b, kind, part, n);
    }
    if (nb && avpriv_rfb_state_info(&info, list, list_size, 0) >= 0)
        for (size_t i = info.head; i + 8 <= list_size; i += 8)
            AV_WB64(list + i, piece[list[i + 7] % nb]);
    put_packed(b, place, list, list_size);
    for (size_t i = RFB_INDEX_SUMMARY; i + RFB_INDEX_POINT <= dir_size; i += RFB_INDEX_POINT) {
        memcpy(dir + i + STATE, place, sizeof(place));
        if (nb && AV_RB64(dir + i + GZIP))
            AV_WB64(dir + i + GZIP, piece[dir[i + GZIP + 7] % nb]);
    }
    put_packed(b, header + 48, dir, dir_size);
    AV_WB32(header + 8, RFB_INDEX_VERSION);
    AV_WB32(header + 12, 3);
    AV_WB64(header + 16, of->size);
    ff_rfb_index_hash(pb, of->size, header + 24);
    /* the number of the session follows from the recording, and is put in when it is known */
    memcpy(b->data, header, sizeof(header));
    free(dir);
    free(list);
    memory_close(&pb);
}

static void read_some(AVFormatContext *s, AVCodecContext *c, AVPacket *pkt, AVFrame *f)
{
    int64_t last = 0;

    for (int i = 0; i < 3 * UPDATES && av_read_frame(s, pkt) >= 0; i++) {
        if (pkt->pts < last)
            abort();
        last = pkt->pts;
        avcodec_send_packet(c, pkt);
        av_packet_unref(pkt);
        while (avcodec_receive_frame(c, f) >= 0)
            av_frame_unref(f);
    }
}

static void play(AVFormatContext *s)
{
    AVCodecContext *c = avcodec_alloc_context3(avcodec_find_decoder_by_name("rfb"));
    AVPacket *pkt = av_packet_alloc();
    AVFrame *f = av_frame_alloc();

    if (avcodec_parameters_to_context(c, s->streams[0]->codecpar) < 0 ||
        avcodec_open2(c, NULL, NULL) < 0)
        abort();
    read_some(s, c, pkt, f);
    for (int ms = 50; ms < 100 * UPDATES; ms += 130) {
        if (av_seek_frame(s, 0, ms, AVSEEK_FLAG_BACKWARD) < 0)
            continue;
        avcodec_flush_buffers(c);
        read_some(s, c, pkt, f);
    }
    av_frame_free(&f);
    av_packet_free(&pkt);
    avcodec_free_context(&c);
}

static AVFormatContext *open_recording(AVIOContext *pb, const char *index, const char *max_gap)
{
    AVFormatContext *s = avformat_alloc_context();
    AVDictionary *options = NULL;

    av_dict_set(&options, "index", index, 0);
    av_dict_set(&options, "max_fps", "0", 0);
    av_dict_set(&options, "max_gap", max_gap, 0);
    s->pb = pb;
    if (avformat_open_input(&s, "", av_find_input_format("fbs"), &options) < 0)
        abort();
    av_dict_free(&options);
    return s;
}

/** Open it once without, to know the session, and then with the index. */
static void play_with(Bytes *index, const Bytes *of, int bits)
{
    int fd = memfd_create("index", 0);
    char name[64];

    snprintf(name, sizeof(name), "file:/proc/self/fd/%d", fd);
    for (int i = 0; i < 2; i++) {
        Memory file = { of->data, of->size };
        AVIOContext *pb = memory_open(&file, 1);
        AVFormatContext *s = open_recording(pb, i ? name : "none", bits & 1 ? "30" : "0");

        if (i) {
            play(s);
        } else {
            AV_WB32(index->data + 44, ff_rfb_index_session(s));
            AV_WB32(index->data + 76, crc32(0, index->data, RFB_INDEX_HEADER - 4));
            if (write(fd, index->data, index->size) != index->size)
                abort();
        }
        avformat_close_input(&s);
        memory_close(&pb);
    }
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Bytes index = { 0 };
    const Bytes *of;

    av_log_set_level(AV_LOG_QUIET);
    if (!recording.size) {
        make_recording();
        compress_recording();
    }
    if (size < 8)
        return 0;
    of = data[size - 1] & 2 ? &compressed : &recording;
    make_index(&index, of, data, size);
    play_with(&index, of, data[size - 1]);
    bytes_free(&index);
    return 0;
}
