#!/usr/bin/env python3
"""rfbrec against a server that does what a script says: handshakes, odd and hostile servers."""
import os
import resource
import ssl
import struct
import subprocess
import sys
import time

import recordings
from fakevnc import (COPY_RECT, DESKTOP_SIZE, LAST_RECT, RAW, FakeServer, full, pixels, rect, rgb,
                     update)
from rfbrec import PASSWORD, ended, md5, pictures, rfbrec, run_tests, start
from vncservers import passwd_file

W, H = 40, 30
PICTURES = [rgb(pixels(W, H, seed)) for seed in range(8)]


def steady(n=3, finish=True):
    """A script: n updates on request, then silence until the client goes, or an end."""
    def script(c, _):
        c.session(W, H)
        c.answer(*(full(W, H, i) for i in range(n)))
        if not finish:
            c.until_closed()
    return script


def shows(path, expected):
    """What is wrong with a recording that has to show these pictures, after each other."""
    if not os.path.exists(path):
        return [f'{os.path.basename(path)} was not made']
    _, found, wrong = pictures(path)
    if found != [md5(p) for p in expected]:
        wrong.append(f'{len(found)} pictures, not the {len(expected)} expected')
    return wrong


def record_from(script, out, *options, **more):
    with FakeServer(script) as server:
        done = rfbrec('record', server.target, out, '--fps', '50', *options, **more)
        time.sleep(0.05)
    return done, server


# ---- handshakes ----

def test_versions(folder):
    for greeting in (b'RFB 003.003\n', b'RFB 003.005\n', b'RFB 003.007\n', b'RFB 003.008\n',
                     b'RFB 003.889\n', b'RFB 004.001\n'):
        def script(c, _, greeting=greeting):
            c.session(W, H, version=greeting)
            c.answer(full(W, H, 0))
        name = f'{folder}/{greeting[4:11].decode()}.fbs'
        done, server = record_from(script, name)
        yield from server.errors
        yield from (f'{w}: {done.text}' for w in shows(name, PICTURES[:1]))
        if server.connections[0].shared != b'\1':
            yield 'the session is not shared'
        if any(m[0] in (4, 5, 6) for m in server.connections[0].messages):
            yield 'it sends input'


def test_vncauth(folder):
    with open(f'{folder}/pw', 'w') as f:
        f.write(PASSWORD + '\n')

    def script(c, _):
        if c.security(2, PASSWORD):
            c.init(W, H)
    with FakeServer(script) as server:
        yield from ended(rfbrec('info', server.target, '-p', f'{folder}/pw'), 0)
        yield from ended(rfbrec('info', server.target, '-p', passwd_file(folder, PASSWORD)), 0)
        yield from ended(rfbrec('info', server.target, env={'VNC_PASSWORD': PASSWORD}), 0)
        yield from ended(rfbrec('info', server.target, '--password-env', 'X',
                                env={'X': PASSWORD}), 0)
        yield from ended(rfbrec('info', server.target, env={'VNC_PASSWORD': 'bad'}), 1, 'wrong')
        yield from ended(rfbrec('info', server.target, start_new_session=True), 1,
                         '--password-file')
        yield from ended(rfbrec('info', server.target, '-p', f'{folder}/none'), 1, 'none')
        yield from server.errors


def test_plain(folder):
    seen = []

    def script(c, _):
        c.vencrypt(256)
        seen.append(c.plain())
        c.send(b'\0\0\0\0')
        c.init(W, H)
    with FakeServer(script) as server:
        access = {'env': {'VNC_PASSWORD': PASSWORD}}
        yield from ended(rfbrec('info', server.target, '-u', 'joe', **access), 1, 'unencrypted')
        if seen:
            yield 'the password was sent in clear'
        yield from ended(rfbrec('info', server.target, '--insecure', **access), 1, '--user')
        yield from ended(rfbrec('info', server.target, '-u', 'joe', '--insecure', **access), 0)
        if seen != [(b'joe', PASSWORD.encode())]:
            yield f'user and password arrive as {seen}'
        yield from server.errors


