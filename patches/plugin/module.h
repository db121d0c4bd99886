/*
 * RFB plugin for stock FFmpeg: inside the half for one release
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

#ifndef FBS_MODULE_H
#define FBS_MODULE_H

#include "libavcodec/avcodec.h"
#include "libavcodec/codec_desc.h"
#include "libavcodec/rfb_compat.h"
#include "plugin.h"

/** As FBSModule.begin. */
int fbs_check_layouts(char *why, size_t size);

/** Make the decoder ready for the following; before anything else calls them. */
void fbs_decoder_begin(void);

const AVCodec *fbs_decoder(void);
const AVCodecDescriptor *fbs_descriptor(void);
const AVClass *fbs_codec_class(const AVClass *real);
int fbs_open(AVCodecContext *avctx, const AVCodec *codec, AVDictionary **options, FBSOpen real);
void fbs_string(char *buf, int size, AVCodecContext *avctx, int encode, FBSString real);

#endif /* FBS_MODULE_H */
