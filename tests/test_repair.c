/*
 * Zlib streams that lost data
 *
 * A server sends pictures whose bytes repeat earlier ones, so that its streams
 * refer back a lot. One rectangle is damaged so that it cannot be unpacked, or
 * whole messages are left out. From there on a pixel may stay as it was, but
 * what is painted is right, an error says when something is missing, and in
 * the end all is as if nothing had happened.
 */

#include "rfbtest.h"

enum { W = 64, H = 48, POOL = 16 << 10, NB_RECTS = 120, DAMAGED = 20 };

typedef struct Server {
    uint32_t state;             ///< of the random numbers
    int32_t encoding;
    z_stream z[2];              ///< the second one for ZlibHex's other tiles
    int flush;
    uint8_t pool[POOL];         ///< what was sent lately
    size_t sent;
    uint32_t picture[W * H];    ///< what a client shows that missed nothing
} Server;

static unsigned roll(Server *s, unsigned n)
{
    s->state = s->state * 1664525 + 1013904223;
    return (s->state >> 8) % n;
}

static void server_begin(Server *s, int32_t encoding, int seed)
{
    memset(s, 0, sizeof(*s));
    s->state    = 2654435761u * (seed + 1);
    s->encoding = encoding;
    s->flush    = Z_SYNC_FLUSH;
    for (int i = 0; i < 2; i++)
        assert_int_equal(deflateInit(&s->z[i], 6), Z_OK);
}

static void server_end(Server *s)
{
    for (int i = 0; i < 2; i++)
        deflateEnd(&s->z[i]);
}

/** Three bytes of a pixel: new ones, or some that were sent before. */
static void pixels(Server *s, uint8_t *rgb, int n, int repeat)
{
    for (int i = 0; i < n; ) {
        int run = 1 + roll(s, 40), from = roll(s, POOL - 3 * 40) / 3 * 3;
        int old = repeat && s->sent && roll(s, 3);

        for (int j = 0; j < run && i < n; j++, i++)
            for (int k = 0; k < 3; k++) {
                rgb[3 * i + k] = old ? s->pool[from + 3 * j + k] : roll(s, 256);
                s->pool[s->sent++ % POOL] = rgb[3 * i + k];
            }
    }
}

/** All bytes through one of the streams. */
static Bytes pack(Server *s, int stream, const Bytes *b)
{
    z_stream *z = &s->z[stream];
    Bytes d = { 0 };

    z->next_in   = b->data;
    z->avail_in  = b->size;
    z->next_out  = bytes_room(&d, b->size + 1000);
    z->avail_out = d.size;
    assert_int_equal(deflate(z, s->flush), Z_OK);
    d.size -= z->avail_out;
    return d;
}

static void put_bgr(Bytes *b, const uint8_t *rgb, int n, int filler)
{
    for (int i = 0; i < n; i++) {
        put8(b, rgb[3 * i + 2]);
        put8(b, rgb[3 * i + 1]);
        put8(b, rgb[3 * i]);
        if (filler)
            put8(b, 0);
    }
}

/** Tiles of 16 x 16, each through one of two streams: as pixels, or as one colour. */
static void put_zlibhex(Server *s, Bytes *b, const uint8_t *rgb, int w, int h)
{
    for (int y = 0; y < h; y += 16)
        for (int x = 0; x < w; x += 16) {
            int tw = FFMIN(16, w - x), th = FFMIN(16, h - y), one = 1;
            Bytes raw = { 0 }, packed;

            for (int i = 0; i < tw * th; i++)
                one &= !memcmp(rgb + 3 * ((y + i / tw) * w + x + i % tw), rgb + 3 * (y * w + x), 3);
            put8(b, one ? 64 | 2 : 32);
            if (one)
                put_bgr(&raw, rgb + 3 * (y * w + x), 1, 1);
            for (int j = 0; j < th && !one; j++)
                put_bgr(&raw, rgb + 3 * ((y + j) * w + x), tw, 1);
            packed = pack(s, one, &raw);
            put16(b, packed.size);
            put(b, packed.data, packed.size);
            bytes_free(&packed);
            bytes_free(&raw);
        }
}

