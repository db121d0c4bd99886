#!/usr/bin/env python3
"""What rfbrec leaves on the disk: names, segments, limits, kill -9, full disks, many targets."""
import os
import random
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

import recordings
from fakevnc import Connection, FakeServer, full, pixels, rgb
from rfbrec import (PASSWORD, RFBREC, Skip, md5, pictures, record_picture, rfbrec, run_tests,
                    start, wait_for)

W, H = 40, 30
MD5 = [md5(rgb(pixels(W, H, seed))) for seed in range(16)]


def clock(c, _=0):
    """A script: an update on each request, as long as the client wants."""
    c.session(W, H)
    c.sent = 0
    while True:
        c.request()
        c.send(full(W, H, c.sent & 15))
        c.sent += 1


def is_clock(path, at_least=1):
    """What is wrong with a recording of clock()."""
    if not os.path.exists(path):
        return [f'{os.path.basename(path)} was not made']
    _, found, wrong = pictures(path)
    first = MD5.index(found[0]) if found and found[0] in MD5 else 0
    if found != [MD5[(first + i) & 15] for i in range(len(found))]:
        wrong.append('wrong pictures')
    if len(found) < at_least:
        wrong.append(f'{len(found)} pictures, not {at_least}')
    return wrong


def names(folder):
    return sorted(os.listdir(folder))


# ---- limits and names ----

def test_duration(folder):
    with FakeServer(clock) as server:
        began = time.monotonic()
        done = rfbrec('record', server.target, f'{folder}/a.fbs', '-t', '1.2')
        took = time.monotonic() - began
    if done.returncode or not 1.1 < took < 3:
        yield f'status {done.returncode} after {took:.1f} s'
    yield from is_clock(f'{folder}/a.fbs', 5)
    last = recordings.blocks(f'{folder}/a.fbs')[-1][1]
    if not 1000 <= last <= 1400:
        yield f'it lasts {last} ms'
    if names(folder) != ['a.fbs']:
        yield f'left behind: {names(folder)}'


def test_portable(folder):
    """The layout that every reader knows, byte by byte."""
    with FakeServer(clock) as server:
        rfbrec('record', server.target, f'{folder}/a.fbs', '-t', '0.5')
    with open(f'{folder}/a.fbs', 'rb') as f:
        raw = f.read()
    init = (struct.pack('>HH', W, H)
            + bytes((32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0)) + struct.pack('>I', 4) + b'fake')
    if not raw.startswith(b'FBS 001.000\n' + struct.pack('>I', 16 + len(init)) + b'RFB 003.003\n'
                          + b'\0\0\0\1' + init + b'\0\0\0\0'):
        yield 'another prologue'
    for data, ms in recordings.blocks(f'{folder}/a.fbs')[1:-1]:
        if ms is None or data[:4] != b'\0\0\0\1' or len(data) != 16 + W * H * 4:
            yield 'a block is no whole update'


def test_blocks_of_large_updates(folder):
    def script(c, _):
        c.session(300, 200)
        c.answer(full(300, 200, 1))
    with FakeServer(script) as server:
        rfbrec('record', server.target, f'{folder}/a.fbs')
    sizes = [len(d) for d, _ in recordings.blocks(f'{folder}/a.fbs')]
    if max(sizes) > 65536 or min(sizes) < 1 or sum(sizes[1:]) < 240016:
        yield f'blocks of {sizes} bytes'


def test_max_size(folder):
    with FakeServer(clock) as server:
        done = rfbrec('record', server.target, f'{folder}/a.fbs', '--fps', '100',
                      '--max-size', '50k')
    size = os.path.getsize(f'{folder}/a.fbs')
    if done.returncode or not 44000 < size <= 51200:
        yield f'status {done.returncode}, {size} bytes'
    yield from is_clock(f'{folder}/a.fbs', 9)


