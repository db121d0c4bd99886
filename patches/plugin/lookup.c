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
 * The functions that programs, and libavformat, call to find codecs. libavcodec
 * cannot be told of a new one, so these stand before its own: they answer for
 * ours and pass everything else on.
 */

#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "lookup.h"

/** av_codec_iterate()'s opaque once our decoder was given, which comes last. */
#define END ((void *)UINTPTR_MAX)

#define AVMEDIA_TYPE_UNKNOWN (-1)
#define AVMEDIA_TYPE_VIDEO     0

#define TYPE(function, type, arguments) typedef type (*Next_##function) arguments;
FBS_LOOKUPS(TYPE)
#undef TYPE

/** What was to be called, maybe NULL. */
#define NEXT(function) ((Next_##function)fbs_next(FBS_##function, __builtin_return_address(0)))

const struct AVCodec *avcodec_find_decoder(int id)
{
    const FBSModule *m = fbs_module();
    Next_avcodec_find_decoder next;

    if (m && id == m->id)
        return m->decoder();
    next = NEXT(avcodec_find_decoder);
    return next ? next(id) : NULL;
}

const struct AVCodec *avcodec_find_decoder_by_name(const char *name)
{
    const FBSModule *m = fbs_module();
    Next_avcodec_find_decoder_by_name next;

    if (m && name && !strcmp(name, m->name))
        return m->decoder();
    next = NEXT(avcodec_find_decoder_by_name);
    return next ? next(name) : NULL;
}

const struct AVCodec *av_codec_iterate(void **opaque)
{
    const FBSModule *m = fbs_module();
    Next_av_codec_iterate next = NEXT(av_codec_iterate);
    const struct AVCodec *codec;

    if (*opaque == END || !next)
        return NULL;
    if ((codec = next(opaque)) || !m)
        return codec;
    *opaque = END;
    return m->decoder();
}

const struct AVCodecDescriptor *avcodec_descriptor_get(int id)
{
    const FBSModule *m = fbs_module();
    Next_avcodec_descriptor_get next;

    if (m && id == m->id)
        return m->descriptor();
    next = NEXT(avcodec_descriptor_get);
    return next ? next(id) : NULL;
}

const struct AVCodecDescriptor *avcodec_descriptor_get_by_name(const char *name)
{
    const FBSModule *m = fbs_module();
    Next_avcodec_descriptor_get_by_name next;

    if (m && name && !strcmp(name, m->name))
        return m->descriptor();
    next = NEXT(avcodec_descriptor_get_by_name);
    return next ? next(name) : NULL;
}

const struct AVCodecDescriptor *avcodec_descriptor_next(const struct AVCodecDescriptor *prev)
{
    const FBSModule *m = fbs_module();
    Next_avcodec_descriptor_next next = NEXT(avcodec_descriptor_next);
    const struct AVCodecDescriptor *desc;

    if (!next || (m && prev == m->descriptor()))
        return NULL;
    desc = next(prev);
    return desc || !m ? desc : m->descriptor();
}

const char *avcodec_get_name(int id)
{
    const FBSModule *m = fbs_module();
    Next_avcodec_get_name next;

    if (m && id == m->id)
        return m->name;
    next = NEXT(avcodec_get_name);
    return next ? next(id) : "unknown_codec";
}

int avcodec_get_type(int id)
{
    const FBSModule *m = fbs_module();
    Next_avcodec_get_type next;

    if (m && id == m->id)
        return AVMEDIA_TYPE_VIDEO;
    next = NEXT(avcodec_get_type);
    return next ? next(id) : AVMEDIA_TYPE_UNKNOWN;
}

const struct AVClass *avcodec_get_class(void)
{
    const FBSModule *m = fbs_module();
    Next_avcodec_get_class next = NEXT(avcodec_get_class);
    const struct AVClass *real = next ? next() : NULL;

    return m && real ? m->codec_class(real) : real;
}

void avcodec_string(char *buf, int size, struct AVCodecContext *avctx, int encode)
{
    const FBSModule *m = fbs_module();
    Next_avcodec_string next = NEXT(avcodec_string);

    if (m && next)
        m->string(buf, size, avctx, encode, next);
    else if (next)
        next(buf, size, avctx, encode);
}

int avcodec_open2(struct AVCodecContext *avctx, const struct AVCodec *codec,
                  struct AVDictionary **options)
{
    const FBSModule *m = fbs_module();
    Next_avcodec_open2 next = NEXT(avcodec_open2);

    if (!next)
        return -1;
    return m ? m->open(avctx, codec, options, next) : next(avctx, codec, options);
}
