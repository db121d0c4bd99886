#!/usr/bin/env python3
"""rfbrec replay: what viewers see is what the recording shows."""
import signal
import socket
import struct
import sys
import time

import recordings
from fakevnc import BGRX, full, pixels, rect, rgb, update
from rfbrec import PASSWORD, Skip, md5, pictures, rfbrec, run_tests, start, wait_for
from vncservers import Group, free_port, have, passwd_file, screenshot, tigervnc_viewer

W, H = 40, 30


class Replay:
    """A replay at a port of its own, for a with statement."""

    def __init__(self, path, *options):
        self.port = free_port()
        self.target = f'127.0.0.1::{self.port}'
        self.child = start('replay', path, f':{self.port}', *options)

    def __enter__(self):
        # not by connecting: the recording begins with the first viewer
        wait_for(lambda: self.child.poll() is not None or self.listens())
        return self

    def listens(self):
        with open('/proc/net/tcp') as f:
            return f'0100007F:{self.port:04X} 00000000:0000 0A' in f.read()

    def __exit__(self, *_):
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
        self.text = self.child.communicate(timeout=10)[1].decode()
        self.status = self.child.returncode


def recording(path, updates, w=W, h=H, form=BGRX):
    """A file of (ms, bytes) in FBS 001.000."""
    init = struct.pack('>HH', w, h) + form + struct.pack('>I', 3) + b'rec'
    with open(path, 'wb') as f:
        f.write(b'FBS 001.000\n')
        for ms, data in [(0, b'RFB 003.003\n\0\0\0\1' + init), *updates]:
            f.write(struct.pack('>I', len(data)) + data + bytes(-len(data) % 4)
                    + struct.pack('>I', ms))
    return path


def last_of(path):
    """The last picture of a recording as ffmpeg shows it, with the pointer, as RGB."""
    size = recordings.pictures(path)[0][-1][1]
    return recordings.run([f'{recordings.BUILD}/ffmpeg', '-v', 'error', '-i', path, '-noautoscale',
                           '-fps_mode', 'passthrough', '-pix_fmt', 'rgb24', '-f', 'rawvideo',
                           '-']).stdout[-size:]


def test_pictures(_):
    """Samples of several encodings, with a change of the size, with colour maps."""
    for name in ('tiger_drag_tight.fbs', 'tiger_resize_zrle_extds.fbs', 'tight_map8_hextile.fbs',
                 'x11vnc_cursor_zrle_rich.fbs', 'qemu_boot_zlib_wmvi_audio.fbs'):
        source = recordings.sample(name)
        if not source:
            continue
        with Replay(source, '--speed', '1000', '--start') as replay:
            expected = last_of(source)

            def seen():
                done = rfbrec('snapshot', replay.target, '-', '-f', 'ppm', '--after', '0.5')
                return done.stdout.split(b'\n', 3)[3:] == [expected]
            if not expected or not wait_for(seen):
                yield f'{name}: viewers see another last picture'


def test_viewers_and_encodings(folder):
    path = recording(f'{folder}/r.fbs', [(i * 300, full(W, H, i)) for i in range(6)])
    with Replay(path) as replay:
        children = {e: start('record', replay.target, f'{folder}/{e}.fbs', '--encodings', e,
                             '--fps', '50', '-t', '3') for e in ('raw', 'hextile', 'tight', 'zrle')}
        for name, child in children.items():
            child.communicate(timeout=20)
            _, found, wrong = pictures(f'{folder}/{name}.fbs')
            yield from wrong
            if found[-1:] != [md5(rgb(pixels(W, H, 5)))]:
                yield f'{name}: another last picture'
            unknown = set(found) - {md5(rgb(pixels(W, H, s))) for s in range(6)} - {
                md5(bytes(W * H * 3))}
            if unknown:
                yield f'{name}: {len(unknown)} pictures that never were'
            if len(set(found)) < 5:
                yield f'{name}: {len(set(found))} different pictures'


def test_time(folder):
    """In real time, faster, and without long gaps; the clock begins with the first viewer."""
    path = recording(f'{folder}/r.fbs', [(0, full(W, H, 0)), (1500, full(W, H, 1)),
                                         (3000, full(W, H, 2))])
    last = md5(rgb(pixels(W, H, 2)))
    for options, least, most in (([], 2800, 4200), (['--speed', '3'], 900, 2000),
                                 (['--max-gap', '0.4'], 700, 1800)):
        with Replay(path, *options) as replay:
            time.sleep(0.6)
            out = f'{folder}/t{len(options)}{least}.fbs'
            rfbrec('record', replay.target, out, '--fps', '50', '-t', most / 1000 + 0.3)
            times, found, _ = pictures(out)
            when = times[found.index(last)] if last in found else None
            if when is None or not least <= when <= most:
                yield f'{options}: the last picture comes after {when} ms'


