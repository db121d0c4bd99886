#!/usr/bin/env python3
"""vnc://, a server as an input: against a server made of script, byte by byte.

test_vnc_handshake.py has what comes before the session, test_xvnc.py real servers.
"""
import os
import struct
import subprocess
import sys
import tempfile
import time

import recordings as rec
from fakeserver import VNC, FakeServer, paced, plain, rect, update
from vnctest import (BLUE, GREEN, RED, SECRET, SIZE, check, colours, fails, frames, full, run, said,
                     sanitized)


# --- what is asked for ---------------------------------------------------------------------------

def test_wishes():
    def script(s):
        s.start(*SIZE)
        for n in range(100):
            s.send(full((n, n, n)))
            s.wait()

    def session(*options):
        with FakeServer(script) as server:
            run(server.url, *options, '-t', '1')
        return server.sessions[0], server.error

    s, error = session()
    check('defaults', [f'{what} is {value}' for what, value, good in (
        ('shared', s.shared, s.shared == 1), ('error', error, not error),
        ('encodings', s.encodings, s.encodings[:3] == (1, 7, 16) and
         not any(-32 <= e <= -23 for e in s.encodings) and
         {-223, -224, -307, -308} <= set(s.encodings) and
         not {-239, -240, -314, -232} & set(s.encodings)),
        ('pixel format', s.format, s.format == struct.pack('>BBBBHHHBBB3x', 32, 24, 0, 1, 255, 255,
                                                           255, 16, 8, 0)),
        ('first request', s.requests[0], s.requests[0] == (0, 0, 0, *SIZE)),
        ('second request', s.requests[1], s.requests[1] == (1, 0, 0, *SIZE))) if not good])
    s, _ = session('-shared', '0', '-quality', '6', '-compress', '3', '-cursor', '1',
                   '-encodings', 'ZRLE, hextile,-1234')
    check('options', [] if s.shared == 0 and s.encodings[:3] == (16, 5, -1234) and
          {-26, -253, -239, -240, -314, -232} <= set(s.encodings)
          else [f'shared {s.shared}, encodings {s.encodings}'])
    s, _ = session('-framerate', '5')
    check('framerate', [] if 4 <= len(s.requests) <= 8 else [f'{len(s.requests)} requests'])
    check('unknown encoding in the list', fails(lambda s: s.start(*SIZE), "Unknown encoding 'x265'",
                                                '-encodings', 'tight,x265'))


# --- sessions ------------------------------------------------------------------------------------

def test_times():
    """The times of pictures are those at which they were sent."""
    sent = []

    def script(s):
        s.start(*SIZE)
        paced(s, [full((10 * n, 0, 0)) for n in range(8)], 0.3, sent)
        time.sleep(0.7)

    with FakeServer(script) as server:
        done = run(server.url, '-heartbeat', '0')
    got = [t for t, _ in frames(done)]
    want = [round(1000 * (t - sent[0])) for t in sent]
    # the last one is repeated when the server closes
    check('times', [] if len(got) == 9 and got[0] == 0 and
          all(abs(g - w) < 200 for g, w in zip(got, want)) and 500 < got[8] - got[7] < 1500
          else [f'{got}, sent at {want}'], server)


def test_splits():
    """What comes in small pieces gives the same pictures."""
    path = 'tests/samples/tiger_text_tight_nojpeg.fbs'
    blocks = [data for data, _ in rec.blocks(path)]
    head = blocks[0] if len(blocks[0]) > 40 else b''.join(blocks)
    init = head[16:]
    size = 24 + struct.unpack_from('>I', init, 20)[0]
    stream = b''.join(blocks)[16 + size:]
    want = [row.md5[0] for row in rec.expected(path)]

    for piece in (None, 1, 7, 1000):
        def script(s):
            data = stream[:60000] if piece == 1 else stream
            s.accept()
            s.init(*struct.unpack_from('>HH', init), name=init[24:size], form=init[4:20])
            s.wait()
            s.send(data, piece)

        with FakeServer(script) as server:
            done = run(server.url, '-draw_mouse', '0', '-heartbeat', '0',
                       output=('-pix_fmt', 'rgb24', '-f', 'framemd5', '-'))
            problems = list(sanitized(server.url))
        got = [md5 for _, md5 in frames(done)]
        # when the server closes, the last one is repeated
        got = got[:-1] if got[-2:-1] == got[-1:] else got
        enough = len(got) > 1 if piece == 1 else len(got) >= len(want)
        problems += [f'picture {n} differs' for n, (g, w) in enumerate(zip(got, want)) if g != w]
        check(f'a session in pieces of {piece or "any"} bytes',
              problems + ([] if enough else [f'{len(got)} pictures: {done.stderr.decode()[-300:]}']),
              server)


