#!/usr/bin/env python3
"""rfbrec proxy before Xvnc: what viewers see and do arrives, and what is recorded is so."""
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time

import recordings
from rfbrec import (PASSWORD, Proxy, Skip, last_picture, rfbrec, run_tests, start, wait_for)
from vncservers import Group, differs, have, passwd_file, screenshot, tigervnc_viewer
from vncviewer import Viewer, trusting

W, H = 640, 480
KINDS = ('KeyPress', 'KeyRelease', 'ButtonPress', 'ButtonRelease')


def desktop(group, *options):
    """A server with a scene that is over; its display and its port."""
    display, port = group.x_server('Xvnc', '-SecurityTypes', 'None', '-localhost',
                                   '-BlacklistThreshold', '100', *options)
    done = group.scene(display)
    if not wait_for(lambda: os.path.exists(done), 30):
        raise Skip('the scene does not come to its end')
    time.sleep(0.3)
    return display, port


class Events:
    """What xev receives."""

    def __init__(self, group, display):
        self.path = f'{group.folder}/xev'
        with open(self.path, 'wb') as log:
            child = subprocess.Popen(['xev', '-geometry', '640x480+0+0'], stdout=log,
                                     stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                     env={**os.environ, 'DISPLAY': f':{display}'})
        group.children.append(child)
        wait_for(lambda: 'Expose event' in self.read())

    def read(self):
        with open(self.path, errors='replace') as f:
            return f.read()

    def since(self, mark):
        """(kind, keysym or button, x, y)"""
        found = []
        for block in self.read()[mark:].split('\n\n'):
            kind = re.match(r'\s*(\w+) event', block)
            where = re.search(r'root:\((-?\d+),(-?\d+)\)', block)
            what = re.search(r'keysym (0x[0-9a-f]+)|button (\d+)', block)
            if kind and where and what and kind[1] in KINDS:
                found.append((kind[1], int(what[1], 16) if what[1] else int(what[2]),
                              int(where[1]), int(where[2])))
        return found

    def wait(self, mark, count):
        wait_for(lambda: len(self.since(mark)) >= count, 10)
        time.sleep(0.1)
        return self.since(mark)


# ---- what viewers see, and what is recorded ----

def test_pictures(folder):
    """Viewers of all kinds see the screen; the recording does not depend on what they ask for."""
    with Group() as group:
        display, port = desktop(group)
        with Proxy(f'localhost::{port}', '--fb', f'{folder}/r.fbs', '--fps', '30') as proxy:
            screen = screenshot(display)
            with Viewer(proxy.port) as a, Viewer(proxy.port, newest=3) as b, \
                    Viewer(proxy.port, newest=7) as c:
                if not a.screen() == b.screen() == c.screen() == screen:
                    yield 'a viewer of Raw does not see the screen'
                if len(a.screen('rgb565')) != W * H * 2:
                    yield 'no picture of 16 bits'
            jobs = {e: start('record', proxy.target, f'{folder}/{e}.fbs', '--encodings', e, *o)
                    for e, o in (('zrle', ['--pixel-format', 'rgb565le']), ('tight', []),
                                 ('hextile', ['--fps', '0', '--cursor', 'shape']), ('rre', []))}
            # something new while all of them look
            group.run('xterm', '-geometry', '30x8+300+200', '-fn', 'fixed', '-bg', 'navy', '-fg',
                      'yellow', '-e', 'printf "\\033[?25l"; seq 1 7; sleep 100', display=display)
            wait_for(lambda: screenshot(display) != screen)
            time.sleep(1)
            screen = screenshot(display)
            for name, child in jobs.items():
                child.terminate()
                child.wait(20)
                seen, wrong = last_picture(f'{folder}/{name}.fbs')
                yield from (f'{name}: {w}' for w in wrong)
                if name != 'zrle' and (differ := differs(seen, screen, W, H)):
                    yield f'a viewer of {name}: {differ}'
            yield from proxy.ended()
        seen, wrong = last_picture(f'{folder}/r.fbs')
        yield from wrong
        if differ := differs(seen, screen, W, H):
            yield f'the recording: {differ}'
        if os.path.exists(f'{folder}/r.fbs.part'):
            yield 'the .part is left'


