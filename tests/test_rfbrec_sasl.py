#!/usr/bin/env python3
"""rfbrec where servers want SASL: QEMU with each kind of mechanism, and servers that lie."""
import hmac
import os
import socket
import ssl
import struct
import subprocess
import sys
import time

from fakevnc import FakeServer, full
from rfbrec import PASSWORD, Skip, ended, last_picture, rfbrec, run_tests
from vncservers import Group, free_port, have, wait_for_port

USER, W, H = 'ann', 64, 48
ENV = {'VNC_PASSWORD': PASSWORD}
# what a certificate of a server has to say so that QEMU takes it
EXTENSIONS = '''subjectAltName=DNS:localhost,IP:127.0.0.1
basicConstraints=CA:FALSE
keyUsage=digitalSignature,keyEncipherment
extendedKeyUsage=serverAuth
'''


def openssl(*command):
    subprocess.run(['openssl', *command], check=True, capture_output=True)


def certificates(folder):
    """What QEMU looks for in a folder: an authority, and a server's certificate of it."""
    new = ['-newkey', 'rsa:2048', '-nodes', '-days', '2']
    with open(f'{folder}/extensions', 'w') as f:
        f.write(EXTENSIONS)
    openssl('req', '-x509', *new, '-subj', '/CN=authority', '-keyout', f'{folder}/ca-key.pem',
            '-out', f'{folder}/ca-cert.pem')
    openssl('req', *new[:3], '-subj', '/CN=localhost', '-keyout', f'{folder}/server-key.pem',
            '-out', f'{folder}/request')
    openssl('x509', '-req', '-in', f'{folder}/request', '-CA', f'{folder}/ca-cert.pem', '-CAkey',
            f'{folder}/ca-key.pem', '-CAcreateserial', '-days', '2', '-extfile',
            f'{folder}/extensions', '-out', f'{folder}/server-cert.pem')
    return f'{folder}/ca-cert.pem'


def qemu(group, mechanisms):
    """A machine with two servers, the first with TLS; their ports, and its control socket."""
    os.makedirs(f'{group.folder}/conf', exist_ok=True)
    with open(f'{group.folder}/conf/qemu.conf', 'w') as f:
        f.write(f'mech_list: {mechanisms}\npwcheck_method: auxprop\nauxprop_plugin: sasldb\n'
                f'sasldb_path: {group.folder}/users\n')
    subprocess.run(['saslpasswd2', '-f', f'{group.folder}/users', '-p', '-c', '-a', 'qemu', USER],
                   input=PASSWORD.encode(), check=True)
    ports = [free_port() for _ in range(2)]
    control = f'{group.folder}/qmp'
    group.run('env', f'SASL_CONF_PATH={group.folder}/conf', 'qemu-system-x86_64', '-m', '32', '-net',
              'none', '-display', 'none', '-object', f'tls-creds-x509,id=tls,dir={group.folder},'
              'endpoint=server,verify-peer=no', '-qmp', f'unix:{control},server=on,wait=off',
              '-vnc', f'127.0.0.1:{ports[0] - 5900},sasl=on,tls-creds=tls',
              '-vnc', f'127.0.0.1:{ports[1] - 5900},sasl=on,id=clear')
    if not all(wait_for_port(port) for port in ports):
        raise OSError(group.log())
    return ports, control


def frozen_screen(control, path):
    """Stops the machine; QEMU's own picture of its screen, as RGB bytes."""
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(control)
        f = s.makefile('rw')
        for command in ('{"execute": "qmp_capabilities"}', '{"execute": "stop"}',
                        f'{{"execute": "screendump", "arguments": {{"filename": "{path}"}}}}'):
            f.write(command)
            f.flush()
            while 'return' not in f.readline():
                pass
    with open(path, 'rb') as picture:
        return picture.read().split(b'\n255\n', 1)[1]


def test_qemu(_):
    """Through TLS with each mechanism, and without where one encrypts by itself."""
    if not have('qemu-system-x86_64', 'saslpasswd2'):
        raise Skip('no qemu-system-x86_64 with saslpasswd2')
    for mechanism, encrypts in (('scram-sha-256', False), ('plain', False), ('digest-md5', True)):
        with Group() as group:
            ca = certificates(group.folder)
            (tls, clear), control = qemu(group, mechanism)
            # the firmware shows something
            time.sleep(2)
            screen = frozen_screen(control, f'{group.folder}/screen.ppm')
            out = f'{group.folder}/rec.fbs'
            servers = [(tls, 'X509SASL', ['--ca-file', ca])]
            if encrypts:
                servers.append((clear, 'SASL', []))
            for port, name, options in servers:
                access = ('-u', USER, *options, f'localhost::{port}')
                info = rfbrec('info', *access, env=ENV)
                if f'security: {name}\n' not in info.stdout.decode():
                    yield f'{mechanism}, {name}: {info.text or info.stdout.decode()}'
                yield from ended(rfbrec('record', *access, out, '-t', '1', '--overwrite', env=ENV),
                                 0)
                picture, wrong = last_picture(out)
                yield from wrong
                if picture != screen or not any(screen):
                    yield f'{mechanism}, {name}: the last picture is not the screen'
                yield from ended(rfbrec('info', *access, env={'VNC_PASSWORD': 'bad'}), 1,
                                 'password')
            yield from ended(rfbrec('info', '--ca-file', ca, f'localhost::{tls}', env=ENV), 1,
                             '--user')
            if not encrypts:
                yield from ended(rfbrec('info', '-u', USER, f'localhost::{clear}', env=ENV), 1,
                                 'encrypts')


