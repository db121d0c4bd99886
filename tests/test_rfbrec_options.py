#!/usr/bin/env python3
"""rfbrec's command line: help, man page, completion, addresses, values; and snapshots."""
import os
import re
import subprocess
import sys
import time

import recordings
from fakevnc import FakeServer, full, pixels, rect, rgb, update
from rfbrec import RFBREC, rfbrec, run_tests

W, H = 40, 30


def commands():
    text = rfbrec('--help').stdout.decode()
    return re.findall(r'^  rfbrec ([a-z]+) ', text, re.M)


def test_help(_):
    for name in commands():
        done = rfbrec(name, '--help')
        text = done.stdout.decode()
        if done.returncode or not text.startswith(f'usage: rfbrec {name} '):
            yield f'{name} --help: status {done.returncode}'
        if max(map(len, text.splitlines())) > 100:
            yield f'{name} --help has long lines'
    if not {'record', 'snapshot', 'info'} <= set(commands()):
        yield f'commands {commands()}'
    if rfbrec('--version').returncode or not rfbrec('--version').stdout.startswith(b'rfbrec '):
        yield '--version'


def test_man_page(_):
    """Every option of every command stands in it, and in bash's completion."""
    source = rfbrec('help', '--man').stdout
    page = subprocess.run(['scdoc'], input=source, capture_output=True)
    if page.returncode:
        yield page.stderr.decode()
    completion = rfbrec('help', '--completion').stdout
    if subprocess.run(['bash', '-n'], input=completion).returncode:
        yield 'completion is no shell script'
    for name in commands():
        for option in re.findall(rb'^ +(?:-\w, )?(--[a-z-]+)', rfbrec(name, '--help').stdout, re.M):
            if option.replace(b'-', b'\\-') not in page.stdout.replace(b'\\-', b'-').replace(
                    b'-', b'\\-') or option not in completion:
                yield f'{option.decode()} of {name}'
    script = (completion.decode() + '\nCOMP_WORDS=(rfbrec record --dur) COMP_CWORD=2; _rfbrec; '
              'echo "${COMPREPLY[@]}"')
    words = subprocess.run(['bash', '-c', script], capture_output=True)
    if words.stdout != b'--duration\n':
        yield f'--dur completes to {words.stdout}'


def test_wrong_lines(_):
    """Exit status 2 and a word that says why, before anything is connected to."""
    for line, word in (
            ('', 'record'), ('play-it', 'play-it'), ('record', 'usage'), ('record x', 'usage'),
            ('record a b c', 'usage'), ('record --nope a b', '--nope'),
            ('record --fps', 'missing'), ('record --fps ten a b', 'number'),
            ('record --fps -1 a b', 'range'), ('record --quality 10 a b', 'range'),
            ('record --quality 1.5 a b', 'whole'), ('record -t 10x a b', 'time'),
            ('record --max-size 10q a b', 'size'), ('record --segment 5q a b', 'neither'),
            ('record --clip 10 a b', '640x480'), ('record --clip 0x10+1+1 a b', '640x480'),
            ('record --encodings tigth a b', 'tight'),
            ('record --pixel-format rgb a b', 'bgrx8888'),
            ('record --quiet=1 a b', 'no value'), ('record --cursor no a b', 'shape'),
            ('record http://a/ b', 'vnc://'), ('record vnc://u:secret@a b', '--password-file'),
            ('record a:b c', 'display'), ('record a::99999 c', 'port'),
            ('record ::1:5 c', '[ADDRESS]'), ('record [::1 c', ']'),
            ('record unix: c', 'path'), ('record ws://a:x/ c', 'port'),
            ('record --list x a b', 'usage'), ('record --listen nowhere x', 'listen'),
            ('snapshot a b.gif', 'png'), ('snapshot a', 'usage')):
        done = rfbrec(*line.split())
        status = 1 if '--listen' in line else 2
        if done.returncode != status or word not in done.text:
            yield f'"{line}": status {done.returncode}: {done.text}'
        if 'secret' in done.text.replace('rfbrec: vnc://u:secret@a', ''):
            yield 'the password is repeated'