def test_resize(folder):
    """The viewer's wish for another size reaches the server, and the size the viewer."""
    with Group() as group:
        _, port = group.x_server('Xvnc', '-SecurityTypes', 'None', '-localhost',
                                 '-AcceptSetDesktopSize')
        with Proxy(f'localhost::{port}', '--fb', f'{folder}/r.fbs', '--kb',
                   f'{folder}/r.kb') as proxy:
            done = start('record', proxy.target, f'{folder}/v.fbs', '--fps', '30')
            wait_for(lambda: os.path.exists(f'{folder}/v.fbs.part'))
            with Viewer(proxy.port) as viewer:
                viewer.set_encodings([0, -308])
                viewer.request(0)
                # one screen of 500x400
                viewer.sock.sendall(bytes.fromhex('fb0001f401900100' '00000000'
                                                  '0000000001f40190' '00000000'))
                time.sleep(1)
            done.terminate()
            done.wait(10)
            yield from proxy.ended()
        for name in ('r', 'v'):
            rows, _ = recordings.pictures(f'{folder}/{name}.fbs')
            if not rows or rows[-1][1] != 500 * 400 * 3:
                yield f'{name}: not of the new size'


def test_vncsnapshot(folder):
    if not have('vncsnapshot'):
        raise Skip('vncsnapshot is not installed')
    with Group() as group:
        display, port = desktop(group)
        with Proxy(f'localhost::{port}', '-p', passwd_file(folder, PASSWORD)) as proxy:
            # its Tight hangs at Xvnc, also without a proxy
            for encodings in ('raw', 'hextile', 'zlib copyrect'):
                done = subprocess.run(
                    ['vncsnapshot', '-quiet', '-passwd', f'{folder}/passwd', '-encodings',
                     encodings, '-quality', '100', f'127.0.0.1:{proxy.port - 5900}', f'{folder}/o.jpg'],
                    capture_output=True, timeout=30)
                if done.returncode:
                    yield f'{encodings}: {done.stderr}'
                    continue
                shot = subprocess.run(['convert', f'{folder}/o.jpg', '-depth', '8', 'rgb:-'],
                                      capture_output=True, timeout=30).stdout
                screen = screenshot(display)
                # JPEG has errors of its own
                far = sum(abs(a - b) > 60 for a, b in zip(shot[::7], screen[::7]))
                if len(shot) != len(screen) or far > len(screen) // 7 // 500:
                    yield f'{encodings}: another picture, {len(shot)} bytes, {far} far off'


def test_tigervnc_viewer(folder):
    """It shows the screen on another X server, and keys arrive."""
    if not have('xtigervncviewer'):
        raise Skip('xtigervncviewer is not installed')
    with Group() as group:
        display, port = desktop(group)
        outside, _ = group.x_server('Xvfb', size=f'{W + 200}x{H + 200}')
        events = Events(group, display)
        group.run('xdotool', 'mousemove', '639', '479', display=outside)
        with Proxy(f'localhost::{port}', '-p', passwd_file(folder, PASSWORD), '--kb',
                   f'{folder}/a.kb') as proxy:
            for encoding in ('Tight', 'ZRLE'):
                mark = len(events.read())
                viewer = tigervnc_viewer(group, outside, proxy.port, encoding, '-passwd',
                                         f'{folder}/passwd')
                if not wait_for(lambda: not differs(screenshot(outside, W, H),
                                                    screenshot(display), W, H)):
                    yield f'{encoding}: it does not show the screen: {group.log()}'
                group.run('xdotool', 'key', 'Q', display=outside).wait(10)
                if ('KeyPress', 0x51) not in [e[:2] for e in events.wait(mark, 4)]:
                    yield f'{encoding}: a key does not arrive'
                viewer.terminate()
                viewer.wait(10)
            yield from proxy.ended()
        with open(f'{folder}/a.kb') as f:
            if f.read().count('KeyEvent,true,Q\n') != 2:
                yield 'the keys do not stand in the file'


