#!/usr/bin/env python3
"""rfbplay: the videos that it makes.

Pictures and times are compared with the lists beside the recordings, which other decoders
made; files are judged by ffprobe and ffmpeg.
"""
import os
import subprocess
import sys
import tempfile

import recordings as rec
from rfbplay import (DRAG, FRAME, IDLE, RESIZE, PLAY, Runner, Video, end_of, first_difference, near, pictures,
                     play, psnr, sizes, wanted)


# --- pictures and times --------------------------------------------------------------------------

def check_lossless(path, folder):
    """Every picture of the recording, exactly and at its time."""
    out = f'{folder}/lossless.mkv'
    done = play('-y', '-q', '--lossless', '--no-cursor', '--max-fps', '0',
                *[o.replace('_', '-') for o in rec.options_for(path)], path, out)
    if done.returncode or done.stderr:
        yield f'exit status {done.returncode}: {done.stderr.decode()[:200]}'
        return
    difference = first_difference(pictures(out), wanted(path))
    if difference:
        yield difference
    if abs(Video(out).duration * 1000 - end_of(path)) > 1:
        yield f'{Video(out).duration} s, not {end_of(path)} ms'


CONTAINERS = {      # codec, pixel format, frames' times: as recorded, or in ticks of so many ms
    'mp4': ('h264', 'yuv420p', 1), 'mov': ('h264', 'yuv420p', 1), 'mkv': ('h264', 'yuv420p', 1),
    'webm': ('vp9', 'yuv420p', 1), 'avi': ('h264', 'yuv420p', 1000 / 30),
    'gif': ('gif', 'bgra', 10), 'apng': ('apng', 'rgb24', 1), 'nut': ('h264', 'yuv420p', 1),
}


def check_container(name, folder):
    codec, pix_fmt, tick = CONTAINERS[name]
    out, reference = f'{folder}/out.{name}', f'{folder}/reference.mkv'
    if not os.path.exists(reference):
        play('-q', '--lossless', '--no-cursor', '--max-fps', '0', DRAG, reference)
    done = play('-q', '-y', '--no-cursor', '--max-fps', '0', DRAG, out)
    if done.returncode or done.stderr:
        yield f'exit status {done.returncode}: {done.stderr.decode()[:200]}'
        return
    video = Video(out)
    if (video.codec_name, video.pix_fmt, video.size) != (codec, pix_fmt, (800, 600)):
        yield f'{video.codec_name} {video.pix_fmt} {video.size}'
    times = [round(t / tick) * tick for t, _ in wanted(DRAG)]
    got = pictures(out) if name == 'apng' else [(t, 0) for t in video.times]
    if name == 'avi':       # its gaps are filled with empty frames
        got = [(t, 0) for t, p in zip(video.times, video.packets) if int(p['size'])]
    worst = max((abs(t - w) for (t, _), w in zip(got, times)), default=0)
    if len(got) != len(times) or worst > 1:
        yield f'{len(got)} pictures, not {len(times)}, up to {worst} ms off'
    if name not in ('apng', 'nut') and abs(video.duration - end_of(DRAG) / 1000) > FRAME:
        yield f'{video.duration} s, not {end_of(DRAG)} ms'
    least = {'gif': 25, 'apng': 99}.get(name, 33)
    quality = psnr(reference, out) if name != 'avi' else least
    if quality < least:
        yield f'PSNR {quality} of the worst picture'
    if codec == 'h264' and (video.color_space, video.color_range) != ('smpte170m', 'tv'):
        yield f'colours are tagged {video.color_space} {video.color_range}'


def check_constant_rate(folder):
    """Pictures are left out and others encoded several times over: nothing stays behind."""
    for fps in '3', '50':
        out, reference = f'{folder}/{fps}.mp4', f'{folder}/{fps}.mkv'
        play('-q', '--no-cursor', '--fps', fps, DRAG, out)
        play('-q', '--no-cursor', '--fps', fps, '--lossless', DRAG, reference)
        frames = [len(Video(name).packets) for name in (out, reference)]
        if frames[0] != frames[1]:
            yield f'--fps {fps}: {frames[0]} frames, lossless {frames[1]}'
        elif (quality := psnr(reference, out)) < 33:
            yield f'--fps {fps}: PSNR {quality} of the worst picture'


