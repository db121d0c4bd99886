/*
 * RFB encodings
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

#include "libavutil/avstring.h"
#include "libavutil/common.h"
#include "libavutil/error.h"
#include "rfb_rect.h"

/* Encodings whose body is a number of bytes and says nothing about pixels. */

static int one_byte(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect)
{
    ff_rfb_take(r, 1);
    return 0;
}

static int two_bytes(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect)
{
    ff_rfb_take(r, 2);
    return 0;
}

static int four_bytes(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect)
{
    ff_rfb_take(r, 4);
    return 0;
}

static int eight_bytes(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect)
{
    ff_rfb_take(r, 8);
    return 0;
}

static int ten_bytes(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect)
{
    ff_rfb_take(r, 10);
    return 0;
}

/* libvncserver's SupportedMessages: 32 bytes of bits each way */
static int message_bits(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect)
{
    ff_rfb_take(r, 64);
    return 0;
}

/* libvncserver's SupportedEncodings and ServerIdentity: the width is a length */
static int width_bytes(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect)
{
    ff_rfb_take(r, rect->w);
    return 0;
}

/* The specification, "DesktopName": length(u32) name. UltraVNC uses the same
 * number for ExtViewSize, the part of the desktop to show; that has nothing in it. */
static int desktop_name(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect)
{
    uint32_t size;

    if (rect->w && rect->h)
        return 0;
    size = ff_rfb_u32(r);
    if (size > 1 << 16)
        return ff_rfb_grammar_error(p, r, "DesktopName length", size);
    p->name_pos  = r->ptr - r->start;
    p->name_size = size;
    ff_rfb_take(r, size);
    return 0;
}

