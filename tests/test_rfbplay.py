#!/usr/bin/env python3
"""rfbplay: videos, pictures and facts of recordings, and what happens when it goes wrong.

Pictures and times are compared with the lists beside the recordings, which other decoders
made; files are judged by ffprobe and ffmpeg.
"""
import json
import os
import re
import resource
import signal
import struct
import subprocess
import sys
import tempfile
import time

import recordings as rec

PLAY = f'{rec.BUILD}/rfbplay'
DRAG = 'tests/samples/tiger_drag_tight.fbs'
IDLE = 'tests/samples/tiger_idle60_zrle.fbs'
RESIZE = 'tests/samples/tiger_resize_zrle_extds.fbs'
FRAME = 1 / 30


def play(*args, **more):
    return subprocess.run([PLAY, *args], stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=100, **more)


class Video:
    """What ffprobe says of a file."""
    def __init__(self, path):
        done = rec.run([f'{rec.BUILD}/ffprobe', '-v', 'error', '-of', 'json', '-show_format',
                        '-show_streams', '-show_packets', path])
        info = json.loads(done.stdout)
        self.stream, self.format = info['streams'][0], info['format']
        self.packets = info.get('packets', [])
        self.size = self.stream['width'], self.stream['height']
        self.duration = float(self.format.get('duration', 'nan'))
        self.times = [round(float(p.get('pts_time', p.get('dts_time'))) * 1000) for p in self.packets]
        last = self.packets[-1] if self.packets else {}
        self.end = (float(last.get('pts_time', last.get('dts_time', 'nan')))
                    + float(last.get('duration_time', 0)))

    def __getattr__(self, name):
        return self.__dict__['stream'].get(name)


def pictures(path, *options):
    """(ms, MD5 of the rgb24 picture, ms of duration) of each frame."""
    done = rec.run([f'{rec.BUILD}/ffmpeg', '-v', 'error', '-i', path, '-fps_mode', 'passthrough',
                    '-enc_time_base', '1:1000', *options, '-pix_fmt', 'rgb24', '-f', 'framemd5',
                    '-'])
    rows = [line.split(',') for line in done.stdout.decode().splitlines() if line[:1] not in '#']
    return [(int(row[2]), row[5].strip()) for row in rows]


def end_of(path):
    """ms"""
    return max(ms for _, ms in rec.blocks(path) if ms is not None)


def wanted(path, size=None):
    """What a video of all pictures has: (ms, MD5), without those in which nothing changed."""
    rows = []
    for row in rec.expected(path):
        if rows and rows[-1][1] == row.md5[-1]:
            continue
        if rows and rows[-1][0] == row.time:
            rows.pop()
        if size in (None, (row.width, row.height)):
            rows.append((row.time, row.md5[-1]))
    again = [row for n, row in enumerate(rows) if not n or row[1] != rows[n - 1][1]]
    return [(0, again[0][1])] + again[1:]


def first_difference(got, want):
    for n, (g, w) in enumerate(zip(got, want)):
        if g != w:
            return f'picture {n} is {g}, not {w}'
    return None if len(got) == len(want) else f'{len(got)} pictures, not {len(want)}'


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


def psnr(a, b):
    """Lowest of all frames, of two videos with the same pictures."""
    done = rec.run([f'{rec.BUILD}/ffmpeg', '-v', 'info', '-i', a, '-i', b, '-lavfi',
                    '[0]setpts=N/TB,format=gbrp[a];[1]setpts=N/TB,format=gbrp[b];[a][b]psnr',
                    '-f', 'null', '-'])
    found = re.search(rb'PSNR .* min:(\S+)', done.stderr)
    return float(found.group(1)) if found else -1


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

def near(a, b, by=FRAME):
    return abs(a - b) <= by


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

def sizes(path):
    return [(row.width, row.height) for row in rec.expected(path)]


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


# --- what is told --------------------------------------------------------------------------------

