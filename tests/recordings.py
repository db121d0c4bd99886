"""What the tests in Python share: recordings, their expected pictures, and ffmpeg."""
import os
import re
import struct
import subprocess

BUILD = os.path.abspath(os.environ.get('BUILD', 'build'))
SAMPLES = os.environ.get('SAMPLES', '')
EXTENSIONS = ('.fbs', '.fb', '.rbs', '.vnc', '.js', '.fbs.gz')

# What no recording says about itself (see the notes on the samples).
OPTIONS = {
    'x11vnc_mix_zywrle_q2': ['-zywrle_level', '3'],
    'qemu_memtest_tight_222.unpatched': ['-pixel_format', 'rgb222'],
}


def stem(path):
    """The path without the extension of a recording."""
    return re.sub(r'\.(fbs\.gz|fbs|fb|rbs|vnc|js)$', '', path)


def name_of(path):
    return os.path.basename(stem(path))


def options_for(path):
    return OPTIONS.get(name_of(path), [])


def with_pictures():
    """Recordings whose pictures are known; those in tests/samples first, each name once."""
    found = {}
    for folder in ('tests/samples', SAMPLES, os.path.join(SAMPLES, 'variants') if SAMPLES else ''):
        for name in sorted(os.listdir(folder)) if folder and os.path.isdir(folder) else ():
            path = os.path.join(folder, name)
            if name.endswith(EXTENSIONS) and os.path.exists(stem(path) + '.md5'):
                found.setdefault(name, path)
    return list(found.values())


def sample(name):
    """The path of a recording, or None where it is not there."""
    for folder in ('tests/samples', SAMPLES):
        if folder and os.path.exists(os.path.join(folder, name)):
            return os.path.join(folder, name)
    return None


class Expected:
    """A line of NAME.md5."""
    def __init__(self, line):
        field = line.split()
        self.time, self.width, self.height = (int(x) for x in field[1:4])
        self.flags, self.md5 = field[5], field[6:]


# A recording without its pixel format has the pictures of the one with it.
PICTURES = {'qemu_memtest_tight_222.unpatched': '../qemu_memtest_tight_222'}


def expected(path):
    other = PICTURES.get(name_of(path))
    with open((os.path.join(os.path.dirname(path), other) if other else stem(path)) + '.md5') as lines:
        return [Expected(line) for line in lines if line.strip() and not line.startswith('#')]


def run(command, timeout=120):
    return subprocess.run(command, capture_output=True, timeout=timeout)


def ffmpeg(options, path, output, timeout=120):
    """Every update as one picture, without the cursor, at its own time."""
    return run([f'{BUILD}/ffmpeg', '-v', 'warning', '-nostdin', '-max_fps', '0', '-draw_mouse', '0',
                *options, '-i', path, '-noautoscale', '-fps_mode', 'passthrough',
                '-enc_time_base', '1:1000', '-pix_fmt', 'rgb24', *output, '-'], timeout)


def pictures(path, options=()):
    """(time in ms, bytes, md5) of each update, and ffmpeg's result."""
    done = ffmpeg([*options_for(path), *options], path, ['-f', 'framemd5'])
    rows, unit = [], 1
    for line in done.stdout.decode().splitlines():
        if line.startswith('#tb'):
            unit = 1000 * eval(line.split(':')[1])
        elif line and not line.startswith('#'):
            field = [x.strip() for x in line.split(',')]
            rows.append((round(int(field[2]) * unit), int(field[4]), field[5]))
    return rows, done


def blocks(path):
    """(data, time in ms, or None where the file ends before it) of an FBS file's blocks."""
    with open(path, 'rb') as f:
        raw = f.read()
    at, found = 12, []
    while at + 4 <= len(raw):
        size, = struct.unpack_from('>I', raw, at)
        end = at + 4 + (size + 3) // 4 * 4
        ms = struct.unpack_from('>I', raw, end)[0] if end + 4 <= len(raw) else None
        found.append((raw[at + 4:at + 4 + size], ms))
        if not size:
            break
        at = end + 4
    return found


def endless(source, path, rounds, every_ms):
    """Play a recording several times over into one, with nothing to begin at but the start.

    Its first picture has to be Tight, where the streams can be begun anew; a pixel is copied
    before it, so that a round needs the one before."""
    found = blocks(source)
    with open(path, 'wb') as out:
        out.write(b'FBS 001.000\n')
        for n in range(rounds):
            for i, (data, ms) in enumerate(found):
                if not i and n or ms is None or not data:
                    continue
                if i == 1 and n:
                    rects, at = struct.unpack_from('>2xH', data)[0], 4
                    while (rect := struct.unpack_from('>4x2Hi', data, at))[2] != 7:
                        width, height, encoding = rect
                        at += 12 + {-239: width * height * 4 + (width + 7) // 8 * height, -232: 0,
                                    -308: 4 + 16 * data[at + 12], 0x574d5666: 0}[encoding]
                    data = (data[:2] + struct.pack('>H4Hi2H', rects + (rects != 0xFFFF), 0, 0, 1, 1, 1,
                                                   0, 0) + data[4:at + 12] +
                            bytes([data[at + 12] | 15]) + data[at + 13:])
                out.write(struct.pack('>I', len(data)) + data + bytes(-len(data) % 4) +
                          struct.pack('>I', ms + n * every_ms))


def report(name, problems):
    """One line a case, also when several threads report; returns whether it passed."""
    more = f' (and {len(problems) - 1} more)' if len(problems) > 1 else ''
    line = f'not ok {name} - {problems[0]}{more}' if problems else f'ok {name}'
    print(line.strip().replace('\n', ' / ') + '\n', end='', flush=True)
    return not problems
