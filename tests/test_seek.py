#!/usr/bin/env python3
"""Seeking, times and durations, and ffplay.

A picture at time T is the one of the last update at or before T, whichever way one gets there.
"""
import bisect
import json
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import recordings as rec

NAMES = ('tiger_idle60_zrle', 'tiger_drag_tight', 'tight_map8_hextile', 'tiger_resize_zrle_extds',
         'qemu_boot_hextile_be565')


def times_of_blocks(path):
    """Time of the last byte of each block, and of the file's end."""
    return [ms for _, ms in rec.blocks(path) if ms is not None]


def at(path, ms, options=('-max_fps', '0')):
    """MD5 and time of the picture after a seek, with the time counted from the seek."""
    done = rec.run([f'{rec.BUILD}/ffmpeg', '-v', 'error', '-nostdin', *options, '-draw_mouse', '0',
                    '-ss', f'{ms / 1000:.3f}', '-i', path, '-frames:v', '1', '-noautoscale',
                    '-fps_mode', 'passthrough', '-enc_time_base', '1:1000', '-pix_fmt', 'rgb24',
                    '-f', 'framemd5', '-'])
    rows = [line.split(',') for line in done.stdout.decode().splitlines()
            if line and not line.startswith('#')]
    return (rows[0][5].strip(), int(rows[0][2])) if rows else (None, done.stderr.decode()[:200])


