/*
 * Make the first inputs of the fuzz targets
 *
 *     mkcorpus FOLDER [RECORDING...]
 *
 * Short sessions of the random server, and the beginnings of recordings, each
 * in the form that a target reads: into FOLDER/message, prologue, decoder, fbs.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "libavutil/common.h"
#include "libavutil/intreadwrite.h"
#include "rfbgen.h"

enum { NB_SESSIONS = 60, NB_MESSAGES = 3, BEGINNING = 6000, PROLOGUE = 12 + 4 };

static const char *folder;

static void save(const char *target, const char *name, Bytes *b)
{
    char path[4096];
    FILE *out;

    snprintf(path, sizeof(path), "%s/%s", folder, target);
    mkdir(folder, 0777);
    mkdir(path, 0777);
    snprintf(path, sizeof(path), "%s/%s/%s", folder, target, name);
    out = fopen(path, "wb");
    if (!out || fwrite(b->data, 1, b->size, out) != b->size || fclose(out)) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        exit(1);
    }
    bytes_free(b);
}

/** block := length(u32) data padding-to-4 time(u32) */
static void put_block(Bytes *b, const uint8_t *data, size_t size, unsigned ms)
{
    put32(b, size);
    put(b, data, size);
    while (size++ & 3)
        put8(b, 0);
    put32(b, ms);
}

/** A session in all the forms. */
static void save_session(const char *name, int format, const uint8_t *init,
                         const Bytes *message, int nb)
{
    Bytes messages = { 0 }, decoder = { 0 }, fbs = { 0 }, prologue = { 0 };

    put8(&messages, format);
    put8(&messages, init[1] - 1);
    put8(&messages, init[3] - 1);
    put8(&decoder, format);
    put(&decoder, init, RFB_SERVER_INIT_SIZE);
    put(&prologue, format & 1 ? "RFB 003.003\n\0\0\0\1" : "RFB 003.008\n\1\1\0\0\0",
        format & 1 ? 16 : 18);
    put(&prologue, init, RFB_SERVER_INIT_SIZE);
    put(&fbs, "FBS 001.000\n", 12);
    put_block(&fbs, prologue.data, prologue.size, 0);
    for (int i = 0; i < nb; i++) {
        put(&messages, message[i].data, message[i].size);
        put16(&decoder, FFMIN(message[i].size, 0xFFFF));
        put(&decoder, message[i].data, FFMIN(message[i].size, 0xFFFF));
        put_block(&fbs, message[i].data, message[i].size, 40 * i);
    }
    put8(&fbs, format);
    save("message", name, &messages);
    save("decoder", name, &decoder);
    save("prologue", name, &prologue);
    save("fbs", name, &fbs);
}

static void random_session(int seed)
{
    static const char *const formats[] = {      /* in the order of fuzz_message.c */
        "bgrx8888", "rgbx8888", "bgrx8888be", "xbgr8888", "rgb565", "rgb565be", "rgb555",
        "rgb332", "bgr233", "rgb222", "map8",
    };
    int format = seed % 11, w = 1 + seed * 7 % 40, h = 1 + seed * 5 % 30;
    uint8_t init[RFB_SERVER_INIT_SIZE];
    Bytes message[NB_MESSAGES] = { 0 };
    static RFBGen g;
    RFBPixelFormat pf;
    char name[32];

    avpriv_rfb_pixel_format_parse(&pf, formats[format]);
    gen_begin_as(&g, seed, &pf, w, h);
    gen_server_init(&g, init);
    for (int i = 0; i < NB_MESSAGES; i++)
        gen_message(&g, &message[i]);
    snprintf(name, sizeof(name), "random-%02d", seed);
    save_session(name, format, init, message, NB_MESSAGES);
    for (int i = 0; i < NB_MESSAGES; i++)
        bytes_free(&message[i]);
    gen_end(&g);
}

/** The beginning of a recording with a handshake of version 3.3 in a block of its own. */
static void recording(const char *name)
{
    const char *base = strrchr(name, '/') ? strrchr(name, '/') + 1 : name;
    static uint8_t file[BEGINNING];
    uint8_t init[RFB_SERVER_INIT_SIZE];
    FILE *in = fopen(name, "rb");
    size_t size = in ? fread(file, 1, sizeof(file), in) : 0, first, at;
    Bytes message = { 0 }, fbs = { 0 };

    if (in)
        fclose(in);
    if (size < sizeof(file) || memcmp(file, "FBS 001.00", 10))
        return;
    first = AV_RB32(file + 12);
    at    = 12 + 4 + (first + 3 & ~3u) + 4;
    if (first < PROLOGUE + RFB_SERVER_INIT_SIZE || at + 8 > size)
        return;
    put(&fbs, file, size);
    save("fbs", base, &fbs);
    memcpy(init, file + 16 + PROLOGUE, sizeof(init));
    /* one block behind it, as far as it goes */
    put(&message, file + at + 4, FFMIN(AV_RB32(file + at), size - at - 4));
    save_session(base, file[16 + PROLOGUE + 4] == 32 ? 0 : 4, init, &message, 1);
    bytes_free(&message);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: mkcorpus FOLDER [RECORDING...]\n");
        return 2;
    }
    folder = argv[1];
    for (int i = 0; i < NB_SESSIONS; i++)
        random_session(i);
    for (int i = 2; i < argc; i++)
        recording(argv[i]);
    return 0;
}
