/*
 * RFB plugin for stock FFmpeg: look-ups
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
 * For the preloaded half only: the real prototypes are in FFmpeg's headers,
 * which it does not know. Enumerations are passed as integers.
 */

#ifndef FBS_LOOKUP_H
#define FBS_LOOKUP_H

#include "plugin.h"

/** The functions that are answered or passed on. Rows: name, return type, arguments. */
#define FBS_LOOKUPS(X)                                                                       \
    X(avcodec_find_decoder, const struct AVCodec *, (int id))                                \
    X(avcodec_find_decoder_by_name, const struct AVCodec *, (const char *name))              \
    X(av_codec_iterate, const struct AVCodec *, (void **opaque))                             \
    X(avcodec_descriptor_get, const struct AVCodecDescriptor *, (int id))                    \
    X(avcodec_descriptor_get_by_name, const struct AVCodecDescriptor *, (const char *name))  \
    X(avcodec_descriptor_next, const struct AVCodecDescriptor *,                             \
      (const struct AVCodecDescriptor *prev))                                                \
    X(avcodec_get_name, const char *, (int id))                                              \
    X(avcodec_get_type, int, (int id))                                                       \
    X(avcodec_get_class, const struct AVClass *, (void))                                     \
    X(avcodec_string, void, (char *buf, int size, struct AVCodecContext *avctx, int encode)) \
    X(avcodec_open2, int, (struct AVCodecContext *avctx, const struct AVCodec *codec,        \
                           struct AVDictionary **options))                                   \
    X(avpriv_register_devices, void, (const void *const *muxers, const void *const *demuxers))

#define FBS_NUMBER(function, type, arguments) FBS_##function,
enum { FBS_LOOKUPS(FBS_NUMBER) FBS_NB_LOOKUPS };
#undef FBS_NUMBER

#pragma GCC visibility push(default)
#define FBS_PROTOTYPE(function, type, arguments) type function arguments;
FBS_LOOKUPS(FBS_PROTOTYPE)
#undef FBS_PROTOTYPE
#pragma GCC visibility pop

/** The module in use, NULL before the program's own start and where there is none. */
const FBSModule *fbs_module(void);

/**
 * The function of that number as it would have been called without us.
 * @param caller an address in the code that calls it
 * @return NULL where there is none
 */
void *fbs_next(int function, void *caller);

#endif /* FBS_LOOKUP_H */
