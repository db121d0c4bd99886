#!/usr/bin/env python3
"""vnc:// -tls 1: the pictures come through TLS, and certificates are looked at."""
import shutil
import sys
import tempfile
import time

from fakeserver import VNC, FakeServer, rect, update
from tlsfront import TLSFront, certificate
from vnctest import BLUE, GREEN, RED, SECRET, SIZE, check, colours, fails, full, run, said

TLS = ('-tls', '1')


def picture(w, h):
    """An update that no compression of TLS's could make small, and its pixels as RGB."""
    bgrx = b''.join(bytes(((x * 7 + y) & 255, (x ^ y) & 255, (y * 5 - x) & 255, 0))
                    for y in range(h) for x in range(w))
    rgb = bytearray(w * h * 3)
    rgb[0::3], rgb[1::3], rgb[2::3] = bgrx[2::4], bgrx[1::4], bgrx[0::4]
    return update(rect(0, 0, w, h, 0, bgrx)), bytes(rgb)


def three(s):
    """A session of three pictures; the last two are asked for while nothing comes."""
    s.start(*SIZE)
    s.send(full(RED))
    for colour in (GREEN, BLUE):
        s.wait()
        time.sleep(.15)
        s.send(full(colour))


def shows(cert, *options, host='localhost', script=three, want=(RED, GREEN, BLUE), env=None, abrupt=False):
    """The session has these pictures."""
    with FakeServer(script) as server, TLSFront(server.port, *cert, abrupt) as front:
        url = f'vnc://{host}::{front.port}'
        got, done = colours(url, *TLS, *options, env=env)
    kinds = [c for i, c in enumerate(got) if not i or got[i - 1] != c]
    if tuple(kinds) != want:
        yield f'pictures {kinds}: {done.stderr.decode()[-300:]}'
    if not front.version:
        yield 'no TLS'
    if server.error:
        yield server.error
    if not abrupt and done.returncode:
        yield f'exit status {done.returncode}: {done.stderr.decode()[-300:]}'


def refuses(cert, pattern, *options, host='localhost'):
    """ffmpeg does not go on with that certificate: the server sees nobody."""
    with FakeServer(three) as server, TLSFront(server.port, *cert) as front:
        done = run(f'vnc://{host}::{front.port}', *TLS, *options)
        if server.sessions and server.sessions[0].shared is not None:
            yield 'the session began all the same'
    if not done.returncode:
        yield 'exit status 0'
    if done.stdout.strip():
        yield 'pictures came'
    yield from said(done, pattern)


def large(cert):
    """A picture of many of TLS's records is whole."""
    w, h = 640, 300
    data, pixels = picture(w, h)

    def script(s):
        s.start(w, h)
        s.send(data)

    with FakeServer(script) as server, TLSFront(server.port, *cert) as front:
        done = run(f'vnc://localhost::{front.port}', *TLS, '-ca_file', cert[0],
                   output=('-frames:v', '1', '-pix_fmt', 'rgb24', '-f', 'rawvideo', '-'))
        if done.stdout != pixels:
            yield f'{len(done.stdout)} bytes, not those sent: {done.stderr.decode()[-300:]}'
    if server.error:
        yield server.error


def test_certificates(folder):
    mine, other = (certificate(folder, name, alt) for name, alt in
                   (('localhost', 'DNS:localhost,IP:127.0.0.1'), ('other', 'DNS:other.example')))
    trust = '-ca_file', mine[0]
    check('a certificate that is trusted', shows(mine, *trust))
    check('an address in the certificate', shows(mine, *trust, host='127.0.0.1'))
    check('one that nobody knows', refuses(mine, 'certificate|verif'))
    check('one of somebody else', refuses(other, 'certificate|verif', *trust))
    check('one for another host', refuses(other, 'hostname|does not match', '-ca_file', other[0]))
    check('not verified', shows(mine, '-tls_verify', '0'))
    check('not verified, for another host', shows(other, '-tls_verify', '0'))
    check('no such file of certificates', refuses(mine, 'none.pem: No such file', '-ca_file', f'{folder}/none.pem'))
    check('a password inside', shows(
        mine, *trust, env={'VNC_PASSWORD': SECRET}, want=(RED,),
        script=lambda s: (s.accept(types=(VNC,), chosen=VNC, password=SECRET), s.init(*SIZE), s.wait(),
                          s.send(full(RED)))))
    check('a large picture', large(mine))
    check('broken off without a word', shows(mine, *trust, abrupt=True))


def test_others(folder):
    """Who speaks TLS and who does not."""
    cert = certificate(folder, 'localhost', 'DNS:localhost')
    # it only sees that what came is not the client's version
    check('a server without TLS', fails(lambda s: s.send(b'RFB 003.008\n'), 'cannot connect', *TLS,
                                        '-tls_verify', '0'))
    with FakeServer(three) as server, TLSFront(server.port, *cert) as front:
        start = time.monotonic()
        done = run(f'vnc://localhost::{front.port}', '-rw_timeout', '700000')
        took = time.monotonic() - start
    check('TLS that was not asked for', [*said(done, 'did not send its version'),
                                         *([f'took {took:.1f} s'] if took > 10 else []),
                                         *([] if done.returncode else ['exit status 0'])])
    done = run(f'vnc://{folder}/sock', *TLS)
    check('a unix socket', [*said(done, 'no TLS on unix sockets'), *([] if done.returncode else ['exit status 0'])])


def main():
    sys.stdout.reconfigure(line_buffering=True)
    if not shutil.which('openssl'):
        print('skip vnc:// with -tls - no openssl to make a certificate with')
        return
    with tempfile.TemporaryDirectory() as folder:
        test_certificates(folder)
        test_others(folder)


if __name__ == '__main__':
    main()
