/*
 * What holds of every RFB stream
 *
 * Tried on recordings, and on sessions of a random server that knows what its
 * client must show:
 *  - each proper prefix of a message asks for more, and for no more than there is;
 *  - a message that was met in pieces ends where it ends in one piece;
 *  - painting takes the bytes that walking takes;
 *  - a frame that begins at a key update shows the same from there on.
 * RFB_SEED and RFB_SESSIONS make other sessions than the usual ones.
 */

#include "decode.h"
#include "recordings.h"
#include "rfbtest.h"
#include "rfbgen.h"
#include "libavcodec/rfb_image.h"

/** A client, and another that came in at the last key update. */
typedef struct Client {
    RFBParser walk, paint, late_parser;
    RFBFrame frame, late;
    RFBImageDecoder image, late_image;
    int joined;             ///< there is a second one
    uint32_t state;         ///< of the random numbers
    int nb_keys, nb_messages;
} Client;

static unsigned roll(Client *c, unsigned n)
{
    c->state = c->state * 1664525 + 1013904223;
    return (c->state >> 8) % n;
}

static int client_begin(Client *c, const uint8_t *server_init)
{
    memset(c, 0, sizeof(*c));
    if (avpriv_rfb_parser_init(&c->walk, server_init, 0) < 0)
        return -1;
    c->paint = c->walk;
    assert_int_equal(ff_rfb_frame_init(&c->frame, &c->paint), 0);
    c->frame.zywrle_level = c->late.zywrle_level = 1;
    c->frame.image        = c->late.image = ff_rfb_image_decode;
    c->frame.image_opaque = &c->image;
    c->late.image_opaque  = &c->late_image;
    return 0;
}

static void client_end(Client *c)
{
    ff_rfb_frame_free(&c->frame);
    ff_rfb_frame_free(&c->late);
    ff_rfb_image_free(&c->image);
    ff_rfb_image_free(&c->late_image);
}

static void try_prefix(const RFBParser *before, const uint8_t *buf, size_t n, size_t size)
{
    RFBParser p = *before;

    assert_int_equal(walk_exactly(&p, buf, n), AVERROR(EAGAIN));
    assert_in_range(p.need, n + 1, size);
}

/** All prefixes of short messages, some of long ones, the first and last ones always. */
static void try_some_prefixes(Client *c, const uint8_t *buf, size_t size)
{
    size_t near = size < 300 ? size : 24;

    for (size_t n = 0; n < near && n < size; n++)
        try_prefix(&c->walk, buf, n, size);
    for (size_t n = 0; n < 12 && size >= 300; n++)
        try_prefix(&c->walk, buf, 24 + roll(c, size - 24), size);
    for (size_t n = size >= 300 ? size - 8 : size; n < size; n++)
        try_prefix(&c->walk, buf, n, size);
}

/** In pieces of any size, as a demuxer meets it. */
static void walk_in_pieces(Client *c, const uint8_t *buf, size_t size)
{
    RFBParser p = c->walk;
    size_t n = 0;

    while (n < size) {
        int ret = walk_exactly(&p, buf, n);

        assert_int_equal(ret, AVERROR(EAGAIN));
        n += 1 + roll(c, 1 + size / (1 + roll(c, 6)));
    }
    assert_int_equal(walk_exactly(&p, buf, size), size);
}

static void compare(const Client *c)
{
    const RFBFrame *a = &c->frame, *b = &c->late;

    assert_int_equal(a->width, b->width);
    assert_int_equal(a->height, b->height);
    for (int y = 0; y < a->height; y++)
        if (memcmp(a->data + (size_t)y * a->stride, b->data + (size_t)y * b->stride,
                   a->width * sizeof(*a->data)))
            fail_msg("message %d: from the key update on line %d is another one",
                     c->nb_messages, y);
}

/** A new frame begins with this message, if that is what a key update is for. */
static void join(Client *c, const RFBParser *before)
{
    c->joined = 1;
    c->nb_keys++;
    c->late_parser = *before;
    ff_rfb_image_reset(&c->late_image);
    assert_int_equal(ff_rfb_frame_init(&c->late, before), 0);
    ff_rfb_fill(&c->late, 0, 0, c->late.width, c->late.height, 0xABCDEF);
    memcpy(c->late.palette, c->frame.palette, sizeof(c->late.palette));
}

