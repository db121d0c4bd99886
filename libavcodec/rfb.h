/*
 * RFB (remote framebuffer, VNC) protocol
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

/**
 * @file
 * The grammar of what an RFB server sends, as described in RFC 6143 and in
 * the community's rfbproto.rst ("the specification" in these sources).
 *
 * One grammar serves everybody: with a NULL frame it only finds out where
 * elements end (demuxers, recorders), with a frame it also paints (decoder).
 * Nothing in here logs. A parser belongs to one thread at a time.
 */

#ifndef AVCODEC_RFB_H
#define AVCODEC_RFB_H

#include <stddef.h>
#include <stdint.h>

/** Frames of more pixels are refused unless the user says otherwise. */
#define RFB_MAX_PIXELS (64 << 20)

/** Bytes of a PIXEL_FORMAT (RFC 6143, 7.4) and of a ServerInit up to the name. */
#define RFB_PIXEL_FORMAT_SIZE 16
#define RFB_SERVER_INIT_SIZE  24

/** Server to client messages (RFC 6143, 7.6, and the specification). */
enum RFBServerMessage {
    RFB_MSG_FRAMEBUFFER_UPDATE        = 0,
    RFB_MSG_SET_COLOUR_MAP_ENTRIES    = 1,
    RFB_MSG_BELL                      = 2,
    RFB_MSG_SERVER_CUT_TEXT           = 3,
    RFB_MSG_RESIZE_FRAME_BUFFER       = 4,
    RFB_MSG_FILE_TRANSFER             = 7,
    RFB_MSG_TEXT_CHAT                 = 11,
    RFB_MSG_KEEP_ALIVE                = 13,
    RFB_MSG_PALM_RESIZE_FRAME_BUFFER  = 15,
    RFB_MSG_REQUEST_SESSION           = 20,
    RFB_MSG_PLUGIN_STREAMING          = 80,
    RFB_MSG_END_OF_CONTINUOUS_UPDATES = 150,
    RFB_MSG_NTP                       = 160,
    RFB_MSG_SERVER_STATE              = 173,
    RFB_MSG_SERVER_FENCE              = 248,
    RFB_MSG_XVP                       = 250,
    RFB_MSG_MONITOR_INFO              = 252,
    RFB_MSG_GII                       = 253,
    RFB_MSG_QEMU                      = 255,
};

