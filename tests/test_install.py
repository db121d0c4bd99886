#!/usr/bin/env python3
"""make install puts programs, plugin and man pages there; make uninstall removes exactly these."""
import os
import subprocess
import sys
import tempfile

import recordings as rec

PLACE = {'rfbplay': rec.BUILD, 'rfbrec': rec.BUILD, 'fbs-ffmpeg': 'build'}
SAMPLE = 'tests/samples/tiger_drag_tight.fbs'
FFMPEG = [] if os.path.basename(rec.BUILD) == 'build' else [f'FFMPEG={os.path.basename(rec.BUILD)}']


def make(target, dest, prefix):
    env = {k: v for k, v in os.environ.items() if k not in ('MAKEFLAGS', 'MFLAGS', 'MAKELEVEL', 'DESTDIR')}
    return subprocess.run(['make', target, f'DESTDIR={dest}', f'PREFIX={prefix}', *FFMPEG], env=env,
                          capture_output=True, text=True, timeout=300)


def tree(folder):
    """Everything in it: names, kinds, contents."""
    found = {}
    for where, dirs, files in os.walk(folder):
        for name in dirs + files:
            path = os.path.join(where, name)
            with open(path, 'rb') if os.path.isfile(path) else open(os.devnull, 'rb') as f:
                found[os.path.relpath(path, folder)] = (os.path.isdir(path), hash(f.read()))
    return found


def check(dest, prefix, others):
    """others: what is there before, and stays"""
    root = dest + prefix
    for name in others:
        os.makedirs(os.path.dirname(f'{root}/{name}'), exist_ok=True)
        with open(f'{root}/{name}', 'w') as f:
            f.write(name)
    before = tree(dest)
    for _ in range(2):      # again, over itself
        done = make('install', dest, prefix)
        if done.returncode:
            yield f'make install: {done.stderr[-300:]}'
            return
    there = tree(root)
    wanted = ['bin/ffmpeg-rfb', 'bin/ffplay-rfb', 'bin/ffprobe-rfb', 'share/man/man1/fbs-ffmpeg.1']
    wanted += [f'bin/{p}' for p in ('rfbplay', 'rfbrec', 'fbs-ffmpeg') if os.path.exists(f'{PLACE[p]}/{p}')]
    wanted += [f'lib/{p}' for p in os.listdir('build') if p.startswith('libfbs-ffmpeg') and p.endswith('.so')]
    for name in wanted:
        if name not in there:
            yield f'{name} is not installed'
    for name in (n for n, (is_dir, _) in there.items() if not is_dir and n not in others):
        mode = os.stat(f'{root}/{name}').st_mode & 0o777
        if mode != (0o755 if name.startswith('bin/') else 0o644):
            yield f'{name} has mode {mode:o}'
    programs = [['bin/ffprobe-rfb']]
    if not subprocess.run(['patches/plugin/release.sh'], capture_output=True).returncode:
        programs.append(['bin/fbs-ffmpeg', 'ffprobe'])
    for program in programs:
        done = rec.run([f'{root}/{program[0]}', *program[1:], '-v', 'error', '-show_entries',
                        'format=format_name', os.path.abspath(SAMPLE)])
        if b'format_name=fbs' not in done.stdout:
            yield f'{program} does not work from there: {done.stderr[:200]}'
    with open(f'{root}/share/man/man1/fbs-ffmpeg.1') as f:
        if '.TH "fbs-ffmpeg" "1"' not in f.read():
            yield 'fbs-ffmpeg.1 is no man page'
    done = make('uninstall', dest, prefix)
    after = tree(dest)
    for name in sorted(set(before) ^ set(after)):
        yield f'{name} is {"left" if name in after else "gone"}'
    if done.returncode or any(before[n] != after.get(n) for n in before):
        yield f'uninstall: exit status {done.returncode}, or other files have changed'


def main():
    good = []
    for name, prefix, others in (('into what was empty', '/opt/vnc', ()),
                                 ('among other files', '/usr', ('bin/ffmpeg', 'lib/libfbs-other.so',
                                                                'share/man/man1/ffmpeg.1'))):
        with tempfile.TemporaryDirectory(prefix='install') as dest:
            os.makedirs(os.path.dirname(dest + prefix), exist_ok=True)
            good.append(rec.report(f'install {name}', list(check(dest, prefix, others))))
    return not all(good)


if __name__ == '__main__':
    sys.exit(main())
