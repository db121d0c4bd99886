#!/usr/bin/env python3
"""The same sessions in every container."""
import concurrent.futures
import gzip
import json
import os
import re
import struct
import subprocess
import sys
import tempfile

import mkcontainers as mk
import recordings as rec

FOLDER = tempfile.TemporaryDirectory()


def store(name, data):
    path = os.path.join(FOLDER.name, name)
    with open(path, 'wb') as f:
        f.write(data)
    return path


def probe(path, *options, stdin=None):
    done = subprocess.run([f'{rec.BUILD}/ffprobe', '-v', 'warning', '-of', 'json', '-max_fps', '0', '-count_packets',
                           *options, '-show_format', '-show_streams', path], capture_output=True, timeout=120,
                          stdin=stdin)
    found = json.loads(done.stdout.decode() or '{}')
    stream = (found.get('streams') or [{}])[0]
    return {'format': found.get('format', {}).get('format_name'),
            'duration': round(1000 * float(stream.get('duration', 'nan') if 'duration' in stream else -1)),
            'width': stream.get('width'), 'height': stream.get('height'),
            'packets': int(stream.get('nb_read_packets', 0)),
            'start': round(1000 * float(stream.get('start_time', 0))),
            'created': found.get('format', {}).get('tags', {}).get('creation_time'),
            'title': found.get('format', {}).get('tags', {}).get('title'),
            'log': done.stderr.decode(), 'status': done.returncode}


def compare(got, want):
    return [f'{key} {got[key]}, not {value}' for key, value in want.items() if got[key] != value]


# --- the same session everywhere -----------------------------------------------------------------

def format_of(writer):
    return {'vnclog': 'vnclog', 'novnc': 'novnc', 'rbs': 'rbs', 'minimega': 'minimega'}.get(
        re.match('[a-z]*', writer)[0], 'fbs')


def times_of(writer, session, times):
    """Times that the container cannot hold as they are."""
    if writer == 'rbs':         # begins with the first update
        return [t - times[0] for t in times]
    if writer.startswith('vnclog'):
        return [t - session.messages[0][0] for t in times]
    return times


def check_pictures(path, want, times, slack=0):
    got, done = rec.pictures(path)
    problems = [] if len(got) == len(want) else [f'{len(got)} pictures, not {len(want)}: '
                                                 f'{done.stderr.decode()[:200]}']
    for n, (g, w, t) in enumerate(zip(got, want, times)):
        if abs(g[0] - t) > slack:
            problems.append(f'update {n}: at {g[0]} ms, not {t}')
        if g[2] not in w.md5 and 'u' not in w.flags:
            problems.append(f'update {n}: md5 {g[2]}')
    if done.returncode:
        problems.append(f'exit status {done.returncode}')
    return problems


def check_writer(name, writer):
    source = rec.sample(name + '.fbs')
    session, want = mk.read(source), rec.expected(source)
    data = mk.write(writer, session)
    path = store(f'{name}-{writer}.bin', data)
    times = [ms for ms, message, _ in session.messages if message[0] == 0]
    times = times_of(writer, session, times)
    end = times[-1] if format_of(writer) in ('vnclog', 'rbs', 'minimega') else session.end
    problems = compare(probe(path), {'format': format_of(writer), 'duration': end, 'packets': len(want),
                                     'width': want[0].width, 'height': want[0].height, 'status': 0})
    problems += check_pictures(path, want, times)
    zipped = probe(store(f'{name}-{writer}.gz', gzip.compress(data, 1)))
    if writer != 'minimega':
        problems += compare(zipped, {'format': format_of(writer), 'packets': len(want), 'duration': end})
        with open(path, 'rb') as f:
            problems += compare(probe('pipe:', stdin=f), {'format': format_of(writer), 'packets': len(want)})
    problems += check_seeks(path, times)
    return rec.report(f'{name} as {writer}', problems)


def md5s(options, path):
    done = rec.ffmpeg(options, path, ['-f', 'framemd5'])
    return [line.split(',')[5].strip() for line in done.stdout.decode().splitlines() if not line.startswith('#')]