def check_info(folder):
    done = play('info', '--json', RESIZE)
    info = json.loads(done.stdout)
    rows = rec.expected(RESIZE)
    want = {'size': os.path.getsize(RESIZE), 'duration': end_of(RESIZE) / 1000,
            'width': rows[0].width, 'height': rows[0].height, 'updates': len(rows),
            'max_width': max(r.width for r in rows), 'state': 'complete', 'complete': True,
            'last_update': rows[-1].time / 1000}
    wrong = {k: info.get(k) for k, v in want.items() if info.get(k) != v}
    if wrong:
        yield f'{wrong}, not {[want[k] for k in wrong]}'
    by_name = {e['name']: e for e in info['encodings']}
    in_rects = sum(e['bytes'] for e in info['encodings'])
    if not {'ZRLE', 'ExtendedDesktopSize'} <= set(by_name):
        yield f'encodings {sorted(by_name)}'
    # what is not in rectangles is the handshake, headers of messages and of blocks
    if not 0.95 * info['size'] < in_rects < info['size']:
        yield f'{in_rects} of {info["size"]} bytes are in rectangles'
    text = play('info', RESIZE, DRAG)
    if text.returncode or b'ZRLE' not in text.stdout or DRAG.encode() not in text.stdout:
        yield f'as text: {text.stdout[:100]}'
    both = json.loads(play('info', '--json', RESIZE, DRAG).stdout)
    if [os.path.basename(i['file']) for i in both] != [os.path.basename(p) for p in (RESIZE, DRAG)]:
        yield 'of two recordings, no list of two'


def check_info_states(folder):
    cut = f'{folder}/cut.fbs'
    with open(DRAG, 'rb') as f, open(cut, 'wb') as out:
        out.write(f.read()[:40000])
    done = play('info', '--json', cut)
    if done.returncode or json.loads(done.stdout)['state'] != 'cut short':
        yield f'cut short: {done.returncode} {done.stdout[:100]}'
    done = play('info', '--json', 'tests/samples/bad/bad_encoding.fbs')
    info = json.loads(done.stdout)
    if done.returncode != 3 or info['state'] != 'damaged' or 'byte 5004' not in info['error']:
        yield f'damaged: {done.returncode} {info.get("error")}'


def check_snapshot(folder):
    rows = rec.expected(DRAG)
    for at, n in ((rows[3].time, 3), (rows[40].time - 1, 39), (rows[40].time, 40), (None, -1),
                  (end_of(DRAG), -1)):
        out = f'{folder}/shot.png'
        done = play('snapshot', '-y', '-q', '--no-cursor', DRAG, out,
                    *(['-t', f'{at}ms'] if at is not None else []))
        got = pictures(out)[0][1] if not done.returncode else done.stderr.decode()
        same_time = {r.md5[-1] for r in rows if r.time == rows[n].time}
        if got != rows[n].md5[-1] and got not in same_time:
            yield f'at {at} ms: {got}'
    for name, least in (('jpg', 30), ('webp', 99), ('bmp', 99)):
        play('snapshot', '-y', '-q', '-t', '3', DRAG, f'{folder}/shot.{name}')
        play('snapshot', '-y', '-q', '-t', '3', DRAG, f'{folder}/shot.png')
        quality = psnr(f'{folder}/shot.png', f'{folder}/shot.{name}')
        if quality < least:
            yield f'{name}: PSNR {quality}'
    done = play('snapshot', '-t', '1:00', DRAG, f'{folder}/none.png')
    if done.returncode != 1 or b'it ends at 8.301 s' not in done.stderr:
        yield f'behind the end: {done.returncode} {done.stderr}'


# --- when it goes wrong --------------------------------------------------------------------------