def check_faststart(folder):
    play('-q', '-y', DRAG, f'{folder}/fast.mp4')
    data = open(f'{folder}/fast.mp4', 'rb').read()
    if not 0 < data.find(b'moov') < data.find(b'mdat'):
        yield 'moov comes behind mdat'


def check_sequence(folder):
    play('-q', '--no-cursor', '--max-fps', '0', DRAG, f'{folder}/%05d.png')
    names = sorted(n for n in os.listdir(folder) if n.endswith('.png'))
    want = [md5 for _, md5 in wanted(DRAG)]
    got = [md5 for _, md5 in pictures(f'{folder}/%05d.png')]
    if names[:1] != ['00001.png'] or got != want:
        yield f'{len(names)} files, {sum(a == b for a, b in zip(got, want))} of {len(want)} right'
    if any(n.startswith('.rfbplay') for n in os.listdir(folder)):
        yield 'the temporary folder is still there'
    if play('-q', DRAG, f'{folder}/%05d.png').returncode == 0:
        yield 'the pictures were replaced without being asked for'


def check_mjpeg(folder):
    play('-q', DRAG, f'{folder}/out.mjpeg')
    frames, want = len(Video(f'{folder}/out.mjpeg').packets), end_of(DRAG) / 40
    if abs(frames - want) > 2:
        yield f'{frames} frames at 25 a second, not {want:.0f}'


# --- options -------------------------------------------------------------------------------------

OPTIONS = [     # options, what has to hold for the video
    ('--start 2 --end 4.5', lambda v: near(v.duration, 2.5)),
    ('--start 1 --duration 0:03', lambda v: near(v.duration, 3)),
    ('--start 1s500ms --end 1m', lambda v: near(v.duration, end_of(DRAG) / 1000 - 1.5)),
    ('--speed 4', lambda v: near(v.duration, end_of(DRAG) / 4000)),
    ('--speed 0.5', lambda v: near(v.duration, end_of(DRAG) / 500)),
    ('--fps 25', lambda v: v.r_frame_rate == '25/1' and near(len(v.packets), v.duration * 25, 1)
     and near(v.duration, end_of(DRAG) / 1000, 0.041)
     and {round(b - a) for a, b in zip(v.times, v.times[1:])} == {40}),
    ('--fps 30000/1001', lambda v: v.r_frame_rate == '30000/1001'),
    ('--max-fps 5', lambda v: len(v.packets) <= end_of(DRAG) * 5 / 1000 + 2
     and near(v.duration, end_of(DRAG) / 1000)),
    ('--scale 400x-1', lambda v: v.size == (400, 300)),
    ('--scale -1x201', lambda v: v.size == (268, 202)),
    ('--scale 640x640', lambda v: v.size == (640, 640)),
    ('--crop 301x201+11+13', lambda v: v.size == (302, 202)),
    ('--crop 300x200+10+12', lambda v: v.size == (300, 200)),
    ('--codec hevc', lambda v: v.codec_name == 'hevc'),
    ('--codec libx264 --crf 40 --preset veryfast',
     lambda v: v.profile == 'High' and int(v.format['size']) < 200000),
    ('--codec mpeg4', lambda v: v.codec_name == 'mpeg4'),
    ('--codec av1', lambda v: v.codec_name == 'av1'),
    ('--bitrate 100k', lambda v: int(v.format['bit_rate']) < 250000),
    ('--pix-fmt yuv444p', lambda v: v.pix_fmt == 'yuv444p'),
    ('--lossless', lambda v: v.pix_fmt == 'gbrp'),
    ('--tune zerolatency --threads 1', lambda v: v.has_b_frames == 0),
    ('--format mov', lambda v: v.format['format_name'].startswith('mov')
     and v.format['tags']['major_brand'].strip() == 'qt'),
]


