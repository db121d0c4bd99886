#!/usr/bin/env python3
"""rfbplay: what it tells of recordings and of itself, and what happens when it goes wrong."""
import json
import os
import re
import resource
import signal
import struct
import subprocess
import sys
import time

import recordings as rec
from rfbplay import DRAG, IDLE, RESIZE, PLAY, Runner, Video, end_of, near, pictures, play, psnr


# --- what is told --------------------------------------------------------------------------------

def check_info(folder):
    done = play('info', '--json', RESIZE)
    info = json.loads(done.stdout)
    rows = rec.expected(RESIZE)
    want = {'size': os.path.getsize(RESIZE), 'duration': end_of(RESIZE) / 1000,
            'width': rows[0].width, 'height': rows[0].height, 'updates': len(rows),
            'max_width': max(r.width for r in rows), 'state': 'complete', 'complete': True,
            'last_update': rows[-1].time / 1000}
    wrong = {k: info.get(k) for k, v in want.items() if info.get(k) != v}
    if wrong:
        yield f'{wrong}, not {[want[k] for k in wrong]}'
    by_name = {e['name']: e for e in info['encodings']}
    in_rects = sum(e['bytes'] for e in info['encodings'])
    if not {'ZRLE', 'ExtendedDesktopSize'} <= set(by_name):
        yield f'encodings {sorted(by_name)}'
    # what is not in rectangles is the handshake, headers of messages and of blocks
    if not 0.95 * info['size'] < in_rects < info['size']:
        yield f'{in_rects} of {info["size"]} bytes are in rectangles'
    text = play('info', RESIZE, DRAG)
    if text.returncode or b'ZRLE' not in text.stdout or DRAG.encode() not in text.stdout:
        yield f'as text: {text.stdout[:100]}'
    both = json.loads(play('info', '--json', RESIZE, DRAG).stdout)
    if [os.path.basename(i['file']) for i in both] != [os.path.basename(p) for p in (RESIZE, DRAG)]:
        yield 'of two recordings, no list of two'


def check_info_states(folder):
    cut = f'{folder}/cut.fbs'
    with open(DRAG, 'rb') as f, open(cut, 'wb') as out:
        out.write(f.read()[:40000])
    done = play('info', '--json', cut)
    if done.returncode or json.loads(done.stdout)['state'] != 'cut short':
        yield f'cut short: {done.returncode} {done.stdout[:100]}'
    done = play('info', '--json', 'tests/samples/bad/bad_encoding.fbs')
    info = json.loads(done.stdout)
    if done.returncode != 3 or info['state'] != 'damaged' or 'byte 5004' not in info['error']:
        yield f'damaged: {done.returncode} {info.get("error")}'


def check_snapshot(folder):
    rows = rec.expected(DRAG)
    for at, n in ((rows[3].time, 3), (rows[40].time - 1, 39), (rows[40].time, 40), (None, -1),
                  (end_of(DRAG), -1)):
        out = f'{folder}/shot.png'
        done = play('snapshot', '-y', '-q', '--no-cursor', DRAG, out,
                    *(['-t', f'{at}ms'] if at is not None else []))
        got = pictures(out)[0][1] if not done.returncode else done.stderr.decode()
        same_time = {r.md5[-1] for r in rows if r.time == rows[n].time}
        if got != rows[n].md5[-1] and got not in same_time:
            yield f'at {at} ms: {got}'
    for name, least in (('jpg', 30), ('webp', 99), ('bmp', 99)):
        play('snapshot', '-y', '-q', '-t', '3', DRAG, f'{folder}/shot.{name}')
        play('snapshot', '-y', '-q', '-t', '3', DRAG, f'{folder}/shot.png')
        quality = psnr(f'{folder}/shot.png', f'{folder}/shot.{name}')
        if quality < least:
            yield f'{name}: PSNR {quality}'
    done = play('snapshot', '-t', '1:00', DRAG, f'{folder}/none.png')
    if done.returncode != 1 or b'it ends at 8.301 s' not in done.stderr:
        yield f'behind the end: {done.returncode} {done.stderr}'