def test_x509_plain(folder):
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2',
                    '-keyout', f'{folder}/key', '-out', f'{folder}/cert', '-subj', '/CN=localhost',
                    '-addext', 'subjectAltName=DNS:localhost'], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f'{folder}/cert', f'{folder}/key')
    seen = []

    def script(c, _):
        c.vencrypt(262, context)
        seen.append(c.plain())
        c.send(b'\0\0\0\0')
        c.init(W, H)
        c.answer(full(W, H, 0), full(W, H, 1))
    with FakeServer(script) as server:
        target = server.target.replace('127.0.0.1', 'localhost')
        access = {'env': {'VNC_PASSWORD': PASSWORD}}
        yield from ended(rfbrec('info', target, '-u', 'joe', **access), 1, 'NOT trusted')
        yield from ended(rfbrec('info', server.target, '-u', 'joe', '--ca-file', f'{folder}/cert',
                                **access), 1, 'does not match')
        if seen:
            yield 'the password was sent to a server that nobody knows'
        yield from ended(rfbrec('info', target, '-u', 'joe', '--ca-file', f'{folder}/cert',
                                **access), 0, )
        rfbrec('record', target, f'{folder}/tls.fbs', '-u', 'joe', '--insecure', **access)
        yield from shows(f'{folder}/tls.fbs', PICTURES[:2])
        if seen[-1:] != [(b'joe', PASSWORD.encode())]:
            yield f'user and password arrive as {seen[-1:]}'


def test_refused(folder):
    def refusing(c, _):
        c.version()
        c.send(b'\0' + struct.pack('>I', 9) + b'too many\n')

    def strange(c, _):
        c.version()
        c.send(b'\2\x05\x86')

    def no_vnc(c, _):
        c.send(b'HTTP/1.1 400 Bad Request\r\n\r\n')

    def silent(c, _):
        c.until_closed()
    for script, word in ((refusing, 'too many'), (strange, '134'), (no_vnc, 'no VNC server'),
                         (silent, 'greeting')):
        began = time.monotonic()
        with FakeServer(script) as server:
            done = rfbrec('record', server.target, f'{folder}/no.fbs', '--timeout', '1')
        yield from ended(done, 1, word, server.target)
        if time.monotonic() - began > 5:
            yield 'the time limit does not hold'
    if os.listdir(folder):
        yield f'left behind: {os.listdir(folder)}'


# ---- odd servers ----

def test_split(folder):
    def script(c, _):
        c.session(W, H)
        c.request()
        c.send(full(W, H, 0), 1)
        c.request()
        c.send(b'\2' + full(W, H, 1) + b'\2\2', 7)
    done, server = record_from(script, f'{folder}/split.fbs')
    yield from server.errors
    yield from shows(f'{folder}/split.fbs', PICTURES[:2])


def test_several_in_one_piece(folder):
    """Updates that arrive together, long after the last one, are not spread over that time."""
    def script(c, _):
        c.session(W, H)
        c.answer(full(W, H, 0))
        time.sleep(0.6)
        c.send(full(W, H, 1) + full(W, H, 2) + full(W, H, 3))
        time.sleep(0.1)
    record_from(script, f'{folder}/several.fbs')
    times, _, _ = pictures(f'{folder}/several.fbs')
    yield from shows(f'{folder}/several.fbs', PICTURES[:4])
    if len(times) == 4 and (times[1] - times[0] < 500 or times[3] - times[1] > 60):
        yield f'times {times}'


def test_stall(folder):
    def script(c, _):
        c.session(W, H)
        c.answer(full(W, H, 0), full(W, H, 1))
        c.request()
        c.send(full(W, H, 2)[:-5])
        c.until_closed()
    done, server = record_from(script, f'{folder}/stall.fbs', '--stall-timeout', '0.6')
    yield from ended(done, 1, 'nothing came')
    yield from shows(f'{folder}/stall.fbs', PICTURES[:2])


def test_idle_is_no_stall(folder):
    """A screen that does not change answers when a pixel is asked for."""
    def script(c, _):
        c.session(W, H)
        c.answer(full(W, H, 0))
        while True:
            incremental, x, y, w, h = c.request()
            if not incremental:
                c.send(update(rect(x, y, w, h, 0, pixels(W, H, 0)[:4 * w * h])))
    done, server = record_from(script, f'{folder}/idle.fbs', '--stall-timeout', '1.5', '-t', '4')
    yield from ended(done, 0)
    if os.path.getsize(f'{folder}/idle.fbs') > 6000:
        yield 'the whole screen was asked for'
    last = recordings.blocks(f'{folder}/idle.fbs')[-1][1]
    if not 3500 <= last <= 4600:
        yield f'the recording lasts {last} ms, not 4000'


def test_reset(folder):
    def script(c, _):
        c.session(W, H)
        c.answer(full(W, H, 0), full(W, H, 1))
        c.request()
        c.send(full(W, H, 2)[:100])
        time.sleep(0.1)
        c.reset()
    done, server = record_from(script, f'{folder}/reset.fbs')
    yield from ended(done, 1, server.target)
    yield from shows(f'{folder}/reset.fbs', PICTURES[:2])


