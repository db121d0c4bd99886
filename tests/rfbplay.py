"""rfbplay for tests: running it, and what ffprobe and ffmpeg say of the files it made."""
import json
import os
import re
import subprocess
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


def sizes(path):
    return [(row.width, row.height) for row in rec.expected(path)]


def near(a, b, by=FRAME):
    return abs(a - b) <= by


def psnr(a, b):
    """Lowest of all frames, of two videos with the same pictures."""
    done = rec.run([f'{rec.BUILD}/ffmpeg', '-v', 'info', '-i', a, '-i', b, '-lavfi',
                    '[0]setpts=N/TB,format=gbrp[a];[1]setpts=N/TB,format=gbrp[b];[a][b]psnr',
                    '-f', 'null', '-'])
    found = re.search(rb'PSNR .* min:(\S+)', done.stderr)
    return float(found.group(1)) if found else -1


class Runner:
    """Runs checks, which yield what is wrong or return 'skip', each with a folder of its own."""
    def __init__(self):
        self.good = True

    def run(self, name, check, *args):
        begun = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            problems = check(*args, folder)
            if problems == 'skip':
                print(f'skip rfbplay: {name} - no right to mount')
                return
            self.good &= rec.report(f'rfbplay: {name}', list(problems))
        if 'TIMES' in os.environ:
            print(f'# {time.monotonic() - begun:.1f} s')

    def run_all(self, checks):
        for check in checks:
            self.run(check.__name__[6:].replace('_', ' '), check)