/** Rectangle encodings and pseudo-encodings (the specification, "Encodings"). */
enum RFBEncoding {
    RFB_ENC_RAW                   = 0,
    RFB_ENC_COPY_RECT             = 1,
    RFB_ENC_RRE                   = 2,
    RFB_ENC_CORRE                 = 4,
    RFB_ENC_HEXTILE               = 5,
    RFB_ENC_ZLIB                  = 6,
    RFB_ENC_TIGHT                 = 7,
    RFB_ENC_ZLIBHEX               = 8,
    RFB_ENC_ULTRA                 = 9,
    RFB_ENC_ULTRA2                = 10,
    RFB_ENC_TRLE                  = 15,
    RFB_ENC_ZRLE                  = 16,
    RFB_ENC_ZYWRLE                = 17,
    RFB_ENC_XZ                    = 18,
    RFB_ENC_XZYW                  = 19,
    RFB_ENC_JPEG                  = 21,
    RFB_ENC_ZSTD                  = 25,
    RFB_ENC_TIGHT_ZSTD            = 26,
    RFB_ENC_ZSTDHEX               = 27,
    RFB_ENC_ZSTDRLE               = 28,
    RFB_ENC_ZSTDYWRLE             = 29,
    RFB_ENC_OPEN_H264             = 50,
    RFB_ENC_ATEN_AST2100          = 87,
    RFB_ENC_ATEN_ASTJPEG          = 88,
    RFB_ENC_ATEN_HERMON           = 89,
    RFB_ENC_ATEN_YARKON           = 96,
    RFB_ENC_ATEN_PILOT3           = 97,
    RFB_ENC_DESKTOP_SIZE          = -223,
    RFB_ENC_LAST_RECT             = -224,
    RFB_ENC_POINTER_POS           = -232,
    RFB_ENC_CURSOR                = -239,
    RFB_ENC_XCURSOR               = -240,
    RFB_ENC_QEMU_POINTER_MOTION   = -257,
    RFB_ENC_QEMU_KEY_EVENT        = -258,
    RFB_ENC_QEMU_AUDIO            = -259,
    RFB_ENC_TIGHT_PNG             = -260,
    RFB_ENC_QEMU_LED_STATE        = -261,
    RFB_ENC_GII                   = -305,
    RFB_ENC_DESKTOP_NAME          = -307,
    RFB_ENC_EXTENDED_DESKTOP_SIZE = -308,
    RFB_ENC_XVP                   = -309,
    RFB_ENC_FENCE                 = -312,
    RFB_ENC_CONTINUOUS_UPDATES    = -313,
    RFB_ENC_CURSOR_WITH_ALPHA     = -314,
    RFB_ENC_EXTENDED_MOUSE        = -316,
    RFB_ENC_TIGHT_WITHOUT_ZLIB    = -317,
    RFB_ENC_PTS                   = -1000,
    RFB_ENC_VMWARE_CURSOR         = 0x574d5664,
    RFB_ENC_VMWARE_CURSOR_STATE   = 0x574d5665,
    RFB_ENC_VMWARE_CURSOR_POS     = 0x574d5666,
    RFB_ENC_VMWARE_KEY_REPEAT     = 0x574d5667,
    RFB_ENC_VMWARE_LED_STATE      = 0x574d5668,
    RFB_ENC_VMWARE_DISPLAY_MODE   = 0x574d5669,
    RFB_ENC_VMWARE_VM_STATE       = 0x574d566a,
    RFB_ENC_CACHE                 = -65536,      ///< UltraVNC's, 0xFFFF0000
    RFB_ENC_XOR_ZLIB              = -65534,
    RFB_ENC_XOR_MONO_COLOR_ZLIB   = -65533,
    RFB_ENC_XOR_MULTI_COLOR_ZLIB  = -65532,
    RFB_ENC_SOLID_COLOR           = -65531,
    RFB_ENC_CACHE_ZIP             = -65529,
    RFB_ENC_QUEUE_ZIP             = -65528,
    RFB_ENC_ULTRA_ZIP             = -65527,
    RFB_ENC_QUEUE_ZSTD            = -65526,
    RFB_ENC_KEYBOARD_LED_STATE    = -131072,     ///< 0xFFFE0000
    RFB_ENC_SUPPORTED_MESSAGES    = -131071,
    RFB_ENC_SUPPORTED_ENCODINGS   = -131070,
    RFB_ENC_SERVER_IDENTITY       = -131069,
};

/** Streams whose history goes on from rectangle to rectangle, as a bit mask. */
enum RFBHistory {
    RFB_STREAM_TIGHT       = 1 << 0,            ///< and the next three bits
    RFB_STREAM_ZLIB        = 1 << 4,
    RFB_STREAM_ZRLE        = 1 << 5,            ///< also ZYWRLE
    RFB_STREAM_ZLIBHEX_RAW = 1 << 6,
    RFB_STREAM_ZLIBHEX_HEX = 1 << 7,
    RFB_STREAM_QUANT       = 1 << 16,           ///< JPEG: four quantization tables
    RFB_STREAM_HUFFMAN     = 1 << 20,           ///< four Huffman tables for DC, four for AC
    RFB_STREAM_CURSOR      = 1 << 28,           ///< the cursor's shape
    RFB_STREAM_POINTER     = 1 << 29,           ///< its position
    RFB_STREAM_COLOUR_MAP  = 1 << 30,
    RFB_STREAM_XZ          = INT32_MIN,         ///< the highest bit
};

/** What the stream does not tell and a decoder has options for, as bits; the last one says
 *  that messages are those of a dialect (see RFBParser.aten). */
