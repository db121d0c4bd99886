/*
 * RFB plugin for stock FFmpeg: what its two halves know of each other
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
 * libfbs-ffmpeg.so is preloaded into a program. It knows no FFmpeg: it answers
 * some of the program's look-ups and passes all others on (preload.c, lookup.c).
 * Where the program has FFmpeg's libraries in it, it loads the module that was
 * built for exactly these, libfbs-ffmpeg-MAJOR.MINOR.so of libavformat, which
 * has the decoder and the formats in it (module.c and the rest).
 *
 * So a program without FFmpeg gets nothing but a few pages that are never read,
 * and a missing symbol is an error message instead of the program's death.
 */

#ifndef FBS_PLUGIN_H
#define FBS_PLUGIN_H

#include <stddef.h>

struct AVClass;
struct AVCodec;
struct AVCodecContext;
struct AVCodecDescriptor;
struct AVDictionary;

/** Changes with what follows, so that halves of different builds part in peace. */
#define FBS_MODULE_ABI 1

/** The module's only exported symbol, an FBSModule. */
#define FBS_MODULE_SYMBOL "fbs_ffmpeg_module"

typedef int (*FBSOpen)(struct AVCodecContext *, const struct AVCodec *, struct AVDictionary **);
typedef void (*FBSString)(char *, int, struct AVCodecContext *, int);

typedef struct FBSModule {
    unsigned abi;               ///< FBS_MODULE_ABI
    /** Versions of the headers that it was built with, as avutil_version() counts. */
    unsigned avutil, avcodec, avformat;
    int id;                     ///< of the codec
    const char *name;           ///< of the codec and its decoder

    /**
     * Look whether the libraries are laid out as their headers say, and get ready.
     * @param why says what is wrong, in words that follow "since"
     * @return 0, or -1 if the module must not be used
     */
    int (*begin)(char *why, size_t size);

    const struct AVCodec *(*decoder)(void);
    const struct AVCodecDescriptor *(*descriptor)(void);

    /** The class of AVCodecContext, with the decoder's options among its children's. */
    const struct AVClass *(*codec_class)(const struct AVClass *real);

    /** As avcodec_open2(), which is given as real, also for the decoder. */
    int (*open)(struct AVCodecContext *avctx, const struct AVCodec *codec,
                struct AVDictionary **options, FBSOpen real);

    /** As avcodec_string(), which is given as real, also for our codec. */
    void (*string)(char *buf, int size, struct AVCodecContext *avctx, int encode, FBSString real);

    /** Ending with NULL. */
    const void *const *muxers, *const *demuxers;
} FBSModule;

#endif /* FBS_PLUGIN_H */
