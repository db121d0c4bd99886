"""The bench's recordings: made with a real Xvnc, kept in build/bench between runs."""
import os
import signal
import struct
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))

# name: encodings asked for, in record.py's words (-23..-32 is JPEG quality 9..0, -247..-256
# compression level 9..0), requests per second, seconds to record, scene. Raw is stateless and
# large, so a short recording of it is repeated.
SESSIONS = {
    'desktop':    ('tight,-25,-254,lastrect', 12, 40, 'desktop'),
    'tight-jpeg': ('tight,-25,-254,lastrect', 20, 24, 'busy'),
    'tight':      ('tight,-254,lastrect', 20, 24, 'busy'),
    'zrle':       ('zrle,lastrect', 20, 24, 'busy'),
    'hextile':    ('hextile,lastrect', 20, 24, 'busy'),
    'raw':        ('raw', 10, 6, 'busy'),
    'busy':       ('tight,-25,-254,lastrect', 12, 40, 'busy'),
    'light':      ('hextile,lastrect', 5, 20, 'light'),
}


def start_server(folder):
    """An Xvnc on a free display that listens on a unix socket only; (process, display)."""
    read, write = os.pipe()
    server = subprocess.Popen(
        ['Xvnc', '-displayfd', str(write), '-geometry', '1920x1080', '-depth', '24',
         '-rfbunixpath', f'{folder}/rfb', '-rfbport', '-1', '-SecurityTypes', 'None',
         '-AlwaysShared', '-nolisten', 'tcp', '-FrameRate', '60'],
        pass_fds=[write], stdout=subprocess.DEVNULL,
        stderr=open(f'{folder}/Xvnc.log', 'w'), start_new_session=True)
    os.close(write)
    with os.fdopen(read) as pipe:
        display = pipe.readline().strip()
    if not display:
        raise RuntimeError(open(f'{folder}/Xvnc.log').read())
    return server, ':' + display


def stop(process):
    """Ends the process and everything it started (each is the leader of its own session)."""
    try:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(5)
    except (ProcessLookupError, subprocess.TimeoutExpired):
        process.kill()


def record(name, path, pictures, quick):
    encodings, fps, seconds, scene = SESSIONS[name]
    if quick:
        seconds = min(seconds, 8)
    with tempfile.TemporaryDirectory() as folder:
        server, display = start_server(folder)
        env = dict(os.environ, DISPLAY=display)
        actors = subprocess.Popen([sys.executable, f'{HERE}/scene.py', pictures, scene],
                                  env=env, start_new_session=True)
        try:
            time.sleep(2 if scene == 'light' else 6)
            subprocess.run([sys.executable, f'{HERE}/../record.py', f'{folder}/rfb',
                            f'--encodings={encodings}', '--seconds', str(seconds),
                            '--fps', str(fps), '--out', path + '.part'], check=True)
            os.rename(path + '.part', path)
        finally:
            stop(actors)
            stop(server)


def blocks(path):
    """(data, ms) of each block of an FBS file that record.py wrote; the first is the prologue."""
    with open(path, 'rb') as file:
        file.read(12)
        while len(head := file.read(4)) == 4:
            size = struct.unpack('>I', head)[0]
            data = file.read(size)
            file.read(-size % 4)
            yield data, struct.unpack('>I', file.read(4))[0]


def repeat(source, path, times):
    """Plays a recording several times over into one. Only for encodings without zlib state:
    each round begins with the full update that every recording begins with."""
    round_ms = int(duration(source) * 1000) + 200
    with open(path + '.part', 'wb') as out:
        out.write(b'FBS 001.000\n')
        for n in range(times):
            for index, (data, ms) in enumerate(blocks(source)):
                if index or not n:              # the prologue once only
                    out.write(struct.pack('>I', len(data)) + data + bytes(-len(data) % 4)
                              + struct.pack('>I', ms + n * round_ms))
    os.rename(path + '.part', path)


def with_idle(source, path, active_ms, idle_ms):
    """A recording in which nothing happens for idle_ms after every active_ms."""
    with open(path + '.part', 'wb') as out:
        out.write(b'FBS 001.000\n')
        for data, ms in blocks(source):
            out.write(struct.pack('>I', len(data)) + data + bytes(-len(data) % 4)
                      + struct.pack('>I', ms + ms // active_ms * idle_ms))
    os.rename(path + '.part', path)


def duration(path):
    """Seconds."""
    ms = 0
    for _, ms in blocks(path):
        pass
    return ms / 1000
