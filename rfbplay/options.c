/*
 * rfbplay: the table of options
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

#include <stdio.h>
#include <string.h>

#include "options.h"

#define OFFSET(field) offsetof(PlayOptions, field)
#define MOST 2147483647.0
#define GROUP(text) { .name = text, .type = OPT_GROUP }
#define T PLAY_CMD_TRANSCODE
#define S PLAY_CMD_SERVE
#define I PLAY_CMD_INFO
#define N PLAY_CMD_SNAPSHOT
#define X PLAY_CMD_INDEX
#define READ PLAY_CMD_READ

const PlayOptions play_not_given = {
    .start    = -1,
    .end      = -1,
    .duration = -1,
    .crf      = -1,
    .time     = -1,
};

/** Two numbers as in 640x480. @return whether they are, and nothing else */
static int read_pair(int *n, const char *text)
{
    int used = 0;

    return sscanf(text, "%6dx%6d%n", &n[0], &n[1], &used) == 2 && !text[used] &&
           n[0] <= 65535 && n[1] <= 65535;
}

static const char *read_size(void *dst, const char *text)
{
    int n[2];

    if (!read_pair(n, text) || n[0] < 1 || n[1] < 1)
        return "no size such as 1024x768";
    memcpy(dst, n, sizeof(n));
    return NULL;
}

static const char *read_scale(void *dst, const char *text)
{
    int n[2];

    if (!read_pair(n, text) || !n[0] || !n[1] || n[0] < -1 || n[1] < -1 || (n[0] < 0 && n[1] < 0))
        return "no size such as 1024x768, 640x-1 or -1x480";
    memcpy(dst, n, sizeof(n));
    return NULL;
}

static const char *read_box(void *dst, const char *text)
{
    int n[4], used = 0;

    if (sscanf(text, "%5dx%5d+%5d+%5d%n", &n[0], &n[1], &n[2], &n[3], &used) != 4 || text[used] ||
        n[0] < 1 || n[1] < 1 || n[2] < 0 || n[3] < 0)
        return "no part of a screen such as 640x480+100+50";
    memcpy(dst, n, sizeof(n));
    return NULL;
}

static const char *const on_resize[] = { "canvas", "scale", "split", NULL };