# ---- keys and pointer ----

INPUT = [('key', 0xffe1, 1), ('key', 0x41, 1), ('key', 0x41, 0), ('key', 0xffe1, 0),
         ('pointer', 0, 100, 120), ('pointer', 1, 100, 120), ('pointer', 1, 140, 150),
         ('pointer', 0, 140, 150), ('key', 0xe9, 1), ('key', 0xe9, 0), ('key', 0xff0d, 1),
         ('key', 0xff0d, 0), ('pointer', 4, 200, 210), ('pointer', 0, 200, 210)]
ARRIVES = 8 + 4


def test_input(folder):
    """It arrives, stands in the files, and what they hold arrives alike when played."""
    with Group() as group:
        display, port = group.x_server('Xvnc', '-SecurityTypes', 'None', '-localhost')
        events = Events(group, display)
        with Viewer(port) as viewer:
            viewer.pointer(0, 200, 210)
            time.sleep(0.2)
        for name in ('a.kb', 'a.rfm'):
            mark = len(events.read())
            with Proxy(f'localhost::{port}', '--kb', f'{folder}/{name}') as proxy:
                with Viewer(proxy.port) as viewer:
                    for kind, *rest in INPUT:
                        getattr(viewer, kind)(*rest)
                        time.sleep(0.03)
                    viewer.cut(b'on the clipboard')
                    expected = events.wait(mark, ARRIVES)
                    mode = stat.S_IMODE(os.stat(f'{folder}/{name}.part').st_mode)
                    if mode != 0o600:
                        yield f'{name}: mode {mode:o}'
                yield from proxy.ended()
            if len(expected) != ARRIVES or expected[1][:2] != ('KeyPress', 0x41):
                yield f'{name}: {expected} arrived'
            yield from check_macro(f'{folder}/{name}')
            mark = len(events.read())
            done = rfbrec('play', f'localhost::{port}', f'{folder}/{name}')
            again = events.wait(mark, ARRIVES)
            if done.returncode or again != expected:
                yield f'{name}: {expected} arrived, and when played {again}; {done.text}'


def check_macro(path):
    with open(path) as f:
        text = f.read()
    if 'clipboard' in text or 'b24gdGhl' in text:
        yield 'the clipboard stands in it'
    if path.endswith('.kb'):
        lines = [line.split(':', 1) for line in text.splitlines()]
        want = [f'KeyEvent,{"true" if e[2] else "false"},'
                f'{({0xffe1: "Shift_L", 0xff0d: "Return", 0xe9: "eacute"}).get(e[1]) or chr(e[1])}'
                if e[0] == 'key' else f'PointerEvent,{e[1]},{e[2]},{e[3]}' for e in INPUT]
        if [line[1] for line in lines] != want:
            yield f'{text}'
        times = [int(line[0]) for line in lines[1:]]
        if min(times) < 25e6 or sum(times) < 13 * 30e6:
            yield f'times of {times} ns'
    elif not text.startswith('RFM 001.000\nshared\n') or 'key eacute down' not in text:
        yield text


def test_view_only(folder):
    """By the option, and by a password of one's own."""
    files = {}
    for name in ('full', 'look'):
        files[name] = f'{folder}/{name}'
        with open(files[name], 'w') as f:
            f.write(f'{name}-pw\n')
    with Group() as group:
        display, port = group.x_server('Xvnc', '-SecurityTypes', 'None', '-localhost')
        events = Events(group, display)
        with Proxy(f'localhost::{port}', '-p', files['full'], '--view-password-file', files['look'],
                   '--kb', f'{folder}/a.kb') as proxy:
            with Viewer(proxy.port, 'look-pw') as looker, Viewer(proxy.port, 'full-pw') as viewer:
                looker.pointer(1, 100, 100)
                looker.key(0x78)
                looker.cut(b'x' * 100000)
                if looker.screen() != screenshot(display):
                    yield 'who may only look sees nothing'
                viewer.pointer(0, 300, 300)
                viewer.key(0x79)
                got = events.wait(0, 1)
            if [e[:2] for e in got] != [('KeyPress', 0x79)]:
                yield f'{got} arrived'
            yield from proxy.ended(0, 'may only look')
        with open(f'{folder}/a.kb') as f:
            if re.findall(r':(\w+,\w+)', f.read()) != ['PointerEvent,0', 'KeyEvent,true']:
                yield 'what did not pass is in the file'


