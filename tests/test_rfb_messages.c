/*
 * Server messages, pseudo-encodings, key updates and damage of RFB, on bytes
 * written by hand after RFC 6143 and rfbproto.rst
 */

#include "rfbtest.h"

/** What does not paint is skipped, and what stands behind it is not touched. */
static void messages(void **state)
{
    static const struct {
        const char *name;
        uint8_t bytes[40];
        int size;
    } cases[] = {
        { "SetColourMapEntries", { 1, 0, U16(3), U16(2), U16(1), U16(2), U16(3), U16(4), U16(5),
                                   U16(6) }, 18 },
        { "SetColourMapEntries of none", { 1, 0, U16(3), U16(0) }, 6 },
        { "Bell", { 2 }, 1 },
        { "ServerCutText", { 3, 0, 0, 0, U32(3), 'a', 'b', 'c' }, 11 },
        { "ServerCutText, empty", { 3, 0, 0, 0, U32(0) }, 8 },
        { "ServerCutText, extended clipboard", { 3, 0, 0, 0, U32(-4), 1, 0, 0, 1 }, 12 },
        { "FileTransfer, protocol version", { 7, 17, U16(4), U32(32768), U32(0) }, 12 },
        { "FileTransfer, data", { 7, 5, U16(0), U32(1), U32(3), 1, 2, 3 }, 15 },
        { "FileTransfer, a file's head", { 7, 4, U16(0), U32(9), U32(3), 'a', '.', 'b', U32(0) },
          19 },
        { "FileTransfer, empty packet", { 7, 5, U16(0), U32(2), U32(8192) }, 12 },
        { "TextChat", { 11, 0, 0, 0, U32(2), 'h', 'i' }, 10 },
        { "TextChat, open", { 11, 0, 0, 0, U32(-1) }, 8 },
        { "TextChat, finished", { 11, 0, 0, 0, U32(-3) }, 8 },
        { "KeepAlive", { 13 }, 1 },
        { "RequestSession", { 20 }, 1 },
        { "NotifyPluginStreaming", { 80, 0, U16(0) }, 4 },
        { "EndOfContinuousUpdates", { 150 }, 1 },
        { "neatvnc NTP", { 160, 0, 0, 0, U32(1), U32(2), U32(3), U32(4) }, 20 },
        { "ServerState", { 173, 0, 0, 0, U32(1), U32(2) }, 12 },
        { "ServerFence", { 248, 0, 0, 0, U32(0x80000001), 3, 9, 9, 9 }, 12 },
        { "ServerFence, empty", { 248, 0, 0, 0, U32(1), 0 }, 9 },
        { "xvp", { 250, 0, 1, 1 }, 4 },
        { "MonitorInfo", { 252, 2, 0, 0 }, 4 },
        { "GII, big-endian", { 253, 0x81, U16(4), 1, 2, 3, 4 }, 8 },
        { "GII, little-endian", { 253, 0x01, 4, 0, 1, 2, 3, 4 }, 8 },
        { "QEMU audio end", { 255, 1, U16(0) }, 4 },
        { "QEMU audio begin", { 255, 1, U16(1) }, 4 },
        { "QEMU audio data", { 255, 1, U16(2), U32(5), 1, 2, 3, 4, 5 }, 13 },
    };

    for (int i = 0; i < FF_ARRAY_ELEMS(cases); i++) {
        uint8_t more[42] = { 0 };
        RFBParser p;
        Session s;

        print_message("# %s\n", cases[i].name);
        session_begin(&s, 3, 1, &bgrx);
        memcpy(more, cases[i].bytes, cases[i].size);
        p = s.walk;
        assert_int_equal(avpriv_rfb_parse(&p, NULL, more, cases[i].size + 2), cases[i].size);
        play(&s, cases[i].bytes, cases[i].size);
        assert_int_equal(s.walk.type, cases[i].bytes[0]);
        play(&s, BYTES(UPDATE(1), RECT(1, 0, 1, 1, RFB_ENC_RAW), RED));
        expect(&s, ".r.");
        session_end(&s);
    }
}

static void broken_messages(void **state)
{
    Session s;

    session_begin(&s, 3, 1, &bgrx);
    assert_int_equal(play_broken(&s, BYTES(77, 1, 2, 3)), 0);
    play_broken(&s, BYTES(255, 9, 0, 0));
    play_broken(&s, BYTES(252, 0, 1, 3));
    /* nobody waits for two gigabytes of text */
    play_broken(&s, BYTES(3, 0, 0, 0, U32(0x7FFFFFFF)));
    play_broken(&s, BYTES(3, 0, 0, 0, U32(0x80000000)));
    session_end(&s);
}

