/*
 * VNC addresses and passwords
 *
 * This file is part of FFmpeg.
 *
 * FFmpeg is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * FFmpeg is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with FFmpeg; if not, write to the Free Software
 * Foundation, Inc., 51 Franklin Street, Fifth Floor, Boston, MA 02110-1301 USA
 */

#include <string.h>

#include "libavformat/vncaddress.h"
#include "libavformat/vncauth.h"
#include "libavutil/error.h"
#include "rfbtest.h"

static void addresses(void **state)
{
    static const struct { const char *text, *host; int port; } good[] = {
        { "vnc://example.org", "example.org", 5900 },
        { "vnc://example.org/", "example.org", 5900 },
        { "vnc://example.org:1", "example.org", 5901 },
        { "vnc://example.org:99", "example.org", 5999 },
        { "vnc://example.org:100", "example.org", 100 },
        { "vnc://example.org:5899", "example.org", 5899 },
        { "vnc://example.org:5900", "example.org", 5900 },
        { "vnc://example.org:65535", "example.org", 65535 },
        { "vnc://example.org::1", "example.org", 1 },
        { "vnc:example.org:2", "example.org", 5902 },
        { "10.0.0.1:3", "10.0.0.1", 5903 },
        { "vnc://[fe80::1%eth0]:1", "fe80::1%eth0", 5901 },
        { "[::1]", "::1", 5900 },
        { "[::1]::80", "::1", 80 },
        { ":7", "localhost", 5907 },
        { "::7000", "localhost", 7000 },
        { "", "localhost", 5900 },
        { "vnc://h:1?ConnectionName=a@b", "h", 5901 },
    };
    static const char *const bad[] = {
        "h:", "h:x", "h:1x", "h:-1", "h:65536", "h:4294967297", "h::", "h::0", "h::65536", "::1:1",
        "2001:db8::1", "[::1", "[]", "[::1]x", "u@h", "u:p@h:1", "h?VncPassword=x", "h?a=b&vncpassword=x",
    };
    VNCAddress a;
    char text[2048];

    for (int i = 0; i < sizeof(good) / sizeof(*good); i++) {
        assert_null(ff_vnc_address(&a, good[i].text));
        assert_string_equal(a.host, good[i].host);
        assert_int_equal(a.port, good[i].port);
        assert_string_equal(a.path, "");
    }
    for (int i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_non_null(ff_vnc_address(&a, bad[i]));
    assert_null(ff_vnc_address(&a, "vnc:///run/vnc:1@x"));
    assert_string_equal(a.path, "/run/vnc:1@x");
    assert_null(ff_vnc_address(&a, "unix:/run/vnc"));
    assert_string_equal(a.path, "/run/vnc");
    for (int n = 200; n < sizeof(text); n++) {
        memset(text, 'a', n);
        text[n] = 0;
        if (n > 255)
            assert_non_null(ff_vnc_address(&a, text));
        text[0] = '/';
        if (n > 255)
            assert_non_null(ff_vnc_address(&a, text));
        text[0] = '[';
        assert_non_null(ff_vnc_address(&a, text));
    }
}

static void responses(void **state)
{
    /* FIPS 81's example "Now is the time for all " under 0123456789ABCDEF, whose
     * bytes are reversed bit by bit here since VNC reverses them */
    static const uint8_t plain[] = "Now is the time for all ";
    static const uint8_t want[]  = { 0x3F, 0xA4, 0x0E, 0x8A, 0x98, 0x4D, 0x48, 0x15,
                                     0x6A, 0x27, 0x17, 0x87, 0xAB, 0x88, 0x83, 0xF9 };
    static const char key[]      = "\x80\xC4\xA2\xE6\x91\xD5\xB3\xF7 and what is too much";
    uint8_t got[VNC_CHALLENGE_SIZE];

    assert_int_equal(ff_vnc_response(got, plain, key), 0);
    assert_memory_equal(got, want, sizeof(want));
}

static void passwords(void **state)
{
    /* vncpasswd's file for "password", as books on security print it */
    static const uint8_t file[16] = { 0xDB, 0xD8, 0x3C, 0xFD, 0x72, 0x7A, 0x14, 0x58 };
    char password[VNC_MAX_PASSWORD];
    uint8_t long_line[VNC_MAX_PASSWORD];

    assert_int_equal(ff_vnc_password(password, file, 8), 0);
    assert_string_equal(password, "password");
    assert_int_equal(ff_vnc_password(password, file, 16), 0);
    assert_string_equal(password, "password");
    assert_int_equal(ff_vnc_password(password, (const uint8_t *)"eight ch", 8), 0);
    assert_string_equal(password, "eight ch");
    assert_int_equal(ff_vnc_password(password, (const uint8_t *)"seven c\nmore", 8), 0);
    assert_string_equal(password, "seven c");
    assert_int_equal(ff_vnc_password(password, (const uint8_t *)"a\r\nb", 4), 0);
    assert_string_equal(password, "a");
    assert_int_equal(ff_vnc_password(password, (const uint8_t *)"", 0), AVERROR_INVALIDDATA);
    assert_int_equal(ff_vnc_password(password, (const uint8_t *)"\n", 1), AVERROR_INVALIDDATA);
    memset(long_line, 'x', sizeof(long_line));
    assert_int_equal(ff_vnc_password(password, long_line, sizeof(long_line)), 0);
    assert_int_equal(strlen(password), VNC_MAX_PASSWORD - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses),
        cmocka_unit_test(responses),
        cmocka_unit_test(passwords),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