def test_names(folder):
    with FakeServer(clock) as server:
        short = ('-t', '1')
        rfbrec('record', server.target, f'{folder}/a.fbs', *short)
        before = os.stat(f'{folder}/a.fbs')
        done = rfbrec('record', server.target, f'{folder}/a.fbs', *short)
        if done.returncode != 1 or 'a.fbs' not in done.text or '--overwrite' not in done.text:
            yield f'status {done.returncode} where a file would be replaced: {done.text}'
        if os.stat(f'{folder}/a.fbs').st_mtime != before.st_mtime:
            yield 'it was replaced'
        if rfbrec('record', server.target, f'{folder}/a.fbs', '-y', *short).returncode:
            yield '--overwrite does not work'
        for _ in range(2):
            rfbrec('record', server.target, f'{folder}/at-%Y.fbs', *short)
    year = time.strftime('%Y')
    if names(folder) != ['a.fbs', f'at-{year}-2.fbs', f'at-{year}.fbs']:
        yield f'names {names(folder)}'


def test_segments(folder):
    with FakeServer(clock) as server:
        done = rfbrec('record', server.target, f'{folder}/s.fbs', '-t', '2.8', '--segment', '0.8',
                      '--fps', '20')
        connections = server.connections
        time.sleep(0.1)
    if done.returncode or names(folder) != ['s-2.fbs', 's-3.fbs', 's-4.fbs', 's.fbs']:
        yield f'status {done.returncode}, {names(folder)}, {done.text}'
    for name in names(folder):
        yield from is_clock(f'{folder}/{name}', 2)
    if len(connections) < 3:
        yield f'{len(connections)} connections'


def test_segments_have_no_gap(folder):
    """A connection lives until the next one has shown its first picture."""
    times = []

    def script(c, number):
        began = time.monotonic()
        try:
            c.session(W, H)
            if number == 1:
                time.sleep(0.5)                 # the second is slow to come up
            c.request()
            shown = time.monotonic()
            c.send(full(W, H, 0))
            for i in range(1, 1000):
                c.answer(full(W, H, i & 15))
        finally:
            times.append((number, began, shown, time.monotonic()))
    with FakeServer(script) as server:
        rfbrec('record', server.target, f'{folder}/s.fbs', '-t', '2.5', '--segment', '1')
        time.sleep(0.2)
        yield from server.errors
    times.sort()
    for one, two in zip(times, times[1:]):
        if one[3] < two[2]:
            yield f'a gap of {two[2] - one[3]:.3f} s'
    if len(times) < 2:
        yield 'there was no second connection'


def test_segments_of_size(folder):
    with FakeServer(clock) as server:
        rfbrec('record', server.target, f'{folder}/s.fbs', '-t', '2.5', '--segment', '50k',
               '--fps', '20', '--count', '2')
        opened = len(server.connections)
    if opened < 4 or len(names(folder)) > 3:
        yield f'{opened} connections, {names(folder)}'
    for name in names(folder):
        yield from is_clock(f'{folder}/{name}')
        if os.path.getsize(f'{folder}/{name}') > 80000:
            yield f'{name} has {os.path.getsize(f"{folder}/{name}")} bytes'


def test_reconnect(folder):
    def script(c, number):
        c.session(W, H)
        c.answer(full(W, H, number))
        if number:
            c.until_closed()
    with FakeServer(script) as server:
        done = rfbrec('record', server.target, f'{folder}/r.fbs', '--reconnect', '-t', '2.5')
    if done.returncode or 'next attempt' not in done.text:
        yield f'status {done.returncode}: {done.text}'
    for i, name in enumerate(('r.fbs', 'r-2.fbs')):
        if not os.path.exists(f'{folder}/{name}') or pictures(f'{folder}/{name}')[1] != [MD5[i]]:
            yield f'{name} is not the picture of connection {i}'
    with FakeServer(lambda c, n: c.security(2, 'x')) as server:
        done = rfbrec('record', server.target, f'{folder}/w.fbs', '--reconnect', '-t', '4',
                      env={'VNC_PASSWORD': 'wrong'})
        if len(server.connections) != 1 or done.returncode != 1:
            yield 'a wrong password is tried again'


def test_keyframe(folder):
    asked = []

    def script(c, _):
        c.session(W, H)
        while True:
            asked.append(c.request()[0])
            c.send(full(W, H, 0))
    with FakeServer(script) as server:
        rfbrec('record', server.target, f'{folder}/k.fbs', '-t', '2.2', '--keyframe', '0.5',
               '--fps', '20')
    if not 4 <= asked.count(0) <= 6:
        yield f'{asked.count(0)} full refreshes in 2.2 s, one each 0.5 s'


