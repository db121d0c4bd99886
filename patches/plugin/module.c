/*
 * RFB plugin for stock FFmpeg: the half for one release
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
 * Everything that depends on the release of FFmpeg: our decoder and formats as
 * they are everywhere, and what the plugin needs to give them to libraries that
 * were built without them.
 */

#include "module.h"

#include "libavformat/avformat.h"
#include "libavformat/rfbdemux.h"

#if LIBAVFORMAT_VERSION_MAJOR >= 60
#include "libavformat/mux.h"
#define OUTPUT_FORMAT FFOutputFormat
#else
#define OUTPUT_FORMAT AVOutputFormat
#endif

extern const RFB_INPUT_FORMAT ff_fbs_demuxer;
extern const RFB_INPUT_FORMAT ff_minimega_demuxer;
extern const RFB_INPUT_FORMAT ff_novnc_demuxer;
extern const RFB_INPUT_FORMAT ff_rbs_demuxer;
extern const RFB_INPUT_FORMAT ff_vnclog_demuxer;
extern const RFB_INPUT_FORMAT ff_vnc_demuxer;
extern const OUTPUT_FORMAT ff_fbs_muxer;

static const void *const demuxers[] = {
    &ff_fbs_demuxer, &ff_minimega_demuxer, &ff_novnc_demuxer, &ff_rbs_demuxer, &ff_vnc_demuxer,
    &ff_vnclog_demuxer, NULL,
};

static const void *const muxers[] = { &ff_fbs_muxer, NULL };

static int begin(char *why, size_t size)
{
    int ret = fbs_check_layouts(why, size);

    if (ret >= 0)
        fbs_decoder_begin();
    return ret;
}

__attribute__((visibility("default"))) const FBSModule fbs_ffmpeg_module = {
    .abi         = FBS_MODULE_ABI,
    .avutil      = LIBAVUTIL_VERSION_INT,
    .avcodec     = LIBAVCODEC_VERSION_INT,
    .avformat    = LIBAVFORMAT_VERSION_INT,
    .id          = RFB_CODEC_ID,
    .name        = "rfb",
    .begin       = begin,
    .decoder     = fbs_decoder,
    .descriptor  = fbs_descriptor,
    .codec_class = fbs_codec_class,
    .open        = fbs_open,
    .string      = fbs_string,
    .muxers      = muxers,
    .demuxers    = demuxers,
};
