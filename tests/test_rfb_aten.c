/*
 * Aten's rectangles, on bytes that were put together by hand
 */

#include "rfbtest.h"

#define ATEN(w, h, encoding, size) RECT(0, 0, w, h, encoding), U32(0), U32(size)

/** Of two pixels, the first in the block's first colour. */
#define STRIPES "01010101010101010101010101010101 01010101010101010101010101010101"

/** An update of one picture, whose bits stand in words of 32, little-endian. */
static Bytes ast(int w, int h, int luma, int chroma, int sampling, const char *bits)
{
    Bytes data = { 0 }, b = { 0 };
    uint32_t word = 0;
    int n = 0;

    for (; *bits || n; bits += !!*bits) {
        if (*bits == ' ')
            continue;
        word = word << 1 | (*bits == '1');
        if (++n % 32 == 0)
            for (int i = n = 0; i < 4; i++)
                put8(&data, word >> 8 * i);
    }
    put(&b, BYTES(UPDATE(1), ATEN(w, h, RFB_ENC_ATEN_AST2100, 4 + data.size), luma, chroma,
                  U16(sampling)));
    put(&b, data.data, data.size);
    bytes_free(&data);
    return b;
}

static void play_ast(Session *s, int w, int h, int luma, int chroma, int sampling,
                     const char *bits)
{
    Bytes b = ast(w, h, luma, chroma, sampling, bits);

    play_bytes(s, &b);
}

/** Slots 0 to 3 are black, white, grey and light grey in the beginning. */
static void few_colours(void **state)
{
    Session s;

    session_begin(&s, 20, 9, &bgrx);
    play_ast(&s, 20, 9, 11, 11, 444, "0101 0 01 1001");
    expect_colour(&s, 0, 0, 8, 8, 0xFFFFFF);
    expect_colour(&s, 8, 0, 12, 9, 0);
    assert_false(avpriv_rfb_parser_is_key(&s.walk));
    assert_int_equal(s.frame.damage.nb, 1);
    /* a place at the edge: what is outside is cut off; 1.164 * (128 - 16) */
    play_ast(&s, 20, 9, 0, 0, 444, "1101 00000010 00000001 0 10 1001");
    expect_colour(&s, 16, 8, 4, 1, 0x828282);
    play_ast(&s, 20, 9, 0, 0, 444, "1101 11111111 11111111 0 01 1001");
    expect_colour(&s, 16, 8, 4, 1, 0x828282);
    /* two colours, the second a new one (81, 90, 240): red */
    play_ast(&s, 20, 9, 0, 0, 444, "0110 0 00 1 01 01010001 01011010 11110000 " STRIPES "1001");
    for (int x = 0; x < 8; x++)
        expect_colour(&s, x, 0, 1, 8, x & 1 ? 0xFF0000 : 0);
    /* slots are as in the beginning in each picture; behind the last column comes a line */
    play_ast(&s, 20, 9, 0, 0, 444, "1110 00000010 00000000 0 00 0 01 " STRIPES "0101 0 11 1001");
    expect_colour(&s, 17, 0, 1, 8, 0xFFFFFF);
    expect_colour(&s, 0, 8, 8, 1, 0xCDCDCD);
    session_end(&s);
}

/** A block's luma, its end (1010), and chroma that stays as it was (00 and its end, 00). */
static void cosines(void **state)
{
    Session s;

    session_begin(&s, 16, 16, &bgrx);
    play_ast(&s, 16, 16, 11, 11, 444, "0000 00 1010 0000 0000 1001");
    expect_colour(&s, 0, 0, 8, 8, 0x828282);
    /* 8 more: one level in the best quality, nine (18 / 32 of 16), or 20 in the lowest */
    play_ast(&s, 16, 16, 11, 11, 444, "0000 101 1000 1010 0000 0000 1001");
    expect_colour(&s, 0, 0, 8, 8, 0x848484);
    play_ast(&s, 16, 16, 4, 7, 444, "0000 101 1000 1010 0000 0000 1001");
    expect_colour(&s, 0, 0, 8, 8, 0x8D8D8D);
    play_ast(&s, 16, 16, 0, 7, 444, "0000 101 1000 1010 0000 0000 1001");
    expect_colour(&s, 0, 0, 8, 8, 0x9A9A9A);
    play_ast(&s, 16, 16, 4, 7, 444, "0100 101 1000 1010 0000 0000 1001");
    expect_colour(&s, 0, 0, 8, 8, 0x9A9A9A);
    /* four of luma to one of chroma; differences add up */
    play_ast(&s, 16, 16, 11, 11, 422, "0000 00 1010 101 1000 1010 101 1000 1010 101 0111 1010"
             "0000 0000 1001");
    expect_colour(&s, 0, 0, 8, 8, 0x828282);
    expect_colour(&s, 8, 0, 8, 8, 0x848484);
    expect_colour(&s, 0, 8, 8, 8, 0x858585);
    expect_colour(&s, 8, 8, 8, 8, 0x848484);
    session_end(&s);
}

static void size_changes(void **state)
{
    Session s;

    session_begin(&s, 4, 4, &bgrx);
    play_ast(&s, 16, 8, 11, 11, 444, "0101 0 01 1001");
    assert_int_equal(s.walk.width, 16);
    assert_int_equal(s.frame.height, 8);
    expect_colour(&s, 0, 0, 8, 8, 0xFFFFFF);
    /* the screen is off, or there is nothing new */
    play(&s, BYTES(UPDATE(1), ATEN(0xFD80, 0xFE20, RFB_ENC_ATEN_AST2100, 0)));
    play(&s, BYTES(UPDATE(1), ATEN(0xFD80, 0xFE20, RFB_ENC_ATEN_HERMON, 10), 0, 0, U32(0), U32(10)));
    play(&s, BYTES(UPDATE(1), ATEN(640, 480, RFB_ENC_ATEN_AST2100, 0)));
    assert_int_equal(s.walk.width, 16);
    session_end(&s);
}

