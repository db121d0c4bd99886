#!/usr/bin/env python3
"""vnc://: versions, passwords, refusals, and the forms of addresses."""
import os
import struct
import sys
import tempfile
import time

from fakeserver import NONE, VNC, FakeServer, vncpasswd
from vnctest import RED, SECRET, SIZE, check, colours, fails, full, run, said


def shows(version, minor, types=(NONE,), chosen=NONE, options=(), env=None, password=None):
    """A session with that handshake has its picture."""
    def script(s):
        s.accept(version, minor, types, chosen, password)
        s.init(*SIZE)
        s.wait()
        s.send(full(RED))

    with FakeServer(script) as server:
        got, done = colours(server.url, *options, env=env)
    if not got or set(got) != {RED}:
        yield f'pictures {got[:3]}: {done.stderr.decode()[-300:]}'
    if server.error:
        yield server.error


def test_versions():
    for version, minor in ((b'003.003', 3), (b'003.005', 3), (b'003.007', 7), (b'003.008', 8),
                           (b'003.889', 8), (b'004.001', 8), (b'005.000', 8)):
        check(f'version {version.decode()}', shows(b'RFB %s\n' % version, minor))


def password_file(folder, name, data):
    path = os.path.join(folder, name)
    with open(path, 'wb') as f:
        f.write(data)
    return path


def test_passwords(folder):
    env = {'VNC_PASSWORD': SECRET}
    for minor in (3, 7, 8):
        check(f'password, version 3.{minor}', shows(b'RFB 003.00%d\n' % minor, minor, (VNC,), VNC,
                                                    env=env, password=SECRET))
    check('password although none is needed', shows(b'RFB 003.008\n', 8, (VNC, NONE), VNC,
                                                    env=env, password=SECRET))
    check('no password where none is needed', shows(b'RFB 003.008\n', 8, (VNC, NONE), NONE))
    check('password in another variable',
          shows(b'RFB 003.008\n', 8, (VNC,), VNC, ('-password_env', 'MINE'),
                {'MINE': 'x', 'VNC_PASSWORD': 'wrong'}, 'x'))
    check('a password longer than eight bytes',
          shows(b'RFB 003.008\n', 8, (VNC,), VNC, env={'VNC_PASSWORD': 'twelve chars'},
                password='twelve c'))
    for name, data in (('text', SECRET.encode()), ('line', SECRET.encode() + b'\r\nmore\n'),
                       ('vncpasswd', vncpasswd(SECRET)),
                       ('view-only', vncpasswd(SECRET) + vncpasswd('other'))):
        path = password_file(folder, name, data)
        check(f'password file, {name}', shows(b'RFB 003.008\n', 8, (VNC,), VNC,
                                              ('-password_file', path), password=SECRET))


def refuse(s, version, minor, types, answer, reason):
    """The security handshake fails."""
    s.hello(version, minor, types)
    if minor > 3:
        s.read(1)
    s.send(bytes(16))
    s.read(16)
    s.send(struct.pack('>I', answer) + (struct.pack('>I', len(reason)) + reason if reason else b''))


