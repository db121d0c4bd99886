/*
 * read packets of a recording or a VNC server
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
 * readpackets INPUT [SECONDS] - read packets, for the sanitizers to see
 *
 * Prints the number of packets, and titles when they change. Exit status 1 if
 * the input cannot be opened or ends with an error.
 */

#include <stdio.h>
#include <stdlib.h>

#include "libavformat/avformat.h"

int main(int argc, char **argv)
{
    AVFormatContext *s = NULL;
    AVDictionary *options = NULL;
    AVPacket *pkt = av_packet_alloc();
    double seconds = argc > 2 ? atof(argv[2]) : 5;
    int n = 0, ret;

    if (argc < 2 || !pkt)
        return 2;
    av_dict_set(&options, "rw_timeout", "1000000", 0);
    av_dict_set(&options, "heartbeat", "100", 0);
    av_dict_set(&options, "events", "1", 0);
    ret = avformat_open_input(&s, argv[1], NULL, &options);
    av_dict_free(&options);
    while (ret >= 0 && (ret = av_read_frame(s, pkt)) >= 0) {
        n++;
        if (s->event_flags & AVFMT_EVENT_FLAG_METADATA_UPDATED)
            printf("%s\n", av_dict_get(s->metadata, "title", NULL, 0)->value);
        s->event_flags &= ~AVFMT_EVENT_FLAG_METADATA_UPDATED;
        if (pkt->pts > seconds * 1000)
            break;
        av_packet_unref(pkt);
    }
    printf("%d packets\n", n);
    av_packet_free(&pkt);
    avformat_close_input(&s);
    return ret < 0 && ret != AVERROR_EOF;
}
