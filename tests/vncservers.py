"""Real VNC servers for tests, on displays and ports of their own."""
import glob
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time

import record

# what the passwd files of VNC servers are encrypted with, a constant of all of them
PASSWD_KEY = bytes(int(f'{b:08b}'[::-1], 2) for b in (23, 82, 107, 6, 35, 78, 88, 7))

# displays that tests of this process have
LOCK, GIVEN = threading.Lock(), set()

# a picture that changes for some seconds and then stays as it is
SCENE = ('for i in 1 2 3 4 5 6 7 8 9 10 11 12; do seq $i $((i + 30)) | tr "\\n" " "; '
         'ls -la /usr | tail -n 12; sleep 0.12; done; printf "\\033[?25l"; : > %s; sleep 1000')


def have(*programs):
    return all(shutil.which(p) for p in programs)


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def free_display():
    """A number nobody uses, begun to look for at one that depends on the process."""
    with LOCK:
        n = 100 + os.getpid() % 400
        while n in GIVEN or glob.glob(f'/tmp/.X{n}-lock') or os.path.exists(f'/tmp/.X11-unix/X{n}'):
            n += 1
        GIVEN.add(n)
    return n


def passwd_file(folder, password):
    path = f'{folder}/passwd'
    with open(path, 'wb') as f:
        f.write(record.des_block(PASSWD_KEY, password.encode()[:8].ljust(8, b'\0')))
    return path


def wait_for_port(port, seconds=20):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            socket.create_connection(('127.0.0.1', port), 1).close()
            return True
        except OSError:
            time.sleep(0.05)
    return False


class Group:
    """Processes that end with the with statement, and a folder for them."""

    def __init__(self):
        self.children = []

    def __enter__(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = self.temporary.name
        return self

    def __exit__(self, *_):
        for child in reversed(self.children):
            child.terminate()
            try:
                child.wait(5)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self.temporary.cleanup()

    def run(self, *command, display=None):
        env = dict(os.environ, HOME=self.folder)
        if display is not None:
            env['DISPLAY'] = f':{display}'
        log = open(f'{self.folder}/log{len(self.children)}', 'wb')
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env)
        log.close()
        self.children.append(child)
        return child

    def log(self):
        """What the last process said."""
        with open(f'{self.folder}/log{len(self.children) - 1}', errors='replace') as f:
            return f.read()[-300:]

    def x_server(self, program, *options, size='640x480', port=None):
        """An X server that is a VNC server, too, or Xvfb. Returns the display and the port."""
        display = free_display()
        if program == 'Xvfb':
            # it would begin anew when the last client goes, and take no other meanwhile
            self.run(program, f':{display}', '-screen', '0', size + 'x24', '-noreset', *options)
        else:
            port = port or free_port()
            self.run(program, f':{display}', '-rfbport', str(port), '-geometry', size, '-depth',
                     '24', '-desktop', 'test', *options)
            wait_for_port(port)
        until = time.monotonic() + 10
        while not os.path.exists(f'/tmp/.X11-unix/X{display}') and time.monotonic() < until:
            time.sleep(0.05)
        return display, port

    def scene(self, display):
        """Begins the scene; the path returned is there when it has come to its end."""
        done = f'{self.folder}/done{display}'
        self.run('xdotool', 'mousemove', '639', '479', display=display)
        self.run('xterm', '-geometry', '104x36+0+0', '-fn', 'fixed', '-e', SCENE % done,
                 display=display)
        return done


def screenshot(display, *size):
    """The X server's own idea of its picture, or of its upper left part, as RGB bytes."""
    part = ['-crop', '{}x{}+0+0'.format(*size)] if size else []
    return subprocess.run(['import', '-display', f':{display}', '-window', 'root', *part, '-depth',
                           '8', 'rgb:-'], capture_output=True, timeout=30).stdout


def tigervnc_viewer(group, display, port, encoding, *options):
    """Shows a server's screen in the upper left of a larger X server. That has no window manager,
    and without one TigerVNC 1.15 cannot fill the screen."""
    viewer = group.run('xtigervncviewer', '-RemoteResize=0', '-NoJPEG=1', '-AutoSelect=0',
                       f'-PreferredEncoding={encoding}', *options, f'127.0.0.1::{port}',
                       display=display)
    move = ['xdotool', 'search', '--onlyvisible', '--name', 'TigerVNC$', 'windowmove', '0', '0',
            'windowfocus']
    env = {**os.environ, 'DISPLAY': f':{display}'}
    until = time.monotonic() + 15
    while subprocess.run(move, env=env, capture_output=True).returncode and \
            time.monotonic() < until:
        time.sleep(0.05)
    return viewer


def differs(a, b, w, h, margin=24):
    """Whether two RGB pictures differ, but for the corner where the mouse pointer is."""
    if len(a) != w * h * 3 or len(b) != len(a):
        return f'pictures of {len(a)} and {len(b)} bytes'
    for y in range(h):
        end = w - margin if y >= h - margin else w
        row = slice(y * w * 3, y * w * 3 + end * 3)
        if a[row] != b[row]:
            return f'line {y} differs'
    return None