# --- when it goes wrong --------------------------------------------------------------------------

USAGE = [       # arguments, what the message has to name
    ([DRAG], 'usage'), ([], 'rfbplay COMMAND --help'), (['--nonsense', DRAG, 'x.mp4'], '--nonsense'),
    (['--crf', '99', DRAG, 'x.mp4'], '--crf'), (['--start', 'soon', DRAG, 'x.mp4'], 'soon'),
    (['--scale', '0x3', DRAG, 'x.mp4'], '0x3'), (['--on-resize', 'jump', DRAG, 'x.mp4'], 'jump'),
    (['--jobs'], '--jobs'), (['info', '--fps', '3', DRAG], '--fps'), (['--fps', '1/0', DRAG, 'x.mp4'], '1/0'),
    ([DRAG, IDLE, 'x.mp4'], '%s'), ([DRAG, DRAG, '%s.mp4'], 'both'), ([DRAG, DRAG], 'itself'),
    (['--progress', 'fd:99', DRAG, 'x.mp4'], 'fd:99'),
]
FAILURES = [
    (['nothing.fbs', 'x.mp4'], 'nothing.fbs: No such file'),
    (['README.md', 'x.mp4'], 'README.md: this is no recording'),
    (['tests/samples/bad/bad_empty.fbs', 'x.mp4'], 'bad_empty.fbs'),
    (['tests/samples/bad/bad_size_huge.fbs', 'x.mp4'], 'bad_size_huge.fbs'),
    ([DRAG, '/nowhere/x.mp4'], '/nowhere/x.mp4'), ([DRAG, 'x.nothing'], 'nothing'),
    ([DRAG, 'x'], '--format'), ([DRAG, '/dev/full', '-f', 'mkv'], 'No space left'),
    (['--codec', 'wrong', DRAG, 'x.mp4'], 'wrong'), (['--codec', 'ffv1', DRAG, 'x.mp4'], 'cannot hold'),
    (['--codec', 'mpeg4', '--crf', '3', DRAG, 'x.mp4'], '--crf'),
    (['--codec', 'mpeg4', '--lossless', DRAG, 'x.mp4'], 'cannot be lossless'),
    (['--pix-fmt', 'wrong', DRAG, 'x.mp4'], 'wrong'), (['--preset', 'wrong', DRAG, 'x.mp4'], 'wrong'),
    (['--start', '1:00', DRAG, 'x.mp4'], '8.301'), (['--crop', '900x9+0+0', DRAG, 'x.mp4'], '800x600'),
    (['--start', '5', '--end', '4', DRAG, 'x.mp4'], '--start'), ([DRAG, 'x.png'], '%05d.png'),
]


def check_messages(cases, status, folder):
    before = sorted(os.listdir('.'))
    for args, word in cases:
        args = [f'{folder}/{a}' if a.startswith('x') else a for a in args]
        done = play(*args)
        text = done.stderr.decode()
        if done.returncode != status:
            yield f'{args}: exit status {done.returncode}, not {status}'
        begin = ('rfbplay: error: ',) if status == 1 else ('rfbplay: ', 'rfbplay info: ', 'usage: rfbplay ',
                                                           'rfbplay: error: ')
        if word not in text or not text.startswith(begin) or text.count('error:') > 1:
            yield f'{args}: says {text!r}, nothing of {word}'
    if os.listdir(folder) or sorted(os.listdir('.')) != before:
        yield f'left behind: {os.listdir(folder)}'


def check_existing(folder):
    out = f'{folder}/there.mp4'
    with open(out, 'w') as f:
        f.write('mine')
    for options, status, kept in (([], 1, True), (['-n'], 1, True), (['-y'], 0, False)):
        done = play(*options, '-q', DRAG, out)
        if done.returncode != status or (open(out, 'rb').read(4) == b'mine') != kept:
            yield f'{options}: exit status {done.returncode}'
    if os.listdir(folder) != ['there.mp4']:
        yield f'left behind: {os.listdir(folder)}'