def test_on_finish(folder):
    with FakeServer(clock) as server:
        rfbrec('record', server.target, f'{folder}/f.fbs', '-t', '0.4', '--on-finish',
               f'env | grep -a RFBREC_ > {folder}/env', env={'VNC_PASSWORD': PASSWORD})
    with open(f'{folder}/env') as f:
        text = sorted(f.read().splitlines())
    if text != [f'RFBREC_FILE={folder}/f.fbs', 'RFBREC_STATUS=ok',
                f'RFBREC_TARGET={server.target}']:
        yield f'its environment: {text}'


# ---- what goes wrong ----

def test_killed(folder):
    """After kill -9 all that was written is whole updates, up to the last one or two."""
    rng = random.Random(9)
    for n in range(int(os.environ.get('KILLS', 8))):
        with FakeServer(clock) as server:
            child = start('record', server.target, f'{folder}/k{n}.fbs', '--fps', '0', '-q')
            wait_for(lambda: server.connections and getattr(server.connections[0], 'sent', 0) > 3)
            time.sleep(rng.random() / 3)
            child.kill()
            child.wait()
            time.sleep(0.05)
            sent = server.connections[0].sent
        path = f'{folder}/k{n}.fbs.part'
        yield from is_clock(path, sent - 3)
        if recordings.run([f'{recordings.BUILD}/ffmpeg', '-v', 'error', '-xerror', '-i', path, '-f',
                           'null', '-']).returncode:
            yield f'{path} is no whole file'


def test_playable_while_recording(folder):
    with FakeServer(clock) as server:
        child = start('record', server.target, f'{folder}/p.fbs', '--fps', '50')
        for _ in range(3):
            wait_for(lambda: os.path.exists(f'{folder}/p.fbs.part'))
            time.sleep(0.3)
            yield from is_clock(f'{folder}/p.fbs.part', 2)
        child.send_signal(signal.SIGTERM)
        said = child.communicate(timeout=10)[1].decode()
        if child.returncode:
            yield f'exit status {child.returncode} after SIGTERM: {said[-2000:]!r}'
    yield from is_clock(f'{folder}/p.fbs', 20)


def test_index_of_what_grows(folder):
    """An index of the file in progress keeps its name beside the finished one."""
    index = f'{folder}/a.fbs.part.rfbindex'
    with FakeServer(clock) as server:
        child = start('record', server.target, f'{folder}/a.fbs', '--fps', '50', '-t', '20')
        wait_for(lambda: os.path.exists(f'{folder}/a.fbs.part')
                 and os.path.getsize(f'{folder}/a.fbs.part') > 20 * W * H * 4, 10)
        made = subprocess.run([f'{recordings.BUILD}/rfbplay', 'index', f'{folder}/a.fbs.part'],
                              capture_output=True, text=True)
        if made.returncode or not os.path.exists(index):
            yield f'no index was made: {made.stderr}'
        child.send_signal(signal.SIGINT)
        child.wait()
    if names(folder) != ['a.fbs', 'a.fbs.rfbindex']:
        yield f'{names(folder)}'
    info = subprocess.run([f'{recordings.BUILD}/rfbplay', 'info', '--json', f'{folder}/a.fbs'],
                          capture_output=True, text=True).stdout
    if '"index":null' in info.replace(' ', ''):
        yield f'the index is not used: {info}'


def full_disk(out, *command):
    with FakeServer(clock) as server:
        done = subprocess.run([*command, RFBREC, 'record', server.target, out, '--fps', '0'],
                              capture_output=True, timeout=30)
        done.text = done.stderr.decode()
    if done.returncode != 1 or out not in done.text:
        yield f'status {done.returncode}: {done.text}'
    yield from is_clock(out, 15)


def test_file_limit(folder):
    yield from full_disk(f'{folder}/l.fbs', 'prlimit', '--fsize=100000')


def test_full_disk(folder):
    disk = f'{folder}/disk'
    os.mkdir(disk)
    if subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', disk],
                      capture_output=True).returncode:
        raise Skip('no right to mount a small file system')
    try:
        yield from full_disk(f'{disk}/d.fbs')
    finally:
        subprocess.run(['umount', disk], check=True)


