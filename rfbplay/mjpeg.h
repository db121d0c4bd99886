/*
 * rfbplay: streams of pictures
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
 * The response that a viewer gets. minimega's URLs: GET /path/rec.fbs is a
 * multipart/x-mixed-replace stream in real time. With `stream` in the query the
 * same pictures come with their times, as the page's player wants them; see
 * PLAY_PART_HEAD.
 */

#ifndef RFBPLAY_MJPEG_H
#define RFBPLAY_MJPEG_H

#include "http.h"

/** r->fd is a recording. */
PlayHttpResult play_mjpeg_serve(PlayRequest *r);

#endif /* RFBPLAY_MJPEG_H */
