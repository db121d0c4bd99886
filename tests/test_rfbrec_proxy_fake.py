#!/usr/bin/env python3
"""rfbrec proxy between scripts: what is passed on, byte by byte, and what odd ends may do."""
import contextlib
import glob
import os
import random
import re
import resource
import socket
import struct
import sys
import threading
import time

from fakevnc import FakeServer, full, pixels, rgb
from rfbrec import Proxy, last_picture, rfbrec, run_tests, wait_for
from vncservers import free_port
from vncviewer import Viewer

W, H = 40, 30

# One of each message that a client may send; those that change something, and those that do not.
ACTS = [
    struct.pack('>BBxxI', 4, 1, 0x61), struct.pack('>BBHH', 5, 3, 7, 9),
    struct.pack('>BxxxI', 6, 5) + b'hello', struct.pack('>BxxxiI', 6, -8, 0x1000000) + b'clip',
    struct.pack('>BBBxII', 7, 1, 1, 4, 4) + b'file',
    struct.pack('>BBBxII', 7, 8, 0, 4, 4) + b'nameHIGH', b'\x08\2\0\0', b'\x09\1\0\0',
    b'\x0a\1\0\1\0\1',
    struct.pack('>BxxxI', 11, 4) + b'chat', struct.pack('>BxxxI', 11, 0xffffffff), b'\x0f\1\0\0',
    b'\xfa\0\1\2', struct.pack('>BxHHBxIHHHHI', 251, 64, 48, 1, 0, 0, 0, 64, 48, 0),
    b'\xfd\0\0\4gii!', b'\xfd\x80\4\0gii!', struct.pack('>BBHII', 255, 0, 1, 0x62, 30),
]
LOOKS = [
    b'\0\0\0\0' + bytes(16), b'\1\0\0\0\0\2' + bytes(12),
    struct.pack('>BxH4i', 2, 4, 7, 0, -258, -259), struct.pack('>BBHHHH', 3, 1, 0, 0, W, H),
    b'\x0d', struct.pack('>BBHHHH', 150, 1, 0, 0, W, H), struct.pack('>BxxxIB', 248, 1 << 31, 3) + b'abc',
    struct.pack('>BBHBBI', 255, 1, 2, 3, 2, 44100), struct.pack('>BBH', 255, 1, 0),
]


class Sink:
    """A server that keeps what a viewer sends, and sends what it is given."""

    def __init__(self, sends=b''):
        self.sends, self.got = sends, bytearray()

    def __call__(self, c, _):
        c.session(W, H)
        if self.sends:
            threading.Thread(target=c.sock.sendall, args=(self.sends,), daemon=True).start()
        while part := c.sock.recv(65536):
            self.got += part


def memory(child):
    """Bytes that a process has in memory."""
    with open(f'/proc/{child.pid}/statm') as f:
        return int(f.read().split()[1]) * resource.getpagesize()