def check_damaged(folder):
    """What can be read is there, and the status says that it is not all."""
    for name in ('bad_encoding', 'bad_zlib_corrupt', 'bad_tight_filter', 'bad_rect_outside'):
        path, out = f'tests/samples/bad/{name}.fbs', f'{folder}/{name}.mkv'
        done = play('--lossless', '--no-cursor', '--max-fps', '0', path, out)
        text = done.stderr.decode()
        if done.returncode != 3 or path not in text or 'byte' not in text or out not in text:
            yield f'{name}: exit status {done.returncode}, {text!r}'
        elif not pictures(out):
            yield f'{name}: no pictures'
    before = {line.split()[6] for line in open('tests/samples/bad/BEFORE_DAMAGE_tight.md5')
              if line[0] != '#'}
    got = {md5 for _, md5 in pictures(f'{folder}/bad_encoding.mkv')}
    if not before <= got:
        yield f'{len(before - got)} of the pictures before the damage are missing'
    with open(DRAG, 'rb') as f, open(f'{folder}/cut.fbs', 'wb') as out:
        out.write(f.read()[:40000])
    done = play(f'{folder}/cut.fbs', f'{folder}/cut.mp4')
    if done.returncode or done.stderr.count(b'ends inside') != 1 or b'error' in done.stderr:
        yield f'cut short: exit status {done.returncode}, {done.stderr}'


def long_recording(folder):
    """One that takes some seconds: the bytes of another, many times over."""
    path = f'{folder}/long.fbs'
    source = rec.blocks('tests/samples/tiger_drag_hextile.fbs')
    step = source[-1][1] + 100
    with open(path, 'wb') as f:
        f.write(b'FBS 001.000\n')
        for n in range(60):
            for data, ms in source[n > 0:]:
                if ms is not None:
                    f.write(struct.pack('>I', len(data)) + data + bytes(-len(data) % 4)
                            + struct.pack('>I', ms + n * step))
    return path


def start_and_wait(path, out, *options):
    """A transcode that is at work: its temporary file grows."""
    child = subprocess.Popen([PLAY, '--preset', 'medium', *options, path, out],
                             stderr=subprocess.PIPE)
    until = time.monotonic() + 30
    while time.monotonic() < until:
        parts = [n for n in os.listdir(os.path.dirname(out)) if n.endswith('.part')]
        if child.poll() is not None or any(
                os.path.getsize(f'{os.path.dirname(out)}/{n}') > 100000 for n in parts):
            break
        time.sleep(0.02)
    return child


def check_signals(folder):
    path = long_recording(folder)
    for number in (signal.SIGINT, signal.SIGTERM):
        child = start_and_wait(path, f'{folder}/out.mkv')
        begun = time.monotonic()
        child.send_signal(number)
        child.wait(30)
        if child.returncode != 128 + number or b'stopped' not in child.stderr.read():
            yield f'signal {number}: exit status {child.returncode}'
        if os.listdir(folder) != ['long.fbs'] or time.monotonic() - begun > 5:
            yield f'signal {number}: left behind: {os.listdir(folder)}'
    child = start_and_wait(path, f'{folder}/out.mkv', '--keep-partial')
    child.send_signal(signal.SIGINT)
    child.wait(30)
    if child.returncode != 130 or sorted(os.listdir(folder)) != ['long.fbs', 'out.mkv']:
        yield f'--keep-partial: exit status {child.returncode}, {os.listdir(folder)}'
    elif not 0.5 < Video(f'{folder}/out.mkv').duration < end_of(path) / 1000 - 1:
        yield f'--keep-partial: {Video(f"{folder}/out.mkv").duration} s'
    child.stderr.close()


def check_kill(folder):
    """Nothing that a later run trusts."""
    path = long_recording(folder)
    child = start_and_wait(path, f'{folder}/out.mkv')
    child.kill()
    child.wait()
    child.stderr.close()
    if os.path.exists(f'{folder}/out.mkv'):
        yield 'the half-made file has the name of a whole one'
    done = play('-q', '-n', '--duration', '5', path, f'{folder}/out.mkv')
    if done.returncode or not near(Video(f'{folder}/out.mkv').duration, 5):
        yield f'the next run: exit status {done.returncode}'