def test_idle():
    """An idle server does not keep -t from ending."""
    def script(s):
        s.start(*SIZE)
        s.send(full(GREEN))
        s.wait()
        time.sleep(8)

    with FakeServer(script) as server:
        start = time.monotonic()
        done = run(server.url, '-t', '2')
        took = time.monotonic() - start
    times = [t for t, _ in frames(done)]
    check('-t ends while the server is idle', [] if 1.9 < took < 6 and 3 <= len(times) <= 6 and
          len({md5 for _, md5 in frames(done)}) == 1 else [f'{took:.1f} s, {times}'], server)


def test_talk():
    """A server that talks without end and shows nothing, before the first picture or after it."""
    def script(first):
        def talk(s):
            s.start(*SIZE)
            s.send(first)
            end = time.monotonic() + 20
            while time.monotonic() < end:
                s.send(b'\2' * 50000)
        return talk

    for name, first in (('after', full(RED)), ('before', b'')):
        with FakeServer(script(first)) as server:
            start = time.monotonic()
            done = run(server.url, '-t', '1')
            took = time.monotonic() - start
        check(f'talk without end {name} the first picture', [] if took < 10 and not done.returncode
              else [f'{took:.1f} s: {done.stderr.decode()[-200:]}'], server)


def test_interrupt(folder):
    """Ctrl-C ends the file well, also where nothing moves."""
    def script(s):
        s.start(*SIZE)
        s.send(full(BLUE))
        time.sleep(20)

    out = os.path.join(folder, 'interrupted.mp4')
    with FakeServer(script) as server:
        p = subprocess.Popen([f'{rec.BUILD}/ffmpeg', '-v', 'error', '-nostdin', '-y', '-i', server.url,
                              '-c:v', 'png', '-f', 'mov', out], stderr=subprocess.PIPE)
        for _ in range(100):
            time.sleep(0.1)
            if server.sessions and server.sessions[0].requests:
                break
        time.sleep(1)
        start = time.monotonic()
        p.send_signal(2)
        p.communicate(timeout=30)
        took = time.monotonic() - start
    shown = rec.run([f'{rec.BUILD}/ffmpeg', '-v', 'error', '-i', out, '-f', 'framemd5', '-'])
    check('Ctrl-C', [] if took < 3 and shown.stdout.count(b'\n0,') > 1 and not shown.stderr
          else [f'{took:.1f} s; {shown.stderr.decode()[-200:]}'], server)


def test_ends():
    """However a session ends, the pictures before are kept, and the user is told."""
    def ending(name, script, pattern, pictures=(RED, GREEN), options=(), status=None):
        def whole(s):
            s.start(*SIZE)
            s.send(full(RED))
            s.wait()
            s.send(full(GREEN))
            s.wait()
            # ffmpeg 5.1 with -xerror drops a picture that it has only just read
            time.sleep(0.3)
            script(s)

        with FakeServer(whole) as server:
            got, done = colours(server.url, '-heartbeat', '0', *options, before=('-xerror',))
            problems = [*said(done, pattern), *sanitized(server.url)]
        if tuple(sorted(set(got), key=got.index)) != pictures:
            problems.append(f'pictures {got}')
        if status is not None and (done.returncode != 0) != status:
            problems.append(f'exit status {done.returncode}')
        check(name, problems, server)

    ending('the server closes', lambda s: None, 'server closed the connection\n', status=0)
    ending('the server closes inside a message', lambda s: s.send(full(BLUE)[:-1]),
           'inside a message, of which 3087 bytes came', status=0)
    ending('the connection is reset', lambda s: s.reset(), 'reset by peer', status=1)
    ending('unknown encoding', lambda s: s.send(update(rect(0, 0, 1, 1, 4660)) + full(BLUE)),
           'unknown encoding 4660', status=1)
    ending('unknown message', lambda s: s.send(b'\x63' + full(BLUE)), 'unknown message type 99',
           status=1)
    ending('a desktop of 65535x65535', lambda s: s.send(update(rect(0, 0, 65535, 65535, -223))),
           'max_pixels', status=1)
    ending('a clipboard of 2 GB', lambda s: s.send(b'\3\0\0\0\x7f\xff\xff\xff'), 'ServerCutText',
           status=1)
    ending('a rectangle outside', lambda s: (s.send(update(plain(30, 20, 8, 8, BLUE))), s.wait()),
           'out of the frame')
    ending('silence, with rw_timeout', lambda s: time.sleep(4), 'nothing came from the server',
           options=('-rw_timeout', '1000000'), status=1)
    ending('silence inside a message', lambda s: (s.send(full(BLUE)[:99]), time.sleep(4)),
           'nothing came from the server', options=('-rw_timeout', '1000000'), status=1)
    ending('no silence: the server answers', lambda s: [
        (time.sleep(0.3), s.wait(), s.send(update(plain(0, 0, 1, 1, GREEN)))) for _ in range(3)],
        'server closed the connection\n', options=('-rw_timeout', '1000000'), status=0)


