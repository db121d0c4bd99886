"""What an index is worth: a recording of ten hours, and times of it at random."""
import os
import random
import statistics
import subprocess
import sys
import time
import urllib.request

import sessions

sys.path.append(os.path.join(sessions.HERE, '..'))
import recordings       # noqa: E402

HOURS = 10


def took(run):
    """Milliseconds."""
    start = time.monotonic()
    run()
    return (time.monotonic() - start) * 1000


def times(count, end):
    pick = random.Random(1)
    return [f'{pick.uniform(0, end):.3f}' for _ in range(count)]


def by_ffmpeg(build, path, end, count, *options):
    return [took(lambda: subprocess.run([f'{build}/ffmpeg', '-v', 'error', '-nostdin', *options, '-ss', t,
                                         '-i', path, '-frames:v', '1', '-f', 'null', '-'], check=True))
            for t in times(count, end)]


def by_server(build, folder, name, end, count):
    port_file = f'{folder}/port'
    server = subprocess.Popen([f'{build}/rfbplay', 'serve', '-q', '--port', '0', '--port-file', port_file,
                               folder])
    try:
        while not (os.path.exists(port_file) and os.path.getsize(port_file)):
            time.sleep(0.05)
        with open(port_file) as f:
            url = f'http://127.0.0.1:{int(f.read())}/{name}?format=jpeg&t='
        os.remove(port_file)
        urllib.request.urlopen(url + '0').read()
        return [took(lambda: urllib.request.urlopen(url + t).read()) for t in times(count, end)]
    finally:
        server.terminate()
        server.wait()


def row(what, spent):
    return [what, str(len(spent)), f'{statistics.median(spent):.0f}', f'{max(spent):.0f}']


def tables(build, source, ram, quick):
    """Yields a heading, and rows."""
    rounds = 6 if quick else 30
    folder = f'{ram}/bench-seeks-{os.getpid()}'
    path, end = f'{folder}/long.fbs', HOURS * 3600
    os.makedirs(folder)
    try:
        recordings.endless(source, path, rounds, end * 1000 // rounds)
        slow = by_ffmpeg(build, path, end, 4, '-index', 'none')
        build_ms = took(lambda: subprocess.run([f'{build}/rfbplay', '-q', 'index', path], check=True))
        sizes = [os.path.getsize(p) / 1e6 for p in (path, path + '.rfbindex')]
        yield (f'Ten hours of a 1080p desktop (Tight, JPEG, {rounds} times {sessions.duration(source):.0f} s '
               f'of work, no key packet but the first):\n{sizes[0]:.0f} MB; its index takes '
               f'{build_ms / 1000:.1f} s to make and {sizes[1]:.1f} MB. Times at random:')
        yield [['', 'of them', 'median ms', 'most ms'],
               row('ffmpeg -ss T -frames:v 1, without', slow),
               row('ffmpeg -ss T -frames:v 1', by_ffmpeg(build, path, end, 10 if quick else 40)),
               row('GET rec.fbs?t=T&format=jpeg', by_server(build, folder, 'long.fbs', end,
                                                            20 if quick else 100))]
    finally:
        subprocess.run(['rm', '-r', folder])