def check_full_disk(folder):
    """A file that may not grow, and a file system that is full."""
    path = 'tests/samples/tiger_text_tight_nojpeg.fbs'

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (50000, 50000))
    for name in ('out.mp4', 'out.mkv', 'out.gif', '%03d.png'):
        done = play('-q', path, f'{folder}/{name}', preexec_fn=limit)
        text = done.stderr.decode()
        if done.returncode != 1 or 'File too large' not in text or text.count('error:') != 1:
            yield f'{name}: exit status {done.returncode}, {text!r}'
        if os.listdir(folder):
            yield f'{name}: left behind: {os.listdir(folder)}'


def check_tmpfs(folder):
    if subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=64k', 'none', folder],
                      capture_output=True).returncode:
        return 'skip'
    try:
        done = play('-q', DRAG, f'{folder}/out.mkv')
        if done.returncode != 1 or b'No space left' not in done.stderr or os.listdir(folder):
            return [f'exit status {done.returncode}, {done.stderr}, {os.listdir(folder)}']
    finally:
        subprocess.run(['umount', folder])
    return []


# --- progress, pipes, several recordings ---------------------------------------------------------

def check_progress(folder):
    path, log = long_recording(folder), f'{folder}/log'
    play('-q', '--progress', log, '--preset', 'veryfast', '--duration', '2:00', path, f'{folder}/out.mp4')
    reports = [dict(line.split('=', 1) for line in text.strip().splitlines())
               for text in re.findall(r'((?:(?!progress=).*\n)+progress=(?:continue|end)\n)',
                                      open(log).read())]
    if ''.join(f'{k}={v}\n' for r in reports for k, v in r.items()) != open(log).read():
        yield f'not all of it is reports: {open(log).read()[:300]!r}'
        return
    if [r['progress'] for r in reports] != ['continue'] * (len(reports) - 1) + ['end']:
        yield 'it does not end with progress=end, once'
    if len(reports) < 3:
        yield f'{len(reports)} reports'
    for name in ('out_time_us', 'frame', 'total_size'):
        values = [int(r[name]) for r in reports]
        if values != sorted(values) or values[-1] <= 0:
            yield f'{name}: {values}'
    last, video = reports[-1], Video(f'{folder}/out.mp4')
    if (int(last['frame']) != len(video.packets) or float(last['percent']) != 100
            or int(last['total_size']) != os.path.getsize(f'{folder}/out.mp4')
            or not near(int(last['out_time_us']) / 1e6, video.duration)
            or last['output'] != f'{folder}/out.mp4' or last['input'] != path):
        yield f'the last report: {last}'
    read, write = os.pipe()
    done = play('-q', '-y', '--progress', f'fd:{write}', DRAG, f'{folder}/out.mp4', pass_fds=[write])
    os.close(write)
    with os.fdopen(read) as pipe:
        text = pipe.read()
    if done.returncode or not text.endswith('progress=end\n'):
        yield f'fd: {text[-100:]!r}'


def check_terminal(folder):
    """A line for people where standard error is a terminal, nothing elsewhere or with -q."""
    done = subprocess.run(['script', '-qec', f'{PLAY} --preset slow {DRAG} {folder}/a.mp4',
                           '/dev/null'], stdin=subprocess.DEVNULL, capture_output=True)
    if not re.search(rb'time 00:00:\S+  speed \S+x  size \S+ MB  +\d+ %  ETA \d:\d\d', done.stdout):
        yield f'on a terminal: {done.stdout[-200:]}'
    done = subprocess.run(['script', '-qec', f'{PLAY} -q {DRAG} {folder}/b.mp4', '/dev/null'],
                          stdin=subprocess.DEVNULL, capture_output=True)
    if done.stdout:
        yield f'-q: {done.stdout[-200:]}'
    done = play(DRAG, f'{folder}/c.mp4')
    if done.stderr or done.stdout:
        yield f'without a terminal: {done.stderr}'


