/*
 * RFB: differences between the places where these files are built
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
 * The same sources build inside FFmpeg trees of several releases, as a plugin
 * and in tools. Core files need only the first part, the glue all of it.
 */

#ifndef AVCODEC_RFB_COMPAT_H
#define AVCODEC_RFB_COMPAT_H

#include "libavutil/avconfig.h"

#ifdef HAVE_AV_CONFIG_H
#include "config.h"
#endif

#ifndef CONFIG_LIBTURBOJPEG
#define CONFIG_LIBTURBOJPEG 0
#endif

#ifndef CONFIG_LIBISAL
#define CONFIG_LIBISAL 0
#endif

#ifndef CONFIG_LIBZSTD
#define CONFIG_LIBZSTD 0
#endif

#ifndef CONFIG_LZMA
#define CONFIG_LZMA 0
#endif

/* ---- the rest is for glue only ---- */

/** The codec's identifier, the same wherever it is built. */
#ifndef RFB_CODEC_ID
#define RFB_CODEC_ID 0xFB52
#endif

#ifdef HAVE_AV_CONFIG_H
#include "libavutil/version.h"
#include "libavcodec/version.h"

/** Whether frames can tell what is new in them: AV_FRAME_DATA_VIDEO_HINT. */
#define RFB_HAVE_HINTS (LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(59, 39, 100))

#if LIBAVCODEC_VERSION_MAJOR < 60
#define RFB_LONG_NAME(text) .p.long_name = NULL_IF_CONFIG_SMALL(text)
#define RFB_CAP_THREADSAFE  FF_CODEC_CAP_INIT_THREADSAFE
#else
#define RFB_LONG_NAME(text) CODEC_LONG_NAME(text)
#define RFB_CAP_THREADSAFE  0
#endif

#if LIBAVUTIL_VERSION_MAJOR < 59
#define RFB_UNIT(name) name
#else
#define RFB_UNIT(name) .unit = name
#endif

#endif /* HAVE_AV_CONFIG_H */

#endif /* AVCODEC_RFB_COMPAT_H */