def check_seeks(path, times):
    """After a seek there comes what would have come without it."""
    whole = md5s([], path)
    for part in (0.3, 0.8):
        target = times[0] + int((times[-1] - times[0]) * part)
        got = md5s(['-ss', f'{(target - times[0]) / 1000:.3f}'], path)
        rest = [m for m, t in zip(whole, times) if t > target]
        if got[-len(rest):] != rest if rest else not got:
            yield f'other pictures after a seek to {target} ms: {len(got)} and not {len(rest)}'


SESSIONS = {    # the recordings, and what can hold them
    'tiger_text_tight_nojpeg': [w for w in mk.WRITERS if w != 'minimega'],
    'tiger_drag_hextile': ['node', 'flashlight', 'vnclog0.0-8', 'vnclog0.4-16', 'rbs', 'novnc-base64'],
    'qemu_boot_zrle_native': ['stale', 'universe', 'vnclog0.4-8', 'novnc-utf8'],
    'qemu_boot_zlib_wmvi_audio': ['vnclog0.0-16', 'vnclog0.4-16', 'novnc'],
    'tight_map8_hextile': ['vnclog0.4-8', 'novnc'],
}


def check_sessions(pool):
    jobs = [(name, writer) for name, writers in SESSIONS.items() for writer in writers]
    return list(pool.map(lambda job: check_writer(*job), jobs))


# --- what the client of a noVNC recording asks for -------------------------------------------------

BGRX = bytes.fromhex('20180001 00ff00ff00ff 100800 000000')


def declare(session, pixel_format):
    """The same session, its ServerInit saying something else."""
    return mk.Session(session.init[:4] + pixel_format + session.init[20:], session.messages, session.end)


def set_pixel_format(session, more=b''):
    return bytes(4) + session.init[4:20] + more


def check_client_first():
    """What a client asks for at once is what the session has."""
    source = rec.sample('tiger_pf_tight_565.fbs')
    session, want = mk.read(source), rec.expected(source)
    frames = mk.frames_of(declare(session, BGRX))
    at = next(i for i, f in enumerate(frames) if f[2][24:] == session.init[24:]) + 1
    frames.insert(at, ('}', 0, set_pixel_format(session, b'\2\0\0\1' + bytes(4))))
    path = store('client-first.js', mk.novnc(frames))
    times = [ms for ms, message, _ in session.messages if message[0] == 0]
    problems = check_pictures(path, want, times) + list(check_seeks(path, times))
    return rec.report('novnc with a format from the client', problems)


def check_client_later(name, where):
    """A client that changes its mind while a message is under way."""
    one, two = (rec.sample(n) for n in ('tiger_pf_tight_565.fbs', 'tiger_pf_zrle_555.fbs'))
    first, second = mk.read(one), mk.read(two)
    want = rec.expected(one) + rec.expected(two)
    offset = first.end + 100
    later = [(ms + offset, data, rects) for ms, data, rects in second.messages]
    times = [ms for ms, data, _ in first.messages + later if data[0] == 0]
    both = mk.Session(first.init, first.messages + later, second.end + offset)
    frames = mk.frames_of(both)
    # the last message of the first format is frames[i] and frames[i + 1]
    i = len(mk.frames_of(first)) - 4
    ask = ('}', 0, b'\3\1' + bytes(8) + set_pixel_format(second)[:9])
    rest = ('}', 0, set_pixel_format(second)[9:])
    if where == 'middle':
        frames[i + 1:i + 1] = [ask, rest]
    elif where == 'joined':     # the string that ends that message also begins the next one
        frames[i + 1:i + 5] = [ask, rest, ('{', later[0][0], frames[i + 1][2] + later[0][1])]
    else:
        frames[i + 2:i + 2] = [ask, rest]
        frames[i + 5:i + 6] = [('{', later[0][0], bytes([b])) for b in frames[i + 5][2][:9]] + [
            ('{', later[0][0], frames[i + 5][2][9:])]
    path = store(f'client-{where}.js', mk.novnc(frames))
    extra = where == 'bytes'    # the header is in pieces: an update of its own
    got, done = rec.pictures(path)
    if extra and len(got) == len(want) + 1:
        n = len(rec.expected(one))
        problems = [] if got[n][2] == got[n - 1][2] else ['the extra update shows something']
        del got[n]
    else:
        problems = [] if len(got) == len(want) else [f'{len(got)} pictures, not {len(want)}']
    problems += [f'update {n}: md5 {g[2]}' for n, (g, w) in enumerate(zip(got, want))
                 if g[2] not in w.md5 and 'u' not in w.flags]
    if done.stderr:
        problems.append(done.stderr.decode()[:200])
    if not extra:
        problems += check_seeks(path, times if where != 'joined' else [
            t if k != len(rec.expected(one)) - 1 else later[0][0] for k, t in enumerate(times)])
    return rec.report(name, problems)


