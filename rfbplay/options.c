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

#include "options.h"

#define OFFSET(field) offsetof(PlayOptions, field)
#define MOST 2147483647.0
#define HEADING(text) { .help = text }
#define T PLAY_CMD_TRANSCODE
#define S PLAY_CMD_SERVE
#define I PLAY_CMD_INFO
#define N PLAY_CMD_SNAPSHOT
#define READ PLAY_CMD_READ

const PlayOptions play_defaults = {
    .zywrle_level = 1,
    .cursor       = 1,
    .start        = -1,
    .end          = -1,
    .duration     = -1,
    .speed        = 1,
    .max_fps      = 30,
    .crf          = -1,
    .jobs         = 1,
    .time         = -1,
    .port            = 9004,
    .quality         = 80,
    .max_connections = 1000,
    .max_per_client  = 200,
    .max_streams     = 64,
    .max_downloads   = 2,
};

static const char *const on_resize[] = { "canvas", "scale", "split", NULL };

const PlayOption play_options[] = {
    HEADING("What to encode"),
    { "start", 0, PLAY_OPT_TIME, OFFSET(start), "TIME", T,
      "Begin at this time of the recording. Times are seconds (90, 12.5), 1:30, 1:02:03.5 or "
      "1h2m3s." },
    { "end", 0, PLAY_OPT_TIME, OFFSET(end), "TIME", T, "End at this time of the recording." },
    { "duration", 0, PLAY_OPT_TIME, OFFSET(duration), "TIME", T,
      "Take so much of the recording." },
    { "speed", 0, PLAY_OPT_REAL, OFFSET(speed), "X", T,
      "Play X times as fast: 2 halves the time, 0.5 doubles it.", 0.01, 1000 },
    { "max-gap", 0, PLAY_OPT_TIME, OFFSET(max_gap), "TIME", T | S,
      "Shorten times in which nothing happens to at most this." },
    { "no-cursor", 0, PLAY_OPT_FLAG, OFFSET(cursor), NULL, T | S | N,
      "Leave out the mouse pointer." },

    HEADING("Pictures"),
    { "crop", 0, PLAY_OPT_BOX, OFFSET(crop_w), "WxH+X+Y", T | N,
      "Show this part of the screen only." },
    { "scale", 0, PLAY_OPT_SIZE, OFFSET(scale_w), "WxH", T | N,
      "Scale to this size. -1 for one of them keeps the aspect.", -1, 65535 },
    { "on-resize", 0, PLAY_OPT_CHOICE, OFFSET(on_resize), "HOW", T,
      "When the recorded desktop changes its size: canvas (the default) shows all sizes unscaled "
      "on a picture of the largest one; scale fits them into the first size without distortion; "
      "split begins another file, OUT-2 and so on.", .choices = on_resize },
    { "max-fps", 0, PLAY_OPT_INT, OFFSET(max_fps), "N", T | S,
      "At most so many pictures a second; what comes faster is merged. 0: every update is a "
      "picture. The default is 30.", 0, 1000 },
    { "fps", 0, PLAY_OPT_REAL, OFFSET(fps), "N", T,
      "Constant frame rate, as some video editors want it. By default every picture has its "
      "recorded time and lasts until the next.", 0.01, 1000 },

    HEADING("Encoding"),
    { "format", 'f', PLAY_OPT_STRING, OFFSET(format), "NAME", T | N,
      "Container, where OUT's name does not tell it: mp4, mkv, webm, mov, gif, avi, mjpeg, "
      "apng, png." },
    { "codec", 'c', PLAY_OPT_STRING, OFFSET(codec), "NAME", T,
      "Video codec or encoder by FFmpeg's name: h264, hevc, vp9, av1, ffv1, libx264rgb, ..." },
    { "crf", 0, PLAY_OPT_REAL, OFFSET(crf), "N", T,
      "Quality, smaller is better. The scale is the codec's.", 0, 63 },
    { "preset", 0, PLAY_OPT_STRING, OFFSET(preset), "NAME", T,
      "Speed of the encoder by its own names, such as ultrafast to veryslow." },
    { "tune", 0, PLAY_OPT_STRING, OFFSET(tune), "NAME", T,
      "What the encoder is tuned for, by its own names." },
    { "bitrate", 'b', PLAY_OPT_COUNT, OFFSET(bitrate), "BITS", T,
      "Bits a second to aim at instead of a quality: 800k, 2M.", 1000, 1e12 },
    { "lossless", 0, PLAY_OPT_FLAG, OFFSET(lossless), NULL, T,
      "Every pixel exactly as it was on the screen.", .value = 1 },
    { "pix-fmt", 0, PLAY_OPT_STRING, OFFSET(pix_fmt), "NAME", T,
      "Pixel format: yuv420p plays everywhere, yuv444p keeps coloured text sharp." },
    { "threads", 0, PLAY_OPT_INT, OFFSET(threads), "N", T,
      "Threads of each encoder; 0, the default: as many as are of use.", 0, 64 },

    HEADING("Reading recordings"),
    { "pixel-format", 0, PLAY_OPT_STRING, OFFSET(pixel_format), "NAME", READ,
      "Pixel format of the recorded bytes, where the recorder did not note the one in use: "
      "bgrx8888, rgb565le, ..., or auto." },
    { "video-size", 0, PLAY_OPT_SIZE, OFFSET(video_width), "WxH", READ,
      "Desktop size, for recordings that do not tell it.", 1, 65535 },
    { "zywrle-level", 0, PLAY_OPT_INT, OFFSET(zywrle_level), "1-3", READ,
      "Wavelet level of ZYWRLE, which recordings do not tell. The default is 1.", 1, 3 },
    { "max-pixels", 0, PLAY_OPT_COUNT, OFFSET(max_pixels), "N", READ,
      "Refuse larger desktops. The default is 64M.", 1, MOST },

    HEADING("Serving"),
    { "port", 'p', PLAY_OPT_INT, OFFSET(port), "N", S,
      "Port to listen on. The default is 9004; 0 takes any that is free.", 0, 65535 },
    { "bind", 0, PLAY_OPT_STRING, OFFSET(bind), "ADDRESS", S,
      "Address to listen on; * for all. The default is 127.0.0.1: nobody but this machine." },
    { "auth", 0, PLAY_OPT_STRING, OFFSET(auth), "USER:FILE", S,
      "Ask for this user and the password that is the first line of FILE." },
    { "token", 0, PLAY_OPT_STRING, OFFSET(token), "FILE", S,
      "Ask for the token that is the first line of FILE: as ?token=TOKEN in the first URL, or as "
      "a header, Authorization: Bearer TOKEN." },
    { "tls-cert", 0, PLAY_OPT_STRING, OFFSET(tls_cert), "FILE", S,
      "Serve https with this certificate (PEM, with the chain behind it)." },
    { "tls-key", 0, PLAY_OPT_STRING, OFFSET(tls_key), "FILE", S, "Its private key (PEM)." },
    { "quality", 0, PLAY_OPT_INT, OFFSET(quality), "N", S,
      "JPEG quality of streams, 1 to 100; from 90 on colours keep their full resolution. The "
      "default is 80.", 1, 100 },
    { "max-connections", 0, PLAY_OPT_INT, OFFSET(max_connections), "N", S,
      "So many connections at once. The default is 1000.", 1, 60000 },
    { "max-per-client", 0, PLAY_OPT_INT, OFFSET(max_per_client), "N", S,
      "So many connections of one address. The default is 200; 0: no limit.", 0, 60000 },
    { "max-streams", 0, PLAY_OPT_INT, OFFSET(max_streams), "N", S,
      "Play so many recordings at once, each for any number of viewers. The default is 64.",
      1, 1000 },
    { "max-downloads", 0, PLAY_OPT_INT, OFFSET(max_downloads), "N", S,
      "Make so many videos at once. The default is 2.", 0, 64 },
    { "port-file", 0, PLAY_OPT_STRING, OFFSET(port_file), "FILE", S,
      "Write the number of the port to FILE once connections are taken." },

    HEADING("Running"),
    { "yes", 'y', PLAY_OPT_FLAG, OFFSET(overwrite), NULL, T | N,
      "Replace files that are there.", .value = 1 },
    { "no", 'n', PLAY_OPT_FLAG, OFFSET(overwrite), NULL, T | N,
      "Never replace a file, and do not ask.", .value = -1 },
    { "jobs", 'j', PLAY_OPT_INT, OFFSET(jobs), "N", T,
      "Of several recordings, so many at once.", 1, 64 },
    { "keep-partial", 0, PLAY_OPT_FLAG, OFFSET(keep_partial), NULL, T,
      "When interrupted, keep what was made as a file that plays.", .value = 1 },
    { "progress", 0, PLAY_OPT_STRING, OFFSET(progress), "FILE|fd:N", T,
      "Write the progress as key=value lines for programs; each report ends with "
      "progress=continue or progress=end." },
    { "time", 't', PLAY_OPT_TIME, OFFSET(time), "TIME", N,
      "The time of the recording to make a picture of; without it, the end." },
    { "json", 0, PLAY_OPT_FLAG, OFFSET(json), NULL, I, "Print JSON.", .value = 1 },
    { "quiet", 'q', PLAY_OPT_FLAG, OFFSET(quiet), NULL, READ,
      "Print nothing but errors.", .value = 1 },
    { "verbose", 'v', PLAY_OPT_FLAG, OFFSET(verbose), NULL, READ,
      "Print more.", .value = 1 },
    { .help = NULL },
};