def targets(times, end):
    """Before the first update, at and around some, in the longest gap, behind the last one."""
    gaps = sorted(zip(times, times[1:]), key=lambda g: g[0] - g[1])
    picked = times[:2] + times[len(times) // 2:len(times) // 2 + 2] + times[-1:]
    found = {0, times[0] // 2, end - 1}
    for t in picked:
        found |= {t - 1, t, t + 1}
    for start, stop in gaps[:2]:
        found |= {(start + stop) // 2, stop - 1}
    return sorted(t for t in found if 0 <= t < end)


def check_pictures(path):
    rows, _ = rec.pictures(path)
    times, end = [r[0] for r in rows], max(times_of_blocks(path))
    for t in targets(times, end):
        n = max(bisect.bisect_right(times, t) - 1, 0)
        md5, pts = at(path, t)
        if md5 != rows[n][2]:
            same = [i for i, r in enumerate(rows) if r[2] == md5]
            yield f'at {t} ms: {md5 or pts} (picture {same}) instead of picture {n} of {times[n]}'
        elif pts != max(times[0] - t, 0):
            yield f'at {t} ms: the picture comes {pts} ms behind the seek'


def probe(path, *options):
    done = rec.run([f'{rec.BUILD}/ffprobe', '-v', 'error', '-of', 'json', '-show_format',
                    '-show_streams', '-show_packets', *options, path])
    return json.loads(done.stdout)


def check_durations(path):
    """Packets follow each other without a gap, up to the end of the file."""
    end = max(times_of_blocks(path))
    for fps in ('0', '30', '5'):
        info = probe(path, '-max_fps', fps)
        packets = [(int(p['pts']), int(p['duration'])) for p in info['packets']]
        stream = info['streams'][0]
        if round(float(info['format']['duration']) * 1000) != end:
            yield f'max_fps {fps}: duration {info["format"]["duration"]}, not {end} ms'
        if stream['time_base'] != '1/1000':
            yield f'time base {stream["time_base"]}'
        if fps != '0' and stream['r_frame_rate'] != f'{fps}/1':
            yield f'max_fps {fps}: r_frame_rate {stream["r_frame_rate"]}'
        for (pts, duration), (following, _) in zip(packets, packets[1:]):
            # libavformat makes 1 of a duration of 0
            if pts + duration != following and (pts != following or duration > 1):
                yield f'max_fps {fps}: the packet of {pts} ends at {pts + duration}, not {following}'
        if packets and abs(sum(packets[-1]) - end) > 1:
            yield f'max_fps {fps}: the last packet ends at {sum(packets[-1])}, not {end}'
        if fps != '0' and len(packets) > end * int(fps) / 1000 + 2:
            yield f'max_fps {fps}: {len(packets)} packets in {end} ms'


def check_merging(path):
    """The picture of merged updates is that of the last of them."""
    rows, _ = rec.pictures(path)
    done = rec.run([f'{rec.BUILD}/ffmpeg', '-v', 'error', '-nostdin', '-max_fps', '5',
                    '-draw_mouse', '0', '-i', path, '-noautoscale', '-fps_mode', 'passthrough',
                    '-enc_time_base', '1:1000', '-pix_fmt', 'rgb24', '-f', 'framemd5', '-'])
    merged = [(int(f[2]), f[5].strip()) for f in
              (line.split(',') for line in done.stdout.decode().splitlines()
               if line and not line.startswith('#'))]
    last = {}
    for t, _, md5 in rows:
        last[(t * 5 + 500) // 1000] = (t, md5)     # the tick that is next
    want = list(last.values())
    if merged != want:
        bad = next((i for i, (m, w) in enumerate(zip(merged, want)) if m != w), 'the end')
        yield f'{len(merged)} pictures, {len(want)} ticks of 1/5 s; first difference at {bad}'


def check_parts(path):
    """-ss with -t, as constant frame rate, has the frames that the length asks for."""
    end = max(times_of_blocks(path)) / 1000
    for start, stop in ((0, end / 2), (end / 3, end / 2), (end / 2, end)):
        done = rec.run([f'{rec.BUILD}/ffmpeg', '-v', 'error', '-nostdin', '-ss', f'{start:.3f}',
                        '-i', path, '-t', f'{stop - start:.3f}', '-fps_mode', 'cfr', '-r', '25',
                        '-f', 'framecrc', '-'])
        frames = sum(not line.startswith(b'#') for line in done.stdout.splitlines())
        if abs(frames - (stop - start) * 25) > 2:
            yield f'{start:.3f} to {stop:.3f} s: {frames} frames at 25 fps'


class Player:
    """ffplay on a screen of its own."""
    def __init__(self, path, width, height, *options):
        self.display = f':{200 + os.getpid() % 700}'
        self.x = subprocess.Popen(['Xvfb', self.display, '-screen', '0', '1100x900x24',
                                   '-nolisten', 'tcp'], stderr=subprocess.DEVNULL)
        self.env = dict(os.environ, DISPLAY=self.display, SDL_AUDIODRIVER='dummy')
        self.wait(lambda: self.tool('xdotool', 'getdisplaygeometry').returncode == 0)
        self.play = subprocess.Popen(
            [f'{rec.BUILD}/ffplay', '-v', 'error', '-noborder', '-left', '0', '-top', '0',
             '-x', str(width), '-y', str(height), '-draw_mouse:v', '0', *options, path],
            env=self.env, stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)

    def tool(self, *command):
        return subprocess.run(command, env=self.env, capture_output=True, timeout=30)

        self.wait(lambda: self.window('windowmove', '0', '0').returncode == 0)
        # without a window manager SDL's software renderer needs to be told of its size
        for size in (width + 1, width):
            time.sleep(0.5)
            self.window('windowsize', str(size), str(height))

    def window(self, *command):
        return self.tool('xdotool', 'search', '--class', 'ffplay', *command)

    @staticmethod
    def wait(ready, seconds=20):
        until = time.time() + seconds
        while time.time() < until:
            if ready():
                return True
            time.sleep(0.2)
        return False

    def key(self, name):
        self.window('windowfocus')
        self.tool('xdotool', 'key', name)

    def shows(self, width, height):
        """The upper left part of the screen, as rgb24."""
        done = self.tool('import', '-window', 'root', '-crop', f'{width}x{height}+0+0', '-depth',
                         '8', 'rgb:-')
        return done.stdout

    def close(self):
        for process in (self.play, self.x):
            process.terminate()
            process.wait()


def picture(path, ms, width, height):
    done = rec.run([f'{rec.BUILD}/ffmpeg', '-v', 'error', '-nostdin', '-draw_mouse', '0', '-max_fps',
                    '0', '-ss', f'{ms / 1000:.3f}', '-i', path, '-frames:v', '1', '-pix_fmt',
                    'rgb24', '-f', 'rawvideo', '-'])
    return done.stdout[:width * height * 3]


def alike(a, b):
    """SDL may round a colour; nothing else may differ."""
    return a == b or len(a) == len(b) and max(abs(x - y) for x, y in zip(a, b)) <= 2


def check_player(path):
    """A recording in which nothing happens for most of a minute: what is shown can be told."""
    rows, _ = rec.pictures(path)
    times = [r[0] for r in rows]
    width, height = rec.expected(path)[0].width, rec.expected(path)[0].height
    start, stop = max(zip(times, times[1:]), key=lambda g: g[1] - g[0])
    idle = picture(path, (start + stop) // 2, width, height)
    last = picture(path, times[-1], width, height)
    steps = (                               # keys to press, what is shown then, what it was for
        ((), idle, 'after -ss into the idle time'),
        (('space', 'Up'), last, 'paused, a minute on and so at the end'),
        (('Left',), idle, 'paused, 10 s back from the end'),
        (('space', 'Right'), last, 'playing, at the end'),
        (('Down',), idle, 'playing, a minute back'),
    )
    player = Player(path, width, height, '-ss', '1')
    try:
        for keys, shown, what in steps:
            for key in keys:
                player.key(key)
            if not player.wait(lambda: alike(player.shows(width, height), shown)):
                yield f'{what}: ffplay shows something else'
            if player.play.poll() is not None:
                yield f'{what}: ffplay has ended'
    finally:
        player.close()


def main():
    good = []
    checks = [(name, check) for name in NAMES
              for check in (check_pictures, check_durations, check_merging, check_parts)]
    with ThreadPoolExecutor(2) as pool:
        done = pool.map(lambda c: list(c[1](rec.sample(c[0] + '.fbs'))), checks)
        for (name, check), problems in zip(checks, done):
            good.append(rec.report(f'{name} {check.__name__[6:]}', problems))
    missing = [tool for tool in ('Xvfb', 'xdotool', 'import') if not shutil.which(tool)]
    if missing or not os.path.exists(f'{rec.BUILD}/ffplay'):
        print(f'skip ffplay - no {" ".join(missing) or "ffplay"}')
    else:
        good.append(rec.report('ffplay', list(check_player(rec.sample('tiger_idle60_zrle.fbs')))))
    sys.exit(not all(good))


if __name__ == '__main__':
    main()