def test_addresses(_):
    def script(c, _):
        c.session(W, H)
    with FakeServer(script) as server:
        port = server.target.split('::')[1]
        for target in (f'127.0.0.1::{port}', f'127.0.0.1:{port}', f'localhost::{port}',
                       f'[127.0.0.1]::{port}', f'vnc://127.0.0.1:{port}', f':{port}',
                       f'vnc://joe@127.0.0.1::{port}/'):
            done = rfbrec('info', target)
            if done.returncode or b'name: fake\nsize: 40x30\n' not in done.stdout:
                yield f'{target}: {done.text}'
    for target, port in (('127.0.0.1', 5900), ('127.0.0.1:99', 5999), ('127.0.0.1:100', 100)):
        trace = subprocess.run(['strace', '-f', '-e', 'trace=connect', RFBREC, 'info', target],
                               capture_output=True) if os.path.exists('/usr/bin/strace') else None
        if trace and f'htons({port})'.encode() not in trace.stderr:
            yield f'{target} is not port {port}'


def decode(path):
    return recordings.run([f'{recordings.BUILD}/ffmpeg', '-v', 'error', '-i', path, '-f',
                           'rawvideo', '-pix_fmt', 'rgb24', '-']).stdout


def test_snapshot(folder):
    """The picture is complete though the server sends it in parts, the middle ones again."""
    expected = rgb(pixels(W, H, 1))

    def script(c, _):
        c.session(W, H)
        rows = pixels(W, H, 1)
        for y in (20, 0, 0, 10):
            c.request()
            c.send(update(rect(0, y, W, 10, 0, rows[y * W * 4:(y + 10) * W * 4])), 100)
        c.until_closed()
    with FakeServer(script) as server:
        for name in ('a.png', 'a.ppm', 'a.webp', 'a.jpg', 'a.jpeg'):
            done = rfbrec('snapshot', server.target, f'{folder}/{name}')
            picture = decode(f'{folder}/{name}')
            near = len(picture) == len(expected) and sum(
                abs(a - b) for a, b in zip(picture, expected)) < 20 * len(expected)
            if done.returncode or not (near if '.j' in name else picture == expected):
                yield f'{name} is not the screen: status {done.returncode} {done.text}'
        with open(f'{folder}/out', 'wb') as f:
            subprocess.run([RFBREC, 'snapshot', server.target, '-'], stdout=f, check=True)
        if open(f'{folder}/out', 'rb').read() != open(f'{folder}/a.png', 'rb').read():
            yield '- is not the same as a.png'
        rfbrec('snapshot', server.target, f'{folder}/c.ppm', '--clip', '7x5+3+11')
        with open(f'{folder}/c.ppm', 'rb') as f:
            rows = b''.join(expected[(y * W + 3) * 3:(y * W + 10) * 3] for y in range(11, 16))
            if f.read() != b'P6\n7 5\n255\n' + rows:
                yield '--clip is not that part'
        done = rfbrec('snapshot', server.target, f'{folder}/no/x.png')
        if done.returncode != 1 or f'{folder}/no/x.png' not in done.text:
            yield f'a folder that is not there: {done.text}'
        done = subprocess.run([RFBREC, 'snapshot', server.target, '-'], capture_output=False,
                              stdout=open('/dev/full', 'wb'), stderr=subprocess.PIPE)
        if done.returncode != 1:
            yield 'exit status 0 though nothing could be written'


def test_snapshot_limits(folder):
    def half(c, _):
        c.session(W, H)
        c.answer(update(rect(0, 0, W, H - 1, 0, pixels(W, H - 1, 1))))
        c.until_closed()

    def later(c, _):
        c.session(W, H)
        c.answer(full(W, H, 1))
        c.request()
        time.sleep(0.4)
        c.send(full(W, H, 2))
        c.until_closed()
    with FakeServer(half) as server:
        began = time.monotonic()
        done = rfbrec('snapshot', server.target, f'{folder}/h.png', '--timeout', '1')
        if done.returncode != 1 or '40 pixels' not in done.text or os.listdir(folder):
            yield f'half a picture: status {done.returncode}: {done.text} {os.listdir(folder)}'
        if time.monotonic() - began > 4:
            yield f'it took {time.monotonic() - began:.1f} s'
    with FakeServer(later) as server:
        for name, options, seed in (('now', [], 1), ('after', ['--after', '1.5'], 2)):
            rfbrec('snapshot', server.target, f'{folder}/{name}.ppm', *options)
            if decode(f'{folder}/{name}.ppm') != rgb(pixels(W, H, seed)):
                yield f'{name}: not the picture of that time'


if __name__ == '__main__':
    sys.exit(run_tests(globals()))