/** What changes the size from outside of an update. */
static void resizing_messages(void **state)
{
    Session s;

    session_begin(&s, 2, 1, &bgrx);
    play(&s, BYTES(UPDATE(1), RECT(0, 0, 2, 1, RFB_ENC_RAW), RED, GREEN));
    play(&s, BYTES(4, 0, U16(3), U16(2)));
    expect(&s, "rg."
               "...");
    play(&s, BYTES(15, 0, U16(9), U16(9), U16(1), U16(2), U16(0)));
    expect(&s, "r"
               ".");
    assert_int_equal(s.walk.width, 1);
    assert_int_equal(s.walk.height, 2);
    session_end(&s);
}

static void last_rect(void **state)
{
    Session s;

    session_begin(&s, 3, 1, &bgrx);
    play(&s, BYTES(UPDATE(0xFFFF), RECT(0, 0, 1, 1, RFB_ENC_RAW), RED,
                   RECT(0, 0, 0, 0, RFB_ENC_LAST_RECT)));
    assert_int_equal(s.walk.nb_rects, 1);
    /* it ends updates of a count given, too */
    play(&s, BYTES(UPDATE(3), RECT(0, 0, 0, 0, RFB_ENC_LAST_RECT)));
    assert_int_equal(s.walk.nb_rects, 0);
    play(&s, BYTES(UPDATE(1), RECT(2, 0, 1, 1, RFB_ENC_RAW), BLUE));
    expect(&s, "r.b");
    session_end(&s);
}

/** What both sizes have stays. */
static void desktop_size(void **state)
{
    Session s;

    session_begin(&s, 2, 2, &bgrx);
    play(&s, BYTES(UPDATE(2), RECT(0, 0, 2, 2, RFB_ENC_RAW), RED, GREEN, BLUE, WHITE,
                   RECT(0, 0, 3, 1, RFB_ENC_DESKTOP_SIZE)));
    expect(&s, "rg.");
    play(&s, BYTES(UPDATE(2), RECT(0, 0, 1, 3, RFB_ENC_DESKTOP_SIZE),
                   RECT(0, 2, 1, 1, RFB_ENC_RAW), WHITE));
    expect(&s, "r"
               "."
               "w");
    assert_int_equal(s.walk.width, 1);
    assert_int_equal(s.walk.height, 3);
    play_broken(&s, BYTES(UPDATE(1), RECT(0, 0, 65535, 65535, RFB_ENC_DESKTOP_SIZE)));
    session_end(&s);
}

#define SCREEN(id, w, h) U32(id), U16(0), U16(0), U16(w), U16(h), U32(0)

/** x is the reason, y the outcome: 1 with an outcome of not 0 is a client's request refused. */
static void extended_desktop_size(void **state)
{
    Session s;

    session_begin(&s, 2, 1, &bgrx);
    play(&s, BYTES(UPDATE(1), RECT(0, 0, 2, 1, RFB_ENC_RAW), RED, GREEN));
    play(&s, BYTES(UPDATE(1), RECT(0, 0, 3, 1, RFB_ENC_EXTENDED_DESKTOP_SIZE), 1, 0, 0, 0,
                   SCREEN(0, 3, 1)));
    expect(&s, "rg.");
    play(&s, BYTES(UPDATE(1), RECT(1, 3, 9, 9, RFB_ENC_EXTENDED_DESKTOP_SIZE), 1, 0, 0, 0,
                   SCREEN(7, 9, 9)));
    expect(&s, "rg.");
    play(&s, BYTES(UPDATE(1), RECT(1, 0, 1, 1, RFB_ENC_EXTENDED_DESKTOP_SIZE), 1, 0, 0, 0,
                   SCREEN(7, 1, 1)));
    expect(&s, "r");
    play(&s, BYTES(UPDATE(1), RECT(2, 0, 2, 2, RFB_ENC_EXTENDED_DESKTOP_SIZE), 2, 0, 0, 0,
                   SCREEN(1, 1, 2), SCREEN(2, 1, 2)));
    expect(&s, "r."
               "..");
    session_end(&s);
}

static const struct {
    int32_t encoding;
    int w, size;
} others[] = {
    { RFB_ENC_QEMU_POINTER_MOTION, 0, 0 },  { RFB_ENC_QEMU_KEY_EVENT, 0, 0 },
    { RFB_ENC_QEMU_AUDIO, 0, 0 },           { RFB_ENC_QEMU_LED_STATE, 0, 1 },
    { RFB_ENC_XVP, 0, 0 },                  { RFB_ENC_FENCE, 0, 0 },
    { RFB_ENC_CONTINUOUS_UPDATES, 0, 0 },   { RFB_ENC_EXTENDED_MOUSE, 0, 0 },
    { RFB_ENC_VMWARE_CURSOR_STATE, 0, 2 },  { RFB_ENC_VMWARE_CURSOR_POS, 0, 0 },
    { RFB_ENC_VMWARE_KEY_REPEAT, 0, 10 },   { RFB_ENC_VMWARE_LED_STATE, 0, 4 },
    { RFB_ENC_VMWARE_VM_STATE, 0, 2 },      { RFB_ENC_POINTER_POS, 0, 0 },
    { RFB_ENC_KEYBOARD_LED_STATE, 0, 0 },   { RFB_ENC_SUPPORTED_MESSAGES, 64, 64 },
    { RFB_ENC_GII, 0, 0 },                  { RFB_ENC_PTS, 0, 8 },
    { RFB_ENC_SUPPORTED_ENCODINGS, 12, 12 }, { RFB_ENC_SERVER_IDENTITY, 21, 21 },
};

