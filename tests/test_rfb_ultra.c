/*
 * UltraVNC's rectangles, on bytes that were put together as its servers do
 */

#include <lzma.h>
#include <zstd.h>

#include "rfbtest.h"

static void put_raw(Bytes *b, int x, int w, const uint8_t *pixels)
{
    put_rect(b, x, 0, w, 1, RFB_ENC_RAW);
    put(b, pixels, 4 * w);
}

/** One run of literals, 4 to 238 bytes. */
static void put_lzo(Bytes *b, const Bytes *data)
{
    put32(b, data->size + 4);
    put8(b, 17 + data->size);
    put(b, data->data, data->size);
    put(b, "\x11\0", 3);
}

/** zlib data that begin and end here */
static void put_compressed(Bytes *b, const void *data, size_t size)
{
    uint8_t buf[400];
    uLongf n = sizeof(buf);

    assert_int_equal(compress(buf, &n, data, size), Z_OK);
    put32(b, n);
    put(b, buf, n);
}

static Bytes begin_pack(int encoding, int n, const Bytes *all)
{
    Bytes b = { 0 };

    put_update(&b, 2);
    put_rect(&b, n, all->size % 65535, all->size / 65535, 0, encoding);
    return b;
}

/** What follows is found. */
static void end_pack(Bytes *b)
{
    put_raw(b, 3, 1, (const uint8_t[]){ WHITE });
}

static void ultra_zip(void **state)
{
    Bytes all = { 0 }, b;
    Session s;

    session_begin(&s, 4, 1, &bgrx);
    put_raw(&all, 0, 2, (const uint8_t[]){ RED, GREEN });
    put_raw(&all, 1, 1, (const uint8_t[]){ BLUE });
    b = begin_pack(RFB_ENC_ULTRA_ZIP, 2, &all);
    put_lzo(&b, &all);
    end_pack(&b);
    play_bytes(&s, &b);
    expect(&s, "rb.w");
    /* nobody knows what such an update paints before it is unpacked */
    assert_false(avpriv_rfb_parser_is_key(&s.walk));
    assert_int_equal(s.frame.damage.nb, 1);
    bytes_free(&all);
    session_end(&s);
}

/** More than 65535 bytes: the width counts, too. */
static void large_pack(void **state)
{
    Bytes all = { 0 }, b;
    z_stream z = { 0 };
    Session s;

    assert_int_equal(deflateInit(&z, 6), Z_OK);
    session_begin(&s, 200, 200, &bgrx);
    put_rect(&all, 0, 0, 200, 200, RFB_ENC_RAW);
    for (int i = 0; i < 200 * 200; i++)
        put(&all, (const uint8_t[]){ i, 255, i >> 8, 0 }, 4);
    b = begin_pack(RFB_ENC_QUEUE_ZIP, 1, &all);
    assert_int_equal(b.data[9], 2);
    put_deflated(&b, &z, all.data, all.size);
    end_pack(&b);
    play(&s, b.data, b.size);
    expect_colour(&s, 0, 0, 1, 1, 0x00FF00);
    expect_colour(&s, 3, 0, 1, 1, 0xFFFFFF);
    expect_colour(&s, 199, 199, 1, 1, (39999 >> 8) << 16 | 0xFF00 | (39999 & 255));
    bytes_free(&b);
    bytes_free(&all);
    deflateEnd(&z);
    session_end(&s);
}