/** The body of a rectangle. @return where the zlib data begin */
static size_t put_body(Server *s, Bytes *b, const uint8_t *rgb, int w, int h)
{
    Bytes raw = { 0 }, packed;
    size_t data;

    if (s->encoding == RFB_ENC_ZLIBHEX) {
        data = b->size + 3;
        put_zlibhex(s, b, rgb, w, h);
        return data;
    }
    if (s->encoding == RFB_ENC_ZRLE)
        put8(&raw, 0);
    if (s->encoding == RFB_ENC_TIGHT)
        put(&raw, rgb, 3 * w * h);
    else
        put_bgr(&raw, rgb, w * h, s->encoding == RFB_ENC_ZLIB);
    packed = pack(s, 0, &raw);
    if (s->encoding == RFB_ENC_TIGHT) {
        put8(b, 2 << 4);
        put8(b, packed.size & 0x7F | 0x80);
        put8(b, packed.size >> 7 & 0x7F | 0x80);
        put8(b, packed.size >> 14);
    } else {
        put32(b, packed.size);
    }
    data = b->size;
    put(b, packed.data, packed.size);
    bytes_free(&packed);
    bytes_free(&raw);
    return data;
}

/** An update of one rectangle. @return where its zlib data begin */
static size_t update(Server *s, Bytes *b, RFBRect *r, int repeat)
{
    uint8_t rgb[3 * W * H];
    int one = s->encoding == RFB_ENC_ZLIBHEX && !roll(s, 4);

    r->w = 8 + roll(s, W - 8);
    r->h = 8 + roll(s, H - 8);
    r->x = roll(s, W - r->w + 1);
    r->y = roll(s, H - r->h + 1);
    pixels(s, rgb, r->w * r->h, repeat);
    for (int i = 1; one && i < r->w * r->h; i++)
        memcpy(rgb + 3 * i, rgb, 3);
    for (int i = 0; i < r->w * r->h; i++)
        s->picture[(r->y + i / r->w) * W + r->x + i % r->w] =
            rgb[3 * i] << 16 | rgb[3 * i + 1] << 8 | rgb[3 * i + 2];
    put_update(b, 1);
    put_rect(b, r->x, r->y, r->w, r->h, s->encoding);
    return put_body(s, b, rgb, r->w, r->h);
}

static void keep(const Session *s, uint32_t *before)
{
    for (int i = 0; i < W * H; i++)
        before[i] = pixel_at(s, i % W, i / W);
}

/** @return pixels of a rectangle that are not what the server sent; these are as before */
static int missing(const Server *server, const Session *s, const uint32_t *before,
                   const RFBRect *r)
{
    int n = 0;

    for (int i = 0; i < W * H; i++) {
        int x = i % W, y = i / W;
        uint32_t is = pixel_at(s, x, y);
        int inside = x >= r->x && x < r->x + r->w && y >= r->y && y < r->y + r->h;

        if (inside && is == server->picture[i])
            continue;
        if (is != before[i])
            fail_msg("pixel %d,%d is neither right nor what it was", x, y);
        n += inside;
    }
    return n;
}

static int paint(Session *s, const Bytes *b)
{
    ff_rfb_frame_begin(&s->frame);
    assert_int_equal(avpriv_rfb_parse(&s->paint, &s->frame, b->data, b->size), b->size);
    return s->frame.nb_errors;
}

/** @param skip messages that never come, from the damaged one on; 0: it comes damaged */
static void session(int32_t encoding, int seed, int skip, int strict)
{
    int right = 0, late = 0, errors = 0;
    uint32_t before[W * H];
    Server server;
    Session s;

    server_begin(&server, encoding, seed);
    session_begin(&s, W, H, &bgrx);
    for (int i = 0; i < NB_RECTS; i++) {
        Bytes b = { 0 };
        RFBRect r;
        size_t data = update(&server, &b, &r, i < NB_RECTS / 2);

        keep(&s, before);
        if (i == DAMAGED && !skip)
            b.data[data] = 7;           /* a block of a type that does not exist */
        if (i >= DAMAGED && i < DAMAGED + skip) {
            ff_rfb_frame_lost(&s.frame);
        } else {
            errors = paint(&s, &b);
            if (i == DAMAGED && !skip && !errors)
                fail_msg("seed %d: the damage was not noticed", seed);
            if (i < DAMAGED && errors)
                fail_msg("seed %d: error before the damage", seed);
            if (i != DAMAGED && strict) {
                int n = missing(&server, &s, before, &r);

                if (n && !errors)
                    fail_msg("seed %d, rectangle %d: %d pixels are missing silently", seed, i, n);
                right += i > DAMAGED && !n;
            }
            late = errors;
        }
        bytes_free(&b);
    }
    /* ZlibHex's stream for the tiles of one colour never gets to 32 KB */
    if (late || (s.frame.doubt && encoding != RFB_ENC_ZLIBHEX))
        fail_msg("encoding %d, seed %d: never well again", encoding, seed);
    if (strict && right < NB_RECTS / 3)
        fail_msg("seed %d: only %d of %d rectangles are right", seed, right, NB_RECTS - DAMAGED);
    server_end(&server);
    session_end(&s);
}

