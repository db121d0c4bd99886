#!/usr/bin/env python3
"""rfbplay index, and what seeks make of an index.

What a seek gives with an index is what it gives without one, in every container and with every
option; pictures are also compared with the lists beside the recordings, which other decoders made.
test_index.c has more of these, and damaged indices.
"""
import gzip
import hashlib
import json
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

import mkcontainers
import recordings as rec
from server import Server

PLAY = f'{rec.BUILD}/rfbplay'
DRAG = 'tests/samples/tiger_drag_tight.fbs'
TEXT = 'tests/samples/tiger_text_tight_nojpeg.fbs'
# What is behind a key packet is decoded in one way or the other.
COPIES = ('tiger_drag_tight', 'tiger_resize_zrle_extds', 'tight_map8_tight', 'x11vnc_mix_zlib',
          'qemu_boot_hextile_be565', 'qemu_memtest_tight_222', 'x11vnc_cursor_zrle_rich')


def play(*args, **env):
    return subprocess.run([PLAY, *args], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=100, env=dict(os.environ, **env))


def index(path, *options):
    done = play('index', '--every', '1ms', *options, path)
    return '' if done.returncode == 0 else f'rfbplay index: {done.stderr}'


def points(path, *options):
    """What `rfbplay info` says of the index."""
    return json.loads(play('info', '--json', *options, path).stdout)['index']


def picture(path, ms, *options, tool=()):
    """MD5 of the picture after a seek, or what was said instead."""
    done = rec.run([*(tool or [f'{rec.BUILD}/ffmpeg']), '-v', 'warning', '-nostdin', '-max_fps', '0',
                    '-draw_mouse', '0', *options, '-ss', f'{ms / 1000:.3f}', '-i', path, '-frames:v',
                    '1', '-pix_fmt', 'rgb24', '-f', 'rawvideo', '-'])
    return hashlib.md5(done.stdout).hexdigest() if done.stdout else done.stderr.decode()[:200]


def known(path):
    """{ms: MD5s of the last picture at that time}"""
    return {e.time: e.md5 for e in rec.expected(path)}


def copy_of(path, folder):
    return shutil.copy(path, os.path.join(folder, os.path.basename(path)))


def check_command(folder):
    path = copy_of(DRAG, folder)
    beside = path + '.rfbindex'
    done = play('index', path)
    if done.returncode or not os.path.exists(beside) or len(os.listdir(folder)) != 2:
        yield f'exit status {done.returncode}, {os.listdir(folder)}: {done.stderr}'
    first = os.stat(beside).st_ino
    if play('index', path).returncode or os.stat(beside).st_ino != first:
        yield 'it is made anew although it is good'
    yield index(path, '--force')
    told = points(path)
    if os.stat(beside).st_ino == first or told['resume_points'] < 50 or not told['complete']:
        yield f'--force --every 1ms: {told}'
    if points(path, '--index', 'none') is not None:
        yield 'info knows of an index with --index none'
    text = play('info', path).stdout
    if f'{told["key_pictures"]} key pictures and {told["resume_points"]} resume points' not in text:
        yield f'info says: {text[-200:]}'
    if play('index', path + '.none').returncode != 1 or play('index').returncode != 2:
        yield 'no error for a file that is not there, or for none'
    with open(os.path.join(folder, 'text'), 'w') as f:
        f.write('no recording')
    if play('index', f.name).returncode != 1 or os.path.exists(f.name + '.rfbindex'):
        yield 'something else than a recording was indexed'


def check_cache(folder):
    path, cache = copy_of(DRAG, folder), os.path.join(folder, 'a', 'cache')
    yield index(path, '--cache-dir', cache)
    if os.path.exists(path + '.rfbindex') or len(os.listdir(cache)) != 1:
        yield f'--cache-dir: {os.listdir(folder)}'
    if not points(path, '--cache-dir', cache) or points(path):
        yield 'info finds no index in the cache, or one elsewhere'
    # a folder of that name keeps the file from being made beside the recording
    os.mkdir(path + '.rfbindex.part')
    done = play('index', path, XDG_CACHE_HOME=os.path.join(folder, 'xdg'))
    found = os.listdir(os.path.join(folder, 'xdg', 'rfbplay')) if not done.returncode else []
    if len(found) != 1 or not found[0].endswith('-tiger_drag_tight.fbs.rfbindex'):
        yield f'the user\'s cache has {found}: {done.stderr}'
    out, at = os.path.join(folder, 'shot.bmp'), known(DRAG)
    ms = sorted(at)[-5]
    done = play('snapshot', path, '--time', f'{ms}ms', '--cache-dir', cache, '--no-cursor', out)
    got = hashlib.md5(rec.run([f'{rec.BUILD}/ffmpeg', '-v', 'error', '-i', out, '-pix_fmt', 'rgb24',
                               '-f', 'rawvideo', '-']).stdout).hexdigest()
    if done.returncode or got not in at[ms]:
        yield f'snapshot: {got}, not {at[ms]}: {done.stderr}'


