/*
 * rfbplay: what is served for a path
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
 * The routes of the table in serve.c.
 */

#ifndef RFBPLAY_SERVEPAGES_H
#define RFBPLAY_SERVEPAGES_H

#include "http.h"

/** Directories and recordings below the directory that is served. */
PlayHttpResult play_page_path(PlayRequest *r);

/** Files of the web page: /.rfbplay/NAME. */
PlayHttpResult play_page_asset(PlayRequest *r);

PlayHttpResult play_page_health(PlayRequest *r);
PlayHttpResult play_page_metrics(PlayRequest *r);

/** /api/recordings and /api/recordings/PATH (api.c). */
PlayHttpResult play_page_api(PlayRequest *r);

/* Of a recording, r->fd, by the query: */

/** ?t=TIME, one exact picture (servepicture.c). */
PlayHttpResult play_page_picture(PlayRequest *r);

/** ?format=mp4 and so on, a video (servedownload.c). */
PlayHttpResult play_page_download(PlayRequest *r);

/** End all videos that are being made; their connections get an error. */
void play_downloads_stop(PlayServer *s);

/** ?raw, the file itself (serveraw.c). */
PlayHttpResult play_page_raw(PlayRequest *r);

/** Lead to r->path with something behind it, on this server whatever the path is. */
PlayHttpResult play_page_redirect(PlayRequest *r, unsigned status, const char *cookie,
                                  const char *tail);

/** Write a path as it stands in a URL. */
struct AVBPrint;
void play_page_url(struct AVBPrint *b, const char *path);

#endif /* RFBPLAY_SERVEPAGES_H */
