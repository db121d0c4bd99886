#!/usr/bin/env python3
"""rfbrec against real servers: what it recorded ends with the picture the server has."""
import glob
import json
import os
import socket
import struct
import subprocess
import sys
import time

import recordings
from rfbrec import (PASSWORD, Skip, last_picture, pictures, record_picture, rfbrec, run_tests,
                    start, wait_for)
from vncservers import (Group, differs, free_port, have, passwd_file, screenshot, wait_for_port)

W, H = 640, 480


def certificate(folder):
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2',
                    '-keyout', f'{folder}/key', '-out', f'{folder}/cert', '-subj', '/CN=localhost',
                    '-addext', 'subjectAltName=DNS:localhost'], check=True, capture_output=True)
    return f'{folder}/key', f'{folder}/cert'


def record_scene(group, display, target, *options, env=None, want=8, exact=True):
    """Record while the content changes; what is wrong with the recording."""
    out = f'{group.folder}/scene.fbs'
    if os.path.exists(out):
        os.remove(out)
    child = start('record', target, out, '--fps', '20', *options, env=env)
    done = group.scene(display)
    until = time.monotonic() + 20
    while not os.path.exists(done) and time.monotonic() < until and child.poll() is None:
        time.sleep(0.1)
    time.sleep(1.2)
    child.terminate()
    text = child.communicate(timeout=20)[1].decode()
    if child.returncode or not os.path.exists(out):
        return [f'exit status {child.returncode}: {text[-200:]}']
    times, found, wrong = pictures(out)
    last, more = last_picture(out)
    wrong += more
    if len(set(found)) < want:
        wrong.append(f'{len(set(found))} different pictures')
    differ = differs(last, screenshot(display), W, H) if exact else None
    return wrong + ([f'the last picture is not the screen: {differ}'] if differ else [])


# ---- TigerVNC ----

def test_security_types(_):
    """Each of Xvnc's types, with a picture through each."""
    env = {'VNC_PASSWORD': PASSWORD}
    with Group() as group:
        key, cert = certificate(group.folder)
        for kind in ('None', 'VncAuth', 'TLSNone', 'TLSVnc', 'X509None', 'X509Vnc'):
            display, port = group.x_server(
                'Xvnc', '-SecurityTypes', kind, '-X509Key', key, '-X509Cert', cert,
                '-PasswordFile', passwd_file(group.folder, PASSWORD), '-localhost')
            target = f'localhost::{port}'
            ca = ['--ca-file', cert]
            done = rfbrec('info', target, *ca, env=env)
            if f'security: {kind}\n' not in done.stdout.decode():
                yield f'{kind}: {done.text or done.stdout.decode()}{group.log()}'
            shot = rfbrec('snapshot', target, '-', '-f', 'ppm', *ca, env=env).stdout
            header = b'P6\n%d %d\n255\n' % (W, H)
            if not shot.startswith(header) or shot[len(header):] != screenshot(display):
                yield f'{kind}: the snapshot is not the screen'
            out = f'{group.folder}/{kind}.fbs'
            yield from record_picture(target, out, *ca, env=env)
            if last_picture(out)[0] != screenshot(display):
                yield f'{kind}: the recording is not the screen'
            if kind == 'X509None' and rfbrec('info', target).returncode != 1:
                yield 'a certificate that nobody signed is accepted'
            if kind == 'VncAuth' and 'refuses' not in rfbrec(
                    'info', target, env={'VNC_PASSWORD': 'wrong'}).text:
                yield 'a wrong password is not refused'


def test_tigervnc(_):
    with Group() as group:
        display, port = group.x_server('Xvnc', '-SecurityTypes', 'None', '-localhost')
        yield from record_scene(group, display, f':{port}')


def test_tigervnc_encodings(_):
    """What it sends in other encodings and pixels, by continuous updates, in a part."""
    with Group() as group:
        display, port = group.x_server('Xvnc', '-SecurityTypes', 'None', '-localhost',
                                       '-BlacklistThreshold', '100')
        done = group.scene(display)
        time.sleep(1)
        jobs = {
            'zrle': ['--encodings', 'zrle,copyrect'], 'hextile': ['--encodings', 'hextile'],
            'raw': ['--encodings', 'raw', '--fps', '0'], 'rre': ['--encodings', 'rre'],
            'shape': ['--cursor', 'shape', '--fps', '0'],
            'clip': ['--clip', '300x200+20+30'],
            '16': ['--pixel-format', 'rgb565le', '--encodings', 'tight'],
        }
        children = [start('record', f':{port}', f'{group.folder}/{n}.fbs', *o)
                    for n, o in jobs.items()]
        wait_for(lambda: os.path.exists(done), 20)
        time.sleep(2)
        for child in children:
            child.terminate()
        for child in children:
            text = child.communicate(timeout=20)[1].decode()
            if child.returncode:
                yield text[-200:]
        screen = screenshot(display)
        for name in jobs:
            picture, wrong = last_picture(f'{group.folder}/{name}.fbs')
            yield from (f'{name}: {w}' for w in wrong)
            if name == 'clip':
                rows = [screen[(y * W + 20) * 3:(y * W + 320) * 3] for y in range(30, 230)]
                differ = None if picture == b''.join(rows) else 'not that part of the screen'
            elif name == '16':
                differ = None if {p & 7 for p in picture[0::3]} <= set(range(8)) and \
                    len(picture) == len(screen) else 'not the screen'
            else:
                differ = differs(picture, screen, W, H)
            if differ:
                yield f'{name}: {differ}'