def test_lies():
    """Sizes that cannot be are refused before memory is taken."""
    def server_init(width, height, name):
        def script(s):
            s.accept()
            s.read(1)
            s.send(struct.pack('>HH', width, height) + struct.pack(
                '>BBBBHHHBBB3x', 32, 24, 0, 1, 255, 255, 255, 16, 8, 0) + struct.pack('>I', name))
            time.sleep(1)
        return script

    check('a screen of 65535x65535', fails(server_init(65535, 65535, 0), 'max_pixels'))
    check('a screen of 0x0', fails(server_init(0, 0, 0), 'without pixels'))
    check('a name of 4 GB', fails(server_init(8, 8, 0xFFFFFFFF), 'name.*4294967295'))


def test_resize(folder):
    """A new size is followed, and asked for as a whole."""
    def script(s):
        s.start(*SIZE)
        s.send(full(RED))
        s.wait()
        s.send(update(rect(0, 0, 64, 40, -223)))
        s.wait()
        s.send(full(GREEN, (64, 40)))
        s.wait()

    out = os.path.join(folder, 'resized.fbs')
    with FakeServer(script) as server:
        run(server.url, '-heartbeat', '0', output=('-c', 'copy', out))
    shown = rec.run([f'{rec.BUILD}/ffprobe', '-v', 'error', '-max_fps', '0', '-show_entries',
                     'frame=width,height', '-of', 'csv=p=0', out]).stdout.decode().split()
    requests = server.sessions[0].requests
    check('resize', [] if shown[0] == '32,24' and shown[-1] == '64,40' and
          (0, 0, 0, 64, 40) in requests and requests[-1] == (1, 0, 0, 64, 40)
          else [f'{shown}, {requests}'], server)


def test_secrecy():
    """The password is seen neither in the process list nor in messages."""
    seen = []

    def script(s):
        s.accept(types=(VNC,), chosen=VNC, password=SECRET)
        s.init(*SIZE)
        s.wait()
        for pid in filter(str.isdigit, os.listdir('/proc')):
            try:
                with open(f'/proc/{pid}/cmdline', 'rb') as f:
                    seen.append(f.read())
            except OSError:
                pass
        s.send(full(RED))

    with FakeServer(script) as server:
        done = run(server.url, env={'VNC_PASSWORD': SECRET}, level='trace')
    problems = ['in a command line'] if any(SECRET.encode() in line for line in seen) else []
    if SECRET.encode() in done.stderr + done.stdout:
        problems.append('in the messages')
    if not any(server.url.encode() in line for line in seen):
        problems.append('ffmpeg was not looked at')
    check('the password is kept secret', problems, server)


def test_ffplay():
    def script(s):
        s.start(*SIZE)
        s.send(full(RED))
        s.wait()

    with FakeServer(script) as server:
        done = subprocess.run([f'{rec.BUILD}/ffplay', '-v', 'info', '-autoexit', server.url],
                              capture_output=True, timeout=60,
                              env={**os.environ, 'SDL_VIDEODRIVER': 'dummy'})
    check('ffplay', [*said(done, 'Video: rfb.*32x24'),
                     *([f'exit status {done.returncode}'] if done.returncode else [])], server)


def main():
    sys.stdout.reconfigure(line_buffering=True)
    with tempfile.TemporaryDirectory() as folder:
        test_wishes()
        test_times()
        test_splits()
        test_idle()
        test_talk()
        test_interrupt(folder)
        test_ends()
        test_lies()
        test_resize(folder)
        test_secrecy()
        test_ffplay()


if __name__ == '__main__':
    main()