/** @return bytes of the message, 0 if it cannot be read */
static size_t client_play(Client *c, const uint8_t *buf, size_t left)
{
    RFBParser before = c->walk, p = c->walk;
    uint8_t *copy;
    int size, ret;

    size = avpriv_rfb_parse(&p, NULL, buf, left);
    if (size < 0)
        return 0;
    assert_in_range(size, 1, left);
    try_some_prefixes(c, buf, size);
    walk_in_pieces(c, buf, size);
    copy = bytes_copy(buf, size);
    assert_int_equal(avpriv_rfb_parse(&c->walk, NULL, copy, size), size);
    ff_rfb_frame_begin(&c->frame);
    ret = avpriv_rfb_parse(&c->paint, &c->frame, copy, size);
    if (ret != size)
        fail_msg("message %d: walking takes %d bytes, painting %d", c->nb_messages, size, ret);
    if (avpriv_rfb_parser_is_key(&c->walk))
        join(c, &before);
    if (c->joined) {
        assert_int_equal(avpriv_rfb_parse(&c->late_parser, &c->late, copy, size), size);
        compare(c);
    }
    assert_int_equal(c->walk.width, c->frame.width);
    assert_int_equal(c->walk.height, c->frame.height);
    free(copy);
    c->nb_messages++;
    return size;
}

static void expect_shown(const Client *c, const RFBGen *g, uint32_t seed)
{
    for (int y = 0; y < g->height; y++) {
        for (int x = 0; x < g->width; x++) {
            uint32_t is = c->frame.data[y * c->frame.stride + x] & 0xFFFFFF;
            uint32_t shall = gen_shown(g, x, y);

            if (is != shall)
                fail_msg("seed %u, message %d, pixel %d,%d: %06x instead of %06x", seed,
                         c->nb_messages - 1, x, y, is, shall);
        }
    }
}

static void random_session(RFBGen *g, Client *c, uint32_t seed)
{
    uint8_t init[RFB_SERVER_INIT_SIZE];

    gen_begin(g, seed);
    gen_server_init(g, init);
    assert_int_equal(client_begin(c, init), 0);
    c->state = seed;
    for (int i = 0; i < 25; i++) {
        Bytes b = { 0 };
        size_t size;

        gen_message(g, &b);
        size = client_play(c, b.data, b.size);
        if (size != b.size)
            fail_msg("seed %u, message %d: %zu of %zu bytes, %s %s", seed, i, size, b.size,
                     c->walk.error.name, c->walk.error.what);
        if (c->frame.nb_errors)
            fail_msg("seed %u, message %d: %s: %s", seed, i, c->frame.error.name,
                     c->frame.error.what);
        if (c->frame.width != g->width || c->frame.height != g->height)
            fail_msg("seed %u, message %d: size %dx%d", seed, i, c->frame.width,
                     c->frame.height);
        expect_shown(c, g, seed);
        bytes_free(&b);
    }
    gen_end(g);
}

static unsigned number(const char *name, unsigned usual)
{
    const char *value = getenv(name);

    return value ? strtoul(value, NULL, 0) : usual;
}

static void random_sessions(void **state)
{
    static RFBGen g;
    static Client c;
    unsigned first = number("RFB_SEED", 0), n = number("RFB_SESSIONS", 380);
    int nb_rects[GEN_NB_ENCODINGS] = { 0 }, keys = 0;

    for (unsigned seed = first; seed < first + n; seed++) {
        random_session(&g, &c, seed);
        client_end(&c);
        keys += c.nb_keys;
        for (int i = 0; i < GEN_NB_ENCODINGS; i++)
            nb_rects[i] += g.nb_rects[i];
    }
    for (int i = 0; i < GEN_NB_ENCODINGS; i++)
        if (nb_rects[i])
            print_message("# %d rectangles in %s\n", nb_rects[i], avpriv_rfb_encoding_name(i));
    print_message("# %d key updates\n", keys);
    assert_true(keys > 0);
}

static void try_recording(const char *name)
{
    static Client c;
    size_t size, at, n = 1;
    uint8_t *file = decode_read_file(name, &size);
    Recording r;

    assert_non_null(file);
    assert_int_equal(recording_parse(&r, file, size), 0);
    assert_int_equal(client_begin(&c, r.session.data + r.server_init), 0);
    for (at = r.prologue; n && at < r.session.size; at += n)
        n = client_play(&c, r.session.data + at, r.session.size - at);
    if (at < r.session.size && c.walk.error.what)
        print_message("# %s: %s at byte %zu of the session\n", name, c.walk.error.what, at);
    assert_true(c.nb_messages > 0);
    client_end(&c);
    recording_free(&r);
    free(file);
}

static void recording(void **state)
{
    try_recording(*state);
}

int main(void)
{
    const struct CMUnitTest random[] = { cmocka_unit_test(random_sessions) };
    const char *const folders[] = { "tests/samples", getenv("SAMPLES") };
    static struct CMUnitTest tests[MAX_RECORDINGS];
    char *names[MAX_RECORDINGS];
    int nb = recordings_list(names, folders, 2), failed;

    for (int i = 0; i < nb; i++)
        tests[i] = (struct CMUnitTest){ names[i], recording, NULL, NULL, names[i] };
    failed  = cmocka_run_group_tests(random, NULL, NULL);
    failed += _cmocka_run_group_tests("recordings", tests, nb, NULL, NULL);
    for (int i = 0; i < nb; i++)
        free(names[i]);
    return failed;
}
