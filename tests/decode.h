/*
 * Decode a recording through libavformat and libavcodec, as ffmpeg does
 */

#ifndef TESTS_DECODE_H
#define TESTS_DECODE_H

#include <stddef.h>
#include <stdint.h>

typedef struct Picture {
    int64_t pts;                ///< ms
    int width, height;
    uint32_t sum;               ///< of the pixels as they came out
    uint8_t md5[16];            ///< of rgb24; with DECODE_MD5
    int corrupt;
} Picture;

typedef struct Packet {
    int64_t pts, duration;      ///< ms
    int size, flags;
    uint32_t sum;
} Packet;

enum { MAX_PICTURES = 4096, MAX_LOG = 1 << 16 };

typedef struct Decoded {
    int opened;                 ///< 0, or why not
    int ended;                  ///< what ended the packets
    int nb_errors;              ///< packets that the decoder refused
    int nb_packets, nb_pictures;
    int64_t duration;           ///< ms, as the demuxer tells it
    Packet packet[MAX_PICTURES];
    Picture picture[MAX_PICTURES];
    char log[MAX_LOG];          ///< warnings and errors
} Decoded;

enum {
    DECODE_MD5  = 1,
    DECODE_CURSOR = 2,          ///< draw it
    DECODE_MERGE = 4,           ///< as many pictures a second as is usual
    DECODE_STREAM = 8,          ///< the input cannot seek
    DECODE_GROWN = 16,          ///< when the input is opened, only two thirds of it are there
};

/** @return memory for the caller to free, NULL if the file cannot be read */
uint8_t *decode_read_file(const char *name, size_t *size);

/** What a test cannot do without: libavformat knows no FBS if this fails. */
int decode_available(void);

/** MD5 of a picture as rgb24, of BGR0 or PAL8. */
struct AVFrame;
void decode_rgb24_md5(uint8_t *md5, const struct AVFrame *f);

/** Decode a whole file that lies in memory. One call at a time. */
void decode(Decoded *d, const uint8_t *data, size_t size, int flags);

/** The same with another demuxer. */
void decode_as(Decoded *d, const char *format, const uint8_t *data, size_t size, int flags);

#endif /* TESTS_DECODE_H */
