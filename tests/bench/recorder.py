"""The recorder's part of the bench: many recordings at once, and one against live encoding."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

import scene
import sessions

HERE = os.path.dirname(os.path.abspath(__file__))
RECORDINGS, RATE, BYTES = 500, 10, 4096
FRAMES = 25
# ffmpeg's own choice for what is grabbed is 4:4:4; 4:2:0, which every player knows, costs less
ENCODERS = (('libx264 veryfast', ()), ('the same in 4:2:0', ('-pix_fmt', 'yuv420p')))


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


def ask(rfbrec, folder, seconds, log):
    """Begins to record the server of a folder."""
    return subprocess.Popen(
        [rfbrec, 'record', f'unix:{folder}/rfb', f'{folder}/a.fbs', '--overwrite', '--fps',
         str(FRAMES), '-t', str(seconds)], stderr=log)


def encode(ffmpeg, display, folder, seconds, options, log):
    """Begins to grab and encode a display; a frame that was not grabbed is not made up."""
    return subprocess.Popen(
        [ffmpeg, '-v', 'error', '-nostdin', '-progress', 'pipe:1', '-f', 'x11grab', '-framerate',
         str(FRAMES), '-video_size', '1920x1080', '-t', str(seconds), '-i', display, '-c:v',
         'libx264', '-preset', 'veryfast', *options, '-fps_mode', 'passthrough', '-y',
         f'{folder}/a.mp4'], stdout=log)


def one(rfbrec, ffmpeg, pictures, seconds, options):
    """CPU seconds, MB and pictures of recording a busy desktop and of encoding it, at once."""
    with tempfile.TemporaryDirectory() as folder:
        server, display = sessions.start_server(folder)
        env = dict(os.environ, DISPLAY=display)
        actors = subprocess.Popen([sys.executable, f'{HERE}/scene.py', pictures, 'busy'], env=env,
                                  start_new_session=True, stdout=subprocess.DEVNULL)
        logs = [open(f'{folder}/{name}', 'w+') for name in ('rfbrec.log', 'ffmpeg.log')]
        try:
            time.sleep(2)
            children = (ask(rfbrec, folder, seconds, logs[0]),
                        encode(ffmpeg, display, folder, seconds, options, logs[1]))
            cpu = [wait(child)[0] for child in children]
            sizes = [os.path.getsize(f'{folder}/a.{x}') / 1e6 for x in ('fbs', 'mp4')]
            said = []
            for log in logs:
                log.seek(0)
                said.append(log.read())
        finally:
            sessions.stop(actors)
            sessions.stop(server)
            for log in logs:
                log.close()
    counts = (re.search(r'(\d+) updates', said[0]), re.findall(r'^frame=(\d+)', said[1], re.M))
    return list(zip(cpu, sizes, (int(counts[0][1]), int(counts[1][-1]))))


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
    asked = FRAMES * seconds
    pictures = f'{folder}/pictures'
    scene.make_pictures(pictures)
    print(f'A busy 1920x1080 desktop for {seconds} s, recorded and encoded live side by side,\n'
          f'{asked} pictures asked of both; who gets too little of the processors makes fewer.\n'
          'Shares of what the encoder costs: of its CPU seconds as they are, and by picture')
    rows = [['', 'CPU', '', 'pictures', 'CPU ms', 'share of', 'share by'],
            ['', 's', 'MB', f'of {asked}', 'a picture', 'CPU s', 'picture']]
    for name, options in ENCODERS:
        both = one(rfbrec, ffmpeg, pictures, seconds, options)
        base = both[1]
        rows += [[label, f'{cpu:.2f}', f'{size:.1f}', str(count), f'{1000 * cpu / count:.2f}',
                  f'{cpu / base[0]:.2%}', f'{cpu / count / (base[0] / base[2]):.2%}']
                 for label, (cpu, size, count) in
                 zip((f'rfbrec record --fps {FRAMES}, beside', f'  x11grab, {name}'), both)]
    return rows


def tables(build, folder, ram, quick):
    """The rows of each table, whose title is printed before."""
    seconds = 8 if quick else 20
    yield many_table(f'{build}/rfbrec', f'{folder}/crowd', ram, seconds)
    yield one_table(f'{build}/rfbrec', build, folder, seconds)