/** Packs and Zlib share a stream; one that was compressed by itself leaves it alone. */
static void queue_zip(void **state)
{
    static const uint8_t pixels[] = { RED, GREEN, BLUE, WHITE, RED, RED };
    Bytes all = { 0 }, b = { 0 };
    z_stream z = { 0 };
    Session s;

    assert_int_equal(deflateInit(&z, 9), Z_OK);
    session_begin(&s, 4, 1, &bgrx);
    put_raw(&all, 0, 3, pixels);
    b = begin_pack(RFB_ENC_QUEUE_ZIP, 1, &all);
    put_deflated(&b, &z, all.data, all.size);
    end_pack(&b);
    play_bytes(&s, &b);
    expect(&s, "rgbw");
    put_update(&b, 1);
    put_rect(&b, 0, 0, 3, 1, RFB_ENC_ZLIB);
    put_deflated(&b, &z, pixels + 8, 12);
    play_bytes(&s, &b);
    expect(&s, "bwrw");
    /* SolMonoZip: one colour, a mask with two, a mask for what changes */
    all.size = 0;
    put_rect(&all, 0, 0, 4, 1, RFB_ENC_SOLID_COLOR);
    put(&all, pixels + 4, 4);
    put_rect(&all, 1, 0, 2, 1, RFB_ENC_XOR_MONO_COLOR_ZLIB);
    put(&all, (const uint8_t[]){ 2, RED, BLUE }, 9);
    put_rect(&all, 0, 0, 4, 1, RFB_ENC_XOR_ZLIB);
    put(&all, (const uint8_t[]){ 1, WHITE }, 5);
    b = begin_pack(RFB_ENC_QUEUE_ZIP, 3, &all);
    put_compressed(&b, all.data, all.size);
    b.data[3] = 1;
    play_bytes(&s, &b);
    expect(&s, "wrbg");
    put_update(&b, 1);
    put_rect(&b, 0, 0, 3, 1, RFB_ENC_ZLIB);
    put_deflated(&b, &z, pixels, 12);
    play_bytes(&s, &b);
    expect(&s, "rgbg");
    bytes_free(&all);
    deflateEnd(&z);
    session_end(&s);
}

static void damaged_packs(void **state)
{
    Bytes all = { 0 }, b;
    Session s;

    session_begin(&s, 4, 1, &bgrx);
    put_raw(&all, 0, 1, (const uint8_t[]){ RED });
    put_raw(&all, 3, 2, (const uint8_t[]){ GREEN, GREEN });
    b = begin_pack(RFB_ENC_ULTRA_ZIP, 2, &all);
    put_lzo(&b, &all);
    end_pack(&b);
    /* out of the frame: what stands before it is painted, and what follows the pack */
    play_damaged(&s, b.data, b.size);
    assert_int_equal(s.frame.nb_errors, 1);
    expect(&s, "r..w");
    /* more rectangles than there are, an encoding that cannot be in there, no LZO */
    b.data[5] = 3;
    all.size  = 0;
    play_damaged(&s, b.data, b.size);
    assert_int_equal(s.frame.nb_errors, 1);
    b.data[4 + 12 + 4 + 1 + 11] = 5;
    play_damaged(&s, b.data, b.size);
    assert_string_equal(s.frame.error.what, "unknown encoding in a pack");
    b.data[4 + 12 + 4] = 0xFF;
    play_damaged(&s, b.data, b.size);
    assert_int_equal(s.frame.nb_errors, 1);
    /* a size that nobody unpacks */
    b.data[8] = b.data[9] = 0xFF;
    play_damaged(&s, b.data, b.size);
    assert_int_equal(s.frame.nb_errors, 1);
    expect(&s, "r..w");
    bytes_free(&b);
    bytes_free(&all);
    session_end(&s);
}

/** What comes behind a block of LZO that was cut short is no part of it. */
static void cut_lzo(void **state)
{
    for (int next = 0; next < 256; next++) {
        Bytes all = { 0 }, b = { 0 };
        Session s;
        size_t size;

        session_begin(&s, 4, 1, &bgrx);
        put_raw(&all, 0, 4, (const uint8_t[]){ RED, GREEN, BLUE, RED });
        put_update(&b, 1);
        put_rect(&b, 1, all.size, 0, 0, RFB_ENC_ULTRA_ZIP);
        /* what it ends in would repeat what is as far back as the next byte says */
        put32(&b, all.size - 2);
        put8(&b, 17 + all.size - 4);
        put(&b, all.data, all.size - 4);
        put8(&b, 0x60);
        size = b.size;
        put8(&b, next);
        put(&b, "\0\0\0\0\0\0", 7);
        ff_rfb_frame_begin(&s.frame);
        assert_int_equal(avpriv_rfb_parse(&s.paint, &s.frame, b.data, b.size), size);
        assert_int_equal(s.frame.nb_errors, 1);
        expect(&s, "....");
        bytes_free(&all);
        bytes_free(&b);
        session_end(&s);
    }
}