/** Pseudo-encodings of which only the length matters. */
static void pseudo_encodings(void **state)
{
    for (int i = 0; i < FF_ARRAY_ELEMS(others); i++) {
        Bytes b = { 0 };
        Session s;

        session_begin(&s, 2, 1, &bgrx);
        put_update(&b, 2);
        put_rect(&b, 0, 0, others[i].w, others[i].w / 7, others[i].encoding);
        memset(bytes_room(&b, others[i].size), 0, others[i].size);
        put(&b, BYTES(RECT(1, 0, 1, 1, RFB_ENC_RAW), RED));
        play_bytes(&s, &b);
        expect(&s, ".r");
        session_end(&s);
    }
}

static void desktop_name(void **state)
{
    Session s;

    session_begin(&s, 2, 1, &bgrx);
    play(&s, BYTES(UPDATE(2), RECT(0, 0, 0, 0, RFB_ENC_DESKTOP_NAME), U32(4), 'n', 'a', 'm', 'e',
                   RECT(0, 0, 1, 1, RFB_ENC_RAW), GREEN));
    expect(&s, "g.");
    /* UltraVNC's ExtViewSize */
    play(&s, BYTES(UPDATE(2), RECT(0, 0, 2, 1, RFB_ENC_DESKTOP_NAME),
                   RECT(1, 0, 1, 1, RFB_ENC_RAW), RED));
    expect(&s, "gr");
    play_broken(&s, BYTES(UPDATE(1), RECT(0, 0, 0, 0, RFB_ENC_DESKTOP_NAME), U32(0xFFFFFFFF)));
    session_end(&s);
}

static void expect_cursor(const Session *s, int w, int h, int hot_x, int hot_y,
                          const uint32_t *argb)
{
    const RFBCursor *c = &s->frame.cursor;

    assert_int_equal(c->w, w);
    assert_int_equal(c->h, h);
    assert_int_equal(c->hot_x, hot_x);
    assert_int_equal(c->hot_y, hot_y);
    for (int i = 0; i < w * h; i++)
        assert_int_equal(c->argb[i], argb[i]);
}

#define ARGB(...) (const uint32_t[]){ __VA_ARGS__ }

/** A line of the mask is whole bytes, the highest bit first. Nothing is painted. */
static void cursor(void **state)
{
    Session s;

    session_begin(&s, 3, 1, &bgrx);
    play(&s, BYTES(UPDATE(1), RECT(1, 0, 2, 2, RFB_ENC_CURSOR), RED, GREEN, BLUE, WHITE,
                   0x80, 0x40));
    expect_cursor(&s, 2, 2, 1, 0, ARGB(0xFFFF0000, 0, 0, 0xFFFFFFFF));
    expect(&s, "...");
    play(&s, BYTES(UPDATE(1), RECT(0, 0, 9, 1, RFB_ENC_CURSOR), RED, RED, RED, RED, RED, RED, RED,
                   RED, BLUE, 0x01, 0x80));
    expect_cursor(&s, 9, 1, 0, 0, ARGB(0, 0, 0, 0, 0, 0, 0, 0xFFFF0000, 0xFF0000FF));
    play(&s, BYTES(UPDATE(1), RECT(0, 0, 0, 0, RFB_ENC_CURSOR)));
    expect_cursor(&s, 0, 0, 0, 0, NULL);
    session_end(&s);
}

/** Two colours, a bitmap and a mask; a cursor without pixels has none of these. */
static void xcursor(void **state)
{
    Session s;

    session_begin(&s, 3, 1, &bgrx);
    play(&s, BYTES(UPDATE(1), RECT(2, 1, 3, 2, RFB_ENC_XCURSOR), 255, 0, 0, 0, 0, 255,
                   0xA0, 0x40, 0xE0, 0x60));
    expect_cursor(&s, 3, 2, 2, 1, ARGB(0xFFFF0000, 0xFF0000FF, 0xFFFF0000,
                                       0, 0xFFFF0000, 0xFF0000FF));
    play(&s, BYTES(UPDATE(2), RECT(0, 0, 0, 0, RFB_ENC_XCURSOR),
                   RECT(0, 0, 1, 1, RFB_ENC_RAW), GREEN));
    expect_cursor(&s, 0, 0, 0, 0, NULL);
    expect(&s, "g..");
    session_end(&s);
}