def test_lies(folder):
    """Sizes that cannot be true end the recording, and never take memory."""
    def with_init(w, h, name_size):
        def script(c, _):
            c.security(1)
            c.read(1)
            c.send(struct.pack('>HH', w, h) + bytes((32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0,
                                                    0, 0, 0)) + struct.pack('>I', name_size))
            c.until_closed()
        return script

    def with_data(data):
        def script(c, _):
            c.session(W, H)
            c.answer(full(W, H, 0))
            c.send(data)
            c.send(b'x' * 100000)
            c.until_closed()
        return script
    huge = rect(0, 0, 65535, 65535, 0)
    for script, keeps in ((with_init(0, 0, 4), 0), (with_init(65535, 65535, 4), 0),
                          (with_init(W, H, 0xFFFFFFF0), 0),
                          (with_data(update(huge)), 1),
                          (with_data(b'\3\0\0\0\x7f\xff\xff\xff'), 1),
                          (with_data(update(rect(0, 0, W, H, 7, b'\xa0\xff\xff\xff'))), 1),
                          (with_data(update(rect(0, 0, 65535, 65535, DESKTOP_SIZE))), 1)):
        name = f'{folder}/lie.fbs'
        done, _ = record_from(script, name, '--stall-timeout', '1', '-y')
        yield from ended(done, 1)
        if keeps:
            yield from shows(name, PICTURES[:1])
            os.remove(name)
        elif os.path.exists(name):
            yield 'a file without a picture is left'
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    if most > 150 << 10:
        yield f'{most} KB of memory'


def test_resize(folder):
    small = (20, 10)
    asked = []

    def script(c, _):
        c.session(W, H)
        c.answer(full(W, H, 0), update(rect(0, 0, *small, DESKTOP_SIZE)))
        asked.append(c.request())
        c.send(full(*small, 5))
    record_from(script, f'{folder}/resize.fbs')
    _, found, wrong = pictures(f'{folder}/resize.fbs')
    yield from wrong
    if asked != [(0, 0, 0, *small)]:
        yield f'asks for {asked} after the change'
    if len(found) != 3 or found[0] != md5(PICTURES[0]) or found[2] != md5(rgb(pixels(*small, 5))):
        yield 'wrong pictures'


def test_unknown(folder):
    for data, word in ((update(rect(0, 0, 1, 1, -12345)), '-12345'), (b'\x63abc', '99')):
        def script(c, _, data=data):
            c.session(W, H)
            c.answer(full(W, H, 0), full(W, H, 1), data)
            c.until_closed()
        done, server = record_from(script, f'{folder}/unknown.fbs', '-y')
        yield from ended(done, 1, 'unknown', word)
        yield from shows(f'{folder}/unknown.fbs', PICTURES[:2])