def test_resize(_):
    with Group() as group:
        display, port = group.x_server('Xvnc', '-SecurityTypes', 'None', '-localhost',
                                       '-AcceptSetDesktopSize')
        out = f'{group.folder}/r.fbs'
        child = start('record', f':{port}', out, '-t', '3')
        time.sleep(1)
        # the specification, "SetDesktopSize": one screen of 500x400
        with socket.create_connection(('127.0.0.1', port)) as s:
            s.recv(12)
            s.sendall(b'RFB 003.008\n')
            s.recv(10)
            s.sendall(b'\1')
            s.recv(4)
            s.sendall(b'\1' + struct.pack('>BxHii', 2, 2, 0, -308)
                      + struct.pack('>BBHHHH', 3, 0, 0, 0, W, H)
                      + struct.pack('>BxHHBxIHHHHI', 251, 500, 400, 1, 0, 0, 0, 500, 400, 0))
            time.sleep(0.5)
        if child.wait(10):
            yield child.stderr.read().decode()
        rows, _ = recordings.pictures(out)
        sizes = [r[1] for r in rows]
        if not sizes or sizes[0] != W * H * 3 or sizes[-1] != 500 * 400 * 3:
            yield f'pictures of {sorted(set(sizes))} bytes'


def test_websockify(_):
    if not have('websockify'):
        raise Skip('no websockify')
    with Group() as group:
        display, port = group.x_server('Xvnc', '-SecurityTypes', 'VncAuth', '-localhost',
                                       '-PasswordFile', passwd_file(group.folder, PASSWORD))
        key, cert = certificate(group.folder)
        plain, tls = free_port(), free_port()
        websockify = ['/usr/bin/python3', '/usr/bin/websockify']
        group.run(*websockify, f'127.0.0.1:{plain}', f'127.0.0.1:{port}')
        group.run(*websockify, '--cert', cert, '--key', key, '--ssl-only', f'127.0.0.1:{tls}',
                  f'127.0.0.1:{port}')
        wait_for_port(plain)
        wait_for_port(tls)
        env = {'VNC_PASSWORD': PASSWORD}
        yield from record_scene(group, display, f'ws://127.0.0.1:{plain}/websockify', env=env)
        for options, status in ((['--ca-file', cert], 0), ([], 1), (['--insecure'], 0)):
            out = f'{group.folder}/{len(options)}{status}.fbs'
            failed = record_picture(f'wss://localhost:{tls}/', out, '--encodings', 'raw',
                                    '--fps', '0', *options, env=env)
            if bool(failed) != bool(status):
                yield f'wss {options}: {failed}'
            elif not status and differs(last_picture(out)[0], screenshot(display), W, H):
                yield f'wss {options}: the recording is not the screen'


# ---- other servers ----

def test_x11vnc(_):
    if not have('x11vnc', 'Xvfb'):
        raise Skip('no x11vnc or no Xvfb')
    with Group() as group:
        display, _ = group.x_server('Xvfb')
        port = free_port()
        group.run('x11vnc', '-display', f':{display}', '-rfbport', str(port), '-localhost',
                  '-shared', '-forever', '-passwd', PASSWORD, '-noxdamage', '-nocursor', '-wait', '20',
                  # it takes rests, longer ones on a busy machine, and waits for more of a scroll
                  '-nonap', '-nowireframe', '-noscrollcopyrect')
        wait_for_port(port)
        yield from record_scene(group, display, f'127.0.0.1::{port}',
                                env={'VNC_PASSWORD': PASSWORD})


def test_tightvnc(_):
    if not have('Xtightvnc'):
        raise Skip('no Xtightvnc')
    with Group() as group:
        display, port = group.x_server('Xtightvnc', '-rfbauth', passwd_file(group.folder, PASSWORD),
                                       '-ac')
        # nothing moves its pointer out of the way: it knows no XTEST
        yield from record_scene(group, display, f'127.0.0.1::{port}', '--cursor', 'shape',
                                env={'VNC_PASSWORD': PASSWORD})