static void cursor_with_alpha(void **state)
{
    Session s;

    session_begin(&s, 3, 1, &bgrx);
    play(&s, BYTES(UPDATE(1), RECT(0, 1, 2, 1, RFB_ENC_CURSOR_WITH_ALPHA), U32(RFB_ENC_RAW),
                   1, 2, 3, 128, 0, 0, 0, 0));
    expect_cursor(&s, 2, 1, 0, 1, ARGB(0x80010203, 0));
    session_end(&s);
}

/** Type 0: AND mask, then XOR mask; type 1: blue, green, red, alpha. */
static void vmware_cursor(void **state)
{
    Session s;

    session_begin(&s, 3, 1, &bgrx);
    play(&s, BYTES(UPDATE(1), RECT(1, 1, 2, 1, RFB_ENC_VMWARE_CURSOR), 0, 0,
                   0, 0, 0, 0, WHITE, RED, BLACK));
    expect_cursor(&s, 2, 1, 1, 1, ARGB(0xFFFF0000, 0));
    play(&s, BYTES(UPDATE(1), RECT(0, 0, 1, 1, RFB_ENC_VMWARE_CURSOR), 1, 0, 3, 2, 1, 128));
    expect_cursor(&s, 1, 1, 0, 0, ARGB(0x80010203));
    session_end(&s);
}

static void pointer_position(void **state)
{
    Session s;

    session_begin(&s, 9, 9, &bgrx);
    play(&s, BYTES(UPDATE(1), RECT(5, 6, 0, 0, RFB_ENC_POINTER_POS)));
    assert_int_equal(s.frame.cursor.x, 5);
    assert_int_equal(s.frame.cursor.y, 6);
    play(&s, BYTES(UPDATE(1), RECT(7, 8, 0, 0, RFB_ENC_VMWARE_CURSOR_POS)));
    assert_int_equal(s.frame.cursor.x, 7);
    assert_int_equal(s.frame.cursor.y, 8);
    session_end(&s);
}

/** A map of 16 bits a channel; entry 255 is the last. */
static void colour_map(void **state)
{
    static const RFBPixelFormat map = { 8, 8, 0, 0 };
    Session s;

    session_begin(&s, 3, 1, &map);
    play(&s, BYTES(UPDATE(1), RECT(0, 0, 3, 1, RFB_ENC_RAW), 0, 254, 255));
    expect_colour(&s, 1, 0, 1, 1, 254);
    play(&s, BYTES(1, 0, U16(254), U16(2), U16(0xABCD), U16(0x1234), U16(0xFF00),
                   U16(0), U16(0xFFFF), U16(0x8000)));
    assert_int_equal(s.frame.palette[254], 0xFFAB12FF);
    assert_int_equal(s.frame.palette[255], 0xFF00FF80);
    assert_int_equal(s.frame.palette[0], 0xFF000000);
    assert_true(s.frame.palette_changed);
    /* entries that no pixel can name */
    play_damaged(&s, BYTES(1, 0, U16(255), U16(2), U16(0x0100), U16(0), U16(0), U16(1), U16(1),
                           U16(1)));
    assert_int_equal(s.frame.palette[255], 0xFF010000);
    session_end(&s);
}

/** WMVi brings a new pixel format. */
static void display_mode(void **state)
{
    Session s;

    session_begin(&s, 2, 1, &bgrx);
    play(&s, BYTES(UPDATE(2), RECT(0, 0, 3, 1, RFB_ENC_VMWARE_DISPLAY_MODE),
                   16, 16, 1, 1, U16(31), U16(63), U16(31), 11, 5, 0, 0, 0, 0,
                   RECT(0, 0, 3, 1, RFB_ENC_RAW), 0xF8, 0x00, 0x07, 0xE0, 0x00, 0x1F));
    expect(&s, "rgb");
    session_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages),
        cmocka_unit_test(broken_messages),
        cmocka_unit_test(resizing_messages),
        cmocka_unit_test(last_rect),
        cmocka_unit_test(desktop_size),
        cmocka_unit_test(extended_desktop_size),
        cmocka_unit_test(pseudo_encodings),
        cmocka_unit_test(desktop_name),
        cmocka_unit_test(cursor),
        cmocka_unit_test(xcursor),
        cmocka_unit_test(cursor_with_alpha),
        cmocka_unit_test(vmware_cursor),
        cmocka_unit_test(pointer_position),
        cmocka_unit_test(colour_map),
        cmocka_unit_test(display_mode),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
