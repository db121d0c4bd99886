"""Running rfbrec in tests."""
import concurrent.futures
import hashlib
import os
import re
import signal
import subprocess
import tempfile
import threading
import time

import recordings

class Skip(Exception):
    """A test cannot be run here."""


def run_tests(module, workers=4):
    """
    Runs all test_*(folder) of a module, some at a time since most of them wait, and reports.
    Returns the exit status.
    """
    def run(name):
        title = 'rfbrec ' + name[5:].replace('_', ' ')
        try:
            with tempfile.TemporaryDirectory() as folder:
                return recordings.report(title, list(module[name](folder)))
        except Skip as why:
            print(f'skip {title} - {why}', flush=True)
            return True
        except Exception as e:                  # pylint: disable=broad-except
            return recordings.report(title, [f'{type(e).__name__}: {e}'])
    names = sorted(n for n in module if n.startswith('test_'))
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        return int(not all(list(pool.map(run, names))))


RFBREC = os.path.join(recordings.BUILD, 'rfbrec')
PASSWORD = 'Sw0rdf1s'


def rfbrec(*args, timeout=30, env=None, **options):
    """Runs it; .text is what it said on the standard error."""
    done = subprocess.run([RFBREC, *map(str, args)], capture_output=True, timeout=timeout,
                          stdin=subprocess.DEVNULL, env={**os.environ, **(env or {})}, **options)
    done.text = done.stderr.decode()
    return done


def ended(done, status, *words):
    """What is wrong with rfbrec's end."""
    wrong = [f'exit status {done.returncode}, not {status}: {done.text[-200:]}'] \
        if done.returncode != status else []
    return wrong + [f'"{w}" is not in: {done.text[-300:]}' for w in words if w not in done.text]


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


def last_picture(path):
    """The RGB bytes of the last picture, and what was wrong."""
    rows, _ = recordings.pictures(path) if os.path.exists(path) else ([], None)
    if not rows:
        return b'', [f'{os.path.basename(path)} has no picture']
    done = recordings.ffmpeg([], path, ['-f', 'rawvideo'])
    return done.stdout[-rows[-1][1]:], []


def wait_for(what, seconds=15):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if what():
            return True
        time.sleep(0.02)
    return False


def record_picture(target, out, *options, env=None, more=0.3):
    """Records until there is an update, and a moment more. Returns what went wrong."""
    child = start('record', target, out, *options, env=env)
    wait_for(lambda: child.poll() is not None or
             (os.path.exists(out + '.part') and len(recordings.blocks(out + '.part')) > 1))
    time.sleep(more)
    child.terminate()
    text = child.communicate(timeout=20)[1].decode()
    return [f'exit status {child.returncode}: {text[-300:]}'] if child.returncode else []


class Proxy:
    """rfbrec proxy at a port of its own, for a with statement; .text is what it says."""

    def __init__(self, target, *options, listen=':0', signal=signal.SIGTERM, **more):
        self.signal, self.lines, self.status = signal, [], None
        self.child = start('proxy', listen, target, *options, **more)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.child.stderr:
            self.lines.append(line.decode())

    @property
    def text(self):
        return ''.join(self.lines)

    def says(self, pattern, seconds=15):
        """The match of what it says, waiting for it; None when it does not."""
        def found():
            return re.search(pattern, self.text)
        wait_for(lambda: found() or self.child.poll() is not None, seconds)
        return found()

    def __enter__(self):
        place = self.says(r'listening for viewers at (?:unix|\S+::(\d+))')
        if not place:
            self.end()
            raise RuntimeError(f'no proxy: {self.text}')
        self.port = int(place[1] or 0)
        self.target = f'127.0.0.1::{self.port}'
        if other := self.says(r'for WebSockets at \S+::(\d+)', 0):
            self.websocket = int(other[1])
        return self

    def end(self):
        """Ends it, if it has not ended; .status is its exit status."""
        if self.child.poll() is None:
            self.child.send_signal(self.signal)
        try:
            self.status = self.child.wait(20)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.status = 'none, as it does not end'
        self.reader.join(5)

    def __exit__(self, *_):
        if self.status is None:
            self.end()

    def ended(self, status=0, *words):
        """What is wrong with its end."""
        if self.status is None:
            self.end()
        if self.status != status:
            yield f'exit status {self.status}, not {status}: {self.text[-300:]}'
        yield from (f'"{w}" is not in: {self.text[-400:]}' for w in words if w not in self.text)
