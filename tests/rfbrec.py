"""Running rfbrec in tests."""
import concurrent.futures
import hashlib
import os
import subprocess
import tempfile
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