/** The bits of a mask go on over the ends of lines. */
static void masks(void **state)
{
    z_stream z = { 0 };
    Bytes b = { 0 };
    Session s;

    assert_int_equal(deflateInit(&z, 6), Z_OK);
    session_begin(&s, 3, 3, &bgrx);
    put_update(&b, 1);
    put_rect(&b, 0, 0, 3, 3, RFB_ENC_XOR_MONO_COLOR_ZLIB);
    put_deflated(&b, &z, BYTES(0x11, 0x01, RED, GREEN));
    play_bytes(&s, &b);
    expect(&s, "grr" "rgr" "rrg");
    assert_false(avpriv_rfb_parser_is_key(&s.paint));
    put_update(&b, 1);
    put_rect(&b, 0, 0, 3, 3, RFB_ENC_XOR_MULTI_COLOR_ZLIB);
    put_deflated(&b, &z, BYTES(0x81, 0x01, BLUE, RED, GREEN, WHITE));
    play_bytes(&s, &b);
    expect(&s, "rbb" "bbb" "bgw");
    put_update(&b, 1);
    put_rect(&b, 1, 1, 2, 2, RFB_ENC_XOR_ZLIB);
    put_deflated(&b, &z, BYTES(0x06, WHITE, RED));
    play_bytes(&s, &b);
    expect(&s, "rbb" "bbw" "brw");
    /* the mask wants more than there is */
    put_update(&b, 1);
    put_rect(&b, 0, 0, 3, 3, RFB_ENC_XOR_ZLIB);
    put_deflated(&b, &z, BYTES(0xFF, 0x01, WHITE));
    play_damaged(&s, b.data, b.size);
    assert_int_equal(s.frame.nb_errors, 1);
    bytes_free(&b);
    deflateEnd(&z);
    session_end(&s);
}

/** What was there before and what is there now change places. */
static void cache(void **state)
{
    Bytes b = { 0 };
    Session s;

    session_begin(&s, 3, 1, &bgrx);
    s.frame.use_cache = 1;
    play(&s, BYTES(UPDATE(1), RECT(0, 0, 3, 1, RFB_ENC_RAW), RED, GREEN, BLUE));
    play(&s, BYTES(UPDATE(1), RECT(1, 0, 2, 1, RFB_ENC_RAW), WHITE, WHITE));
    expect(&s, "rww");
    play(&s, BYTES(UPDATE(1), RECT(1, 0, 2, 1, RFB_ENC_CACHE), U16(9999)));
    expect(&s, "rgb");
    assert_false(avpriv_rfb_parser_is_key(&s.walk));
    play(&s, BYTES(UPDATE(1), RECT(2, 0, 1, 1, RFB_ENC_CACHE), U16(9999)));
    expect(&s, "rgw");
    /* Ultra does not take part in it */
    play(&s, BYTES(UPDATE(1), RECT(0, 0, 3, 1, RFB_ENC_ULTRA), U32(1 + 12 + 3),
                   17 + 12, BLUE, BLUE, BLUE, 0x11, 0, 0));
    expect(&s, "bbb");
    put_update(&b, 1);
    put_rect(&b, 2, 0, 0, 0, RFB_ENC_CACHE_ZIP);
    put_compressed(&b, BYTES(U16(1), U16(0), U16(1), U16(1), U16(2), U16(0), U16(1), U16(1)));
    play_bytes(&s, &b);
    expect(&s, "bwb");
    session_end(&s);
}

/** It costs time, so it has to be asked for. */
static void cache_not_kept(void **state)
{
    Session s;

    session_begin(&s, 3, 1, &bgrx);
    play(&s, BYTES(UPDATE(1), RECT(0, 0, 3, 1, RFB_ENC_RAW), RED, GREEN, BLUE));
    play_damaged(&s, BYTES(UPDATE(1), RECT(0, 0, 3, 1, RFB_ENC_CACHE), U16(9999)));
    assert_non_null(strstr(s.frame.error.what, "ultravnc_cache"));
    expect(&s, "rgb");
    session_end(&s);
}

/** Histories so long that they are only there to take memory are refused. */
static void zstd(void **state)
{
    static uint8_t packed[1000];
    ZSTD_CCtx *c = ZSTD_createCCtx();
    Session s;

    for (int log = 18; log <= 24; log++) {
        ZSTD_inBuffer in = { (const uint8_t[]){ RED, GREEN }, 8, 0 };
        ZSTD_outBuffer out = { packed, sizeof(packed), 0 };
        Bytes b = { 0 };

        ZSTD_CCtx_reset(c, ZSTD_reset_session_and_parameters);
        ZSTD_CCtx_setParameter(c, ZSTD_c_windowLog, log);
        assert_int_equal(ZSTD_compressStream2(c, &out, &in, ZSTD_e_flush), 0);
        session_begin(&s, 2, 1, &bgrx);
        put_update(&b, 1);
        put_rect(&b, 0, 0, 2, 1, RFB_ENC_ZSTD);
        put32(&b, out.pos);
        put(&b, packed, out.pos);
        play_damaged(&s, b.data, b.size);
        assert_int_equal(s.frame.nb_errors, log > 21);
        expect(&s, log > 21 ? ".." : "rg");
        bytes_free(&b);
        session_end(&s);
    }
    ZSTD_freeCCtx(c);
}