USAGE = [       # arguments, what the message has to name
    ([DRAG], 'usage'), ([], 'rfbplay COMMAND --help'), (['--nonsense', DRAG, 'x.mp4'], '--nonsense'),
    (['--crf', '99', DRAG, 'x.mp4'], '--crf'), (['--start', 'soon', DRAG, 'x.mp4'], 'soon'),
    (['--scale', '0x3', DRAG, 'x.mp4'], '0x3'), (['--on-resize', 'jump', DRAG, 'x.mp4'], 'jump'),
    (['--jobs'], '--jobs'), (['info', '--fps', '3', DRAG], '--fps'), (['--fps', '1/0', DRAG, 'x.mp4'], '1/0'),
    ([DRAG, IDLE, 'x.mp4'], '%s'), ([DRAG, DRAG, '%s.mp4'], 'both'), ([DRAG, DRAG], 'itself'),
    (['--progress', 'fd:99', DRAG, 'x.mp4'], 'fd:99'),
]
FAILURES = [
    (['nothing.fbs', 'x.mp4'], 'nothing.fbs: No such file'),
    (['README.md', 'x.mp4'], 'README.md: this is no recording'),
    (['tests/samples/bad/bad_empty.fbs', 'x.mp4'], 'bad_empty.fbs'),
    (['tests/samples/bad/bad_size_huge.fbs', 'x.mp4'], 'bad_size_huge.fbs'),
    ([DRAG, '/nowhere/x.mp4'], '/nowhere/x.mp4'), ([DRAG, 'x.nothing'], 'nothing'),
    ([DRAG, 'x'], '--format'), ([DRAG, '/dev/full', '-f', 'mkv'], 'No space left'),
    (['--codec', 'wrong', DRAG, 'x.mp4'], 'wrong'), (['--codec', 'ffv1', DRAG, 'x.mp4'], 'cannot hold'),
    (['--codec', 'mpeg4', '--crf', '3', DRAG, 'x.mp4'], '--crf'),
    (['--codec', 'mpeg4', '--lossless', DRAG, 'x.mp4'], 'cannot be lossless'),
    (['--pix-fmt', 'wrong', DRAG, 'x.mp4'], 'wrong'), (['--preset', 'wrong', DRAG, 'x.mp4'], 'wrong'),
    (['--start', '1:00', DRAG, 'x.mp4'], '8.301'), (['--crop', '900x9+0+0', DRAG, 'x.mp4'], '800x600'),
    (['--start', '5', '--end', '4', DRAG, 'x.mp4'], '--start'), ([DRAG, 'x.png'], '%05d.png'),
]


def check_messages(cases, status, folder):
    before = sorted(os.listdir('.'))
    for args, word in cases:
        args = [f'{folder}/{a}' if a.startswith('x') else a for a in args]
        done = play(*args)
        text = done.stderr.decode()
        if done.returncode != status:
            yield f'{args}: exit status {done.returncode}, not {status}'
        begin = ('rfbplay: error: ',) if status == 1 else ('rfbplay: ', 'rfbplay info: ', 'usage: rfbplay ',
                                                           'rfbplay: error: ')
        if word not in text or not text.startswith(begin) or text.count('error:') > 1:
            yield f'{args}: says {text!r}, nothing of {word}'
    if os.listdir(folder) or sorted(os.listdir('.')) != before:
        yield f'left behind: {os.listdir(folder)}'


def check_existing(folder):
    out = f'{folder}/there.mp4'
    with open(out, 'w') as f:
        f.write('mine')
    for options, status, kept in (([], 1, True), (['-n'], 1, True), (['-y'], 0, False)):
        done = play(*options, '-q', DRAG, out)
        if done.returncode != status or (open(out, 'rb').read(4) == b'mine') != kept:
            yield f'{options}: exit status {done.returncode}'
    if os.listdir(folder) != ['there.mp4']:
        yield f'left behind: {os.listdir(folder)}'


def check_damaged(folder):
    """What can be read is there, and the status says that it is not all."""
    for name in ('bad_encoding', 'bad_zlib_corrupt', 'bad_tight_filter', 'bad_rect_outside'):
        path, out = f'tests/samples/bad/{name}.fbs', f'{folder}/{name}.mkv'
        done = play('--lossless', '--no-cursor', '--max-fps', '0', path, out)
        text = done.stderr.decode()
        if done.returncode != 3 or path not in text or 'byte' not in text or out not in text:
            yield f'{name}: exit status {done.returncode}, {text!r}'
        elif not pictures(out):
            yield f'{name}: no pictures'
    before = {line.split()[6] for line in open('tests/samples/bad/BEFORE_DAMAGE_tight.md5')
              if line[0] != '#'}
    got = {md5 for _, md5 in pictures(f'{folder}/bad_encoding.mkv')}
    if not before <= got:
        yield f'{len(before - got)} of the pictures before the damage are missing'
    with open(DRAG, 'rb') as f, open(f'{folder}/cut.fbs', 'wb') as out:
        out.write(f.read()[:40000])
    done = play(f'{folder}/cut.fbs', f'{folder}/cut.mp4')
    if done.returncode or done.stderr.count(b'ends inside') != 1 or b'error' in done.stderr:
        yield f'cut short: exit status {done.returncode}, {done.stderr}'


