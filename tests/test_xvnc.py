#!/usr/bin/env python3
"""vnc:// with a real server, TigerVNC's Xvnc: what is recorded is what was on its screen."""
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

import recordings as rec
from fakeserver import vncpasswd
from vnctest import said

SECRET = 'Tiger-88'

# Text that scrolls for some seconds, then stays.
TEXT = '''i=0; while [ $i -lt 60 ]; do i=$((i+1))
printf '\\033[3%dmline %d \\033[4%dm some text to look at\\033[0m\\n' $((i%8)) $i $(((i/3)%8))
sleep 0.05; done; sleep 60'''


class Xvnc:
    """A server with an xterm on it, and no pointer, which screenshots do not have."""
    def __init__(self, folder, *options, size='640x480'):
        with socket.socket() as s:
            s.bind(('127.0.0.1', 0))
            self.port = s.getsockname()[1]
        self.url = f'vnc://127.0.0.1::{self.port}'
        reader, writer = os.pipe()
        self.log = os.path.join(folder, 'xvnc.log')
        with open(self.log, 'wb') as log:
            self.process = subprocess.Popen(
                ['Xvnc', '-displayfd', str(writer), '-rfbport', str(self.port), '-localhost',
                 '-geometry', size, '-depth', '24', '-AlwaysShared', '-nocursor', '-nolock', '-listen', 'unix',
                 *options], pass_fds=[writer], stdout=log, stderr=log)
        os.close(writer)
        with os.fdopen(reader) as f:
            self.display = ':' + f.readline().strip()
        self.clients = []
        if self.display == ':':
            raise RuntimeError(open(self.log).read()[-500:])

    def run(self, *command):
        self.clients.append(subprocess.Popen(command, env={**os.environ, 'DISPLAY': self.display},
                                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        return self.clients[-1]

    def xterm(self):
        return self.run('xterm', '-geometry', '90x30+10+10', '-e', 'sh', '-c', TEXT)

    def screenshot(self):
        """Width, height and RGB of what is on the screen now."""
        shot = subprocess.run(['import', '-silent', '-window', 'root', '-depth', '8', 'ppm:-'],
                              stdout=subprocess.PIPE, timeout=60,
                              env={**os.environ, 'DISPLAY': self.display}).stdout
        magic, width, height = shot.split(maxsplit=3)[:3]
        pixels = shot[-int(width) * int(height) * 3:]
        assert magic == b'P6'
        return int(width), int(height), pixels

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in (*self.clients, self.process):
            process.terminate()
            process.wait(20)


def record(server, path, seconds, *options, during=None):
    """Record with -c copy; the pictures as they were decoded meanwhile, and the time it took."""
    start = time.monotonic()
    p = subprocess.Popen(
        [f'{rec.BUILD}/ffmpeg', '-v', 'warning', '-nostdin', '-y', '-draw_mouse', '0', *options,
         '-i', server.url, '-map', '0', '-t', str(seconds), '-c', 'copy', path,
         '-map', '0', '-t', str(seconds), '-noautoscale', '-fps_mode', 'passthrough',
         '-enc_time_base', '1:1000', '-pix_fmt', 'rgb24', '-f', 'framemd5', '-'],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if during:
        during()
    out, log = p.communicate(timeout=seconds + 60)
    rows = [line.split(',') for line in out.decode().splitlines() if line[:1] not in ('#', '')]
    return [row[5].strip() for row in rows], time.monotonic() - start, log.decode()


def as_live(rows, live):
    """-t ends a copy behind the packet that reaches it, and pictures before it. What a server
    sends before the first picture is in its packet, but a picture of its own in the recording."""
    got = [md5 for n, (ms, _, md5) in enumerate(rows) if n + 1 == len(rows) or rows[n + 1][0] != 0]
    if got[:len(live)] != live or not 0 <= len(got) - len(live) <= 1:
        yield f'{len(got)} pictures, {len(live)} live, not the same'


def last_picture(path):
    """Width, height and RGB of a recording's last picture."""
    size = rec.run([f'{rec.BUILD}/ffprobe', '-v', 'error', '-show_entries', 'frame=width,height',
                    '-of', 'csv=p=0', path]).stdout.decode().split()[-1]
    width, height = map(int, size.split(',')[:2])
    data = rec.ffmpeg([], path, ['-f', 'rawvideo']).stdout
    return width, height, data[-width * height * 3:]


def same_picture(path, screen):
    width, height, pixels = last_picture(path)
    if (width, height) != screen[:2]:
        yield f'the last picture has {width}x{height}, the screen {screen[0]}x{screen[1]}'
    elif pixels != screen[2]:
        off = sum(a != b for a, b in zip(pixels, screen[2]))
        yield f'{off} bytes of the last picture differ from the screen'


def test_recording(folder):
    path = os.path.join(folder, 'rec.fbs')
    with Xvnc(folder, '-SecurityTypes', 'None') as server:
        server.xterm()
        live, took, log = record(server, path, 6)
        rec.report('the last picture is what is on the screen',
                   list(same_picture(path, server.screenshot())))
    rows, _ = rec.pictures(path)
    rec.report('no messages', [log] if log else [])
    rec.report('the recording decodes as it did live', list(as_live(rows, live)))
    changes = len(set(live))
    rec.report('scrolling text gives many pictures', [] if changes > 20 else [f'{changes} pictures'])
    times = [ms for ms, _, _ in rows]
    rec.report('it lasts as long as it took', [] if 5000 < times[-1] < 6100 and 5.5 < took < 15
               else [f'{times[-1]} ms, took {took:.1f} s'])


def test_encodings(folder):
    with Xvnc(folder, '-SecurityTypes', 'None') as server:
        server.xterm()
        time.sleep(5)
        for name in ('tight', 'zrle', 'hextile', 'rre', 'raw'):
            path = os.path.join(folder, f'{name}.fbs')
            record(server, path, 1, '-encodings', name)
            rec.report(f'encoding {name}', list(same_picture(path, server.screenshot())))


def test_password(folder):
    auth = os.path.join(folder, 'auth')
    with open(auth, 'wb') as f:
        f.write(vncpasswd(SECRET))
    command = [f'{rec.BUILD}/ffmpeg', '-v', 'warning', '-nostdin']
    with Xvnc(folder, '-SecurityTypes', 'VncAuth', '-rfbauth', auth) as server:
        def attempt(password, *options):
            return subprocess.run([*command, *options, '-i', server.url, '-frames:v', '1', '-f',
                                   'framemd5', '-'], capture_output=True, timeout=60,
                                  env={**os.environ, 'VNC_PASSWORD': password})

        for name, done in (('from the environment', attempt(SECRET)),
                           ("from Xvnc's own file", attempt('', '-password_file', auth))):
            rec.report(f'password {name}', [] if b'\n0, ' in done.stdout and not done.returncode
                       else [done.stderr.decode()])
        done = attempt('not this')
        rec.report('wrong password', [*said(done, 'authentication failed: .*[Aa]uth'),
                                      *([] if done.returncode else ['exit status 0'])])


def test_resize(folder):
    path = os.path.join(folder, 'resize.fbs')
    with Xvnc(folder, '-SecurityTypes', 'None', size='800x600') as server:
        server.xterm()

        def resize():
            for size in ('1024x768', '640x480'):
                time.sleep(1.5)
                server.run('xrandr', '-s', size).wait(20)

        live, _, log = record(server, path, 6, during=resize)
        rec.report('a desktop that changes its size',
                   [*same_picture(path, server.screenshot()), *([log] if log else [])])
    sizes = rec.run([f'{rec.BUILD}/ffprobe', '-v', 'error', '-show_entries', 'frame=width', '-of',
                     'csv=p=0', path]).stdout.decode().replace(',', '').split()
    order = sorted(set(sizes), key=sizes.index)
    rec.report('all sizes are there', [] if order == ['800', '1024', '640'] else [str(order)])
    rows, _ = rec.pictures(path)
    rec.report('and decode as they did live', list(as_live(rows, live)))


def main():
    sys.stdout.reconfigure(line_buffering=True)
    for program in ('Xvnc', 'xterm', 'xrandr', 'import'):
        if not shutil.which(program):
            print(f'skip {program} is not there')
            return
    with tempfile.TemporaryDirectory() as folder:
        test_recording(folder)
        test_encodings(folder)
        test_password(folder)
        test_resize(folder)


if __name__ == '__main__':
    main()