def test_last_rect(folder):
    def script(c, _):
        c.session(W, H)
        half = pixels(W, H, 3)
        c.answer(b'\0\0\xff\xff' + rect(0, 0, W, H // 2, 0, half[:W * 4 * (H // 2)])
                 + rect(0, H // 2, W, H - H // 2, 0, half[W * 4 * (H // 2):])
                 + rect(0, 0, 0, 0, LAST_RECT), full(W, H, 4))
    record_from(script, f'{folder}/last.fbs')
    yield from shows(f'{folder}/last.fbs', PICTURES[3:5])


# ---- requests ----

def test_rate(folder):
    def script(c, _):
        c.session(W, H)
        try:
            for i in range(1000):
                c.answer(full(W, H, i & 7))
        finally:
            c.count = i
    with FakeServer(script) as server:
        rfbrec('record', server.target, f'{folder}/rate.fbs', '-t', '2', '--fps', '20')
        time.sleep(0.2)
        count = server.connections[0].count
        if not 20 <= count <= 41:
            yield f'{count} requests in 2 s at 20 a second'


def test_continuous(folder):
    """With --fps 0 updates come without being asked for, and fences are answered."""
    def script(c, _):
        c.session(W, H)
        c.request()
        c.send(full(W, H, 0) + b'\x96' + b'\xf8\0\0\0' + struct.pack('>IB', 1 << 31 | 0x103, 3)
               + b'abc')
        while c.message()[0] != 150:
            pass
        c.send(b''.join(full(W, H, i) for i in range(1, 6)))
        time.sleep(0.3)
    done, server = record_from(script, f'{folder}/continuous.fbs', '--fps', '0')
    yield from server.errors
    yield from shows(f'{folder}/continuous.fbs', PICTURES[:6])
    sent = server.connections[0].messages
    if struct.pack('>BBHHHH', 150, 1, 0, 0, W, H) not in sent:
        yield 'no EnableContinuousUpdates of the whole screen'
    if not any(-313 in struct.unpack(f'>{len(m) // 4 - 1}i', m[4:]) for m in sent if m[0] == 2):
        yield 'ContinuousUpdates is not asked for'


def test_fence(folder):
    answers = []

    def script(c, _):
        c.session(W, H)
        c.answer(full(W, H, 0))
        c.send(b'\xf8\0\0\0' + struct.pack('>IB', 1 << 31 | 0x103, 3) + b'abc')
        while not answers:
            m = c.message()
            if m[0] == 248:
                answers.append(m)
    record_from(script, f'{folder}/fence.fbs', '--fps', '0')
    if answers != [b'\xf8\0\0\0' + struct.pack('>IB', 3, 3) + b'abc']:
        yield f'a fence is answered by {answers}'


# ---- what it costs ----

def switches(server, *args):
    """Runs rfbrec record until it ends: (how often it waited, seconds)."""
    child = start('record', server.target, *args)
    began = time.monotonic()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    for pipe in (child.stdout, child.stderr):
        pipe.close()
    return usage.ru_nvcsw, time.monotonic() - began


def test_update_in_pieces(folder):
    """It is not woken for each piece that a server sends of an update, and loses none."""
    pieces = 2000
    took = []

    def script(c, _):
        c.session(W, H)
        c.answer(full(W, H, 0), full(W, H, 1))
        c.request()
        began = time.monotonic()
        rows = [rect(0, i % H, W, 1, RAW, pixels(W, 1, i)) for i in range(pieces)]
        c.send(struct.pack('>BxH', 0, pieces))
        for row in rows:
            c.send(row)
            time.sleep(0.0001)
        took.append(time.monotonic() - began)
    with FakeServer(script) as server:
        waits, seconds = switches(server, f'{folder}/pieces.fbs', '--fps', '20')
        yield from server.errors
    last = b''.join(rgb(pixels(W, 1, max(i for i in range(pieces) if i % H == y)))
                    for y in range(H))
    yield from shows(f'{folder}/pieces.fbs', PICTURES[:2] + [last])
    # 10 ms apart, and for each perhaps once for nothing
    if waits > 100 + 2 * took[0] / 0.01:
        yield f'woken {waits} times in {seconds:.1f} s, {took[0]:.1f} s of them {pieces} pieces'


def test_pieces_do_not_slow_down(folder):
    """A server that fills its socket with a large update is not kept waiting for long."""
    w, h, count = 1600, 1200, 12
    data = bytes(w * h * 4)

    def script(c, _):
        c.session(w, h)
        c.answer(*[update(rect(0, 0, w, h, RAW, data))] * count)
    with FakeServer(script, f'{folder}/socket') as server:
        times = {fps: min(switches(server, f'{folder}/{fps}.fbs', '--overwrite', '--fps', fps)[1]
                          for _ in range(2)) for fps in ('0', '24')}
        yield from server.errors
    if os.path.getsize(f'{folder}/24.fbs') < count * len(data):
        yield 'not all of it is there'
    if times['24'] > 2 * times['0'] + count * 0.06:
        yield f'{times} s with each --fps'


def test_silent_server(folder):
    """A server that sends no picture is waited for without looking again and again."""
    def script(c, _):
        c.session(W, H)
        c.until_closed()
    with FakeServer(script) as server:
        waits, _ = switches(server, f'{folder}/none.fbs', '-t', '3')
        if waits > 300:
            yield f'it looked {waits} times in 3 s'


def test_clip(folder):
    asked = []

    def script(c, _):
        c.session(W, H)
        for seed in (0, 1):
            asked.append(c.request()[1:])
            c.send(update(rect(10, 5, 16, 12, 0, pixels(16, 12, seed))))
        c.request()
        c.send(update(rect(8, 5, 16, 12, 0, pixels(16, 12, 2))))
        c.until_closed()
    done, server = record_from(script, f'{folder}/clip.fbs', '--clip', '16x12+10+5')
    yield from ended(done, 1, 'reaches out')
    yield from shows(f'{folder}/clip.fbs', [rgb(pixels(16, 12, s)) for s in (0, 1)])
    if asked != [(10, 5, 16, 12)] * 2:
        yield f'asks for {asked}'
    encodings = [m for m in server.connections[0].messages if m[0] == 2][0]
    if COPY_RECT in struct.unpack(f'>{len(encodings) // 4 - 1}i', encodings[4:]):
        yield 'asks for copies, which may come from outside'


if __name__ == '__main__':
    sys.exit(run_tests(globals()))