enum { RFB_BY_ZYWRLE_LEVEL = 1, RFB_BY_CACHE = 2, RFB_BY_DIALECT = 4 };

/** Numbers of the compressed streams: UltraVNC's Zstd encodings have one for each of
 *  zlib, and its XZ and XZYW share one. */
#define RFB_ZSTD_STREAMS    8
#define RFB_XZ_STREAM       16
#define RFB_NB_ZLIB_STREAMS 17

/** PIXEL_FORMAT: how the server lays out a pixel (RFC 6143, 7.4). */
typedef struct RFBPixelFormat {
    uint8_t  bits_per_pixel;    ///< 8, 16 or 32
    uint8_t  depth;             ///< useful bits of these
    uint8_t  big_endian;
    uint8_t  true_colour;       ///< 0: pixels are indices of a colour map
    uint16_t max[3];            ///< of red, green, blue
    uint8_t  shift[3];
    uint8_t  unused;            ///< 0, since formats are compared as bytes
} RFBPixelFormat;

/** Position and size in pixels, and the number of the encoding. */
typedef struct RFBRect {
    int x, y, w, h;
    int32_t encoding;
} RFBRect;

/** What was wrong, and where. The texts are constants. */
typedef struct RFBError {
    const char *what;       ///< "Tight filter"; NULL: nothing was wrong
    const char *name;       ///< name of the encoding or message it was met in
    int64_t value;          ///< the number that was wrong
    size_t offset;          ///< byte offset from the start of the message
} RFBError;

/** Bounded list of the parts of the frame that an update has not painted. */
typedef struct RFBCoverage {
    int nb;                 ///< rectangles in use; 0: all is painted
    int overflow;           ///< too many: counts as not painted
    struct { int x0, y0, x1, y1; } rect[128];
} RFBCoverage;

/** Decoders of H.264 that a session has at a time. */
#define RFB_MAX_CONTEXTS 64

/** Rectangles that have an H.264 decoder, the oldest first. */
typedef struct RFBContexts {
    int nb;
    struct {
        uint16_t x, y, w, h;
        uint8_t number;     ///< of the decoder, below RFB_MAX_CONTEXTS
        uint8_t fresh;      ///< it begins in this message
    } context[RFB_MAX_CONTEXTS];
} RFBContexts;

/**
 * State of the grammar. Set up by avpriv_rfb_parser_init(), holds no memory.
 *
 * The first part is what the lengths of later elements depend on, the second
 * describes the message being parsed and holds good until the next one.
 */
typedef struct RFBParser {
    RFBPixelFormat pf;
    int width, height;      ///< of the framebuffer, in pixels
    int64_t max_pixels;     ///< larger framebuffers are an error
    unsigned live;          ///< streams (RFBHistory) that have a history
    RFBContexts contexts;   ///< the same for H.264
    int aten;               ///< the server speaks Aten's dialect
    int by_option;          ///< what was painted depends on how the user set up the decoder

    int type;               ///< message type, -1 before its first byte
    size_t pos;             ///< bytes of the message that are parsed for good
    size_t need;            ///< after AVERROR(EAGAIN): the message has at least so many bytes
    int rects_left;         ///< rectangles not parsed yet
    int nb_rects;           ///< rectangles parsed, without LastRect
    unsigned fresh;         ///< streams whose history begins in this message
    int depends;            ///< something older than this message is needed
    int nb_formats;         ///< changes of the pixel format in it
    int64_t cut_text_size;  ///< bytes of ServerCutText's text
    size_t name_pos;        ///< where in the update a DesktopName's text is, 0: nowhere
    size_t name_size;       ///< its bytes
    size_t mark;            ///< while walking: bytes up to the end of a line of tiles,
    int mark_y;             ///< which line that is, 0: none yet
    int mark_state;         ///< and what the encoding needs to go on there
    int by_rects;           ///< set by who walks and wants to stop before every rectangle:
                            ///< AVERROR(EAGAIN) with need == pos
    size_t stopped;         ///< where it did last
    int no_todo;            ///< set by who walks and does not look at todo, which saves time
    RFBCoverage todo;       ///< what this update has left unpainted
    RFBError error;         ///< why the last call failed
} RFBParser;