static void damaged(void **state)
{
    for (int seed = 0; seed < 12; seed++) {
        session(RFB_ENC_ZLIB, seed, 0, 1);
        session(RFB_ENC_TIGHT, seed, 0, 1);
        session(RFB_ENC_ZRLE, seed, 0, 0);
        session(RFB_ENC_ZLIBHEX, seed, 0, 1);
    }
}

static void left_out(void **state)
{
    for (int seed = 0; seed < 12; seed++) {
        session(RFB_ENC_ZLIB, seed, 1 + seed % 5, 1);
        session(RFB_ENC_TIGHT, seed, 1 + seed % 5, 1);
        session(RFB_ENC_ZRLE, seed, 1 + seed % 5, 0);
        session(RFB_ENC_ZLIBHEX, seed, 1 + seed % 5, 1);
    }
}

/** What repeats bytes of the lost rectangle stays black, and no more than that. */
static void only_what_is_lost(void **state)
{
    uint8_t first[3 * W * H / 2], second[3 * W * H / 2];
    Server server;
    Session s;

    server_begin(&server, RFB_ENC_TIGHT, 1);
    session_begin(&s, W, H, &bgrx);
    pixels(&server, first,  W * H / 2, 0);
    pixels(&server, second, W * H / 2, 0);
    for (int i = 0; i < 3; i++) {
        uint8_t rgb[3 * W * H];
        Bytes b = { 0 };
        size_t data;

        /* two known halves, then one of a lost picture and one from before it */
        memcpy(rgb, i == 1 ? second : first, sizeof(first));
        memcpy(rgb + sizeof(first), i == 0 ? first : second, sizeof(first));
        put_update(&b, 1);
        put_rect(&b, 0, 0, W, H, RFB_ENC_TIGHT);
        data = put_body(&server, &b, rgb, W, H);
        if (i == 1)
            b.data[data] = 7;
        assert_int_equal(paint(&s, &b), i > 0);
        if (i == 1)
            ff_rfb_fill(&s.frame, 0, 0, W, H, 0);
        bytes_free(&b);
    }
    assert_string_equal(s.frame.error.what, "needs data that was lost, pixels");
    assert_int_equal(s.frame.error.value, W * H / 2);
    for (int i = 0; i < W * H / 2; i++) {
        uint32_t rgb = AV_RB24(first + 3 * i);

        assert_int_equal(pixel_at(&s, i % W, i / W), rgb);
        assert_int_equal(pixel_at(&s, i % W, H / 2 + i / W), 0);
    }
    server_end(&server);
    session_end(&s);
}

/** Blocks that do not begin at bytes: nothing can be read before a new stream begins. */
static void without_flush(void **state)
{
    uint32_t before[W * H];
    Server server;
    Session s;

    server_begin(&server, RFB_ENC_ZLIB, 3);
    server.flush = Z_PARTIAL_FLUSH;
    session_begin(&s, W, H, &bgrx);
    for (int i = 0; i < 40; i++) {
        Bytes b = { 0 };
        RFBRect r;
        size_t data = update(&server, &b, &r, 1);

        if (i == DAMAGED)
            b.data[data] = 7;
        keep(&s, before);
        assert_int_equal(paint(&s, &b), i >= DAMAGED);
        for (int j = 0; j < W * H && i > DAMAGED; j++)
            assert_int_equal(pixel_at(&s, j % W, j / W), before[j]);
        bytes_free(&b);
    }
    server_end(&server);
    session_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damaged),
        cmocka_unit_test(left_out),
        cmocka_unit_test(only_what_is_lost),
        cmocka_unit_test(without_flush),
    };

    return cmocka_run_group_tests_name("repair", tests, NULL, NULL);
}