def packets(path, ms, *options):
    """(pts, duration, size, hash) of what comes after a seek, decoding aside."""
    done = rec.run([f'{rec.BUILD}/ffprobe', '-v', 'error', '-select_streams', 'v', '-of', 'json',
                    '-show_data_hash', 'crc32', '-show_entries',
                    'packet=pts,duration,size,flags,data_hash', '-read_intervals',
                    f'{ms / 1000:.3f}%+#300', *options, path])
    return [(p['pts'], p.get('duration'), p['size'], p['data_hash'])
            for p in json.loads(done.stdout)['packets'] if 'D' not in p['flags']][:30]


WAYS = ((), ('-max_fps', '0', '-max_gap', '300'), ('-max_fps', '3'), ('-max_gap', '20'),
        ('-heartbeat', '250'))


def check_packets(path, step, ways=WAYS):
    """The same with and without, from times all over the recording."""
    problem = index(path)
    if problem:
        yield problem
        return
    for options in ways:
        plain = json.loads(rec.run([f'{rec.BUILD}/ffprobe', '-v', 'error', '-of', 'json', '-show_format',
                                    '-index', 'none', *options, path]).stdout)['format']['duration']
        quick = json.loads(rec.run([f'{rec.BUILD}/ffprobe', '-v', 'error', '-of', 'json', '-show_format',
                                    *options, path]).stdout)['format']['duration']
        if plain != quick:
            yield f'{options}: duration {quick}, without an index {plain}'
        end = int(float(plain) * 1000)
        for ms in range(0, end + 100, max(end // step, 1)):
            want, got = packets(path, ms, '-index', 'none', *options), packets(path, ms, *options)
            # a picture may be repeated first, which needs no hash of its own
            if want != got or not (got or ms >= end):
                bad = next((i for i, (a, b) in enumerate(zip(want, got)) if a != b), 'the end')
                yield f'{options}, from {ms} ms: other packets from {bad} on'


def check_containers(folder):
    session = mkcontainers.read('tests/samples/tiger_idle60_zrle.fbs')
    for name in mkcontainers.WRITERS:
        path = os.path.join(folder, f'idle.{name}')
        with open(path, 'wb') as f:
            f.write(mkcontainers.write(name, session))
        if json.loads(play('info', '--json', path).stdout.strip() or '{}').get('updates', 0) < 3:
            continue
        for problem in check_packets(path, 2, WAYS[:2]):
            yield f'{name}: {problem}' if problem else ''


def check_copies(folder):
    """A copy from a point on has the pictures from there on, for who knows nothing of indices."""
    out = os.path.join(folder, 'copy.fbs')
    for name in COPIES:
        path = copy_of(rec.sample(name + '.fbs'), folder)
        yield index(path)
        want = rec.expected(rec.sample(name + '.fbs'))
        at = want[2 * len(want) // 3].time
        done = rec.run([f'{rec.BUILD}/ffmpeg', '-v', 'error', '-nostdin', '-y', '-max_fps', '0', '-ss',
                        f'{at / 1000:.3f}', '-i', path, '-c', 'copy', out])
        got, _ = rec.pictures(out, ('-index', 'none'))
        after = [e for e in want if e.time >= at]
        got = got[-len(after):]
        if done.returncode or len(got) != len(after) or not all(
                g[2] in e.md5 or 'j' in e.flags for g, e in zip(got, after)):
            yield f'{name}: {len(got)} of {len(after)} pictures, or wrong ones: {done.stderr.decode()}'
        if any(g[0] != e.time - at for g, e in zip(got[1:], after[1:])):
            yield f'{name}: wrong times'


def repeat(path, times):
    """(FBS recording that plays another one so many times over, which keeps no state; ms of each)"""
    blocks, at = [], 12
    data = open(path, 'rb').read()
    while at + 8 <= len(data):
        size, = struct.unpack_from('>I', data, at)
        end = at + 4 + size + -size % 4
        blocks.append((data[at:end], struct.unpack_from('>I', data, end)[0]))
        at = end + 4
    every = blocks[-1][1] + 1000
    body = [block + struct.pack('>I', ms + n * every) for n in range(times)
            for i, (block, ms) in enumerate(blocks) if i or not n]      # the handshake once only
    return data[:12] + b''.join(body), every


def bytes_read(path, ms, *options):
    """From the recording, for the first picture behind a seek."""
    said = rec.run([f'{rec.BUILD}/ffmpeg', '-v', 'debug', '-nostdin', *options, '-ss',
                    f'{ms / 1000:.3f}', '-i', path, '-frames:v', '1', '-f', 'null', '-']).stderr
    return max(int(n) for n in re.findall(rb'Statistics: (\d+) bytes read', said))


def check_gzip(folder):
    """What is compressed is inflated from a place near the point on, in a second member, too."""
    source, times = 'tests/samples/tiger_drag_hextile.fbs', 150
    data, every = repeat(source, times)
    at, half = known(source), len(data) // 2
    whole = os.path.join(folder, 'whole.fbs.gz')
    for name, parts in (('whole.fbs.gz', (data,)), ('two.fbs.gz', (data[:half], data[half:]))):
        path = os.path.join(folder, name)
        with open(path, 'wb') as f:
            f.write(b''.join(gzip.compress(part, 1) for part in parts))
        done = play('index', path)
        if done.returncode:
            yield f'rfbplay index: {done.stderr}'
        for ms in (n * every + list(at)[n % len(at)] for n in range(1, times, 21)):
            if picture(path, ms) not in at[ms % every]:
                yield f'{name}: {picture(path, ms)} at {ms} ms, not {at[ms % every]}'
    size, late = os.path.getsize(whole), (times - 1) * every
    # FFmpeg reads ahead, and an index stands for four megabytes
    if bytes_read(whole, late) > size * 0.4 or bytes_read(whole, late, '-index', 'none') < size * 0.9:
        yield f'{bytes_read(whole, late)} bytes of {size} are read with an index'
    with open(whole, 'r+b') as f:       # what it knows the recording by is not there
        f.seek(size * 5 // 14)
        f.write(b'damage')
    ms = list(at)[-1]
    if picture(whole, late + ms) not in at[ms]:
        yield f'behind damage: {picture(whole, late + ms)}, not {at[ms]}'


def check_stale(folder):
    """An index of other bytes is nothing to talk about, but is not used."""
    path, known_at = copy_of(DRAG, folder), known(TEXT)
    yield index(path)
    shutil.copy(TEXT, path)
    at = sorted(known_at)[len(known_at) // 2]
    done = rec.run([f'{rec.BUILD}/ffmpeg', '-v', 'verbose', '-nostdin', '-ss', f'{at / 1000:.3f}', '-i',
                    path, '-frames:v', '1', '-f', 'null', '-'])
    if b'rfbindex is not used: it belongs to another recording' not in done.stderr:
        yield f'nothing is said with -v verbose: {done.stderr.decode()[:300]}'
    if picture(path, at) not in known_at[at]:
        yield f'stale: {picture(path, at)}'
    if points(path) is not None:
        yield 'info believes in the index of another recording'
    play('index', path)
    if not points(path)['complete']:
        yield 'a stale index is not made anew'
    with open(path + '.rfbindex', 'r+b') as f:
        f.seek(100)
        f.write(b'nonsense')
    done = rec.run([f'{rec.BUILD}/ffprobe', '-v', 'warning', path])
    if b'damaged' not in done.stderr or picture(path, at, '-v', 'error') not in known_at[at]:
        yield f'damaged: {done.stderr.decode()[:200]}'


def check_kill(folder):
    """kill -9 while an index is made: nothing is there, and the next one is made."""
    path = os.path.join(folder, 'long.fbs')
    rec.endless(DRAG, path, 12, 20000)
    beside, part = path + '.rfbindex', path + '.rfbindex.part'
    for _ in range(5):
        p = subprocess.Popen([PLAY, '-q', 'index', '--every', '1ms', path])
        while p.poll() is None and not (os.path.exists(part) and os.path.getsize(part) > 100000):
            time.sleep(0.002)
        p.kill()
        if p.wait() == -signal.SIGKILL and os.path.exists(part):
            break
        if os.path.exists(beside):
            os.unlink(beside)
    else:
        yield 'it was always faster'
        return
    if os.path.exists(beside):
        yield 'there is an index'
    os.rename(part, beside)
    if points(path) is not None:
        yield 'half an index is believed'
    os.rename(beside, part)
    if (problem := index(path)) or os.path.exists(part) or not points(path)['complete']:
        yield problem or f'afterwards: {os.listdir(folder)}'
    # who comes second finds that somebody is at it
    p = subprocess.Popen([PLAY, '-q', 'index', '--force', '--every', '1ms', path])
    while p.poll() is None and not (os.path.exists(part) and os.path.getsize(part) > 100000):
        time.sleep(0.002)
    p.send_signal(signal.SIGSTOP)
    done = play('index', '--force', path) if p.poll() is None else None
    p.send_signal(signal.SIGCONT)
    if done and (done.returncode != 1 or 'just now' not in done.stderr):
        yield f'two at once: {done.returncode} {done.stderr}'
    if p.wait(60):
        yield 'the first one failed'


def counted(server, name):
    return int(re.search(f'^rfbplay_{name} (\\d+)', server.get('/metrics')[2].decode(), re.M)[1])


def check_server(folder):
    """A slow seek makes an index, in the background; it is used, and not in the list."""
    path = os.path.join(folder, 'long.fbs')
    rec.endless(DRAG, path, 160, 20000)      # a fast machine needs less than 100 ms for 40
    at = known(DRAG)
    ms = sorted(at)[len(at) // 2]
    url = f'/long.fbs?t={159 * 20 + ms / 1000:.3f}&format=png&cursor=0'
    with Server(folder) as server:
        before = server.get(url)
        until = time.time() + 100
        while counted(server, 'indices_total') < 1 and time.time() < until:
            time.sleep(0.1)
        if not os.path.exists(path + '.rfbindex'):
            yield f'there is no index: {server.said()}'
            return
        after = server.get(url)
        if before[0] != 200 or after[0] != 200 or before[2] != after[2]:
            yield f'status {before[0]} and {after[0]}, or another picture'
        listed = server.get('/')[2].decode()
        if 'rfbindex' in listed or 'long.fbs' not in listed:
            yield f'the list: {listed[-200:]}'
        if 'rfbindex' in server.get('/api/recordings')[2].decode():
            yield 'the API lists the index'
        if server.get('/long.fbs.rfbindex')[0] != 404:
            yield 'the index is served'
        saved = os.path.join(folder, 'shot.png')
        with open(saved, 'wb') as f:
            f.write(after[2])
        got = hashlib.md5(rec.run([f'{rec.BUILD}/ffmpeg', '-v', 'error', '-i', saved, '-pix_fmt', 'rgb24',
                                   '-f', 'rawvideo', '-']).stdout).hexdigest()
        if got not in at[ms]:
            yield f'the picture is {got}, not {at[ms]}'
        video = server.get(f'/long.fbs?format=mkv&start={159 * 20}&duration=1')
        if video[0] != 200 or len(video[2]) < 1000:
            yield f'download: status {video[0]}, {len(video[2])} bytes'
    # what it takes is decoding from a point, not from the beginning
    told = points(path)
    if not told['complete'] or told['resume_points'] < 3:
        yield f'{told}'


def check_stock(folder):
    """The plugin in the distribution's ffmpeg knows indices, too."""
    tool = [f'{os.path.abspath("build")}/fbs-ffmpeg', 'ffmpeg']
    path, at = copy_of(TEXT, folder), known(TEXT)
    yield index(path)
    for ms in sorted(at)[1::20]:
        if picture(path, ms, tool=tool) not in at[ms]:
            yield f'at {ms} ms: {picture(path, ms, tool=tool)}'


CHECKS = (check_command, check_cache, check_containers, check_copies, check_gzip, check_stale,
          check_kill, check_server)


def main():
    good = []
    for check in CHECKS:
        with tempfile.TemporaryDirectory() as folder:
            good.append(rec.report(check.__name__[6:], [p for p in check(folder) if p]))
    for name in ('tiger_resize_zrle_extds', 'tight_map8_hextile'):
        with tempfile.TemporaryDirectory() as folder:
            problems = check_packets(copy_of(rec.sample(name + '.fbs'), folder), 4)
            good.append(rec.report(f'packets {name}', [p for p in problems if p]))
    if os.path.exists('build/fbs-ffmpeg') and shutil.which('ffmpeg'):
        with tempfile.TemporaryDirectory() as folder:
            good.append(rec.report('plugin', [p for p in check_stock(folder) if p]))
    else:
        print('skip plugin - no plugin for an ffmpeg of this machine')
    sys.exit(not all(good))


if __name__ == '__main__':
    main()
