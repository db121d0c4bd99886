/*
 * Sessions of the random server as recordings, through libavformat and the
 * decoder: the pictures of all updates, which go from buffer to buffer there
 */

#include "libavutil/md5.h"

#include "decode.h"
#include "rfbtest.h"
#include "rfbgen.h"

enum { UPDATES = 40 };

static void put_block(Bytes *file, const void *data, size_t size, unsigned ms)
{
    put32(file, size);
    put(file, data, size);
    put(file, (const uint8_t[4]){ 0 }, -size & 3);
    put32(file, ms);
}

/** What a client shows, as rgb24. */
static void sum(const RFBGen *g, uint8_t *md5)
{
    static uint8_t rgb[GEN_MAX_WIDTH * GEN_MAX_HEIGHT * 3];

    for (int i = 0; i < g->width * g->height; i++)
        AV_WB24(rgb + 3 * i, gen_shown(g, i % g->width, i / g->width));
    av_md5_sum(md5, rgb, g->width * g->height * 3);
}

/** @return the recording; the pictures' sizes and sums go to shall */
static Bytes record(RFBGen *g, uint32_t seed, Picture *shall)
{
    Bytes file = { 0 }, b = { 0 };
    int n = 0;

    gen_begin_as(g, seed, &bgrx, 20 + seed % 180, 20 + seed % 130);
    put(&file, "FBS 001.000\n", 12);
    put(&b, "RFB 003.003\n\0\0\0\1", 16);
    gen_server_init(g, bytes_room(&b, RFB_SERVER_INIT_SIZE));
    put_block(&file, b.data, b.size, 0);
    for (int ms = 0; n < UPDATES; ms += 50) {
        b.size = 0;
        if (gen_message(g, &b) == RFB_MSG_FRAMEBUFFER_UPDATE) {
            shall[n].width  = g->width;
            shall[n].height = g->height;
            sum(g, shall[n++].md5);
        }
        put_block(&file, b.data, b.size, ms);
    }
    bytes_free(&b);
    gen_end(g);
    return file;
}

static void sessions(void **state)
{
    static RFBGen g;
    static Decoded d;
    static Picture shall[UPDATES];

    for (uint32_t seed = 0; seed < 60; seed++) {
        Bytes file = record(&g, seed, shall);

        decode(&d, file.data, file.size, DECODE_MD5);
        if (d.log[0])
            fail_msg("seed %u: %.300s", seed, d.log);
        assert_int_equal(d.nb_pictures, UPDATES);
        for (int i = 0; i < UPDATES; i++)
            if (d.picture[i].width != shall[i].width || d.picture[i].height != shall[i].height ||
                memcmp(d.picture[i].md5, shall[i].md5, 16))
                fail_msg("seed %u: update %d shows another picture", seed, i);
        bytes_free(&file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sessions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