/** The same tile in Zstandard as in zlib: the wavelets are undone in both. */
static void zywrle(void **state)
{
    uint8_t tile[2 + 16 * 16 * 3] = { 0 }, packed[2000];
    ZSTD_inBuffer in = { tile, sizeof(tile), 0 };
    ZSTD_outBuffer out = { packed, sizeof(packed), 0 };
    ZSTD_CCtx *c = ZSTD_createCCtx();
    z_stream z = { 0 };
    Bytes b = { 0 };
    Session s;

    for (int i = 2; i < sizeof(tile); i++)
        tile[i] = i * i / 7;
    assert_int_equal(deflateInit(&z, 6), Z_OK);
    assert_int_equal(ZSTD_compressStream2(c, &out, &in, ZSTD_e_flush), 0);
    session_begin(&s, 32, 16, &bgrx);
    put_update(&b, 2);
    put_rect(&b, 0, 0, 16, 16, RFB_ENC_ZYWRLE);
    put_deflated(&b, &z, tile, sizeof(tile));
    put_rect(&b, 16, 0, 16, 16, RFB_ENC_ZSTDYWRLE);
    put32(&b, out.pos);
    put(&b, packed, out.pos);
    play_bytes(&s, &b);
    for (int i = 0; i < 16 * 16; i++)
        assert_int_equal(pixel_at(&s, i % 16, i / 16), pixel_at(&s, 16 + i % 16, i / 16));
    /* they are no plain pixels */
    assert_int_not_equal(pixel_at(&s, 0, 0), tile[2] | tile[3] << 8 | tile[4] << 16);
    ZSTD_freeCCtx(c);
    deflateEnd(&z);
    session_end(&s);
}

/** UltraVNC's settings but for the history, which has so many bytes. */
static void xz_begin(lzma_stream *z, unsigned history)
{
    lzma_options_lzma o = { .dict_size = history, .lc = 2, .mode = LZMA_MODE_FAST,
                            .mf = LZMA_MF_HC3, .nice_len = 128 };
    const lzma_filter filters[] = { { LZMA_FILTER_LZMA2, &o }, { LZMA_VLI_UNKNOWN, NULL } };

    memset(z, 0, sizeof(*z));
    assert_int_equal(lzma_stream_encoder(z, filters, LZMA_CHECK_NONE), LZMA_OK);
}

/** An update that counts count rectangles, with a list of n as its first. */
static Bytes xz_list(lzma_stream *z, int encoding, int count, int n, const void *data, size_t size)
{
    static uint8_t packed[4000];
    Bytes b = { 0 };

    z->next_in   = data;
    z->avail_in  = size;
    z->next_out  = packed;
    z->avail_out = sizeof(packed);
    assert_int_equal(lzma_code(z, LZMA_SYNC_FLUSH), LZMA_STREAM_END);
    size = sizeof(packed) - z->avail_out;
    put_update(&b, count);
    put_rect(&b, n >> 16, n & 0xFFFF, size >> 16, size & 0xFFFF, encoding);
    put(&b, packed, size);
    return b;
}

/** All heads, then all tiles; the update counts each. */
static void xz(void **state)
{
    lzma_stream z;
    Bytes b;
    Session s;

    session_begin(&s, 4, 1, &bgrx);
    xz_begin(&z, 1 << 16);
    b = xz_list(&z, RFB_ENC_XZ, 3, 2, BYTES(U16(0), U16(0), U16(2), U16(1),
                U16(2), U16(0), U16(1), U16(1), 1, CRED, 1, CGREEN));
    end_pack(&b);
    play_bytes(&s, &b);
    expect(&s, "rrgw");
    assert_false(avpriv_rfb_parser_is_key(&s.walk));
    /* the stream goes on */
    b = xz_list(&z, RFB_ENC_XZ, 0xFFFF, 1, BYTES(U16(1), U16(0), U16(2), U16(1),
                0, CBLUE, CGREEN));
    put_rect(&b, 0, 0, 0, 0, RFB_ENC_LAST_RECT);
    play_bytes(&s, &b);
    expect(&s, "rbgw");
    lzma_end(&z);
    session_end(&s);
}