def check_option(options, holds, folder):
    out = f'{folder}/option.mp4'
    done = play('-y', '-q', *options.split(), DRAG, out)
    if done.returncode or done.stderr:
        yield f'exit status {done.returncode}: {done.stderr.decode()[:200]}'
    elif not holds(video := Video(out)):
        yield (f'{video.codec_name} {video.pix_fmt} {video.size} {video.duration} s, '
               f'{len(video.packets)} frames, {video.r_frame_rate}, {video.format.get("bit_rate")}')


def check_max_gap(folder):
    """Idle time is cut, and the pictures are the same."""
    play('-y', '-q', '--lossless', '--no-cursor', '--max-fps', '0', '--max-gap', '500ms', IDLE,
         f'{folder}/gap.mkv')
    rows = wanted(IDLE)
    gaps = [min(b - a, 500) for a, b in zip([0] + [t for t, _ in rows[1:]],
                                            [t for t, _ in rows[1:]] + [end_of(IDLE)])]
    want = [(sum(gaps[:n]), md5) for n, (_, md5) in enumerate(rows)]
    difference = first_difference(pictures(f'{folder}/gap.mkv'), want)
    if difference:
        yield difference
    if not near(Video(f'{folder}/gap.mkv').duration * 1000, sum(gaps), 1):
        yield f'{Video(f"{folder}/gap.mkv").duration} s, not {sum(gaps)} ms'


def check_start(folder):
    """A part begins with what was on the screen then, in the middle of idle time."""
    rows = rec.expected(IDLE)
    n = max(range(1, len(rows)), key=lambda i: rows[i].time - rows[i - 1].time)
    at = (rows[n - 1].time + rows[n].time) // 2
    for name, source in (('file', [IDLE]), ('pipe', ['-'])):
        out = f'{folder}/{name}.mkv'
        with open(IDLE, 'rb') as pipe:
            subprocess.run([PLAY, '-q', '-y', '--lossless', '--no-cursor', '--max-fps', '0',
                            '--start', f'{at}ms', '--duration', '20', *source, out], stdin=pipe)
        want = [(0, rows[n - 1].md5[-1])] + [(r.time - at, r.md5[-1]) for r in rows[n:]
                                            if r.time < at + 20000]
        want = [w for k, w in enumerate(want) if not k or w[1] != want[k - 1][1]]
        difference = first_difference(pictures(out), want)
        if difference:
            yield f'{name}: {difference}'


def check_cursor(folder):
    path = 'tests/samples/x11vnc_cursor_zrle_rich.fbs'
    for name, options in (('with', []), ('without', ['--no-cursor'])):
        play('-q', '-y', '--lossless', *options, path, f'{folder}/{name}.mkv')
    decoder = rec.run([f'{rec.BUILD}/ffmpeg', '-v', 'error', '-i', path, '-fps_mode', 'passthrough',
                       '-enc_time_base', '1:1000', '-pix_fmt', 'rgb24', '-f', 'framemd5', '-'])
    want = [line.split(',')[5].strip() for line in decoder.stdout.decode().splitlines()
            if line[:1] != '#']
    want = [md5 for n, md5 in enumerate(want) if not n or md5 != want[n - 1]]
    got, without = ([md5 for _, md5 in pictures(f'{folder}/{n}.mkv')] for n in ('with', 'without'))
    if got != want:
        yield f'{sum(a == b for a, b in zip(got, want))} of {len(want)} pictures as decoded'
    if got == without or len(got) <= len(without):
        yield 'the cursor is not there, or not gone'


# --- changing sizes ------------------------------------------------------------------------------