def check_clients():
    return [check_client_first(),
            check_client_later('novnc, new format within a message', 'middle'),
            check_client_later('novnc, new format within a string', 'joined'),
            check_client_later('novnc, new format before a header in pieces', 'bytes')]


# --- writing FBS ----------------------------------------------------------------------------------

def copy(source, *options, output=()):
    """ffmpeg -c copy into an FBS file that is not there to be rewound; returns its bytes."""
    return subprocess.run([f'{rec.BUILD}/ffmpeg', '-v', 'error', '-nostdin', *options, '-i', source, '-c', 'copy',
                           *output, '-f', 'fbs', '-'], capture_output=True, timeout=120)


def not_portable(raw):
    """What in an FBS file some reader cannot read."""
    at, last, data, ends = 12, 0, b'', set()
    if raw[:12] != b'FBS 001.000\n':
        yield 'another version'
    while at < len(raw):
        size, = struct.unpack_from('>I', raw, at)
        padding = -size % 4
        end = at + 4 + size
        if not 0 < size <= 65536:
            yield f'a block of {size} bytes'
        if raw[end:end + padding] != bytes(padding):
            yield f'padding at {end} is not zero'
        ms, = struct.unpack_from('>I', raw, end + padding)
        if ms < last:
            yield f'time runs backwards at {end}'
        data, last = data + raw[at + 4:end], ms
        ends.add(len(data))
        at = end + padding + 4
    if at != len(raw):
        yield 'the last block is cut'
    if data[:16] != b'RFB 003.003\n\0\0\0\1':
        yield f'handshake {data[:16]}'
    init = data[16:40 + struct.unpack_from('>I', data, 36)[0]]
    walker = mk.Walker(data, 16 + len(init), init)
    if walker.at not in ends:
        yield 'no block ends with the handshake'
    while walker.at < len(data):
        start = walker.at
        walker.message()
        if walker.at - start > 65536 and start not in ends:
            yield f'a block begins before the large message at {start}'
        if not any(e in ends for e in range(walker.at, min(walker.at + 65536, len(data)) + 1)):
            yield f'message at {start}'


def check_copy(name):
    source = rec.sample(name)
    done = copy(source, '-max_fps', '0')
    path = store(name + '-copy.fbs', done.stdout)
    before, after = probe(source), probe(path)
    problems = [f'ffmpeg: {done.stderr.decode()[:200]}'] if done.returncode else []
    problems += not_portable(done.stdout)
    problems += compare(after, {key: before[key] for key in ('duration', 'packets', 'width', 'height', 'title')})
    if rec.pictures(source)[0] != rec.pictures(path)[0]:
        problems.append('other pictures or times')
    again = copy(path, '-max_fps', '0')
    if again.stdout != done.stdout:
        problems.append('copied once more it is not the same')
    return rec.report(f'{name} copied', problems)