/** Tell another size of history: 2 or 3 times 2 to the power of code / 2 + 11. */
static void set_history(uint8_t *xz, int code)
{
    uint8_t *block = xz + 12, *end = block + 4 * block[0];

    /* size flags filter's-number size-of-its-options history */
    assert_int_equal(block[2], 0x21);
    block[4] = code;
    AV_WL32(end, lzma_crc32(block, end - block, 0));
}

static void xz_damaged(void **state)
{
    lzma_stream z;
    Session s;
    Bytes b;

    /* a list that reaches out of the frame: what follows it is found, the stream too */
    session_begin(&s, 4, 1, &bgrx);
    xz_begin(&z, 1 << 16);
    b = xz_list(&z, RFB_ENC_XZ, 3, 2, BYTES(U16(0), U16(0), U16(1), U16(1),
                U16(2), U16(0), U16(3), U16(1), 1, CRED, 1, CRED));
    end_pack(&b);
    play_damaged(&s, b.data, b.size);
    assert_int_equal(s.frame.nb_errors, 1);
    expect(&s, "r..w");
    bytes_free(&b);
    b = xz_list(&z, RFB_ENC_XZ, 1, 1, BYTES(U16(1), U16(0), U16(2), U16(1), 1, CBLUE));
    play_bytes(&s, &b);
    expect(&s, "rbbw");
    /* more than the update counts, or none: this is no list */
    for (int n = 0; n < 70000; n += 2 + n * n) {
        b = xz_list(&z, RFB_ENC_XZ, 1, n, BYTES(U16(1), U16(0), U16(2), U16(1), 1, CRED));
        assert_int_equal(walk_exactly(&s.walk, b.data, b.size), AVERROR_INVALIDDATA);
        assert_int_equal(s.walk.error.value, n);
        bytes_free(&b);
        avpriv_rfb_parser_restart(&s.walk);
    }
    lzma_end(&z);
    session_end(&s);
    /* UltraVNC has histories of up to 16 MB */
    for (int code = 23; code <= 26; code++) {
        session_begin(&s, 4, 1, &bgrx);
        xz_begin(&z, 1 << 16);
        b = xz_list(&z, RFB_ENC_XZ, 1, 1, BYTES(U16(1), U16(0), U16(2), U16(1), 1, CRED));
        set_history(b.data + 16, code);
        play_damaged(&s, b.data, b.size);
        assert_int_equal(s.frame.nb_errors, code > 24);
        expect(&s, code > 24 ? "...." : ".rr.");
        bytes_free(&b);
        lzma_end(&z);
        session_end(&s);
    }
}

/** A tile's wavelets are those of ZYWRLE. */
static void xzyw(void **state)
{
    uint8_t list[8 + 2 + 16 * 16 * 3] = { U16(16), U16(0), U16(16), U16(16) };
    z_stream z = { 0 };
    lzma_stream x;
    Session s;
    Bytes b;

    for (int i = 10; i < sizeof(list); i++)
        list[i] = i * i / 7;
    assert_int_equal(deflateInit(&z, 6), Z_OK);
    xz_begin(&x, 1 << 16);
    session_begin(&s, 32, 16, &bgrx);
    b = xz_list(&x, RFB_ENC_XZYW, 2, 1, list, sizeof(list));
    put_rect(&b, 0, 0, 16, 16, RFB_ENC_ZYWRLE);
    put_deflated(&b, &z, list + 8, sizeof(list) - 8);
    play_bytes(&s, &b);
    for (int i = 0; i < 16 * 16; i++)
        assert_int_equal(pixel_at(&s, i % 16, i / 16), pixel_at(&s, 16 + i % 16, i / 16));
    lzma_end(&x);
    deflateEnd(&z);
    session_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ultra_zip),
        cmocka_unit_test(large_pack),
        cmocka_unit_test(queue_zip),
        cmocka_unit_test(damaged_packs),
        cmocka_unit_test(cut_lzo),
        cmocka_unit_test(masks),
        cmocka_unit_test(cache),
        cmocka_unit_test(cache_not_kept),
        cmocka_unit_test(zstd),
        cmocka_unit_test(zywrle),
        cmocka_unit_test(xz),
        cmocka_unit_test(xz_damaged),
        cmocka_unit_test(xzyw),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