def cpu(child):
    """Seconds that a process has computed."""
    with open(f'/proc/{child.pid}/stat') as f:
        fields = f.read().rsplit(')', 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def refused(port, **options):
    """Why a viewer is not let in."""
    try:
        Viewer(port, **options).sock.close()
        return 'let in'
    except (ValueError, EOFError, OSError) as why:
        return str(why)


# ---- what is passed on ----

def test_bytes(_):
    """After the handshake every byte passes, whatever it says, both ways at once."""
    random.seed(5)
    down, up = random.randbytes(3000000), random.randbytes(2000000)
    for options in ({}, {'websocket': {}}):
        sink = Sink(down)
        with FakeServer(sink) as server, Proxy(server.target) as proxy:
            with Viewer(proxy.port, **options) as viewer:
                if (viewer.width, viewer.height, viewer.name) != (W, H, b'fake'):
                    yield 'another ServerInit'
                sender = threading.Thread(target=viewer.sock.sendall, args=(up,))
                sender.start()
                if viewer.read(len(down)) != down:
                    yield f'{options}: other bytes come from the server'
                sender.join()
                wait_for(lambda: len(sink.got) >= len(up))
            if sink.got != up:
                yield f'{options}: other bytes come from the viewer'
            if server.connections[0].shared != b'\1':
                yield 'the session is not shared'
            yield from server.errors


def test_messages(folder):
    """Where messages are looked at they pass as they are, in any pieces, or not at all."""
    everything = b''.join(m for pair in zip(ACTS, LOOKS * 2) for m in pair)
    for name, options, expected in (('kb', ['--kb', f'{folder}/a.kb'], everything),
                                    ('view', ['--view-only'], b''.join((LOOKS * 2)[:len(ACTS)]))):
        for piece in (1, 7, len(everything)):
            sink = Sink()
            with FakeServer(sink) as server, Proxy(server.target, *options, '-y') as proxy:
                with Viewer(proxy.port) as viewer:
                    for i in range(0, len(everything), piece):
                        viewer.sock.sendall(everything[i:i + piece])
                    wait_for(lambda: len(sink.got) >= len(expected))
                    time.sleep(0.02)
                if sink.got != expected:
                    yield f'{name}, pieces of {piece}: {len(sink.got)} bytes, not {len(expected)}'
                yield from proxy.ended()
    with open(f'{folder}/a.kb') as f:
        keys = re.findall(r'^\d+:(.*)', f.read(), re.M)
    if keys != ['KeyEvent,true,a', 'PointerEvent,3,7,9', 'KeyEvent,true,b']:
        yield f'{keys}'


def test_extensions(folder):
    """With --kb nothing that would hide clicks from the file is offered to the server."""
    sink = Sink()
    with FakeServer(sink) as server, Proxy(server.target, '--kb', f'{folder}/a.kb') as proxy:
        with Viewer(proxy.port) as viewer:
            viewer.set_encodings([-316, 7, -305, -258, 0])
            viewer.pointer(0x81, 1, 2)
            viewer.key(0x63)
            for odd in (0, 0x20000000, 0xffffffff):
                viewer.key(odd)
            wait_for(lambda: len(sink.got) >= 54)
            yield from proxy.ended()
    done = rfbrec('check', f'{folder}/a.kb')
    if done.returncode or done.stdout.count(b' key ') != 1:
        yield f'what can be no key: {done.stdout} {done.text}'
    if sink.got[:30] != struct.pack('>BxH3iBBHHBBxxI', 2, 3, 7, -258, 0, 5, 0x81, 1, 2, 4, 1, 0x63):
        yield f'{bytes(sink.got)}'


def test_last_words(_):
    """What a viewer sends before it goes at once reaches the server, though more comes from it."""
    sink = Sink(bytes(400000))
    words = b''.join(ACTS[:2]) * 2000
    with FakeServer(sink) as server, Proxy(server.target) as proxy:
        with Viewer(proxy.port) as viewer:
            time.sleep(0.3)
            viewer.sock.sendall(words)
            viewer.sock.shutdown(socket.SHUT_WR)
        wait_for(lambda: len(sink.got) >= len(words), 5)
    if sink.got != words:
        yield f'{len(sink.got)} of {len(words)} bytes'


# ---- several viewers ----

def test_slow_viewer(folder):
    """One that takes nothing costs little, and delays neither others nor the recording."""
    def script(c, number):
        c.session(W, H)
        if number == 1:                         # for the first viewer; the recording comes first
            try:
                while True:
                    c.send(bytes(100000))
            except OSError:
                return
        n = 0
        while True:
            c.request()
            n += 1
            c.send(full(W, H, n))
    with FakeServer(script) as server:
        with Proxy(server.target, '--fb', f'{folder}/r.fbs', '--fps', '50') as proxy:
            wait_for(lambda: os.path.exists(f'{folder}/r.fbs.part'))
            with Viewer(proxy.port) as slow, Viewer(proxy.port) as other:
                slow.sock.settimeout(1)
                time.sleep(1)
                before, used = memory(proxy.child), cpu(proxy.child)
                for n in range(100):
                    began = time.monotonic()
                    other.request(1)
                    other.update()
                    if time.monotonic() - began > 2:
                        yield f'update {n} takes {time.monotonic() - began:.1f} s'
                size = os.path.getsize(f'{folder}/r.fbs.part')
                wait_for(lambda: os.path.getsize(f'{folder}/r.fbs.part') > size + 20000)
                if os.path.getsize(f'{folder}/r.fbs.part') <= size + 20000:
                    yield 'the recording does not grow'
                if memory(proxy.child) - before > 1 << 20:
                    yield f'{memory(proxy.child) - before} bytes more'
                if memory(proxy.child) > 40 << 20:
                    yield f'{memory(proxy.child)} bytes'
                time.sleep(1)
                if cpu(proxy.child) - used > 1:
                    yield f'{cpu(proxy.child) - used} s computed'
            yield from proxy.ended()
        with Proxy(server.target, '--viewer-timeout', '0.5') as proxy:
            server.connections.clear()
            Viewer(proxy.port).sock.close()
            with Viewer(proxy.port):
                if not proxy.says('it took nothing for'):
                    yield 'who takes nothing is not put out'


def test_max_viewers(_):
    with FakeServer(Sink()) as server, Proxy(server.target, '--max-viewers', '2') as proxy:
        with Viewer(proxy.port), Viewer(proxy.port) as second:
            for newest in (3, 7, 8):
                if 'as many viewers' not in (why := refused(proxy.port)):
                    yield f'3.{newest}: {why}'
            second.sock.close()
            proxy.says('has left')
            if (why := refused(proxy.port)) != 'let in':
                yield f'after one has left: {why}'


def test_while_viewed(folder):
    """A file for each time that somebody looks, and no connection besides."""
    def script(c, _):
        c.session(W, H)
        for n in range(1000):
            c.request()
            c.send(full(W, H, n))
    with FakeServer(script) as server:
        with Proxy(server.target, '--fb', f'{folder}/r.fbs', '--while-viewed', '--fps',
                   '50') as proxy:
            time.sleep(0.2)
            if server.connections:
                yield 'it connects without a viewer'
            for name in ('r', 'r-2'):
                with Viewer(proxy.port):
                    part = f'{folder}/{name}.fbs.part'
                    wait_for(lambda: os.path.exists(part) and os.path.getsize(part) > 10000)
                wait_for(lambda: os.path.exists(f'{folder}/{name}.fbs'))
            yield from proxy.ended()
        if sorted(os.listdir(folder)) != ['r-2.fbs', 'r.fbs']:
            yield f'{sorted(os.listdir(folder))}'
        for name in os.listdir(folder):
            yield from last_picture(f'{folder}/{name}')[1]


# ---- servers ----

def test_unreachable(folder):
    """The viewer is told why; where the server is, is not."""
    port = free_port()
    with Proxy(f'127.0.0.1::{port}') as proxy:
        for newest in (3, 7, 8):
            why = refused(proxy.port, newest=newest)
            if 'no connection to the VNC server: Connection refused' not in why or str(port) in why:
                yield f'3.{newest}: {why}'
        with open(f'{folder}/pw', 'w') as f:
            f.write('secret')
        yield from proxy.ended()
    with Proxy(f'127.0.0.1::{port}', '-p', f'{folder}/pw') as proxy:
        with Viewer(proxy.port, handshake=False) as viewer:
            viewer.password = 'secret'
            if 'authentication failed' not in refused(proxy.port, password='secret'):
                yield 'let in'
            try:
                viewer.handshake()
            except ValueError:
                if b'Connection refused' not in viewer.read(viewer.u32()):
                    yield 'no reason'
    done = rfbrec('proxy', ':0', f'127.0.0.1::{port}', '--fb', f'{folder}/r.fbs')
    if done.returncode != 1 or 'refused' not in done.text or os.path.exists(f'{folder}/r.fbs'):
        yield f'with a recording: {done.returncode} {done.text}'


def test_reconnect(folder):
    """With --reconnect the proxy outlives the server, and its files are whole."""
    def script(c, number):
        c.session(W, H)
        for n in range(3 if number < 2 else 1000):
            c.request()
            c.send(full(W, H, n))
    with FakeServer(script) as server:
        with Proxy(server.target, '--fb', f'{folder}/r.fbs', '--reconnect', '--fps', '50') as proxy:
            wait_for(lambda: os.path.exists(f'{folder}/r-2.fbs.part'))
            with Viewer(proxy.port) as viewer:
                viewer.request(0)
                viewer.update()
            yield from proxy.ended(0, 'next attempt')
        if last_picture(f'{folder}/r.fbs')[0] != rgb(pixels(W, H, 2)):
            yield 'the first file is not whole'
        yield from last_picture(f'{folder}/r-2.fbs')[1]


def test_stalled_server(_):
    """One that does not shake hands keeps nobody: the viewer may go, and is told in the end."""
    def script(c, _):
        c.read(1)
    with FakeServer(script) as server, Proxy(server.target, '--timeout', '0.5') as proxy:
        began = time.monotonic()
        if 'no answer in time' not in (why := refused(proxy.port)):
            yield why
        if time.monotonic() - began > 8:
            yield f'after {time.monotonic() - began:.1f} s'


# ---- viewers who are none ----

def test_strangers(_):
    """Garbage, silence, half a handshake, and what does not end: others come in all the same."""
    sink = Sink()
    with FakeServer(sink) as server, Proxy(server.target) as proxy:
        def connect(data=b'', greeting=True):
            s = socket.create_connection(('127.0.0.1', proxy.port), 10)
            if greeting:
                s.recv(12)
            s.sendall(data)
            return s
        for data in (b'RFB 001.000\n', b'\0' * 12, b'RFB 003.008\n\x13', b'RFB 003.008\n\xff',
                     b'RFB 00x.008\n', b'SSH-2.0-OpenSSH_9\n'):
            with connect(data) as s:
                began = time.monotonic()
                while s.recv(1000):
                    pass
                if time.monotonic() - began > 5:
                    yield f'{data}: not closed'
        for data in (b'GET / HTTP/1.1\r\n' + b'A: b\r\n' * 3000, b'\x16\3\1\0\5hello',
                     b'GET / HTTP/1.0\r\n\r\n', b'G' * 10000):
            with connect(data, greeting=False) as s:
                s.settimeout(10)
                try:
                    while s.recv(1000):
                        pass
                except ConnectionError:
                    pass
        # more of them than are greeted at a time
        silent = [connect(greeting=False) for _ in range(150)]
        before = memory(proxy.child)
        if (why := refused(proxy.port)) != 'let in':
            yield f'among the silent: {why}'
        for s in silent:
            s.close()
        if before > 40 << 20:
            yield f'{before} bytes'
        if proxy.child.poll() is not None:
            yield 'the proxy ended'
        yield from proxy.ended()


def test_websocket_garbage(_):
    """Frames that are none, a huge one that never comes, and pings without end."""
    sink = Sink()
    with FakeServer(sink) as server, Proxy(server.target) as proxy:
        before = memory(proxy.child)
        for data in (b'\xff\xff\xff\xff', b'\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff1234',
                     b'\x89\xfe\xff\xff'):
            with Viewer(proxy.port, websocket={}) as viewer:
                viewer.sock.sock.sendall(data)
                if not viewer.ends(5):
                    yield f'{data}: not closed'
        with Viewer(proxy.port, websocket={}) as viewer:
            viewer.sock.sock.sendall(b'\x82\xff\0\0\0\x7f\xff\xff\xff\xff\0\0\0\0' + b'x' * 100000)
            wait_for(lambda: len(sink.got) >= 100000)
            if len(sink.got) < 100000:
                yield 'a frame is held back until it is whole'
        with Viewer(proxy.port, websocket={}) as viewer:
            viewer.sock.sock.settimeout(1)
            try:
                for _ in range(3000):
                    viewer.sock.sock.sendall((b'\x89\xfd\0\0\0\0' + bytes(125)) * 100)
            except OSError:
                pass
            if memory(proxy.child) - before > 8 << 20:
                yield f'{memory(proxy.child) - before} bytes more'
        if (why := refused(proxy.port)) != 'let in':
            yield why


def test_huge_and_unknown(folder):
    """A cut text of gigabytes passes without being held; what is not known ends it, with --kb."""
    sink = Sink()
    with FakeServer(sink) as server, Proxy(server.target, '--kb', f'{folder}/a.kb') as proxy:
        before = memory(proxy.child)
        with Viewer(proxy.port) as viewer:
            viewer.sock.sendall(struct.pack('>BxxxI', 6, 0x7fffffff))
            for _ in range(300):
                viewer.sock.sendall(bytes(100000))
            if memory(proxy.child) - before > 3 << 20:
                yield f'{memory(proxy.child) - before} bytes more'
        for data, words in ((b'\xc8', 'of type 200'), (b'\xff\2\0\0', "of type 255 of QEMU's"),
                            (b'\2\0\xff\xff', 'more than 1024 encodings')):
            with Viewer(proxy.port) as viewer:
                viewer.key(0x61)
                viewer.sock.sendall(data)
                if not viewer.ends():
                    yield f'{data}: not closed'
                if not proxy.says(words):
                    yield f'{words} is not said'
        yield from proxy.ended()
    with open(f'{folder}/a.kb') as f:
        if f.read().count('KeyEvent,true,a') != 3:
            yield 'what came before is not in the file'


# ---- the command ----

def test_files(folder):
    """Nothing is overwritten; a full disk ends the proxy with whole files."""
    with FakeServer(Sink()) as server:
        for name in ('a.kb', 'a.fbs'):
            with open(f'{folder}/{name}', 'w') as f:
                f.write('precious')
            done = rfbrec('proxy', ':0', server.target, '--kb' if name == 'a.kb' else '--fb',
                          f'{folder}/{name}')
            with open(f'{folder}/{name}') as f:
                if done.returncode != 1 or name not in done.text or '--overwrite' not in done.text \
                        or f.read() != 'precious':
                    yield f'{name}: {done.returncode} {done.text}'
        with Proxy(server.target, '--kb', f'{folder}/%Y.kb') as proxy:
            yield from proxy.ended()
        if not glob.glob(f'{folder}/2???.kb'):
            yield 'no time in the name'

        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        with Proxy(server.target, '--kb', f'{folder}/full.kb', preexec_fn=limit) as proxy:
            with Viewer(proxy.port) as viewer:
                # it may be put out before it has sent them all
                with contextlib.suppress(ConnectionError):
                    for _ in range(100):
                        viewer.key(0x61)
                if not viewer.ends():
                    yield 'a viewer goes on unrecorded'
            proxy.child.wait(10)
            yield from proxy.ended(1, 'full.kb')
        done = rfbrec('check', f'{folder}/full.kb')
        if done.returncode or done.stdout.count(b'key a down') < 10:
            yield f'full.kb: {done.text}'


def test_max_size(folder):
    """Each file stays below it; what is not written down any more is not passed on either."""
    def script(c, _):
        c.session(W, H)
        c.answer(*(full(W, H, n) for n in range(1000)))
    with FakeServer(script) as server, Proxy(server.target, '--fb', f'{folder}/r.fbs', '--fps',
                                             '100', '--max-size', '50k') as proxy:
        proxy.child.wait(20)
        yield from proxy.ended()
    if not 40000 < (size := os.path.getsize(f'{folder}/r.fbs')) <= 51200:
        yield f'a recording of {size} bytes'
    yield from last_picture(f'{folder}/r.fbs')[1]
    for name in ('a.kb', 'a.rfm'):
        sink = Sink()
        with FakeServer(sink) as server, Proxy(server.target, '--kb', f'{folder}/{name}',
                                               '--max-size', '1000') as proxy:
            with Viewer(proxy.port) as viewer:
                with contextlib.suppress(ConnectionError):
                    for n in range(200):
                        viewer.key(0x61, n + 1 & 1)
                proxy.child.wait(20)
            yield from proxy.ended(0, name, '--max-size')
            done = rfbrec('check', f'{folder}/{name}')
            keys = len(re.findall(rb'key a (?:down|up)', done.stdout))
            if not wait_for(lambda: len(sink.got) == 8 * keys, 5) or done.returncode:
                yield f'{name}: {keys} keys, but {len(sink.got)} bytes came'
        if not 900 < (size := os.path.getsize(f'{folder}/{name}')) <= 1000:
            yield f'{name} has {size} bytes'


def test_command_line(folder):
    with open(f'{folder}/empty', 'w'):
        pass
    for status, word, *options in (
            (2, 'LISTEN', ':0'), (2, '--fb', ':0', ':1', '--while-viewed'),
            (2, '--fb', ':0', ':1', '--segment', '1m'), (2, '--fb', ':0', ':1', '--max-size', '1M'),
            (2, '--fb', ':0', ':1', '--on-finish', 'true', '--kb', 'x.kb'),
            (2, '--view-only', ':0', ':1', '--view-only', '--kb', 'x.kb'),
            (2, '--tls-cert', ':0', ':1', '--tls-key', 'x'),
            (2, '--tls-cert', ':0', ':1', '--allow-plain'), (2, 'listen', 'nonsense', ':1'),
            (1, f'{folder}/empty', ':0', ':1', '-p', f'{folder}/empty'),
            (1, f'{folder}/none', ':0', ':1', '-p', f'{folder}/none'),
            (1, f'{folder}/none', ':0', ':1', '--tls-cert', f'{folder}/none'),
            (1, 'listen', '203.0.113.1:1', ':1'), (2, 'display', ':0', 'host:x')):
        done = rfbrec('proxy', *options)
        if done.returncode != status or word not in done.text:
            yield f'{options}: {done.returncode} {done.text}'
    done = rfbrec('proxy', ':0', ':1', '-t', '0.3')
    if done.returncode:
        yield f'--duration: {done.returncode} {done.text}'
    path = f'{folder}/sock'
    with FakeServer(Sink()) as server:
        with Proxy(server.target, '--websocket', ':0', listen='unix:' + path) as proxy:
            with socket.socket(socket.AF_UNIX) as s:
                s.connect(path)
                if s.recv(12) != b'RFB 003.008\n':
                    yield 'no greeting at a socket of this machine'
            yield from proxy.ended()
        if os.path.exists(path):
            yield 'the socket is left'


if __name__ == '__main__':
    sys.exit(run_tests(globals()))