static const RFBEncodingInfo encodings[] = {
    { RFB_ENC_TIGHT,                 RFB_RECT_PICTURE, ff_rfb_tight,        "Tight" },
    { RFB_ENC_ZRLE,                  RFB_RECT_PICTURE, ff_rfb_zrle,         "ZRLE" },
    { RFB_ENC_HEXTILE,               RFB_RECT_PICTURE, ff_rfb_hextile,      "Hextile" },
    { RFB_ENC_RAW,                   RFB_RECT_PICTURE, ff_rfb_raw,          "Raw" },
    { RFB_ENC_COPY_RECT,             RFB_RECT_COPY,    ff_rfb_copy_rect,    "CopyRect" },
    { RFB_ENC_RRE,                   RFB_RECT_PICTURE, ff_rfb_rre,          "RRE" },
    { RFB_ENC_CORRE,                 RFB_RECT_PICTURE, ff_rfb_rre,          "CoRRE" },
    { RFB_ENC_ZLIB,                  RFB_RECT_PICTURE, ff_rfb_zlib,         "Zlib" },
    { RFB_ENC_ZLIBHEX,               RFB_RECT_PICTURE, ff_rfb_hextile,      "ZlibHex" },
    { RFB_ENC_ULTRA,                 RFB_RECT_PICTURE, ff_rfb_ultra,        "Ultra" },
    { RFB_ENC_ULTRA2,                RFB_RECT_PICTURE, ff_rfb_ultra2,       "Ultra2" },
    { RFB_ENC_JPEG,                  RFB_RECT_PICTURE, ff_rfb_jpeg_rect,    "JPEG" },
    { RFB_ENC_ZSTD,                  RFB_RECT_PICTURE, ff_rfb_zlib,         "Zstd" },
    { RFB_ENC_TIGHT_ZSTD,            RFB_RECT_PICTURE, ff_rfb_tight,        "Tight Zstd" },
    { RFB_ENC_ZSTDHEX,               RFB_RECT_PICTURE, ff_rfb_hextile,      "ZstdHex" },
    { RFB_ENC_ZSTDRLE,               RFB_RECT_PICTURE, ff_rfb_zrle,         "ZSTDRLE" },
    { RFB_ENC_ZSTDYWRLE,             RFB_RECT_PICTURE, ff_rfb_zrle,         "ZSTDYWRLE" },
    { RFB_ENC_XZ,                    RFB_RECT_PSEUDO,  ff_rfb_xz,           "XZ" },
    { RFB_ENC_XZYW,                  RFB_RECT_PSEUDO,  ff_rfb_xz,           "XZYW" },
    { RFB_ENC_OPEN_H264,             RFB_RECT_MAYBE,   ff_rfb_open_h264,    "Open H.264" },
    { RFB_ENC_TRLE,                  RFB_RECT_PICTURE, ff_rfb_trle,         "TRLE" },
    { RFB_ENC_ZYWRLE,                RFB_RECT_PICTURE, ff_rfb_zrle,         "ZYWRLE" },
    { RFB_ENC_TIGHT_PNG,             RFB_RECT_PICTURE, ff_rfb_tight,        "TightPNG" },
    { RFB_ENC_CACHE,                 RFB_RECT_COPY,    ff_rfb_cache,        "Cache" },
    { RFB_ENC_XOR_ZLIB,              RFB_RECT_COPY,    ff_rfb_xor_zlib,     "XOR Zlib" },
    { RFB_ENC_XOR_MONO_COLOR_ZLIB,   RFB_RECT_PICTURE, ff_rfb_xor_zlib,     "XORMonoColor Zlib" },
    { RFB_ENC_XOR_MULTI_COLOR_ZLIB,  RFB_RECT_PICTURE, ff_rfb_xor_zlib,     "XORMultiColor Zlib" },
    { RFB_ENC_SOLID_COLOR,           RFB_RECT_PICTURE, ff_rfb_solid_color,  "SolidColor" },
    { RFB_ENC_CACHE_ZIP,             RFB_RECT_PSEUDO,  ff_rfb_cache_zip,    "CacheZip" },
    { RFB_ENC_QUEUE_ZIP,             RFB_RECT_PSEUDO,  ff_rfb_queue_zip,    "QueueZip" },
    { RFB_ENC_ULTRA_ZIP,             RFB_RECT_PSEUDO,  ff_rfb_ultra_zip,    "UltraZip" },
    { RFB_ENC_QUEUE_ZSTD,            RFB_RECT_PSEUDO,  ff_rfb_queue_zip,    "QueueZstd" },
    { RFB_ENC_ATEN_AST2100,          RFB_RECT_PSEUDO,  ff_rfb_aten,         "Aten AST2100" },
    { RFB_ENC_ATEN_ASTJPEG,          RFB_RECT_PSEUDO,  ff_rfb_aten,         "Aten ASTJPEG" },
    { RFB_ENC_ATEN_HERMON,           RFB_RECT_PSEUDO,  ff_rfb_aten,         "Aten Hermon" },
    { RFB_ENC_ATEN_YARKON,           RFB_RECT_PSEUDO,  ff_rfb_aten,         "Aten Yarkon" },
    { RFB_ENC_ATEN_PILOT3,           RFB_RECT_PSEUDO,  ff_rfb_aten,         "Aten Pilot3" },
    { RFB_ENC_LAST_RECT,             RFB_RECT_LAST,    NULL,                "LastRect" },
    { RFB_ENC_POINTER_POS,           RFB_RECT_PSEUDO,  ff_rfb_pointer_pos,  "PointerPos" },
    { RFB_ENC_CURSOR,                RFB_RECT_PSEUDO,  ff_rfb_cursor,       "Cursor" },
    { RFB_ENC_XCURSOR,               RFB_RECT_PSEUDO,  ff_rfb_xcursor,      "XCursor" },
    { RFB_ENC_CURSOR_WITH_ALPHA,     RFB_RECT_PSEUDO,  ff_rfb_alpha_cursor, "CursorWithAlpha" },
    { RFB_ENC_DESKTOP_SIZE,          RFB_RECT_PSEUDO,  ff_rfb_desktop_size, "DesktopSize" },
    { RFB_ENC_EXTENDED_DESKTOP_SIZE, RFB_RECT_PSEUDO,  ff_rfb_extended_desktop_size,
                                                                            "ExtendedDesktopSize" },
    { RFB_ENC_DESKTOP_NAME,          RFB_RECT_PSEUDO,  desktop_name,        "DesktopName" },
    { RFB_ENC_QEMU_POINTER_MOTION,   RFB_RECT_PSEUDO,  NULL,                "QEMU Pointer Motion Change" },
    { RFB_ENC_QEMU_KEY_EVENT,        RFB_RECT_PSEUDO,  NULL,                "QEMU Extended Key Event" },
    { RFB_ENC_QEMU_AUDIO,            RFB_RECT_PSEUDO,  NULL,                "QEMU Audio" },
    { RFB_ENC_QEMU_LED_STATE,        RFB_RECT_PSEUDO,  one_byte,            "QEMU LED State" },
    { RFB_ENC_GII,                   RFB_RECT_PSEUDO,  NULL,                "GII" },
    { RFB_ENC_XVP,                   RFB_RECT_PSEUDO,  NULL,                "xvp" },
    { RFB_ENC_FENCE,                 RFB_RECT_PSEUDO,  NULL,                "Fence" },
    { RFB_ENC_CONTINUOUS_UPDATES,    RFB_RECT_PSEUDO,  NULL,                "ContinuousUpdates" },
    { RFB_ENC_EXTENDED_MOUSE,        RFB_RECT_PSEUDO,  NULL,                "Extended Mouse Buttons" },
    { RFB_ENC_PTS,                   RFB_RECT_PSEUDO,  eight_bytes,         "neatvnc PTS" },
    { RFB_ENC_VMWARE_CURSOR,         RFB_RECT_PSEUDO,  ff_rfb_vmware_cursor, "VMware Cursor" },
    { RFB_ENC_VMWARE_CURSOR_STATE,   RFB_RECT_PSEUDO,  two_bytes,           "VMware Cursor State" },
    { RFB_ENC_VMWARE_CURSOR_POS,     RFB_RECT_PSEUDO,  ff_rfb_pointer_pos,  "VMware Cursor Position" },
    { RFB_ENC_VMWARE_KEY_REPEAT,     RFB_RECT_PSEUDO,  ten_bytes,           "VMware Key Repeat" },
    { RFB_ENC_VMWARE_LED_STATE,      RFB_RECT_PSEUDO,  four_bytes,          "VMware LED State" },
    { RFB_ENC_VMWARE_DISPLAY_MODE,   RFB_RECT_PSEUDO,  ff_rfb_display_mode, "VMware Display Mode Change" },
    { RFB_ENC_VMWARE_VM_STATE,       RFB_RECT_PSEUDO,  two_bytes,           "VMware Virtual Machine State" },
    { RFB_ENC_KEYBOARD_LED_STATE,    RFB_RECT_PSEUDO,  NULL,                "Keyboard LED State" },
    { RFB_ENC_SUPPORTED_MESSAGES,    RFB_RECT_PSEUDO,  message_bits,        "SupportedMessages" },
    { RFB_ENC_SUPPORTED_ENCODINGS,   RFB_RECT_PSEUDO,  width_bytes,         "SupportedEncodings" },
    { RFB_ENC_SERVER_IDENTITY,       RFB_RECT_PSEUDO,  width_bytes,         "ServerIdentity" },
};