def long_recording(folder):
    """One that takes some seconds: the bytes of another, many times over."""
    path = f'{folder}/long.fbs'
    source = rec.blocks('tests/samples/tiger_drag_hextile.fbs')
    step = source[-1][1] + 100
    with open(path, 'wb') as f:
        f.write(b'FBS 001.000\n')
        for n in range(60):
            for data, ms in source[n > 0:]:
                if ms is not None:
                    f.write(struct.pack('>I', len(data)) + data + bytes(-len(data) % 4)
                            + struct.pack('>I', ms + n * step))
    return path


def start_and_wait(path, out, *options):
    """A transcode that is at work: its temporary file grows."""
    child = subprocess.Popen([PLAY, '--preset', 'medium', *options, path, out],
                             stderr=subprocess.PIPE)
    until = time.monotonic() + 30
    while time.monotonic() < until:
        parts = [n for n in os.listdir(os.path.dirname(out)) if n.endswith('.part')]
        if child.poll() is not None or any(
                os.path.getsize(f'{os.path.dirname(out)}/{n}') > 100000 for n in parts):
            break
        time.sleep(0.02)
    return child


def check_signals(folder):
    path = long_recording(folder)
    for number in (signal.SIGINT, signal.SIGTERM):
        child = start_and_wait(path, f'{folder}/out.mkv')
        begun = time.monotonic()
        child.send_signal(number)
        child.wait(30)
        if child.returncode != 128 + number or b'stopped' not in child.stderr.read():
            yield f'signal {number}: exit status {child.returncode}'
        if os.listdir(folder) != ['long.fbs'] or time.monotonic() - begun > 5:
            yield f'signal {number}: left behind: {os.listdir(folder)}'
    child = start_and_wait(path, f'{folder}/out.mkv', '--keep-partial')
    child.send_signal(signal.SIGINT)
    child.wait(30)
    if child.returncode != 130 or sorted(os.listdir(folder)) != ['long.fbs', 'out.mkv']:
        yield f'--keep-partial: exit status {child.returncode}, {os.listdir(folder)}'
    elif not 0.5 < Video(f'{folder}/out.mkv').duration < end_of(path) / 1000 - 1:
        yield f'--keep-partial: {Video(f"{folder}/out.mkv").duration} s'
    child.stderr.close()


def check_kill(folder):
    """Nothing that a later run trusts."""
    path = long_recording(folder)
    child = start_and_wait(path, f'{folder}/out.mkv')
    child.kill()
    child.wait()
    child.stderr.close()
    if os.path.exists(f'{folder}/out.mkv'):
        yield 'the half-made file has the name of a whole one'
    done = play('-q', '-n', '--duration', '5', path, f'{folder}/out.mkv')
    if done.returncode or not near(Video(f'{folder}/out.mkv').duration, 5):
        yield f'the next run: exit status {done.returncode}'


def check_full_disk(folder):
    """A file that may not grow, and a file system that is full."""
    path = 'tests/samples/tiger_text_tight_nojpeg.fbs'

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (50000, 50000))
    for name in ('out.mp4', 'out.mkv', 'out.gif', '%03d.png'):
        done = play('-q', path, f'{folder}/{name}', preexec_fn=limit)
        text = done.stderr.decode()
        if done.returncode != 1 or 'File too large' not in text or text.count('error:') != 1:
            yield f'{name}: exit status {done.returncode}, {text!r}'
        if os.listdir(folder):
            yield f'{name}: left behind: {os.listdir(folder)}'