def check_pipes(folder):
    for name in ('mp4', 'mkv', 'webm', 'gif'):
        with open(DRAG, 'rb') as source, open(f'{folder}/pipe.{name}', 'wb') as out:
            # cat, so that neither end is a file
            p = subprocess.run(['bash', '-c', f'set -o pipefail; cat | {PLAY} -q -f {name} - - | cat'],
                               stdin=source, stdout=out, stderr=subprocess.PIPE)
        video = Video(f'{folder}/pipe.{name}')
        end = video.end if video.end == video.end else video.duration
        if p.returncode or p.stderr or not near(end, end_of(DRAG) / 1000):
            yield f'{name}: exit status {p.returncode}, {end} s, {p.stderr}'


def check_several(folder):
    """A folder, names with %s, one that fails among others."""
    names = ['tiger_drag_tight', 'tiger_idle60_zrle', 'tight_map8_hextile']
    paths = [f'tests/samples/{n}.fbs' for n in names]
    os.mkdir(f'{folder}/a')
    os.mkdir(f'{folder}/b')
    done = play('-q', '--jobs', '2', *paths, f'{folder}/a')
    if done.returncode or sorted(os.listdir(f'{folder}/a')) != sorted(n + '.mp4' for n in names):
        yield f'folder: exit status {done.returncode}, {os.listdir(f"{folder}/a")}'
    for n, path in zip(names, paths):
        if not near(Video(f'{folder}/a/{n}.mp4').duration, end_of(path) / 1000):
            yield f'{n}: {Video(f"{folder}/a/{n}.mp4").duration} s'
    done = play('-q', paths[0], 'nothing.fbs', paths[2], f'{folder}/b/%s-new.mkv')
    want = [f'{n}-new.mkv' for n in (names[0], names[2])]
    if done.returncode != 1 or sorted(os.listdir(f'{folder}/b')) != sorted(want):
        yield f'%s: exit status {done.returncode}, {os.listdir(f"{folder}/b")}'


def check_memory(folder):
    """Flat in the length."""
    path, peaks = long_recording(folder), []
    for seconds in (30, 300):
        child = subprocess.Popen([PLAY, '-q', '-y', '--duration', str(seconds), path,
                                  f'{folder}/m.mp4'])
        _, _, usage = os.wait4(child.pid, 0)
        child.returncode = 0
        peaks.append(usage.ru_maxrss / 1024)
    if peaks[1] > peaks[0] + 20:
        yield f'{peaks[0]:.0f} MB for 30 s, {peaks[1]:.0f} MB for 300 s'


def check_help(folder):
    text = play('--help').stdout.decode()
    man = play('help', '--man').stdout.decode()
    options = re.findall(r'--([a-z][a-z-]*)', text)
    for name in set(options) - {'help', 'version'}:
        if f'*--{name}*' not in man and name not in ('cache-dir',):
            yield f'--{name} is not in the manual page'
    complete = play('help', '--completion').stdout.decode()
    script = complete + ('\nCOMP_WORDS=(rfbplay --on-resize s); COMP_CWORD=2; _rfbplay'
                         '\necho "${COMPREPLY[@]}"\nCOMP_WORDS=(rfbplay --lo); COMP_CWORD=1; _rfbplay'
                         '\necho "${COMPREPLY[@]}"\n')
    got = subprocess.run(['bash', '-c', script], capture_output=True, text=True).stdout
    if got.split('\n')[:2] != ['scale split', '--lossless']:
        yield f'completion: {got!r}'
    if any(len(line) > 100 for line in text.splitlines()):
        yield 'a line of --help is too long'


def main():
    runner = Runner()
    runner.run('usage', lambda folder: check_messages(USAGE, 2, folder))
    runner.run('failures', lambda folder: check_messages(FAILURES, 1, folder))
    runner.run_all((check_info, check_info_states, check_snapshot, check_existing, check_damaged, check_signals,
                    check_kill, check_full_disk, check_tmpfs, check_progress, check_terminal,
                    check_pipes, check_several, check_memory, check_help))
    return not runner.good


if __name__ == '__main__':
    sys.exit(main())