def test_no_such_folder(folder):
    with FakeServer(clock) as server:
        done = rfbrec('record', server.target, f'{folder}/none/a.fbs')
    if done.returncode != 1 or f'{folder}/none/a.fbs' not in done.text:
        yield f'status {done.returncode}: {done.text}'


def test_no_password_anywhere(folder):
    def script(c, _):
        c.security(2, PASSWORD)
        c.init(W, H)
        c.answer(*(full(W, H, 0) for _ in range(1000)))
    with open(f'{folder}/secret', 'w') as f:
        f.write(PASSWORD)
    os.mkdir(f'{folder}/out')
    with FakeServer(script) as server:
        for access in (['-p', f'{folder}/secret'], []):
            child = start('record', server.target, f'{folder}/out/{len(access)}.fbs', *access,
                          env={} if access else {'VNC_PASSWORD': PASSWORD})
            wait_for(lambda: len(os.listdir(f'{folder}/out')) == (1 if access else 2))
            time.sleep(0.2)
            for name in ('cmdline', 'environ'):
                with open(f'/proc/{child.pid}/{name}', 'rb') as f:
                    if PASSWORD.encode() in f.read():
                        yield f'the password stands in /proc/PID/{name}'
            child.terminate()
            out, err = child.communicate(timeout=10)
            if PASSWORD.encode() in out + err:
                yield 'the password is printed'
    for name in os.listdir(f'{folder}/out'):
        with open(f'{folder}/out/{name}', 'rb') as f:
            if PASSWORD.encode() in f.read():
                yield f'the password stands in {name}'


# ---- many targets ----

def test_list(folder):
    """Dead and silent servers among many: the others are recorded in time."""
    dead = socket.socket()
    dead.bind(('127.0.0.1', 0))

    def silent(c, _):
        c.until_closed()
    with FakeServer(clock) as server, FakeServer(silent) as mute:
        with open(f'{folder}/list', 'w') as f:
            f.write('# TARGET OUT\n\n')
            for i in range(40):
                f.write(f'{server.target} {folder}/l{i}.fbs  # number {i}\n')
            f.write(f'127.0.0.1::{dead.getsockname()[1]} {folder}/dead.fbs\n')
            f.write(f'{mute.target} {folder}/mute.fbs\n')
        done = rfbrec('record', '--list', f'{folder}/list', '-t', '2')
    if done.returncode != 1:
        yield f'exit status {done.returncode} though two targets failed'
    for i in range(0, 40):
        blocks = recordings.blocks(f'{folder}/l{i}.fbs')
        if len(blocks) < 12 or blocks[-1][1] < 1500:
            yield f'target {i}: {len(blocks)} blocks up to {blocks[-1][1]} ms'
    yield from is_clock(f'{folder}/l7.fbs', 10)
    if 'refused' not in done.text or mute.target not in done.text:
        yield f'what failed is not named: {done.text[-300:]}'
    dead.close()


def test_listen(folder):
    port = socket.socket()
    port.bind(('127.0.0.1', 0))
    number = port.getsockname()[1]
    port.close()
    child = start('record', '--listen', f'127.0.0.1:{number}', f'{folder}/in.fbs', '-t', '1')
    for _ in range(2):
        for _ in range(100):
            try:
                sock = socket.create_connection(('127.0.0.1', number))
                break
            except OSError:
                time.sleep(0.05)
        server = Connection(sock)
        threading.Thread(target=lambda s=server: safely(s), daemon=True).start()
        time.sleep(1.5)
    child.send_signal(signal.SIGINT)
    if child.wait(10):
        yield f'exit status {child.returncode}: {child.stderr.read().decode()}'
    for name in ('in.fbs', 'in-2.fbs'):
        yield from is_clock(f'{folder}/{name}', 4)


def safely(c):
    try:
        clock(c)
    except (EOFError, OSError):
        pass


def test_unix_socket(folder):
    with FakeServer(clock, path=f'{folder}/sock') as server:
        for target in (server.target, f'{folder}/sock'):
            yield from record_picture(target, f'{folder}/u.fbs', '-y')
            yield from is_clock(f'{folder}/u.fbs')


if __name__ == '__main__':
    sys.exit(run_tests(globals()))