def check_tmpfs(folder):
    if subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=64k', 'none', folder],
                      capture_output=True).returncode:
        return 'skip'
    try:
        done = play('-q', DRAG, f'{folder}/out.mkv')
        if done.returncode != 1 or b'No space left' not in done.stderr or os.listdir(folder):
            return [f'exit status {done.returncode}, {done.stderr}, {os.listdir(folder)}']
    finally:
        subprocess.run(['umount', folder])
    return []


# --- progress, pipes, several recordings ---------------------------------------------------------

def check_progress(folder):
    path, log = long_recording(folder), f'{folder}/log'
    play('-q', '--progress', log, '--preset', 'veryfast', '--duration', '2:00', path, f'{folder}/out.mp4')
    reports = [dict(line.split('=', 1) for line in text.strip().splitlines())
               for text in re.findall(r'((?:(?!progress=).*\n)+progress=(?:continue|end)\n)',
                                      open(log).read())]
    if ''.join(f'{k}={v}\n' for r in reports for k, v in r.items()) != open(log).read():
        yield f'not all of it is reports: {open(log).read()[:300]!r}'
        return
    if [r['progress'] for r in reports] != ['continue'] * (len(reports) - 1) + ['end']:
        yield 'it does not end with progress=end, once'
    if len(reports) < 3:
        yield f'{len(reports)} reports'
    for name in ('out_time_us', 'frame', 'total_size'):
        values = [int(r[name]) for r in reports]
        if values != sorted(values) or values[-1] <= 0:
            yield f'{name}: {values}'
    last, video = reports[-1], Video(f'{folder}/out.mp4')
    if (int(last['frame']) != len(video.packets) or float(last['percent']) != 100
            or int(last['total_size']) != os.path.getsize(f'{folder}/out.mp4')
            or not near(int(last['out_time_us']) / 1e6, video.duration)
            or last['output'] != f'{folder}/out.mp4' or last['input'] != path):
        yield f'the last report: {last}'
    read, write = os.pipe()
    done = play('-q', '-y', '--progress', f'fd:{write}', DRAG, f'{folder}/out.mp4', pass_fds=[write])
    os.close(write)
    with os.fdopen(read) as pipe:
        text = pipe.read()
    if done.returncode or not text.endswith('progress=end\n'):
        yield f'fd: {text[-100:]!r}'


def check_terminal(folder):
    """A line for people where standard error is a terminal, nothing elsewhere or with -q."""
    done = subprocess.run(['script', '-qec', f'{PLAY} --preset slow {DRAG} {folder}/a.mp4',
                           '/dev/null'], stdin=subprocess.DEVNULL, capture_output=True)
    if not re.search(rb'time 00:00:\S+  speed \S+x  size \S+ MB  +\d+ %  ETA \d:\d\d', done.stdout):
        yield f'on a terminal: {done.stdout[-200:]}'
    done = subprocess.run(['script', '-qec', f'{PLAY} -q {DRAG} {folder}/b.mp4', '/dev/null'],
                          stdin=subprocess.DEVNULL, capture_output=True)
    if done.stdout:
        yield f'-q: {done.stdout[-200:]}'
    done = play(DRAG, f'{folder}/c.mp4')
    if done.stderr or done.stdout:
        yield f'without a terminal: {done.stderr}'


def check_pipes(folder):
    for name in ('mp4', 'mkv', 'webm', 'gif'):
        with open(DRAG, 'rb') as source, open(f'{folder}/pipe.{name}', 'wb') as out:
            # cat, so that neither end is a file
            p = subprocess.run(['bash', '-c', f'set -o pipefail; cat | {PLAY} -q -f {name} - - | cat'],
                               stdin=source, stdout=out, stderr=subprocess.PIPE)
        video = Video(f'{folder}/pipe.{name}')
        end = video.end if video.end == video.end else video.duration
        if p.returncode or p.stderr or not near(end, end_of(DRAG) / 1000):
            yield f'{name}: exit status {p.returncode}, {end} s, {p.stderr}'


