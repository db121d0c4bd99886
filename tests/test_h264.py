#!/usr/bin/env python3
"""Open H.264 rectangles of libx264's, beside what ffmpeg makes of the same H.264 by itself.

Two rectangles that overlap have a stream each; the second one stands still now and then. Streams
begin anew, bring several pictures at a time, are larger than their rectangle, and say what colours
they mean.
"""
import os
import struct
import sys
import tempfile

import recordings as rec
from test_output import pictures, rect, write_fbs

OPEN_H264, RAW = 50, 0
WIDTH, HEIGHT, FRAMES = 256, 192, 12
BASELINE = ['-profile:v', 'baseline', '-pix_fmt', 'yuv420p']
MAIN = ['-profile:v', 'main', '-bf', '0', '-pix_fmt', 'yuv420p']

# name: how to encode, what swscale is told of the colours, size beyond the rectangle
STREAMS = {
    'baseline': (BASELINE, 'in_range=tv:in_color_matrix=bt601', (0, 0)),
    'not said in full range': ([*BASELINE, '-color_range', 'pc'],
                               'in_range=pc:in_color_matrix=bt601', (0, 0)),
    'BT.709': ([*MAIN, '-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709'],
               'in_range=tv:in_color_matrix=bt709', (0, 0)),
    'BT.709 in full range': ([*MAIN, '-colorspace', 'bt709', '-color_range', 'pc'],
                             'in_range=pc:in_color_matrix=bt709', (0, 0)),
    '4:4:4': (['-profile:v', 'high444', '-bf', '0', '-pix_fmt', 'yuv444p'],
              'in_range=tv:in_color_matrix=bt601', (0, 0)),
    'larger than the rectangle': (BASELINE, 'in_range=tv:in_color_matrix=bt601', (10, 6)),
}


def encode(path, source, w, h, options):
    command = [f'{rec.BUILD}/ffmpeg', '-v', 'error', '-f', 'lavfi', '-i', f'{source}=s={w}x{h}:r=10',
               '-frames:v', str(FRAMES), '-vf', 'scale=out_color_matrix=bt601', '-c:v', 'libx264',
               '-preset', 'fast', '-g', '5', '-crf', '18', *options, '-f', 'h264', path]
    done = rec.run(command)
    if done.returncode:
        raise RuntimeError(done.stderr.decode()[-300:])


def access_units(path):
    """(data, whether it is an IDR picture) of each picture of an H.264 byte stream."""
    with open(path, 'rb') as f:
        raw = f.read()
    starts = [i for i in range(len(raw) - 4) if raw[i:i + 3] == b'\0\0\1']
    units, begin, slices, idr = [], 0, 0, False
    for at in starts:
        kind, first = raw[at + 3] & 31, raw[at + 4] & 0x80
        if slices and (kind in (6, 7, 8, 9) or kind in (1, 5) and first):
            end = at - 1 if not raw[at - 1] else at
            units.append((raw[begin:end], idr))
            begin, slices, idr = end, 0, False
        slices += kind in (1, 5)
        idr |= kind == 5
    return units + [(raw[begin:], idr)]


def reference(path, w, h, colours):
    """The pictures as ffmpeg decodes them without RFB, in rgb24."""
    done = rec.run([f'{rec.BUILD}/ffmpeg', '-v', 'error', '-i', path, '-vf',
                    f'scale={colours}:flags=neighbor+accurate_rnd+full_chroma_int,format=gbrp',
                    '-pix_fmt', 'rgb24', '-f', 'rawvideo', '-'])
    return [done.stdout[i:i + w * h * 3] for i in range(0, len(done.stdout), w * h * 3)]


def paste(screen, x, y, w, h, picture, stride):
    for j in range(h):
        at = ((y + j) * WIDTH + x) * 3
        screen[at:at + w * 3] = picture[j * stride * 3:(j * stride + w) * 3]


def body(data, flags=0):
    return struct.pack('>II', len(data), flags) + data


class Stream:
    """One rectangle, its pictures as they are sent and as they have to look."""
    def __init__(self, folder, name, source, x, y, w, h):
        options, colours, (more_w, more_h) = STREAMS[name]
        path = os.path.join(folder, f'{source}.h264')
        encode(path, source, w + more_w, h + more_h, options)
        self.place, self.stride = (x, y, w, h), w + more_w
        self.units = access_units(path)
        self.shown = reference(path, w + more_w, h + more_h, colours)
        assert len(self.units) == len(self.shown) == FRAMES, (len(self.units), len(self.shown))
        self.next = 0

    def send(self, screen, count):
        """The rectangle with the next pictures, the last of which is to be seen."""
        units = self.units[self.next:self.next + count]
        self.next += len(units)
        paste(screen, *self.place, self.shown[self.next - 1], self.stride)
        reset = 1 if self.next > 1 and units[0][1] else 0
        return rect(*self.place, OPEN_H264, body(b''.join(data for data, _ in units), reset))


