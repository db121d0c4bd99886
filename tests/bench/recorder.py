"""The recorder's part of the bench: many recordings at once, and one against live encoding."""
import os
import shutil
import subprocess
import sys
import tempfile
import time

import scene
import sessions

HERE = os.path.dirname(os.path.abspath(__file__))
RECORDINGS, RATE, BYTES = 500, 10, 4096


def wait(child):
    """(user + system seconds, peak RSS in MB) of a child that comes to its end."""
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f'bench: exit status {child.returncode} of {child.args}')
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def many(rfbrec, crowd, ram, seconds):
    """CPU share, MB of memory, updates and bytes a second of RECORDINGS at once."""
    server = subprocess.Popen([crowd, str(BYTES)], stdout=subprocess.PIPE, text=True)
    try:
        port = server.stdout.readline().strip()
        with tempfile.TemporaryDirectory(dir=ram) as folder:
            with open(f'{folder}/list', 'w') as f:
                for i in range(RECORDINGS):
                    f.write(f'127.0.0.1::{port} {folder}/{i}.fbs\n')
            child = subprocess.Popen([rfbrec, 'record', '-q', '--list', f'{folder}/list',
                                      '--fps', str(RATE), '-t', str(seconds)])
            cpu, memory = wait(child)
            sizes = [os.path.getsize(f'{folder}/{i}.fbs') for i in range(RECORDINGS)]
        return cpu / seconds, memory, sum(sizes) / (BYTES + 24) / seconds, min(sizes) / max(sizes)
    finally:
        server.kill()
        server.wait()


def one(rfbrec, ffmpeg, folder, seconds):
    """CPU seconds of recording a busy desktop and of encoding it, at the same time."""
    pictures = f'{folder}/pictures'
    scene.make_pictures(pictures)
    with tempfile.TemporaryDirectory() as temporary:
        server, display = sessions.start_server(temporary)
        env = dict(os.environ, DISPLAY=display)
        actors = subprocess.Popen([sys.executable, f'{HERE}/scene.py', pictures, 'busy'], env=env,
                                  start_new_session=True, stdout=subprocess.DEVNULL)
        try:
            time.sleep(2)
            recorder = subprocess.Popen(
                [rfbrec, 'record', '-q', f'unix:{temporary}/rfb', f'{temporary}/a.fbs', '--fps',
                 '25', '-t', str(seconds)])
            encoder = subprocess.Popen(
                [ffmpeg, '-v', 'error', '-nostdin', '-f', 'x11grab', '-framerate', '25',
                 '-video_size', '1920x1080', '-t', str(seconds), '-i', display, '-c:v', 'libx264',
                 '-preset', 'veryfast', '-y', f'{temporary}/a.mp4'])
            recording, encoding = wait(recorder)[0], wait(encoder)[0]
            sizes = [os.path.getsize(f'{temporary}/a.{x}') / 1e6 for x in ('fbs', 'mp4')]
        finally:
            sessions.stop(actors)
            sessions.stop(server)
    return recording, encoding, sizes


def many_table(rfbrec, crowd, ram, seconds):
    print(f'Recording {RECORDINGS} servers at once, {RATE} updates a second of {BYTES} bytes each, '
          'in one process')
    share, memory, rate, even = many(rfbrec, crowd, ram, seconds)
    return [['', 'CPU of', '', 'updates', 'smallest /'],
            ['', 'a core', 'memory', 'a second', 'largest file'],
            ['rfbrec record --list', f'{share:.1%}', f'{memory:.0f} MB', f'{rate:.0f}',
             f'{even:.2f}']]


def one_table(rfbrec, build, folder, seconds):
    ffmpeg = next((f for f in (f'{build}/ffmpeg', shutil.which('ffmpeg')) if f and 'x11grab' in
                   subprocess.run([f, '-hide_banner', '-devices'], capture_output=True,
                                  text=True).stdout), None)
    if not ffmpeg:
        return [['no ffmpeg with x11grab here: recording is not compared with live encoding']]
    print(f'A busy 1920x1080 desktop for {seconds} s, recorded and encoded live side by side')
    recording, encoding, sizes = one(rfbrec, ffmpeg, folder, seconds)
    return [['', 'CPU s', 'MB', 'share'],
            ['rfbrec record --fps 25', f'{recording:.2f}', f'{sizes[0]:.1f}',
             f'{recording / encoding:.2%}'],
            ['ffmpeg x11grab, libx264 veryfast, 25 fps', f'{encoding:.2f}', f'{sizes[1]:.1f}',
             '100%']]


def tables(build, folder, ram, quick):
    """The rows of each table, whose title is printed before."""
    seconds = 8 if quick else 20
    yield many_table(f'{build}/rfbrec', f'{folder}/crowd', ram, seconds)
    yield one_table(f'{build}/rfbrec', build, folder, seconds)