def test_refusals(folder):
    env = {'VNC_PASSWORD': 'wrong'}
    v3, v7, v8 = (b'RFB 003.00%d\n' % n for n in (3, 7, 8))
    check('wrong password, 3.8: the reason', fails(
        lambda s: refuse(s, v8, 8, (VNC,), 1, b'Password check failed!\n'),
        'authentication failed: Password check failed!', env=env))
    check('wrong password, 3.3', fails(lambda s: refuse(s, v3, 3, (VNC,), 1, b''),
                                       'authentication failed', env=env))
    check('too many attempts, 3.7', fails(lambda s: refuse(s, v7, 7, (VNC,), 2, b''),
                                          'too many attempts', env=env))
    check('a reason that is no text', fails(
        lambda s: refuse(s, v8, 8, (VNC,), 1, b'\x1b[31m' + b'x' * 5000),
        r'authentication failed:  \[31mxxx', env=env))
    check('refused, 3.8: the reason', fails(
        lambda s: (s.send(v8), s.read(12), s.send(b'\0\0\0\0\x0aToo many !')), 'Too many !'))
    check('refused, 3.3: the reason', fails(
        lambda s: (s.send(v3), s.read(12), s.send(bytes(4) + b'\0\0\0\3No.')), 'refuses.*No\\.'))
    check('no password', fails(lambda s: (s.hello(types=(VNC,)), s.read(1), s.send(bytes(16))),
                               'wants a password.*VNC_PASSWORD.*-password_file'))
    check('empty password file', fails(
        lambda s: s.hello(types=(VNC,)), 'no password in it',
        '-password_file', password_file(folder, 'empty', b'\n')))
    check('no such password file', fails(
        lambda s: s.hello(types=(VNC,)), 'No such file', '-password_file', f'{folder}/none'))
    check('unknown security types are named', fails(
        lambda s: s.hello(types=(19, 30, 200)), 'VeNCrypt \\(19\\), Apple.*\\(30\\), unknown \\(200\\)'))
    check('a web server', fails(lambda s: s.send(b'HTTP/1.1 400 Bad Request\r\n\r\n'),
                                'no VNC server'))
    check('a repeater', fails(lambda s: s.send(b'RFB 000.000\n'), 'repeater'))
    check('closed at once', fails(lambda s: None, 'closed the connection instead of.*version'))
    check('closed before the name', fails(
        lambda s: (s.accept(), s.read(1), s.send(struct.pack('>HH16sI', 8, 8, bytes(16), 9))),
        'name'))
    check('closed before the first picture', fails(lambda s: s.start(*SIZE), 'no picture'))
    check('silent in the handshake', fails(
        lambda s: (s.send(b'RFB 003.'), time.sleep(3)), 'did not send its version.*timed out',
        '-rw_timeout', '500000', limit=2.9))


def test_addresses(folder):
    def script(s):
        s.start(*SIZE)
        s.send(full(RED))

    def shown(url, *options):
        got, done = colours(url, *options)
        if set(got) != {RED}:
            yield f'{url}: {done.stderr.decode()[-300:]}'

    # a number below 100 is a display
    for port in (5900 + (os.getpid() + i) % 100 for i in range(100)):
        try:
            server = FakeServer(script, port=port)
            break
        except OSError:
            continue
    with server:
        for url in (f'vnc://127.0.0.1:{port - 5900}', f'vnc://127.0.0.1:{port}',
                    f'vnc://127.0.0.1::{port}', f'vnc://127.0.0.1:{port}/',
                    f'vnc://localhost:{port}?ConnectionName=x&ColorLevel=full'):
            check(f'address {url.replace(str(port), "PORT").replace(str(port - 5900), "DISPLAY")}',
                  shown(url), server)
        check('an address without a scheme', shown(f'127.0.0.1:{port}', '-f', 'vnc'), server)
        check('no host', shown(f'vnc://:{port}'), server)
    path = os.path.join(folder, 'sock')
    with FakeServer(script, path=path) as server:
        check('unix socket', shown(f'vnc://{path}'), server)
        check('unix socket, -f vnc', shown(f'unix:{path}', '-f', 'vnc'), server)
    try:
        with FakeServer(script, host='::1') as server:
            check('IPv6 address', shown(f'vnc://[::1]::{server.port}'), server)
    except OSError:
        print('skip IPv6 address - no IPv6 here')
    for url, words in (('vnc://me:pw@127.0.0.1:1', '-password_env'),
                       ('vnc://127.0.0.1:1?VncPassword=pw', '-password_env'),
                       ('vnc://::1:1', 'brackets'), ('vnc://127.0.0.1:x', 'DISPLAY'),
                       ('vnc://127.0.0.1:99999', 'DISPLAY'), ('vnc://[::1', 'bracket'),
                       ('vnc://127.0.0.1::1', 'refused')):
        done = run(url)
        check(f'bad address {url}', [*said(done, words), *([] if done.returncode else ['exit 0'])])


def main():
    sys.stdout.reconfigure(line_buffering=True)
    with tempfile.TemporaryDirectory() as folder:
        test_versions()
        test_passwords(folder)
        test_refusals(folder)
        test_addresses(folder)


if __name__ == '__main__':
    main()