def session(folder, name):
    """A recording, and the picture after each update."""
    screen, updates, shall = bytearray(WIDTH * HEIGHT * 3), [], []
    streams = [Stream(folder, name, 'testsrc2', 0, 0, 160, 120),
               Stream(folder, name, 'mandelbrot', 96, 80, 150, 98)]
    for n in range(FRAMES - 2):
        rects = [streams[0].send(screen, 3 if n == 4 else 1)]
        if n % 3 != 1:
            rects.append(streams[1].send(screen, 1))
        if n == 6:
            # flags alone paint nothing, and concern another rectangle
            rects.append(rect(0, 0, 20, 20, OPEN_H264, body(b'', 1)))
        updates.append(rects)
        shall.append(bytes(screen))
    path = write_fbs(os.path.join(folder, 'h264.fbs'), WIDTH, HEIGHT, updates)
    return path, shall


def compare(got, shall):
    """The largest difference, and the mean of the squares."""
    most = total = 0
    for a, b in zip(got, shall):
        if a != b:
            d = abs(a - b)
            most = max(most, d)
            total += d * d
    return most, total / len(shall)


def looks_like_ffmpeg(name):
    problems = []
    with tempfile.TemporaryDirectory() as folder:
        path, shall = session(folder, name)
        got = list(pictures(path, [(WIDTH, HEIGHT)] * len(shall), 'rgb24'))
        for n, (a, b) in enumerate(zip(got, shall)):
            if a is None:
                problems.append(f'picture {n} is missing')
                break
            most, mean = compare(a, b)
            if most > 3 or mean > 1:
                problems.append(f'picture {n} is not that of ffmpeg: by up to {most}, mean {mean:.2f}')
        done = rec.run([f'{rec.BUILD}/ffmpeg', '-v', 'warning', '-xerror', '-i', path, '-f', 'null', '-'])
        if done.returncode or done.stderr:
            problems.append(f'exit status {done.returncode}: {done.stderr[-200:].decode()}')
    return rec.report(f'Open H.264, {name}', problems)


def seeks():
    """From the middle the same picture comes as from the beginning."""
    problems = []
    with tempfile.TemporaryDirectory() as folder:
        path, shall = session(folder, 'baseline')
        for n in (2, 5, 8):
            done = rec.run([f'{rec.BUILD}/ffmpeg', '-v', 'error', '-max_fps', '0', '-ss', str(n / 10),
                            '-i', path, '-frames:v', '1', '-pix_fmt', 'rgb24', '-f', 'rawvideo', '-'])
            if len(done.stdout) != len(shall[n]) or compare(done.stdout, shall[n])[0] > 3:
                problems.append(f'at {n / 10} s: another picture; {done.stderr[-200:].decode()}')
    return rec.report('Open H.264, seeking', problems)


def broken():
    """A stream that begins in the middle: its rectangles are lost, the rest is shown."""
    problems = []
    with tempfile.TemporaryDirectory() as folder:
        encode(os.path.join(folder, 'a.h264'), 'testsrc2', 64, 64, BASELINE)
        units = [data for data, _ in access_units(os.path.join(folder, 'a.h264'))]
        red = rect(64, 0, 1, 1, RAW, b'\0\0\xFF\0')
        path = write_fbs(os.path.join(folder, 'b.fbs'), 65, 64,
                         [[rect(0, 0, 64, 64, OPEN_H264, body(units[1])), red]])
        command = [f'{rec.BUILD}/ffmpeg', '-v', 'error', '-i', path, '-pix_fmt', 'rgb24',
                   '-f', 'rawvideo', '-']
        done = rec.run(command)
        if b'Open H.264' not in done.stderr or b'that rectangle is lost' not in done.stderr:
            problems.append(f'complaint: {done.stderr[-200:].decode()}')
        if len(done.stdout) != 65 * 64 * 3 or done.stdout[64 * 3:65 * 3] != b'\xFF\0\0':
            problems.append('what stands behind it is not shown')
        if not rec.run(command[:3] + ['-xerror'] + command[3:]).returncode:
            problems.append('-xerror: exit status 0')
    return rec.report('Open H.264, broken', problems)


if __name__ == '__main__':
    good = [looks_like_ffmpeg(name) for name in STREAMS] + [seeks(), broken()]
    sys.exit(not all(good))