def check_cut(name, start, length):
    """A part begins with the picture that was there, at once, and has all that follows."""
    source = rec.sample(name)
    done = copy(source, '-max_fps', '0', '-ss', str(start), output=('-t', str(length)))
    path = store(name + '-cut.fbs', done.stdout)
    problems = list(not_portable(done.stdout))
    whole = rec.pictures(source)[0]
    first = [md5 for ms, _, md5 in whole if ms <= start * 1000][-1]
    want = [(round(ms - start * 1000), md5) for ms, _, md5 in whole
            if start * 1000 < ms < (start + length) * 1000]
    got = [(ms, md5) for ms, _, md5 in rec.pictures(path)[0]]
    if not got or [md5 for ms, md5 in got if ms == 0][-1] != first:
        problems.append('it begins with another picture')
    if [g for g in got if g[0] > 0] != want:
        problems.append(f'{len([g for g in got if g[0] > 0])} pictures follow, or other ones, not {len(want)}')
    return rec.report(f'{name} cut', problems)


def check_refused():
    done = subprocess.run([f'{rec.BUILD}/ffmpeg', '-v', 'error', '-nostdin', '-y', '-i',
                           rec.sample('tight_map8_tight.fbs'), '-c:v', 'rawvideo', '-f', 'fbs', os.devnull],
                          capture_output=True, timeout=60)
    return rec.report('other video refused', [] if done.returncode and b'RFB' in done.stderr else
                      [f'status {done.returncode}: {done.stderr.decode()[:200]}'])


def check_muxer():
    names = ['tiger_text_tight_nojpeg.fbs', 'qemu_boot_zrle_native.fbs', 'tight_map8_hextile.fbs',
             'tiger_idle60_zrle.fbs']
    good = [check_copy(name) for name in names] + [check_refused()]
    for name in ('qemu_minimega_full.fb', 'wild/websockify-record.js', 'wild/vncrec04.vnc'):
        if rec.sample(name):
            path = store(os.path.basename(name), copy(rec.sample(name), '-max_fps', '0').stdout)
            same = rec.pictures(rec.sample(name))[0] == rec.pictures(path)[0]
            good.append(rec.report(f'{name} as FBS', [] if same else ['other pictures or times']))
        else:
            print(f'skip {name} as FBS - not in $SAMPLES')
    good.append(check_cut('tiger_text_tight_nojpeg.fbs', 2, 2))
    good.append(check_cut('qemu_boot_zrle_native.fbs', 1.5, 100))
    return good


# --- times and formats that are not what they seem --------------------------------------------------

RGB565 = bytes.fromhex('10100001 001f003f001f 0b0500 000000')


def check_wrap():
    """A counter that did not begin with the recording, and wraps in it."""
    source = rec.sample('tiger_text_tight_nojpeg.fbs')
    session, want = mk.read(source), rec.expected(source)
    first = 2**32 - 2500
    late = mk.Session(session.init, [(ms + first, data, rects) for ms, data, rects in session.messages],
                      session.end + first)
    raw = b'FBS 001.000\n' + b''.join(
        struct.pack('>I', len(data)) + data + bytes(-len(data) % 4) + struct.pack('>I', ms % 2**32)
        for ms, data in [(first, session.handshake), *((ms, data) for ms, data, _ in late.messages)])
    path = store('wrap.fbs', raw)
    last = session.messages[-1][0]
    problems = compare(probe(path), {'start': first, 'duration': last, 'packets': len(want)})
    problems += check_pictures(path, want, [ms for ms, data, _ in session.messages if data[0] == 0])
    problems += check_seeks(path, [ms for ms, data, _ in session.messages if data[0] == 0])
    return rec.report('a counter that wraps', problems)


def cut_text(size):
    return b'\3\0\0\0' + struct.pack('>I', size)


def check_huge(name, *, gap, cut=0, slack=0):
    """More than a gigabyte, most of which is not there: the duration comes without reading it all."""
    path = os.path.join(FOLDER.name, 'huge.fbs')
    session = mk.read(rec.sample('tiger_text_tight_nojpeg.fbs'))
    blocks, size = [], 0
    raw = mk.fbs_padded(session)
    size = 48 << 20
    with open(path, 'wb') as f:
        f.write(raw)
        for i in range(24):         # clipboards of zeros
            f.write(struct.pack('>I', size) + cut_text(size - 8))
            f.seek(size - 8, 1)
            f.write(struct.pack('>I', session.end + i * gap))
        end = session.end + 23 * gap
        for i in range(40):
            end += 10
            f.write(struct.pack('>I', 1004) + cut_text(996) + bytes([i]) * 996 + struct.pack('>I', end))
        if cut:
            f.truncate(f.tell() - cut)
            end -= 10
    got = probe(path, '-read_intervals', '%+#1')
    os.unlink(path)
    problems = [] if abs(got['duration'] - end) <= slack else [f'duration {got["duration"]}, not {end}']
    return rec.report(name, problems)


