/*
 * A random RFB server that keeps its own picture
 *
 * Written from the specification and sharing nothing with the grammar under
 * test but the numbers of the encodings: it says what a client must show.
 * The same seed gives the same session.
 */

#ifndef TESTS_RFBGEN_H
#define TESTS_RFBGEN_H

#include <stdint.h>

#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "libavcodec/rfb.h"
#include "bytes.h"

enum { GEN_MAX_WIDTH = 200, GEN_MAX_HEIGHT = 150 };

/** Encodings have numbers below this. */
enum { GEN_NB_ENCODINGS = 64 };

/** Tight's four streams, Zlib's, ZRLE's, and the two of ZlibHex. */
enum { GEN_ZLIB = 4, GEN_ZRLE, GEN_HEX_RAW, GEN_HEX, GEN_NB_STREAMS };

enum { GEN_MAX_CONTEXTS = 4 };

/** A rectangle with an H.264 decoder, and what that one shows. */
typedef struct GenContext {
    int x, y, w, h;
    int frame_num, idr_pic_id;
    uint8_t luma[GEN_MAX_WIDTH * GEN_MAX_HEIGHT];
} GenContext;

typedef struct RFBGen {
    uint32_t state;             ///< of the random numbers
    RFBPixelFormat pf;
    uint32_t used;              ///< bits of a pixel that mean something
    int width, height;
    uint32_t pixel[GEN_MAX_WIDTH * GEN_MAX_HEIGHT]; ///< as numbers, width to a line
    z_stream z[GEN_NB_STREAMS];
    ZSTD_CCtx *zstd[GEN_NB_STREAMS];
    int by_zstd;                ///< the encoding at work has these streams
    lzma_stream xz;             ///< no state: not in use yet
    int nb_listed;              ///< rectangles in lists, of this update
    int quantization[4], huffman[2]; ///< JPEG tables that were sent; 0: none
    GenContext context[GEN_MAX_CONTEXTS];
    int nb_contexts;
    int nb_rects[GEN_NB_ENCODINGS]; ///< of each encoding, for the curious
} RFBGen;

/** Pixels cut out of the picture, or a list of colours. */
typedef struct GenPixels {
    int w, h, n;
    uint32_t pixel[GEN_MAX_WIDTH * GEN_MAX_HEIGHT];
} GenPixels;

void gen_begin(RFBGen *g, uint32_t seed);

/** The same with a format and size of one's own. */
void gen_begin_as(RFBGen *g, uint32_t seed, const RFBPixelFormat *pf, int width, int height);
void gen_end(RFBGen *g);

/** ServerInit without the name. */
void gen_server_init(const RFBGen *g, uint8_t *buf);

/** Append a server message of any kind. @return its type */
int gen_message(RFBGen *g, Bytes *b);

/** What a client shows: 0xRRGGBB, or the index of the colour. */
uint32_t gen_shown(const RFBGen *g, int x, int y);

/* Between rfbgen.c and the encoders */

/** @return 0 to n - 1 */
unsigned gen_random(RFBGen *g, unsigned n);

/** Pixels as they stand in Raw, in TRLE and ZRLE, and in Tight. */
void gen_put_pixel(RFBGen *g, Bytes *b, uint32_t v);
void gen_put_cpixel(RFBGen *g, Bytes *b, uint32_t v);
void gen_put_tpixel(RFBGen *g, Bytes *b, uint32_t v);
int gen_tpixel_is_rgb(const RFBGen *g);

/** What data become in one of the streams. */
Bytes gen_deflated(RFBGen *g, int stream, const Bytes *data);

/** length(u32) and that */
void gen_put_deflated(RFBGen *g, Bytes *b, int stream, const Bytes *data);

/** The different colours in p. @return 0 if there are more than max */
int gen_colours(GenPixels *colours, const GenPixels *p, int max);
int gen_index(const GenPixels *colours, uint32_t v);

/** The body of a rectangle; nothing is written if the encoding cannot have these pixels. */
int gen_tight(RFBGen *g, Bytes *b, const GenPixels *p);
int gen_hextile(RFBGen *g, Bytes *b, const GenPixels *p, int zlibhex);
int gen_trle(RFBGen *g, Bytes *b, const GenPixels *p);
int gen_zrle(RFBGen *g, Bytes *b, const GenPixels *p);

/** The tiles of ZRLE, not compressed. */
void gen_put_tiles(RFBGen *g, Bytes *b, const GenPixels *p);

/**
 * The same with pixels of their own, which they put into p.
 * @param whole all tables are in the picture, and they are not for others
 */
int gen_jpeg(RFBGen *g, Bytes *b, GenPixels *p, int whole);
int gen_h264(RFBGen *g, Bytes *b, GenPixels *p, int x, int y);

/** Perhaps move a rectangle to where one of H.264 was. */
void gen_h264_place(RFBGen *g, int *x, int *y, int *w, int *h);

/** A rectangle that only ends all contexts. */
void gen_h264_control(RFBGen *g, Bytes *b);

/** Something new for a part of the screen, and put it there. */
void gen_scribble(RFBGen *g, GenPixels *p);
void gen_paste(RFBGen *g, const GenPixels *p, int x, int y);

/** UltraVNC's: what differs from the screen, if that is what the encoding does. */
void gen_ultra(RFBGen *g, Bytes *b, const GenPixels *p);
int gen_solid(RFBGen *g, Bytes *b, const GenPixels *p);
int gen_masked_zlib(RFBGen *g, Bytes *b, const GenPixels *p, int x, int y, int encoding);

/** A rectangle that holds others, small ones, with contents of their own. */
void gen_pack(RFBGen *g, Bytes *b);

/** A list of rectangles in UltraVNC's XZ. */
void gen_list(RFBGen *g, Bytes *b);

/** Aten's, which paint somewhere on the screen; nothing for colour maps. */
int gen_aten(RFBGen *g, Bytes *b);

/** Cut w * h pixels out of p. */
void gen_cut(GenPixels *dst, const uint32_t *src, int stride, int x, int y, int w, int h);

#endif /* TESTS_RFBGEN_H */
