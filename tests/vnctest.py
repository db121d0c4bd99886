"""What the tests of vnc:// share: ffmpeg on a server made of script."""
import os
import re
import subprocess
import time

import recordings as rec
from fakeserver import FakeServer, plain, update

RED, GREEN, BLUE = (200, 10, 20), (5, 210, 15), (0, 30, 220)
SIZE = 32, 24
SECRET = 'sEcr3t-8'


def full(colour, size=SIZE):
    return update(plain(0, 0, *size, colour))


def run(url, *options, output=('-f', 'framemd5', '-'), env=None, level='info', timeout=60,
        before=()):
    """ffmpeg on a server; what it puts out and what it says."""
    command = [f'{rec.BUILD}/ffmpeg', '-v', level, '-nostdin', '-y', *before, *options, '-i', url,
               '-noautoscale', '-fps_mode', 'passthrough', '-enc_time_base', '1:1000', *output]
    return subprocess.run(command, capture_output=True, timeout=timeout,
                          env={**os.environ, **(env or {})})


def frames(done):
    """(time in ms, MD5) of the pictures"""
    rows = [line.split(',') for line in done.stdout.decode().splitlines() if line[:1] not in ('#', '')]
    return [(int(row[2]), row[5].strip()) for row in rows]


def colours(url, *options, **more):
    """(time in ms, colour of the first pixel) of the pictures of SIZE, and what ffmpeg said"""
    done = run(url, *options, output=('-pix_fmt', 'rgb24', '-f', 'rawvideo', '-'), **more)
    size = SIZE[0] * SIZE[1] * 3
    return [tuple(done.stdout[at:at + 3]) for at in range(0, len(done.stdout), size)], done


def sanitized(url):
    """The demuxer under the sanitizers."""
    done = rec.run([f'{rec.BUILD}/tests/readpackets', url, '1'])
    if done.returncode not in (0, 1) or b'Sanitizer' in done.stderr or b'runtime' in done.stderr:
        yield f'readpackets: {done.returncode} {done.stderr.decode()[-2000:]}'


def said(done, pattern):
    """Nothing if it is in ffmpeg's messages."""
    text = done.stderr.decode('utf-8', 'replace')
    if not re.search(pattern, text):
        yield f'no {pattern!r} in {text[-300:]!r}'


def check(name, problems, server=None):
    return rec.report(name, [*problems, *([server.error] if server and server.error else [])])


def fails(script, pattern, *options, env=None, limit=20):
    """ffmpeg fails and says why."""
    with FakeServer(script) as server:
        start = time.monotonic()
        done = run(server.url, *options, env=env)
        took = time.monotonic() - start
        yield from sanitized(server.url)
    if not done.returncode:
        yield 'exit status 0'
    if took > limit:
        yield f'took {took:.1f} s'
    yield from said(done, pattern)
    if server.error:
        yield server.error