def declared(name, pixel_format):
    """A file whose ServerInit says something else than what its pixels are."""
    path = rec.sample(name)
    with open(path, 'rb') as f:
        raw = f.read()
    init = b''.join(data for data, _ in rec.blocks(path))[20:36]
    return store(name, raw.replace(init, pixel_format, 1))


def check_guess(name, wrong, found, options=(), writer=None):
    source = rec.sample(name)
    path = declared(name, wrong)
    if writer:
        session = mk.read(source)
        path = store(f'{name}-{writer}', mk.write(writer, declare(session, wrong)))
    got, done = rec.pictures(path, options)
    want = rec.expected(source)
    problems = [] if len(got) == len(want) else [f'{len(got)} pictures, not {len(want)}']
    problems += [f'update {n}: md5 {g[2]}' for n, (g, w) in enumerate(zip(got, want))
                 if g[2] not in w.md5 and 'u' not in w.flags]
    if f'taking it for {found} ' not in done.stderr.decode():
        problems.append(f'it says: {done.stderr.decode()[:200]}')
    return rec.report(f'{name}{" as " + writer if writer else ""} is {found}', problems)


def check_guesses():
    auto = ['-pixel_format', 'auto']
    good = [check_guess('tiger_pf_tight_565.fbs', BGRX, 'rgb565le'),
            check_guess('tiger_pf_tight_565.fbs', BGRX, 'rgb565le', writer='vnclog0.4-16'),
            check_guess('tiger_pf_tight_565.fbs', BGRX, 'rgb565le', writer='rbs'),
            check_guess('tiger_pf_hextile_233.fbs', BGRX, 'bgr233'),
            check_guess('tight_map8_tight.fbs', BGRX, 'map8', auto),
            check_guess('tiger_drag_tight.fbs', RGB565, 'bgrx8888', auto),
            check_guess('qemu_boot_hextile_be565.fbs', BGRX, 'rgb565be', auto)]
    known = [p for p in rec.with_pictures() if p.endswith('.fbs') and 'unpatched' not in p]
    doubted = [rec.name_of(p) for p in known if b'taking it' in rec.ffmpeg(
        auto, p, ['-frames:v', '1', '-f', 'null']).stderr]
    good.append(rec.report('right formats are not doubted', doubted))
    path = rec.sample('variants/qemu_memtest_tight_222.unpatched.fbs')
    if not path:
        print('skip qemu_memtest_tight_222.unpatched - not in $SAMPLES')
        return good
    plain, guessed = ([row[2] for row in rec.pictures(path, ['-pixel_format', f])[0]] for f in ('bgrx8888', 'auto'))
    with open(rec.stem(path) + '.md5') as lines:
        want = [line.split()[6] for line in lines if not line.startswith('#')]
    problems = [] if plain == want else ['as declared it gives other pictures']
    if not all(g in w.md5 for g, w in zip(guessed, rec.expected(path))) or len(guessed) != 20:
        problems.append(f'guessed, it gives {len(guessed)} pictures, or other ones')
    return good + [rec.report('qemu_memtest_tight_222.unpatched', problems)]


def check_seeming():
    return [check_wrap(), check_huge('more than a gigabyte', gap=1000),
            check_huge('more than a gigabyte, cut short', gap=1000, cut=500), *check_guesses()]


def main():
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        good = check_sessions(pool)
    good += check_clients()
    good += check_muxer()
    good += check_seeming()
    sys.exit(not all(good))


if __name__ == '__main__':
    main()