def check_several(folder):
    """A folder, names with %s, one that fails among others."""
    names = ['tiger_drag_tight', 'tiger_idle60_zrle', 'tight_map8_hextile']
    paths = [f'tests/samples/{n}.fbs' for n in names]
    os.mkdir(f'{folder}/a')
    os.mkdir(f'{folder}/b')
    done = play('-q', '--jobs', '2', *paths, f'{folder}/a')
    if done.returncode or sorted(os.listdir(f'{folder}/a')) != sorted(n + '.mp4' for n in names):
        yield f'folder: exit status {done.returncode}, {os.listdir(f"{folder}/a")}'
    for n, path in zip(names, paths):
        if not near(Video(f'{folder}/a/{n}.mp4').duration, end_of(path) / 1000):
            yield f'{n}: {Video(f"{folder}/a/{n}.mp4").duration} s'
    done = play('-q', paths[0], 'nothing.fbs', paths[2], f'{folder}/b/%s-new.mkv')
    want = [f'{n}-new.mkv' for n in (names[0], names[2])]
    if done.returncode != 1 or sorted(os.listdir(f'{folder}/b')) != sorted(want):
        yield f'%s: exit status {done.returncode}, {os.listdir(f"{folder}/b")}'


def check_memory(folder):
    """Flat in the length."""
    path, peaks = long_recording(folder), []
    for seconds in (30, 300):
        child = subprocess.Popen([PLAY, '-q', '-y', '--duration', str(seconds), path,
                                  f'{folder}/m.mp4'])
        _, _, usage = os.wait4(child.pid, 0)
        child.returncode = 0
        peaks.append(usage.ru_maxrss / 1024)
    if peaks[1] > peaks[0] + 20:
        yield f'{peaks[0]:.0f} MB for 30 s, {peaks[1]:.0f} MB for 300 s'


def check_help(folder):
    text = play('--help').stdout.decode()
    man = play('help', '--man').stdout.decode()
    options = re.findall(r'--([a-z][a-z-]*)', text)
    for name in set(options) - {'help', 'version'}:
        if f'*--{name}*' not in man and name not in ('cache-dir',):
            yield f'--{name} is not in the manual page'
    complete = play('help', '--completion').stdout.decode()
    script = complete + ('\nCOMP_WORDS=(rfbplay --on-resize s); COMP_CWORD=2; _rfbplay'
                         '\necho "${COMPREPLY[@]}"\nCOMP_WORDS=(rfbplay --lo); COMP_CWORD=1; _rfbplay'
                         '\necho "${COMPREPLY[@]}"\n')
    got = subprocess.run(['bash', '-c', script], capture_output=True, text=True).stdout
    if got.split('\n')[:2] != ['scale split', '--lossless']:
        yield f'completion: {got!r}'
    if any(len(line) > 100 for line in text.splitlines()):
        yield 'a line of --help is too long'


def main():
    good = True

    def run(name, check, *args):
        nonlocal good
        begun = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            problems = check(*args, folder)
            if problems == 'skip':
                print(f'skip rfbplay: {name} - no right to mount')
                return
            good &= rec.report(f'rfbplay: {name}', list(problems))
        if 'TIMES' in os.environ:
            print(f'# {time.monotonic() - begun:.1f} s')

    for path in rec.with_pictures():
        if path.startswith('tests/samples') and path.endswith('.fbs') and len(set(sizes(path))) == 1:
            run(f'every picture of {rec.name_of(path)}', check_lossless, path)
    with tempfile.TemporaryDirectory() as folder:
        for name in CONTAINERS:
            good &= rec.report(f'rfbplay: {name}', list(check_container(name, folder)))
    for options, holds in OPTIONS:
        run(options, lambda folder, o=options, h=holds: check_option(o, h, folder))
    run('usage', lambda folder: check_messages(USAGE, 2, folder))
    run('failures', lambda folder: check_messages(FAILURES, 1, folder))
    for check in (check_faststart, check_sequence, check_mjpeg, check_max_gap, check_start,
                  check_cursor, check_canvas, check_split, check_fit, check_info,
                  check_info_states, check_snapshot, check_existing, check_damaged, check_signals,
                  check_kill, check_full_disk, check_tmpfs, check_progress, check_terminal,
                  check_pipes, check_several, check_memory, check_help):
        run(check.__name__[6:].replace('_', ' '), check)
    return not good


if __name__ == '__main__':
    sys.exit(main())