const Option play_options[] = {
    GROUP("What to encode"),
    { "start", 0, OPT_TIME, OFFSET(start), "TIME", NULL,
      "Begin at this time of the recording. Times are seconds (90, 12.5), 1:30, 1:02:03.5 or "
      "1h2m3s",
      .commands = T },
    { "end", 0, OPT_TIME, OFFSET(end), "TIME", NULL,
      "End at this time of the recording",
      .commands = T },
    { "duration", 0, OPT_TIME, OFFSET(duration), "TIME", NULL,
      "Take so much of the recording",
      .commands = T },
    { "speed", 0, OPT_NUMBER, OFFSET(speed), "X", "1",
      "Play X times as fast: 2 halves the time, 0.5 doubles it", 0.01, 1000,
      .commands = T },
    { "max-gap", 0, OPT_TIME, OFFSET(max_gap), "TIME", NULL,
      "Shorten times in which nothing happens to at most this",
      .commands = T | S },
    { "no-cursor", 0, OPT_FLAG, OFFSET(no_cursor), NULL, NULL,
      "Leave out the mouse pointer",
      .commands = T | S | N },

    GROUP("Pictures"),
    { "crop", 0, OPT_PARSE, OFFSET(crop_w), "WxH+X+Y", NULL,
      "Show this part of the screen only",
      .commands = T | N, .parse = read_box },
    { "scale", 0, OPT_PARSE, OFFSET(scale_w), "WxH", NULL,
      "Scale to this size. -1 for one of them keeps the aspect",
      .commands = T | N, .parse = read_scale },
    { "on-resize", 0, OPT_CHOICE, OFFSET(on_resize), "HOW", "canvas",
      "When the recorded desktop changes its size: canvas shows all sizes unscaled on a picture "
      "of the largest one; scale fits them into the first size without distortion; split begins "
      "another file, OUT-2 and so on",
      .commands = T, .choices = on_resize },
    { "max-fps", 0, OPT_INT, OFFSET(max_fps), "N", "30",
      "At most so many pictures a second; what comes faster is merged. 0: every update is a "
      "picture", 0, 1000,
      .commands = T | S },
    { "fps", 0, OPT_NUMBER, OFFSET(fps), "N", NULL,
      "Constant frame rate, as some video editors want it. By default every picture has its "
      "recorded time and lasts until the next", 0.01, 1000,
      .commands = T },

    GROUP("Encoding"),
    { "format", 'f', OPT_TEXT, OFFSET(format), "NAME", NULL,
      "Container, where OUT's name does not tell it: mp4, mkv, webm, mov, gif, avi, mjpeg, apng, "
      "png",
      .commands = T | N },
    { "codec", 'c', OPT_TEXT, OFFSET(codec), "NAME", NULL,
      "Video codec or encoder by FFmpeg's name: h264, hevc, vp9, av1, ffv1, libx264rgb and so on",
      .commands = T },
    { "crf", 0, OPT_NUMBER, OFFSET(crf), "N", NULL,
      "Quality, smaller is better. The scale is the codec's", 0, 63,
      .commands = T },
    { "preset", 0, OPT_TEXT, OFFSET(preset), "NAME", NULL,
      "Speed of the encoder by its own names, such as ultrafast to veryslow",
      .commands = T },
    { "tune", 0, OPT_TEXT, OFFSET(tune), "NAME", NULL,
      "What the encoder is tuned for, by its own names",
      .commands = T },
    { "bitrate", 'b', OPT_COUNT, OFFSET(bitrate), "BITS", NULL,
      "Bits a second to aim at instead of a quality: 800k, 2M", 1000, 1e12,
      .commands = T },
    { "lossless", 0, OPT_FLAG, OFFSET(lossless), NULL, NULL,
      "Every pixel exactly as it was on the screen",
      .commands = T },
    { "pix-fmt", 0, OPT_TEXT, OFFSET(pix_fmt), "NAME", NULL,
      "Pixel format: yuv420p plays everywhere, yuv444p keeps coloured text sharp",
      .commands = T },
    { "threads", 0, OPT_INT, OFFSET(threads), "N", NULL,
      "Threads of each encoder; 0, the default: as many as are of use", 0, 64,
      .commands = T },

    GROUP("Reading recordings"),
    { "pixel-format", 0, OPT_TEXT, OFFSET(pixel_format), "NAME", NULL,
      "Pixel format of the recorded bytes, where the recorder did not note the one in use: "
      "bgrx8888, rgb565le, ..., or auto",
      .commands = READ },
    { "video-size", 0, OPT_PARSE, OFFSET(video_width), "WxH", NULL,
      "Desktop size, for recordings that do not tell it",
      .commands = READ, .parse = read_size },
    { "zywrle-level", 0, OPT_INT, OFFSET(zywrle_level), "1-3", "1",
      "Wavelet level of ZYWRLE, which recordings do not tell", 1, 3,
      .commands = READ },
    { "max-pixels", 0, OPT_COUNT, OFFSET(max_pixels), "N", NULL,
      "Refuse desktops of more pixels; without it, of more than 64M", 1, MOST,
      .commands = READ },

    GROUP("Indices"),
    { "index", 0, OPT_TEXT, OFFSET(index), "FILE", NULL,
      "Use this index of the recording; none: do without. Without this, the one that `rfbplay index` "
      "has made is used",
      .commands = T | I | N },
    { "cache-dir", 0, OPT_TEXT, OFFSET(cache_dir), "DIR", NULL,
      "Keep indices of recordings in DIR. Without it they are beside the recordings, and where "
      "nothing can be written there, in $XDG_CACHE_HOME/rfbplay",
      .commands = READ },
    { "every", 0, OPT_TIME, OFFSET(every), "TIME", NULL,
      "Put resume points at such distances; without it they are as dense as decoding takes time",
      .commands = X },
    { "force", 0, OPT_FLAG, OFFSET(force), NULL, NULL,
      "Make an index that is there and good anew",
      .commands = X },

    GROUP("Serving"),
    { "port", 'p', OPT_INT, OFFSET(port), "N", "9004",
      "Port to listen on. 0 takes any that is free", 0, 65535,
      .commands = S },
    { "bind", 0, OPT_TEXT, OFFSET(bind), "ADDRESS", NULL,
      "Address to listen on; * for all. Without it, nobody but this machine is served",
      .commands = S },
    { "auth", 0, OPT_TEXT, OFFSET(auth), "USER:FILE", NULL,
      "Ask for this user and the password that is the first line of FILE",
      .commands = S },
    { "token", 0, OPT_TEXT, OFFSET(token), "FILE", NULL,
      "Ask for the token that is the first line of FILE: as ?token=TOKEN in the first URL, or as "
      "a header, Authorization: Bearer TOKEN",
      .commands = S },
    { "tls-cert", 0, OPT_TEXT, OFFSET(tls_cert), "FILE", NULL,
      "Serve https with this certificate (PEM, with the chain behind it)",
      .commands = S },
    { "tls-key", 0, OPT_TEXT, OFFSET(tls_key), "FILE", NULL,
      "Its private key (PEM)",
      .commands = S },
    { "quality", 0, OPT_INT, OFFSET(quality), "N", "80",
      "JPEG quality of streams, 1 to 100; from 90 on colours keep their full resolution", 1, 100,
      .commands = S },
    { "max-connections", 0, OPT_INT, OFFSET(max_connections), "N", "1000",
      "So many connections at once", 1, 60000,
      .commands = S },
    { "max-per-client", 0, OPT_INT, OFFSET(max_per_client), "N", "200",
      "So many connections of one address. 0: no limit", 0, 60000,
      .commands = S },
    { "max-streams", 0, OPT_INT, OFFSET(max_streams), "N", "64",
      "Play so many recordings at once, each for any number of viewers", 1, 1000,
      .commands = S },
    { "max-downloads", 0, OPT_INT, OFFSET(max_downloads), "N", "2",
      "Make so many videos at once", 0, 64,
      .commands = S },
    { "port-file", 0, OPT_TEXT, OFFSET(port_file), "FILE", NULL,
      "Write the number of the port to FILE once connections are taken",
      .commands = S },

    GROUP("Running"),
    { "yes", 'y', OPT_FLAG, OFFSET(overwrite), NULL, NULL,
      "Replace files that are there",
      .commands = T | N },
    { "no", 'n', OPT_FLAG, OFFSET(overwrite), NULL, NULL,
      "Never replace a file, and do not ask",
      .commands = T | N, .set = -1 },
    { "jobs", 'j', OPT_INT, OFFSET(jobs), "N", "1",
      "Of several recordings, so many at once", 1, 64,
      .commands = T },
    { "keep-partial", 0, OPT_FLAG, OFFSET(keep_partial), NULL, NULL,
      "When interrupted, keep what was made as a file that plays",
      .commands = T },
    { "progress", 0, OPT_TEXT, OFFSET(progress), "FILE|fd:N", NULL,
      "Write the progress as key=value lines for programs; each report ends with "
      "progress=continue or progress=end",
      .commands = T },
    { "time", 't', OPT_TIME, OFFSET(time), "TIME", NULL,
      "The time of the recording to make a picture of; without it, the end",
      .commands = N },
    { "json", 0, OPT_FLAG, OFFSET(json), NULL, NULL,
      "Print JSON",
      .commands = I },
    { "quiet", 'q', OPT_FLAG, OFFSET(quiet), NULL, NULL,
      "Print nothing but errors",
      .commands = READ },
    { "verbose", 'v', OPT_FLAG, OFFSET(verbose), NULL, NULL,
      "Print more",
      .commands = READ },
    { .name = NULL },
};