def test_qemu(_):
    if not have('qemu-system-x86_64'):
        raise Skip('no qemu-system-x86_64, which is large')
    with Group() as group:
        sock, qmp = f'{group.folder}/vnc', f'{group.folder}/qmp'
        group.run('qemu-system-x86_64', '-vnc', f'unix:{sock}', '-m', '32', '-qmp',
                  f'unix:{qmp},server=on,wait=off', '-net', 'none')
        until = time.monotonic() + 20
        while not os.path.exists(sock) and time.monotonic() < until:
            time.sleep(0.1)
        out, shot = f'{group.folder}/q.fbs', f'{group.folder}/q.ppm'
        child = start('record', f'unix:{sock}', out, '--fps', '30')
        time.sleep(4)
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(qmp)
            for command in ({'execute': 'qmp_capabilities'}, {'execute': 'stop'},
                            {'execute': 'screendump', 'arguments': {'filename': shot}}):
                s.sendall(json.dumps(command).encode())
                time.sleep(0.5)
                s.recv(4096)
        time.sleep(0.7)
        child.terminate()
        text = child.communicate(timeout=10)[1].decode()
        if child.returncode:
            return (yield text)
        _, found, wrong = pictures(out)
        yield from wrong
        if len(set(found)) < 2:
            yield 'nothing happened'
        with open(shot, 'rb') as f:
            expected = f.read().split(b'\n', 3)[3]
        if last_picture(out)[0] != expected:
            size = [len(last_picture(out)[0]), len(expected)]
            yield f'the last picture is not QEMU\'s screendump, bytes {size}'


# text that scrolls, and a cursor that does not blink when it has
WAYLAND_SCENE = ('for i in 1 2 3 4 5 6 7 8; do seq $i $((i + 40)) | tr "\\n" " "; ls -la /usr; '
                 'sleep 0.15; done; printf "\\033[?25l"; : > %s; sleep 1000')


def wayland(group):
    """Sway without a screen, which does not run as root; how to run others in it."""
    place = f'{group.folder}/run'
    os.mkdir(place, 0o700)
    as_user = []
    if not os.getuid():
        as_user = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups']
        os.chmod(group.folder, 0o755)
        os.chown(place, 65534, 65534)
    with open(f'{group.folder}/sway', 'w') as f:
        f.write(f'output * mode {W}x{H}\noutput * bg #224466 solid_color\ndefault_border none\n'
                'xwayland disable\n')
    env = {'XDG_RUNTIME_DIR': place, 'WLR_BACKENDS': 'headless', 'WLR_RENDERER': 'pixman',
           'WLR_LIBINPUT_NO_DEVICES': '1', 'LIBSEAT_BACKEND': 'noop', 'HOME': place}
    command = [*as_user, 'env', *(f'{k}={v}' for k, v in env.items())]
    group.run(*command, 'sway', '-c', f'{group.folder}/sway')
    sockets = f'{place}/wayland-[0-9]'
    if not wait_for(lambda: glob.glob(sockets)):
        raise Skip(f'sway does not run here: {group.log()}')
    return [*command, f'WAYLAND_DISPLAY={os.path.basename(glob.glob(sockets)[0])}'], place


def test_wayvnc(_):
    if not have('sway', 'wayvnc', 'grim', 'foot'):
        raise Skip('sway, wayvnc, grim or foot is not installed')
    with Group() as group:
        command, place = wayland(group)
        port = free_port()
        group.run(*command, 'wayvnc', '127.0.0.1', str(port))
        if not wait_for_port(port):
            yield f'wayvnc does not listen: {group.log()}'
            return
        outs = {e: f'{group.folder}/{e}.fbs' for e in ('tight', 'zrle', 'raw')}
        children = [start('record', f':{port}', out, '--encodings', e, '--fps', '20')
                    for e, out in outs.items()]
        done = f'{place}/done'
        terminal = group.run(*command, 'foot', '-e', 'sh', '-c', WAYLAND_SCENE % done)
        wait_for(lambda: os.path.exists(done) or terminal.poll() is not None, 30)
        if not os.path.exists(done) and terminal.poll():
            raise Skip(f'foot does not run here: {group.log()}')
        time.sleep(1)
        for child in children:
            child.terminate()
            if child.wait(20):
                yield child.stderr.read().decode()[-200:]
        shot = subprocess.run([*command, 'grim', '-t', 'ppm', '-'], capture_output=True, timeout=30)
        for name, out in outs.items():
            picture, wrong = last_picture(out)
            yield from (f'{name}: {w}' for w in wrong)
            if picture != shot.stdout.split(b'\n', 3)[-1]:
                yield f'{name}: the last picture is not the screen'
            if len(set(pictures(out)[1])) < 3:
                yield f'{name}: nothing happened'


if __name__ == '__main__':
    if not have('Xvnc', 'xterm', 'xdotool', 'import'):
        sys.exit('Xvnc, xterm, xdotool or import is missing')
    sys.exit(run_tests(globals(), 3))