# ---- getting in ----

def test_passwords(folder):
    """Viewers need the proxy's password, not the server's, and neither gets anywhere."""
    secret, ours = 'srvPass7', 'viewPw_9'
    with open(f'{folder}/ours', 'w') as f:
        f.write(ours + '\n')
    with Group() as group:
        display, port = group.x_server('Xvnc', '-SecurityTypes', 'VncAuth', '-localhost',
                                       '-PasswordFile', passwd_file(group.folder, secret))
        env = {'VNC_PASSWORD': secret}
        with Proxy(f'localhost::{port}', '-p', f'{folder}/ours', '--fb', f'{folder}/r.fbs', '--kb',
                   f'{folder}/r.rfm', env=env) as proxy:
            for newest in (3, 7, 8):
                with Viewer(proxy.port, ours, newest=newest) as viewer:
                    if viewer.screen() != screenshot(display):
                        yield f'3.{newest}: another screen'
            for word in ('wrong', secret):
                try:
                    Viewer(proxy.port, word)
                    yield f'{word}: let in'
                except ValueError:
                    pass
            try:
                Viewer(proxy.port)
                yield 'let in without a password'
            except ValueError:
                pass
            pid = proxy.child.pid
            with open(f'/proc/{pid}/environ', 'rb') as e, open(f'/proc/{pid}/cmdline', 'rb') as c:
                said = e.read() + c.read()
            wait_for(lambda: os.path.exists(f'{folder}/r.fbs.part'))
            yield from proxy.ended()
        for name in os.listdir(folder):
            if name != 'ours':
                with open(f'{folder}/{name}', 'rb') as f:
                    said += f.read()
        said += proxy.text.encode()
        if secret.encode() in said or ours.encode() in said:
            yield 'a password stands somewhere'
        with Proxy(f'localhost::{port}', env={'VNC_PASSWORD': 'bad'}) as proxy:
            try:
                Viewer(proxy.port)
                yield 'let in though the server lets nobody in'
            except ValueError as why:
                if 'refuses' not in str(why) or str(port) in str(why):
                    yield f'{why}'