static void damaged(void **state)
{
    static const struct { int luma, chroma, sampling; const char *bits; } wrong[] = {
        { 12, 0,  444, "0101 0 01 1001" },          /* no such quality */
        { 0,  12, 444, "0101 0 01 1001" },
        { 0,  0,  420, "0101 0 01 1001" },          /* no such sampling */
        { 0,  0,  422, "0101 0 01 1001" },          /* no such blocks in it */
        { 0,  0,  444, "0001" },                    /* no such codes */
        { 0,  0,  444, "1011" },
        { 0,  0,  444, "0000 1111111111111111" },
        { 0,  0,  444, "" },                        /* no end */
        { 0,  0,  444, "0101 0 01 0101 0 01 0101 0 01 0101 0 01" },
        /* three runs of 16 zeros, and a coefficient behind 15 more */
        { 0,  0,  444, "0000 00 11111111001 11111111001 11111111001 1111111111110101 1" },
    };
    Session s;

    session_begin(&s, 8, 8, &bgrx);
    for (int i = 0; i < FF_ARRAY_ELEMS(wrong); i++) {
        Bytes b = ast(8, 8, wrong[i].luma, wrong[i].chroma, wrong[i].sampling, wrong[i].bits);

        b.data[3] = 2;
        put(&b, BYTES(RECT(0, 0, 1, 1, RFB_ENC_RAW), BLUE));
        play_damaged(&s, b.data, b.size);
        assert_int_equal(s.frame.nb_errors, 1);
        expect_colour(&s, 0, 0, 1, 1, 0x0000FF);
        bytes_free(&b);
    }
    /* nothing at all, and what nobody knows how to decode: the next one is found */
    play_damaged(&s, BYTES(UPDATE(2), ATEN(8, 8, RFB_ENC_ATEN_AST2100, 3), 0, 0, 0,
                           RECT(0, 0, 1, 1, RFB_ENC_RAW), RED));
    assert_int_equal(s.frame.nb_errors, 1);
    play_damaged(&s, BYTES(UPDATE(2), ATEN(8, 8, RFB_ENC_ATEN_YARKON, 3), 0, 0, 0,
                           RECT(1, 0, 1, 1, RFB_ENC_RAW), RED));
    assert_string_equal(s.frame.error.name, "Aten Yarkon");
    assert_string_equal(s.frame.error.what, "not decoded, bytes");
    expect_colour(&s, 0, 0, 2, 1, 0xFF0000);
    session_end(&s);
}

static void hermon(void **state)
{
    Bytes b = { 0 };
    Session s;

    session_begin(&s, 24, 16, &bgrx);
    put(&b, BYTES(UPDATE(1), ATEN(24, 16, RFB_ENC_ATEN_HERMON, 10 + 518), 0, 0, U32(1), U32(10 + 518),
                  U16(7), U16(7), 0, 1));
    for (int i = 0; i < 256; i++)
        put(&b, (const uint8_t[]){ 0x1F, 0x00 }, 2);
    play_bytes(&s, &b);
    expect_colour(&s, 0, 0, 16, 16, 0);
    expect_colour(&s, 16, 0, 8, 16, 0x0000FF);
    put(&b, BYTES(UPDATE(1), ATEN(2, 1, RFB_ENC_ATEN_HERMON, 10 + 4), 1, 0, U32(0), U32(10 + 4),
                  0x00, 0x7C, 0xE0, 0x03));
    play_bytes(&s, &b);
    expect(&s, "rg");
    play_damaged(&s, BYTES(UPDATE(1), ATEN(2, 1, RFB_ENC_ATEN_HERMON, 10 + 3), 1, 0, U32(0), U32(10 + 3),
                  0, 0, 0));
    assert_int_equal(s.frame.nb_errors, 1);
    play_damaged(&s, BYTES(UPDATE(1), ATEN(2, 1, RFB_ENC_ATEN_HERMON, 10 + 3), 0, 0, U32(0), U32(10 + 3),
                  0, 0, 0));
    assert_int_equal(s.frame.nb_errors, 1);
    play_damaged(&s, BYTES(UPDATE(1), ATEN(2, 1, RFB_ENC_ATEN_HERMON, 10), 2, 0, U32(0), U32(10)));
    assert_int_equal(s.frame.nb_errors, 1);
    expect(&s, "rg");
    session_end(&s);
}

/** Messages whose numbers mean something else, or nothing, before it is known who speaks. */
static void messages(void **state)
{
    static const struct { uint8_t type; int size; } aten[] = {
        { 4, 20 }, { 22, 1 }, { 51, 4 }, { 55, 2 }, { 57, 264 }, { 60, 8 },
    };
    uint8_t message[265] = { 0 };
    Session s;

    session_begin(&s, 8, 8, &bgrx);
    assert_int_equal(walk_exactly(&s.walk, (const uint8_t[]){ 22, 0 }, 2), AVERROR_INVALIDDATA);
    avpriv_rfb_parser_restart(&s.walk);
    play_ast(&s, 8, 8, 11, 11, 444, "0101 0 01 1001");
    for (int i = 0; i < FF_ARRAY_ELEMS(aten); i++) {
        message[0] = aten[i].type;
        play(&s, message, 1 + aten[i].size);
    }
    play(&s, BYTES(2));
    session_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_colours),
        cmocka_unit_test(cosines),
        cmocka_unit_test(size_changes),
        cmocka_unit_test(damaged),
        cmocka_unit_test(hermon),
        cmocka_unit_test(messages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