def test_loop_and_once(folder):
    path = recording(f'{folder}/r.fbs', [(0, full(W, H, 0)), (400, full(W, H, 1))])
    with Replay(path, '--loop') as replay:
        rfbrec('record', replay.target, f'{folder}/l.fbs', '--fps', '50', '-t', '3')
        _, found, _ = pictures(f'{folder}/l.fbs')
    if found.count(md5(rgb(pixels(W, H, 0)))) < 3:
        yield '--loop does not begin again'
    if replay.status:
        yield f'exit status {replay.status} after SIGTERM'
    with Replay(path, '--once', '--start') as replay:
        if not wait_for(lambda: replay.child.poll() is not None, 8):
            yield '--once does not end'
    if replay.status:
        yield f'exit status {replay.status}: {replay.text}'


def test_pause(folder):
    path = recording(f'{folder}/r.fbs', [(0, full(W, H, 0)), (700, full(W, H, 1))])
    with Replay(path) as replay:
        with socket.create_connection(('127.0.0.1', replay.port)) as s:
            s.sendall(b'RFB 003.003\n\1' + struct.pack('>BBxxI', 4, 1, 32))     # the space bar
            time.sleep(1.5)
            shot = rfbrec('snapshot', replay.target, '-', '-f', 'ppm').stdout[-W * H * 3:]
            if shot != rgb(pixels(W, H, 0)):
                yield 'it goes on though it was paused'
            s.sendall(struct.pack('>BBxxI', 4, 1, 32))
            time.sleep(1.5)
            shot = rfbrec('snapshot', replay.target, '-', '-f', 'ppm').stdout[-W * H * 3:]
            if shot != rgb(pixels(W, H, 1)):
                yield 'it does not go on'


def test_password(folder):
    path = recording(f'{folder}/r.fbs', [(0, full(W, H, 0))])
    with Replay(path, '-p', passwd_file(folder, PASSWORD)) as replay:
        done = rfbrec('info', replay.target, env={'VNC_PASSWORD': PASSWORD})
        if done.returncode or b'security: VncAuth' not in done.stdout:
            yield f'the right password: {done.text}'
        if rfbrec('info', replay.target, env={'VNC_PASSWORD': 'wrong'}).returncode != 1:
            yield 'a wrong password'


def test_websocket(folder):
    path = recording(f'{folder}/r.fbs', [(0, full(W, H, 3))])
    with Replay(path) as replay:
        # libvncserver takes for an ordinary viewer who says nothing for 100 ms: on a busy
        # machine that happens
        for _ in range(5):
            done = rfbrec('snapshot', f'ws://127.0.0.1:{replay.port}/', '-', '-f', 'ppm')
            if not done.returncode:
                break
        if done.stdout[-W * H * 3:] != rgb(pixels(W, H, 3)):
            yield f'no picture by WebSocket: {done.text}'


def test_tigervnc_viewer(_):
    """It shows the picture to the bit."""
    source = recordings.sample('tiger_drag_tight.fbs')
    if not have('xtigervncviewer') or not source:
        raise Skip('xtigervncviewer is not installed')
    expected = last_of(source)
    with Group() as group, Replay(source, '--speed', '1000', '--start') as replay:
        display, _ = group.x_server('Xvfb', size='1000x800')
        group.run('xdotool', 'mousemove', '999', '799', display=display).wait(10)
        for encoding in ('Tight', 'ZRLE', 'Hextile'):
            viewer = tigervnc_viewer(group, display, replay.port, encoding)
            if not wait_for(lambda: screenshot(display, 800, 600) == expected):
                yield f'{encoding}: it shows another picture; {group.log()}'
            viewer.terminate()
            viewer.wait(10)


def test_bad_files(folder):
    good = [(0, full(W, H, 0))]
    cases = {
        'no recording': (b'GIF89a' * 10, 'no FBS'),
        'cut in its handshake': (b'FBS 001.000\n\0\0\0\x20RFB 003.003\n', 'handshake'),
    }
    for name, (data, word) in cases.items():
        with open(f'{folder}/bad', 'wb') as f:
            f.write(data)
        done = rfbrec('replay', f'{folder}/bad', f':{free_port()}')
        if done.returncode != 1 or word not in done.text or f'{folder}/bad' not in done.text:
            yield f'{name}: status {done.returncode}: {done.text}'
    path = recording(f'{folder}/b', [*good, (100, update(rect(0, 0, 1, 1, -12345)))])
    done = rfbrec('replay', path, f':{free_port()}', '--once', '--start')
    if done.returncode != 1 or '-12345' not in done.text:
        yield f'unknown encoding: status {done.returncode}: {done.text}'
    done = rfbrec('replay', f'{folder}/none', ':1')
    if done.returncode != 1 or 'none' not in done.text:
        yield f'no file: {done.text}'


if __name__ == '__main__':
    sys.exit(run_tests(globals()))