def test_websocket(_):
    with Group() as group:
        display, port = group.x_server('Xvnc', '-SecurityTypes', 'None', '-localhost')
        with Proxy(f'localhost::{port}', '--websocket', ':0', '--origin',
                   'https://good.example') as proxy:
            screen = screenshot(display)
            for at in (proxy.port, proxy.websocket):
                for options in ({}, {'protocol': None}, {'protocol': 'chat, binary'},
                                {'origin': 'https://good.example'}, {'piece': 1}):
                    with Viewer(at, websocket=options) as viewer:
                        if viewer.screen() != screen:
                            yield f'{options}: another screen'
            for options in ({'protocol': 'base64'}, {'origin': 'https://good.example.evil'},
                            {'origin': 'http://localhost'}):
                try:
                    Viewer(proxy.port, websocket=options)
                    yield f'{options} are taken'
                except ValueError as why:
                    if 'HTTP/1.1 40' not in str(why):
                        yield f'{why}'
            with socket.create_connection(('127.0.0.1', proxy.port)) as s:
                s.sendall(b'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
                if not s.recv(100).startswith(b'HTTP/1.1 426'):
                    yield 'no answer to a browser'
            yield from proxy.ended()


def test_tls(folder):
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2',
                    '-keyout', f'{folder}/key', '-out', f'{folder}/cert', '-subj', '/CN=localhost',
                    '-addext', 'subjectAltName=DNS:localhost'], check=True, capture_output=True)
    tls = ['--tls-cert', f'{folder}/cert', '--tls-key', f'{folder}/key']
    context = trusting(f'{folder}/cert')
    with open(f'{folder}/pw', 'w') as f:
        f.write(PASSWORD)
    with Group() as group:
        display, port = group.x_server('Xvnc', '-SecurityTypes', 'None', '-localhost')
        screen = screenshot(display)
        with Proxy(f'localhost::{port}', *tls) as proxy:
            with Viewer(proxy.port, handshake=False) as viewer:
                if viewer.vencrypt(context, 260) != b'\x13':
                    yield 'it lets viewers in without TLS'
                if viewer.read(4) != bytes(4):
                    yield 'X509None: not let in'
            for websocket in ({}, None):
                with Viewer(proxy.port, tls=context, websocket=websocket) as viewer:
                    if viewer.screen() != screen:
                        yield f'TLS from the beginning, {websocket}: another screen'
            shot = rfbrec('snapshot', f'localhost::{proxy.port}', '-', '-f', 'ppm', '--ca-file',
                          f'{folder}/cert')
            if shot.stdout[15:] != screen:
                yield f'X509None: {shot.text}'
            for newest in (3, 8):
                try:
                    Viewer(proxy.port, newest=newest)
                    yield f'3.{newest}: let in without TLS'
                except ValueError:
                    pass
        with Proxy(f'localhost::{port}', *tls, '--allow-plain', '-p', f'{folder}/pw') as proxy:
            with Viewer(proxy.port, PASSWORD) as viewer:
                if viewer.screen() != screen:
                    yield '--allow-plain: another screen'
            done = rfbrec('info', f'localhost::{proxy.port}', '--ca-file', f'{folder}/cert',
                          env={'VNC_PASSWORD': PASSWORD})
            if b'X509Vnc' not in done.stdout:
                yield f'X509Vnc: {done.stdout} {done.text}'
            yield from proxy.ended(0, 'X509Vnc')


# ---- when something ends ----

def test_server_killed(folder):
    """Viewers are put out, the recording is whole, and the proxy says that it failed."""
    with Group() as group:
        display, port = desktop(group)
        screen = screenshot(display)
        with Proxy(f'localhost::{port}', '--fb', f'{folder}/r.fbs') as proxy:
            with Viewer(proxy.port) as viewer:
                viewer.screen()
                server = next(c for c in group.children if c.args[0] == 'Xvnc')
                server.kill()
                if not viewer.ends():
                    yield 'the viewer is not put out'
            proxy.child.wait(20)
            yield from proxy.ended(1, 'localhost::')
        seen, wrong = last_picture(f'{folder}/r.fbs')
        yield from wrong
        if differ := differs(seen, screen, W, H):
            yield f'the recording: {differ}'


def test_killed(folder):
    """kill -9: what is there plays, and so do the keys."""
    with Group() as group:
        display, port = desktop(group)
        with Proxy(f'localhost::{port}', '--fb', f'{folder}/r.fbs', '--kb', f'{folder}/r.rfm',
                   signal=signal.SIGKILL) as proxy:
            with Viewer(proxy.port) as viewer:
                viewer.pointer(0, 639, 479)
                viewer.key(0x61)
                viewer.screen()
                screen = screenshot(display)
                wait_for(lambda: os.path.exists(f'{folder}/r.fbs.part') and
                         last_picture(f'{folder}/r.fbs.part')[0] == screen)
                proxy.end()
                if not viewer.ends():
                    yield 'the viewer is not put out'
        seen, wrong = last_picture(f'{folder}/r.fbs.part')
        yield from wrong
        if differ := differs(seen, screen, W, H):
            yield f'the recording: {differ}'
        done = rfbrec('check', f'{folder}/r.rfm.part')
        if done.returncode or b'key a down' not in done.stdout:
            yield f'the keys: {done.text} {done.stdout}'


if __name__ == '__main__':
    sys.exit(run_tests(globals()))
