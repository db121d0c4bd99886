"""Running rfbrec in tests."""
import hashlib
import os
import subprocess

import recordings

RFBREC = os.path.join(recordings.BUILD, 'rfbrec')
PASSWORD = 'Sw0rdf1s'


def rfbrec(*args, timeout=30, env=None, **options):
    """Runs it; .text is what it said on the standard error."""
    done = subprocess.run([RFBREC, *map(str, args)], capture_output=True, timeout=timeout,
                          stdin=subprocess.DEVNULL, env={**os.environ, **(env or {})}, **options)
    done.text = done.stderr.decode()
    return done


def start(*args, env=None, **options):
    return subprocess.Popen([RFBREC, *map(str, args)], stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            env={**os.environ, **(env or {})}, **options)


def md5(data):
    return hashlib.md5(data).hexdigest()


def pictures(path):
    """(times in ms, md5 of each update's picture, what was wrong)."""
    rows, done = recordings.pictures(path)
    wrong = []
    if done.returncode:
        wrong.append(f'ffmpeg fails: {done.stderr.decode()[-200:]}')
    return [r[0] for r in rows], [r[2] for r in rows], wrong


def last_picture(path, fmt='rgb24'):
    """The bytes of the last picture, and what was wrong."""
    done = recordings.ffmpeg([], path, ['-pix_fmt', fmt, '-f', 'rawvideo'])
    size = recordings.run([f'{recordings.BUILD}/ffprobe', '-v', 'error', '-show_entries',
                           'stream=width,height', '-of', 'csv=p=0', path]).stdout.split(b',')
    if done.returncode or len(size) < 2:
        return b'', [f'ffmpeg fails: {done.stderr.decode()[-200:]}']
    size = int(size[0]) * int(size[1]) * 3
    return done.stdout[-size:], []