def check_canvas(folder):
    """All sizes unscaled on the largest: the pictures are there, the rest is black."""
    out = f'{folder}/canvas.mkv'
    play('-q', '-y', '--lossless', '--no-cursor', '--max-fps', '0', RESIZE, out)
    largest = tuple(max(s) for s in zip(*sizes(RESIZE)))
    if Video(out).size != largest:
        yield f'{Video(out).size}, not {largest}'
        return
    for w, h in set(sizes(RESIZE)):
        cropped = dict(pictures(out, '-vf', f'crop={w}:{h}:0:0'))
        rows = [r for r in rec.expected(RESIZE) if (r.width, r.height) == (w, h)]
        wrong = [r.time for r in rows if r.time in cropped and cropped[r.time] != r.md5[-1]]
        if wrong or not any(r.time in cropped for r in rows):
            yield f'{w}x{h}: {len(wrong)} pictures are wrong, the first at {wrong[:1]} ms'
    smallest = min(sizes(RESIZE))
    rest = rec.run([f'{rec.BUILD}/ffmpeg', '-v', 'error', '-i', out, '-frames:v', '1', '-vf',
                    f'crop=iw-{smallest[0]}:ih:{smallest[0]}:0', '-pix_fmt', 'gray', '-f',
                    'rawvideo', '-'])
    if sizes(RESIZE)[0] == smallest and any(rest.stdout):
        yield 'beside the smaller picture it is not black'


def check_split(folder):
    play('-q', '-y', '--lossless', '--no-cursor', '--max-fps', '0', '--on-resize', 'split', RESIZE,
         f'{folder}/split.mkv')
    rows, parts = wanted(RESIZE), []
    for row in rec.expected(RESIZE):
        if not parts or parts[-1][0] != (row.width, row.height):
            parts.append(((row.width, row.height), []))
        if (not parts[-1][1] or parts[-1][1][-1] != row.md5[-1]) and row.md5[-1] in dict(
                (m, 0) for _, m in rows):
            parts[-1][1].append(row.md5[-1])
    total = 0
    for n, (size, md5s) in enumerate(parts):
        name = f'{folder}/split{"" if not n else f"-{n + 1}"}.mkv'
        if not os.path.exists(name):
            yield f'{name} is not there'
            return
        video = Video(name)
        total += video.duration
        got = [md5 for _, md5 in pictures(name)]
        if video.size != size or got != md5s:
            yield f'part {n + 1}: {video.size}, {len(got)} pictures, not {size}, {len(md5s)}'
    if not near(total * 1000, end_of(RESIZE), 2 * len(parts)):
        yield f'{total} s in all parts, not {end_of(RESIZE)} ms'


def check_fit(folder):
    """The first size for all; pictures that have it are untouched."""
    out, first = f'{folder}/fit.mkv', sizes(RESIZE)[0]
    play('-q', '-y', '--no-cursor', '--lossless', '--max-fps', '0', '--on-resize', 'scale', RESIZE,
         out)
    if Video(out).size != first:
        yield f'{Video(out).size}, not {first}'
    got = dict(pictures(out))
    for row in rec.expected(RESIZE):
        if (row.width, row.height) == first and got.get(row.time, row.md5[-1]) != row.md5[-1]:
            yield f'the picture of {row.time} ms is another one'
    if not set(got.values()) - {row.md5[-1] for row in rec.expected(RESIZE)}:
        yield 'nothing was scaled'


def main():
    runner = Runner()
    for path in rec.with_pictures():
        if path.startswith('tests/samples') and path.endswith('.fbs') and len(set(sizes(path))) == 1:
            runner.run(f'every picture of {rec.name_of(path)}', check_lossless, path)
    with tempfile.TemporaryDirectory() as folder:
        for name in CONTAINERS:
            runner.good &= rec.report(f'rfbplay: {name}', list(check_container(name, folder)))
    for options, holds in OPTIONS:
        runner.run(options, lambda folder, o=options, h=holds: check_option(o, h, folder))
    runner.run_all((check_constant_rate, check_faststart, check_sequence, check_mjpeg, check_max_gap,
                    check_start, check_cursor, check_canvas, check_split, check_fit))
    return not runner.good


if __name__ == '__main__':
    sys.exit(main())