/* Numbers that are in use but that we cannot read (the specification, "Encodings").
 * Those of hints are never a rectangle's. */
static const struct {
    int32_t first, last;
    const char *name;
} owners[] = {
    { 20,         20,         "H.264" },
    { 22,         22,         "JRLE" },
    { 1000,       1002,       "Apple" },
    { 1011,       1011,       "Apple" },
    { 1024,       1099,       "RealVNC" },
    { 1100,       1105,       "Apple" },
    { 0x48323634, 0x48323634, "VA H.264" },
    { 0x574d5600, 0x574d56ff, "VMware" },
    { -22,        -1,         "Tight's options" },
    { -32,        -23,        "JPEG Quality Level" },
    { -218,       -33,        "Tight's options" },
    { -222,       -219,       "libvncserver's old options" },
    { -238,       -225,       "Tight's options" },
    { -246,       -241,       "Tight's options" },
    { -256,       -247,       "Compression Level" },
    { -272,       -262,       "QEMU" },
    { -304,       -273,       "VMware" },
    { -306,       -306,       "popa" },
    { -310,       -310,       "OLIVE Call Control" },
    { -311,       -311,       "ClientRedirect" },
    { -512,       -412,       "JPEG Fine-Grained Quality Level" },
    { -528,       -523,       "Car Connectivity" },
    { -768,       -763,       "JPEG Subsampling Level" },
    { (int32_t)0xC0A1E5CE, (int32_t)0xC0A1E5CE, "Extended Clipboard" },
    { (int32_t)0xC0A1E5CF, (int32_t)0xC0A1E5CF, "PluginStreaming" },
    { (int32_t)0xFFFE0004, (int32_t)0xFFFE00FF, "libvncserver" },
    { (int32_t)0xFFFF0000, (int32_t)0xFFFF8007, "UltraVNC" },
};

const RFBEncodingInfo *ff_rfb_encoding_at(int i)
{
    return i < FF_ARRAY_ELEMS(encodings) ? &encodings[i] : NULL;
}

const RFBEncodingInfo *ff_rfb_encoding(int32_t number)
{
    for (int i = 0; i < FF_ARRAY_ELEMS(encodings); i++)
        if (encodings[i].number == number)
            return &encodings[i];
    return NULL;
}

const char *ff_rfb_encoding_owner(int32_t number)
{
    for (int i = 0; i < FF_ARRAY_ELEMS(owners); i++)
        if (number >= owners[i].first && number <= owners[i].last)
            return owners[i].name;
    return NULL;
}

const char *avpriv_rfb_encoding_name(int32_t encoding)
{
    const RFBEncodingInfo *info = ff_rfb_encoding(encoding);

    return info ? info->name : "unknown";
}

int avpriv_rfb_encoding_number(const char *name, int32_t *number)
{
    for (int i = 0; i < FF_ARRAY_ELEMS(encodings); i++)
        if (encodings[i].kind <= RFB_RECT_MAYBE && !av_strcasecmp(encodings[i].name, name)) {
            *number = encodings[i].number;
            return 0;
        }
    return AVERROR(EINVAL);
}
