#!/usr/bin/env python3
"""What is put out: the cursor on the pictures, YUV, and the pictures at their times.

Nothing is compared with what was put out once: cursors are composed here from the recording's
bytes, YUV is worked out here or by swscale, times come from the lists beside the recordings.
"""
import bisect
import itertools
import os
import random
import re
import struct
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import recordings as rec
from mkcontainers import Walker
from test_seek import probe

RAW, RICH, XCURSOR, WITH_ALPHA, POINTER, VMWARE_POINTER = 0, -239, -240, -314, -232, 0x574d5666
BGRX = struct.pack('>BBBBHHHBBB3x', 32, 24, 0, 1, 255, 255, 255, 16, 8, 0)
IDLE = 'tests/samples/tiger_idle60_zrle.fbs'


# --- running ffmpeg ------------------------------------------------------------------------------

def pictures(path, sizes, pix_fmt, *options):
    """The pictures of all updates, one after the other. sizes: (width, height) of each."""
    bytes_of = {'rgb24': lambda w, h: w * h * 3, 'bgr0': lambda w, h: w * h * 4,
                'yuv420p': lambda w, h: w * h + (w + 1) // 2 * ((h + 1) // 2) * 2}[pix_fmt]
    command = [f'{rec.BUILD}/ffmpeg', '-v', 'error', '-nostdin', '-max_fps', '0', *options,
               '-i', path, '-noautoscale', '-fps_mode', 'passthrough', '-pix_fmt', pix_fmt,
               '-f', 'rawvideo', '-']
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as pipe:
        for size in sizes:
            picture = pipe.stdout.read(bytes_of(*size))
            yield picture if len(picture) == bytes_of(*size) else None


def sums(path, *options):
    """(time in ms, MD5) of the pictures, and what ffmpeg complained of"""
    rows, done = rec.pictures(path, options)
    complaint = done.stderr[:200].decode() or f'exit status {done.returncode}'
    return [(time, md5) for time, _, md5 in rows], (done.stderr or done.returncode) and complaint


def known(path):
    """Time and MD5 of the picture after each update, and the end, all without our demuxer."""
    rows = rec.expected(path)
    end = max(ms for _, ms in rec.blocks(path) if ms is not None)
    return [row.time for row in rows], [row.md5[0] for row in rows], end


def sizes_of(path):
    return [(row.width, row.height) for row in rec.expected(path)]


# --- recordings made by hand ---------------------------------------------------------------------

def rect(x, y, w, h, encoding, body=b''):
    return struct.pack('>HHHHi', x, y, w, h, encoding) + body


def write_fbs(path, width, height, updates):
    """updates: a list of rectangles each; they are 100 ms apart."""
    blocks = [b'RFB 003.003\n' + struct.pack('>IHH', 1, width, height) + BGRX + bytes(4)]
    blocks += [struct.pack('>HH', 0, len(u)) + b''.join(u) for u in updates]
    with open(path, 'wb') as f:
        f.write(b'FBS 001.000\n')
        for n, data in enumerate(blocks):
            f.write(struct.pack('>I', len(data)) + data + bytes(-len(data) % 4) +
                    struct.pack('>I', max(n - 1, 0) * 100))
    return path


# --- the cursor ----------------------------------------------------------------------------------

class Cursor:
    """rows of (alpha, red, green, blue), premultiplied"""
    def __init__(self):
        self.rows, self.hot, self.at = [], (0, 0), None

    def draw(self, picture, width, height):
        """An rgb24 picture with the cursor on it."""
        drawn = bytearray(picture)
        for j, row in enumerate(self.rows if self.at else ()):
            y = self.at[1] - self.hot[1] + j
            for i, (alpha, *colour) in enumerate(row):
                x = self.at[0] - self.hot[0] + i
                if 0 <= x < width and 0 <= y < height and alpha:
                    at = (y * width + x) * 3
                    for c, over in enumerate(colour):
                        drawn[at + c] = min(255, over + round(drawn[at + c] * (255 - alpha) / 255))
        return drawn


class CursorWalker(Walker):
    """Follows the cursor of a BGRX session."""
    # libvncserver's notes: LED state, SupportedMessages, SupportedEncodings, ServerIdentity
    NOTES = {-0x20000: lambda w: 0, -0x1ffff: lambda w: 64,
             -0x1fffe: lambda w: w, -0x1fffd: lambda w: w}

    def __init__(self, path):
        data = b''.join(block for block, _ in rec.blocks(path))
        init = data[16:40 + struct.unpack_from('>I', data, 36)[0]]
        assert init[4:17] == BGRX[:13]
        super().__init__(data, 16 + len(init), init)
        self.cursor = Cursor()

    def masks(self, n, w, h):
        """n bitmaps, as rows of bits"""
        line, size = (w + 7) // 8, (w + 7) // 8 * h
        bits = [[[self.data[self.at + k * size + y * line + x // 8] >> 7 - x % 8 & 1
                  for x in range(w)] for y in range(h)] for k in range(n)]
        self.skip(n * size)
        return bits

    def rich(self, w, h):
        pixels = self.data[self.at:self.at + w * h * 4]
        self.skip(w * h * 4)
        mask, = self.masks(1, w, h)
        return [[(255 * mask[y][x], *pixels[(y * w + x) * 4:][2::-1]) for x in range(w)]
                for y in range(h)]

    def x(self, w, h):
        if not w * h:
            return []
        colours = self.data[self.at:self.at + 3], self.data[self.at + 3:self.at + 6]
        self.skip(6)
        bits, mask = self.masks(2, w, h)
        return [[(255 * m, *colours[1 - b]) for b, m in zip(*rows)] for rows in zip(bits, mask)]

    def with_alpha(self, w, h):
        assert self.u('i') == RAW
        rgba = [self.data[self.at + i * 4:self.at + i * 4 + 4] for i in range(w * h)]
        self.skip(w * h * 4)
        return [[(p[3], *p[:3]) for p in rgba[y * w:y * w + w]] for y in range(h)]

    def rectangle(self):
        x, y, w, h, encoding = struct.unpack_from('>HHHHi', self.data, self.at)
        shape = {RICH: self.rich, XCURSOR: self.x, WITH_ALPHA: self.with_alpha}.get(encoding)
        if encoding in self.NOTES:
            self.skip(12 + self.NOTES[encoding](w))
        elif shape:
            self.skip(12)
            self.cursor.rows, self.cursor.hot = shape(w, h), (x, y)
        else:
            if encoding in (POINTER, VMWARE_POINTER):
                self.cursor.at = x, y
            return super().rectangle()
        return False

    def updates(self):
        """The cursor after each update."""
        while self.at < len(self.data):
            update = self.data[self.at] == 0
            try:
                self.message()
            except struct.error:
                return
            if update:
                yield self.cursor


def check_cursor(path, sizes, tolerance=0, shown=True):
    """Pictures with the cursor are those without it and the cursor drawn here."""
    n, visible = -1, 0
    without = pictures(path, sizes, 'rgb24', '-draw_mouse', '0')
    drawn = pictures(path, sizes, 'rgb24', '-draw_mouse', '1')
    cursors = CursorWalker(path).updates()
    for n, ((w, h), below, got, cursor) in enumerate(zip(sizes, without, drawn, cursors)):
        if not below or not got:
            yield f'update {n}: no picture of {w}x{h}'
            continue
        want = cursor.draw(below, w, h)
        visible += want != below
        off = [i for i, (a, b) in enumerate(zip(got, want)) if abs(a - b) > tolerance] \
            if got != want else []
        if off:
            yield (f'update {n}: {len(off)} bytes differ, first at {off[0] // 3 % w},'
                   f'{off[0] // 3 // w}; the cursor is at {cursor.at}')
    if n != len(sizes) - 1:
        yield f'{n + 1} updates, not {len(sizes)}'
    if shown != (visible > 0):
        yield f'a cursor in {visible} pictures'


def check_recorded_cursor(path, shown):
    return check_cursor(path, sizes_of(path), 0, shown)


def alpha_recording(path):
    """Pointers with half-transparent pixels in the middle, over the edges and outside."""
    rng, size = random.Random(11), (64, 48)
    shade = [bytes(rng.randrange(256) for _ in range(4)) for _ in range(64 * 48)]
    colourful = [rect(0, 0, *size, RAW, b''.join(shade))]

    def shape(w, h, x, y):
        rgba = b''
        for _ in range(w * h):
            alpha = rng.choice((0, 1, 64, 127, 128, 200, 254, 255))
            rgba += bytes([rng.randint(0, alpha) for _ in range(3)] + [alpha])
        return rect(x, y, w, h, WITH_ALPHA, struct.pack('>i', RAW) + rgba)

    def at(*places):
        return [[rect(x, y, 0, 0, POINTER)] for x, y in places]

    edges = (30, 20), (0, 0), (2, 3), (63, 47), (63, 0), (0, 47), (64, 48), (66, 20), (65535, 65535)
    updates = [[rect(0, 0, *size, RAW, b'\xff' * (64 * 48 * 4))], [shape(9, 7, 3, 4)]]
    updates += at(*edges) + [[*colourful, shape(16, 16, 0, 0)]] + at(*edges)
    # painted below the pointer where it stands and where it was, also in the update that moves it
    updates += [[rect(12, 8, 20, 10, RAW, b'\x20' * 800)], [rect(15, 9, 0, 0, POINTER)],
                [rect(20, 12, 0, 0, POINTER), rect(17, 11, 5, 5, RAW, b'\xe0' * 100)],
                [shape(0, 0, 0, 0)], [shape(70, 50, 35, 25)], [rect(31, 23, 0, 0, POINTER)]]
    return write_fbs(path, *size, updates), [size] * len(updates)


# --- YUV -----------------------------------------------------------------------------------------

def to_yuv(rgb, w, h):
    """BT.601, limited range; chroma of the mean of what there is of two by two pixels."""
    planes = [[], [], []]
    for y in range(h):
        for x in range(w):
            r, g, b = rgb[(y * w + x) * 3:(y * w + x) * 3 + 3]
            planes[0].append(16 + (65.481 * r + 128.553 * g + 24.966 * b) / 255)
    for y in range(0, h, 2):
        for x in range(0, w, 2):
            at = [(j * w + i) * 3 for j in (y, y + 1) for i in (x, x + 1) if j < h and i < w]
            r, g, b = (sum(rgb[i + c] for i in at) / len(at) for c in range(3))
            planes[1].append(128 + (-37.797 * r - 74.203 * g + 112 * b) / 255)
            planes[2].append(128 + (112 * r - 93.786 * g - 18.214 * b) / 255)
    return planes[0] + planes[1] + planes[2]


def check_conversion(path, sizes):
    rgb = pictures(path, sizes, 'rgb24')
    yuv = pictures(path, sizes, 'yuv420p', '-output', 'yuv420p')
    for n, ((w, h), below, got) in enumerate(zip(sizes, rgb, yuv)):
        if not below or not got:
            yield f'update {n}: no picture'
            continue
        want = to_yuv(below, w, h)
        off = [i for i, (a, b) in enumerate(zip(got, want)) if abs(a - b) > 1]
        if off:
            yield f'update {n}: {len(off)} samples differ, first {got[off[0]]}, not {want[off[0]]}'


def odd_recording(path):
    """Small rectangles at odd places of a frame of odd size, with a cursor that wanders."""
    rng, size = random.Random(5), (65, 49)
    updates = [[rect(0, 0, *size, RAW, rng.randbytes(65 * 49 * 4)),
                rect(2, 1, 5, 3, RICH, rng.randbytes(5 * 3 * 4 + 3))]]
    while len(updates) < 40:
        rects = [rect(rng.randrange(70), rng.randrange(52), 0, 0, POINTER)][:rng.randrange(4)]
        for _ in range(rng.randrange(4)):
            w, h = rng.randint(1, 9), rng.randint(1, 9)
            rects.append(rect(rng.choice((65 - w, rng.randint(0, 65 - w))),
                              rng.choice((49 - h, rng.randint(0, 49 - h))), w, h, RAW,
                              rng.randbytes(w * h * 4)))
        updates.append(rects)
    return write_fbs(path, *size, updates), [size] * len(updates)


def check_psnr(path):
    done = rec.run([f'{rec.BUILD}/ffmpeg', '-nostdin', '-max_fps', '0', '-output', 'yuv420p',
                    '-i', path, '-max_fps', '0', '-i', path, '-filter_complex',
                    '[1]scale=out_color_matrix=bt601:out_range=tv:flags=area+accurate_rnd,'
                    'format=yuv420p[s];[0][s]psnr', '-fps_mode', 'passthrough', '-f', 'null', '-'])
    found = re.search(rb'PSNR .*average:(\S+) min:(\S+)', done.stderr)
    if not found or float(found[2]) < 55:
        yield f'{found[0].decode() if found else done.stderr[-200:].decode()}'


def check_damage(path):
    """Converting what changed gives what a recording of that picture alone gives."""
    sizes, times = sizes_of(path), known(path)[0]
    last = [n for n, time in enumerate(times) if time not in times[n + 1:]]
    picked = {last[len(last) * k // 6] for k in range(1, 6)} | {last[-1]}
    with tempfile.TemporaryDirectory() as folder:
        for mouse in ('0', '1'):
            options = '-draw_mouse', mouse, '-output', 'yuv420p'
            linear = pictures(path, sizes, 'yuv420p', *options)
            exact = pictures(path, sizes, 'bgr0', '-draw_mouse', mouse)
            for n, (got, pixels) in enumerate(zip(linear, exact)):
                if n not in picked:
                    continue
                alone = write_fbs(os.path.join(folder, 'alone.fbs'), *sizes[n],
                                  [[rect(0, 0, *sizes[n], RAW, pixels)]])
                if not got or next(pictures(alone, sizes[n:n + 1], 'yuv420p', *options)) != got:
                    yield f'draw_mouse {mouse}, update {n}: not as if all had been converted'
                seek = '-ss', f'{times[n] / 1000:.3f}'
                if next(pictures(path, sizes[n:n + 1], 'yuv420p', *options, *seek)) != got:
                    yield f'draw_mouse {mouse}, update {n}: not as after a seek'


# --- times ---------------------------------------------------------------------------------------

def check_times(path, gap, beat):
    """-max_gap and -heartbeat: which pictures there are when, and how long it takes."""
    times, md5, end = known(path)
    options = ('-max_gap', str(gap)) * (gap > 0) + ('-heartbeat', str(beat)) * (beat > 0)
    steps = [b - a for a, b in zip([0] + times, times + [end])]
    *short, end = itertools.accumulate(min(step, gap or step) for step in steps)
    got, said = sums(path, *options)
    info = probe(path, '-max_fps', '0', *options)
    packets = [(int(p['pts']), int(p['duration'])) for p in info['packets']]

    if said:
        yield f'ffmpeg: {said}'
    if [time for time, _ in got] != [pts for pts, _ in packets]:
        yield f'pictures at {[t for t, _ in got][:9]}, packets at {[p for p, _ in packets][:9]}'
    if [time for time, _ in got if time in short] != short or not beat and len(got) != len(short):
        yield f'updates at {[time for time, _ in got][:9]}..., not {short[:9]}...'
    for time, picture in got:
        if picture != md5[bisect.bisect_right(short, time) - 1]:
            yield f'at {time} ms there is another picture'
    for (pts, _), (following, _) in zip(packets, packets[1:] + [(end, 0)]):
        if beat and following - pts > beat:
            yield f'nothing between {pts} and {following} ms'
    if abs(sum(packets[-1]) - end) > 1 or abs(float(info['format']['duration']) * 1000 - end) > 1:
        yield f'lasts {info["format"]["duration"]} s, to {sum(packets[-1])}, not {end} ms'


def check_rate(path):
    times, md5, _ = known(path)
    for fps in (10, 30):
        got, _ = sums(path, '-max_fps', str(fps))
        for time, picture in got:
            if picture != md5[bisect.bisect_right(times, time) - 1]:
                yield f'max_fps {fps}: at {time} ms there is another picture'
        missing = [t for t in times if min(abs(t - time) for time, _ in got) > 1000 / fps]
        if missing:
            yield f'max_fps {fps}: nothing of what changed at {missing[0]} ms'
        if got[-1] != (times[-1], md5[-1]):
            yield f'max_fps {fps}: ends with {got[-1]}, not {times[-1], md5[-1]}'
    done = rec.run([f'{rec.BUILD}/ffmpeg', '-v', 'error', '-nostdin', '-draw_mouse', '0',
                    '-i', path, '-noautoscale', '-fps_mode', 'vfr', '-pix_fmt', 'rgb24',
                    '-f', 'framemd5', '-'])
    if done.stdout.decode().split()[-1] != md5[-1]:
        yield f'vfr: the last picture is another one{done.stderr[:100].decode()}'


def check_colour_map(path):
    for options in ((), ('-output', 'yuv420p')):
        info = probe(path, '-show_frames', *options)
        formats = {s['pix_fmt'] for s in info['streams']} | {
            f['pix_fmt'] for f in info['packets_and_frames'] if f['type'] == 'frame'}
        if formats != {'pal8'}:
            yield f'{options}: {formats} instead of pal8'
        got, said = sums(path, *options)
        if said:
            yield f'{options}: {said}'
        if [picture for _, picture in got] != known(path)[1]:
            yield f'{options}: other pictures'


def cases(folder):
    """(name, check, its arguments); None for a recording that is not there"""
    alpha = alpha_recording(os.path.join(folder, 'alpha.fbs'))
    odd = odd_recording(os.path.join(folder, 'odd.fbs'))
    yield 'cursor with alpha', check_cursor, (*alpha, 1)
    yield 'cursor at odd places', check_cursor, odd
    yield 'yuv420p of odd sizes', check_conversion, odd
    yield 'yuv420p with alpha', check_conversion, alpha
    # TigerVNC's pointers are empty: the server itself drew them
    for name, shown in (('x11vnc_cursor_zrle_rich', True), ('x11vnc_cursor_tight_x', True),
                        ('tiger_drag_tight', False), ('tiger_resize_zrle_extds', False)):
        yield f'cursor of {name}', check_recorded_cursor, (rec.sample(name + '.fbs'), shown)
    for name in ('tiger_idle60_zrle', 'x11vnc_cursor_zrle_rich', 'tiger_text_tight_nojpeg',
                 'synth_tight_bgrx'):
        yield f'yuv420p of {name} and swscale', check_psnr, (rec.sample(name + '.fbs'),)
    for name in ('x11vnc_cursor_zrle_rich', 'tiger_drag_tight', 'tiger_resize_zrle_extds'):
        yield f'yuv420p by damage of {name}', check_damage, (rec.sample(name + '.fbs'),)
    for gap, beat in ((0, 5000), (0, 700), (1000, 0), (45, 0), (1000, 300), (300, 1000)):
        yield f'max_gap {gap} heartbeat {beat}', check_times, (IDLE, gap, beat)
    for name in ('tiger_drag_tight', 'x11vnc_cursor_zrle_rich', 'tiger_idle60_zrle'):
        yield f'max_fps of {name}', check_rate, (rec.sample(name + '.fbs'),)
    yield 'colour map', check_colour_map, ('tests/samples/tight_map8_tight.fbs',)


def main():
    good = []
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        found = list(cases(folder))
        for case in [case for case in found if not case[2][0]]:
            print(f'skip {case[0]} - not in $SAMPLES')
            found.remove(case)
        for case, problems in zip(found, pool.map(lambda c: list(c[1](*c[2])), found)):
            good.append(rec.report(case[0], problems))
    sys.exit(not all(good))


if __name__ == '__main__':
    main()
