#!/usr/bin/env python3
"""The pictures of recordings, update by update, against what is known of them.

NAME.md5 beside a recording has the time, size and MD5 of the picture after every
FramebufferUpdate. rfbproxy's own test suite has MD5s of what its exporter makes of a recording.
"""
import hashlib
import os
import struct
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import recordings as rec

# Recordings whose raw times cannot be the right ones: they wrap, or step back.
ODD_TIMES = ('.tswrap', '.tsback')

# Where times are sums of nanoseconds, and which of a message's chunks counts is anybody's choice.
SUM_SLACK = 5


def turbojpeg():
    """Whether JPEG rectangles are decoded as their servers' own clients do."""
    done = rec.run([f'{rec.BUILD}/ffmpeg', '-hide_banner', '-buildconf'])
    path = os.path.join(rec.BUILD, 'ffmpeg-7.1', 'ffbuild', 'config.mak')
    if os.path.exists(path):
        with open(path) as config:
            return 'CONFIG_LIBTURBOJPEG=yes' in config.read().splitlines()
    return b'turbojpeg' in done.stdout


def wrong_time(want, n, got, slack):
    """Updates that share a block may be spread between the block before and their own."""
    time = want[n].time
    if abs(got - time) <= slack:
        return None
    shared = sum(w.time == time for w in want) > 1
    before = max((w.time for w in want if w.time < time), default=0)
    if shared and before <= got <= time:
        return None
    return f'update {n}: at {got} ms, not {time}'


def signature(path):
    """Mean colours of 16x12 cells of some updates."""
    rows = {}
    if os.path.exists(rec.stem(path) + '.sig'):
        with open(rec.stem(path) + '.sig') as lines:
            for line in lines:
                if not line.startswith('#'):
                    field = line.split()
                    rows[int(field[0])] = bytes.fromhex(field[3])
    return rows


def cells(path, n, width, height):
    done = rec.ffmpeg(rec.options_for(path), path, ['-vf', f'select=eq(n\\,{n})', '-frames:v', '1',
                                                    '-f', 'rawvideo'])
    means, raw = [], done.stdout
    for j in range(12):
        for i in range(16):
            x0, x1 = i * width // 16, (i + 1) * width // 16
            rows = range(j * height // 12, (j + 1) * height // 12)
            part = b''.join(raw[(y * width + x0) * 3:(y * width + x1) * 3] for y in rows)
            means += [sum(part[c::3]) / max(1, len(part) // 3) for c in range(3)]
    return means


def close_enough(path, n, want):
    known = signature(path)
    if n not in known:
        return True
    got = cells(path, n, want.width, want.height)
    return max(abs(a - b) for a, b in zip(got, known[n])) <= 2


def check_picture(path, n, got, want, exact_jpeg):
    if got[1] != want.width * want.height * 3:
        return f'update {n}: {got[1]} bytes, not {want.width}x{want.height}x3'
    if got[2] in want.md5 or 'u' in want.flags:
        return None
    if 'j' in want.flags and not exact_jpeg and close_enough(path, n, want):
        return None
    return f'update {n}: md5 {got[2]}, not {" or ".join(want.md5)}'


def check(path, exact_jpeg):
    want = rec.expected(path)
    got, done = rec.pictures(path)
    slack = 0 if path.endswith('.fbs') else SUM_SLACK
    problems = []
    if len(got) != len(want):
        problems.append(f'{len(got)} pictures, not {len(want)}')
    for n, (g, w) in enumerate(zip(got, want)):
        problems.append(check_picture(path, n, g, w, exact_jpeg))
        if not rec.name_of(path).endswith(ODD_TIMES):
            problems.append(wrong_time(want, n, g[0], slack))
    if any(b[0] < a[0] for a, b in zip(got, got[1:])):
        problems.append('time runs backwards')
    if done.returncode:
        problems.append(f'exit status {done.returncode}: {done.stderr.decode()[:200]}')
    return [p for p in problems if p]


def times_behind(path):
    """For each update of Raw, CopyRect and CoRRE rectangles the time of the block behind it."""
    blocks = rec.blocks(path)
    data, ends = b''.join(block for block, _ in blocks), []
    for block, ms in blocks:
        ends.append(((ends[-1][0] if ends else 0) + len(block), ms))
    at = 40 + struct.unpack_from('>I', data, 36)[0]
    while at < len(data):
        rects, = struct.unpack_from('>H', data, at + 2)
        at += 4
        for _ in range(rects):
            _, _, width, height, encoding = struct.unpack_from('>4HI', data, at)
            at += 12
            if encoding == 4:
                at += 8 + 8 * struct.unpack_from('>I', data, at)[0]
            else:
                at += 4 if encoding == 1 else width * height * 4
        yield next((ms for end, ms in ends if at < end), ends[-1][1])


def rfbproxy_export(path, fps):
    """rfbproxy -x: after an update as many PPMs as the time of what is behind it asks for."""
    pipe = subprocess.Popen(
        [f'{rec.BUILD}/ffmpeg', '-v', 'error', '-nostdin', '-max_fps', '0', '-draw_mouse', '0',
         '-i', path, '-fps_mode', 'passthrough', '-pix_fmt', 'rgb24', '-f', 'rawvideo', '-'],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    md5, sent = hashlib.md5(), 0
    for ms in times_behind(path):
        picture = pipe.stdout.read(1024 * 768 * 3)
        while (sent + 1) * 1000 * fps[1] < ms * fps[0]:
            md5.update(b'P6 1024 768 255\n' + picture)
            sent += 1
    pipe.stdout.close()
    pipe.wait()
    return md5.hexdigest()


def check_rfbproxy():
    path = rec.sample('wild/rfbproxy-xclock.fbs')
    for fps, md5 in (((1, 1), '203ad5c8cfc365d03b25c5699e3866aa'),
                     ((2, 1), 'feb7a90f227ada6dc59c18eb228f77e9'),
                     ((30000, 1001), 'cb35b3f28b8f1d7465a02cc41cb14ac0')):
        name = f'rfbproxy-xclock at {fps[0]}/{fps[1]}'
        if not path:
            print(f'skip {name} - not in $SAMPLES')
            continue
        got = rfbproxy_export(path, fps)
        yield rec.report(name, [] if got == md5 else [f'md5 {got}, not {md5}'])


def main():
    demuxers = rec.run([f'{rec.BUILD}/ffmpeg', '-hide_banner', '-demuxers']).stdout.decode()
    paths, good, exact = rec.with_pictures(), [], turbojpeg()
    for path in [p for p in paths if p.endswith('.fb') and ' minimega ' not in demuxers]:
        print(f'skip {rec.name_of(path)} - no demuxer for it')
        paths.remove(path)
    with ThreadPoolExecutor(2) as pool:
        for path, problems in zip(paths, pool.map(lambda p: check(p, exact), paths)):
            good.append(rec.report(rec.name_of(path), problems))
    good += check_rfbproxy()
    sys.exit(not all(good))


if __name__ == '__main__':
    main()