struct RFBFrame;

/**
 * @return 0, or AVERROR_INVALIDDATA if no server can mean that format
 *         (then pf is still filled)
 */
int avpriv_rfb_pixel_format_read(RFBPixelFormat *pf, const uint8_t *buf);

/** Write RFB_PIXEL_FORMAT_SIZE bytes. */
void avpriv_rfb_pixel_format_write(const RFBPixelFormat *pf, uint8_t *buf);

/**
 * Read a name such as "bgrx8888", "rgb565le", "bgr233" or "map8".
 * @return 0 or AVERROR(EINVAL)
 */
int avpriv_rfb_pixel_format_parse(RFBPixelFormat *pf, const char *name);

/** Bytes of one pixel as it stands in a Raw rectangle. */
static inline int ff_rfb_pixel_size(const RFBPixelFormat *pf)
{
    return pf->bits_per_pixel >> 3;
}

/**
 * Begin a session.
 * @param server_init  ServerInit without the name, RFB_SERVER_INIT_SIZE bytes
 * @param max_pixels   0 for RFB_MAX_PIXELS
 * @return 0 or AVERROR_INVALIDDATA with p->error set
 */
int avpriv_rfb_parser_init(RFBParser *p, const uint8_t *server_init,
                           int64_t max_pixels);

/**
 * Parse, and with a frame paint, one server message.
 *
 * Who walks may call again after AVERROR(EAGAIN) with the same bytes and more
 * behind them; the parser remembers the rectangles that are behind it, and does
 * not look again at what is before pos. Who paints has to bring whole messages:
 * of one that is cut short, a part is painted, and the histories of its streams
 * are spoilt.
 *
 * @param frame NULL to walk only
 * @param buf   the message from its first byte, and whatever follows it
 * @return bytes of the message (> 0), AVERROR(EAGAIN) when it is not complete,
 *         AVERROR_INVALIDDATA when it is broken or its length cannot be known
 *         (p->error tells), AVERROR(ENOMEM). Damage inside an element of known
 *         length is no error here: see ff_rfb_frame_error().
 */
int avpriv_rfb_parse(RFBParser *p, struct RFBFrame *frame,
                     const uint8_t *buf, size_t size);

/** Forget a message that was parsed in part; the session goes on. */
void avpriv_rfb_parser_restart(RFBParser *p);

/**
 * Whether the update just parsed can be decoded, and decoding go on from it,
 * without anything that came before it but the frame's size and pixel format.
 * In a colour map session an update is no key once entries were set.
 */
int avpriv_rfb_parser_is_key(const RFBParser *p);

/** @return a constant text, "unknown" if there is no such encoding */
const char *avpriv_rfb_encoding_name(int32_t encoding);

/**
 * The number of an encoding of pictures, by its name in any case.
 * @return 0 or AVERROR(EINVAL)
 */
int avpriv_rfb_encoding_number(const char *name, int32_t *number);

/** What the handshake in a recording says. */
typedef struct RFBPrologue {
    int minor;                  ///< protocol version 3.minor as written
    int security_type;          ///< 1 None, 2 VNC authentication, 0 not known
    int server_init;            ///< byte offset of the ServerInit
    uint32_t name_size;         ///< bytes of the desktop's name, which ends the prologue
} RFBPrologue;

/**
 * Find the ServerInit in a recorded handshake, in any of the forms that
 * recorders are known to write: 3.3, 3.7 and 3.8, with or without security
 * types, VNC authentication's challenge and the SecurityResult.
 *
 * @param buf  the bytes from "RFB 003.00x\n" on
 * @return bytes up to the end of the desktop's name (> 0), AVERROR(EAGAIN)
 *         (*need says how many bytes to bring), or AVERROR_INVALIDDATA
 */
int avpriv_rfb_prologue(RFBPrologue *pro, const uint8_t *buf, size_t size,
                        size_t *need);

#endif /* AVCODEC_RFB_H */