# ---- a server of our own: the specification, "SASL" ----

def text(data):
    return struct.pack('>I', len(data)) + data


def offer(c, mechanisms, kind=20):
    c.version()
    c.send(bytes((1, kind)))
    assert c.read(1)[0] == kind
    c.send(text(mechanisms))


def choice(c):
    """The mechanism that the client chose, and what it says first, which ends with a zero."""
    name = c.read(struct.unpack('>I', c.read(4))[0])
    first = c.read(struct.unpack('>I', c.read(4))[0])
    assert first[-1:] in (b'', b'\0')
    return name, first[:-1]


def test_plain(folder):
    """A password goes out in clear only when that was wanted."""
    seen = []

    def script(c, _):
        offer(c, b'GSSAPI,PLAIN EXTERNAL2')
        seen.append(choice(c))
        c.send(struct.pack('>IBI', 0, 1, 0))
        c.init(W, H)
        c.answer(full(W, H, 1))
    with FakeServer(script) as server:
        yield from ended(rfbrec('info', '-u', USER, server.target, env=ENV), 1, 'GSSAPI,PLAIN')
        if seen:
            yield 'the password was sent in clear'
        yield from ended(rfbrec('snapshot', '-u', USER, '--insecure', server.target,
                                f'{folder}/shot.png', env=ENV), 0)
        yield from server.errors
    if seen != [(b'PLAIN', f'\0{USER}\0{PASSWORD}'.encode())]:
        yield f'the server gets {seen}'


def test_steps(folder):
    """CRAM-MD5 (RFC 2195) by steps of a byte, inside TLS."""
    openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout',
            f'{folder}/key', '-out', f'{folder}/cert', '-subj', '/CN=localhost', '-addext',
            'subjectAltName=IP:127.0.0.1,DNS:localhost')
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f'{folder}/cert', f'{folder}/key')
    challenge, seen = b'<1896.697170952@postoffice.example.net>', []

    def script(c, _):
        c.vencrypt(263, context)
        c.send(text(b'CRAM-MD5'), piece=1)
        assert choice(c) == (b'CRAM-MD5', b'')
        c.send(text(challenge + b'\0') + b'\0', piece=1, pause=0.002)
        answer = c.read(struct.unpack('>I', c.read(4))[0])[:-1]
        seen.append(answer)
        right = f'{USER} {hmac.new(PASSWORD.encode(), challenge, "md5").hexdigest()}'.encode()
        c.send(struct.pack('>IBI', 0, 1, answer != right), piece=1)
        if answer != right:
            return c.send(text(b'who is that?'))
        c.init(W, H)
    with FakeServer(script) as server:
        target = server.target.replace('127.0.0.1', 'localhost')
        access = ('-u', USER, '--ca-file', f'{folder}/cert', target)
        yield from ended(rfbrec('info', *access, env=ENV), 0)
        yield from ended(rfbrec('info', *access, env={'VNC_PASSWORD': 'bad'}), 1, 'who is that?')
        yield from server.errors
    if len(seen) != 2 or seen[0] == seen[1]:
        yield f'the server gets {seen}'


def test_lies(_):
    """Lengths out of all bounds, an end too early, nonsense, and silence."""
    hang_up = object()

    def script_of(*pieces):
        def script(c, _):
            c.version()
            c.send(b'\1\x14')
            assert c.read(1) == b'\x14'
            for piece in pieces:
                if piece is hang_up:
                    return
                if piece is choice:
                    choice(c)
                else:
                    c.send(piece)
            c.sock.settimeout(3)
            try:
                while c.sock.recv(1000):
                    pass
            except OSError:
                pass
        return script
    cases = (
        ((struct.pack('>I', 0xFFFFFFFF),), '4294967295 bytes'),
        ((struct.pack('>I', 0),), 'no mechanism'),
        ((text(b'\0PLAIN'),), 'no mechanism'),
        ((text(b'PLAIN ' * 1000),), 'PLAIN'),
        ((text(b'CRAM-MD5'), choice, struct.pack('>I', 65537)), '65537 bytes'),
        ((text(b'SCRAM-SHA-256'), choice, text(b'r=x,s=!,i=-1\0') + b'\0'), 'SASL'),
        ((text(b'SCRAM-SHA-256'), choice, text(b'') + b'\1'), 'SASL'),
        ((text(b'DIGEST-MD5'), choice, text(b'=,=,"\0') + b'\0'), 'SASL'),
        ((text(b'CRAM-MD5')[:9],), 'in time'),
        ((hang_up,), 'before it offered'),
        ((text(b'CRAM-MD5')[:9], hang_up), 'before it offered'),
        ((text(b'CRAM-MD5'), choice, hang_up), 'user or password are wrong'),
    )
    for pieces, told in cases:
        with FakeServer(script_of(*pieces)) as server:
            insecure = [] if 'PLAIN' in told else ['--insecure']
            yield from (f'{pieces}: {e}' for e in ended(rfbrec(
                'info', '-u', USER, *insecure, '--timeout', '2', server.target, env=ENV), 1, told))
            yield from server.errors


if __name__ == '__main__':
    sys.exit(run_tests(globals()))
