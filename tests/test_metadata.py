#!/usr/bin/env python3
"""What ffprobe tells of a session beside its pictures: title, writer, date, clipboard and bells."""
import json
import os
import re
import struct
import sys
import tempfile
import time
import zlib

import mkcontainers
import recordings as rec
from fakeserver import BGRX, FakeServer, plain, rect, update

SAMPLE = 'tests/samples/tiger_drag_tight.fbs'
BELL = b'\2'


def cut_text(text):
    return b'\3\0\0\0' + struct.pack('>i', len(text)) + text


def extended(flags, data=b''):
    return b'\3\0\0\0' + struct.pack('>iI', -4 - len(data), flags) + data


def provide(text, formats=1):
    """Extended clipboard, action provide."""
    return extended(1 << 28 | formats, zlib.compress(struct.pack('>I', len(text)) + text))


def name(text):
    return update(rect(0, 0, 0, 0, -307, struct.pack('>I', len(text)) + text))


def picture(n):
    return update(plain(0, 0, 16, 8, (n, n, n)))


def write(path, blocks, title=b'desk'):
    """blocks: (ms, bytes) each"""
    init = struct.pack('>HH', 16, 8) + BGRX + struct.pack('>I', len(title)) + title
    with open(path, 'wb') as f:
        f.write(b'FBS 001.000\n')
        for ms, data in [(0, b'RFB 003.003\n\0\0\0\1' + init), *blocks]:
            f.write(struct.pack('>I', len(data)) + data + bytes(-len(data) % 4) +
                    struct.pack('>I', ms))
    return path


def probe(path, *options):
    done = rec.run([f'{rec.BUILD}/ffprobe', '-v', 'error', *options, '-of', 'json', '-show_format',
                    '-show_packets', '-show_streams', path])
    return json.loads(done.stdout.decode() or '{}')


def tags(path, *options):
    return probe(path, *options).get('format', {}).get('tags', {})


def events(path, *options):
    """(ms, tag, text) of the events' stream"""
    return [(p['pts'], *item) for p in probe(path, '-events', '1', *options)['packets']
            if p['codec_type'] == 'subtitle' for item in p['tags'].items()]


def on_pictures(path, *options):
    """(ms, tags) of the packets of pictures that have some"""
    return [(p['pts'], p['tags']) for p in probe(path, *options)['packets']
            if p['codec_type'] == 'video' and 'tags' in p]


def check(what, got, want):
    return rec.report(what, [] if got == want else [f'{str(got)[:300]}, not {str(want)[:300]}'])


# --- of the whole --------------------------------------------------------------------------------

def test_titles(folder):
    path = os.path.join(folder, 'title.fbs')
    for what, raw, want in (('ASCII', b"root's X desktop", "root's X desktop"),
                            ('UTF-8', 'Bücher – 日本'.encode(), 'Bücher – 日本'),
                            ('Latin-1', 'Müller'.encode('latin-1'), 'Müller'), ('none', b'', None),
                            ('with a zero behind it', b'host:0\0', 'host:0')):
        check(f'title, {what}', tags(write(path, [(0, picture(1))], raw)).get('title'), want)


def test_writers(folder):
    session = mkcontainers.read(SAMPLE)
    first = session.messages[0][0]
    start = f'2023-11-14T22:13:20.{first:03}000Z'       # 1700000000 s
    universe = '2018-01-27T16:54:19.654553Z'            # date -ud @1517072059.654553
    # minimega has Raw rectangles only
    raw = mkcontainers.read(write(os.path.join(folder, 'raw.fbs'), [(0, picture(1)), (900, picture(2))]))
    for kind, writer, created in (
            ('fbs', None, None), ('node', 'node-rfb2', None), ('universe', 'OpenAI Universe', universe),
            ('flashlight', 'Flashlight-VNC', None), ('vnclog0.0-8', None, start),
            ('vnclog0.0-16', 'vncrec', start), ('vnclog0.4-8', 'vncrec', start),
            ('rbs', 'vncproxy', None), ('minimega', 'minimega', None)):
        path = os.path.join(folder, kind)
        with open(path, 'wb') as f:
            f.write(mkcontainers.write(kind, raw if kind == 'minimega' else session))
        found = tags(path)
        check(f'writer of {kind}', (found.get('encoder'), found.get('creation_time')), (writer, created))


# --- events --------------------------------------------------------------------------------------

def test_events(folder):
    path = write(os.path.join(folder, 'events.fbs'), [
        (0, picture(1)), (1000, cut_text('Grüße'.encode('latin-1'))), (1500, BELL),
        (2000, cut_text('日本'.encode())), (5000, picture(2)), (6000, name(b'vim')),
        (7000, provide('größer\r\nals Latin-1: €\0'.encode())), (7500, extended(1 << 27 | 1)),
        (7600, extended(1 << 24 | 1, struct.pack('>I', 9))), (7700, provide(b'<b>', formats=2)),
        (8000, picture(3)), (9000, cut_text(b'')), (9500, cut_text(b'last'))])
    want = [(1000, 'clipboard', 'Grüße'), (1500, 'bell', '1'), (2000, 'clipboard', '日本'),
            (6000, 'title', 'vim'), (7000, 'clipboard', 'größer\nals Latin-1: €'),
            (9000, 'clipboard', ''), (9500, 'clipboard', 'last')]
    check('events have their own times', events(path), want)
    check('packets of pictures have them as tags', on_pictures(path),
          [(5000, {'clipboard': '日本', 'bell': '1'}), (6000, {'title': 'vim'}),
           (8000, {'clipboard': 'größer\nals Latin-1: €'})])
    check('and with the events stream, too', on_pictures(path, '-events', '1'), on_pictures(path))
    check('no stream unless asked for', [s['codec_name'] for s in probe(path)['streams']], ['rfb'])
    check('its codec', [s['codec_name'] for s in probe(path, '-events', '1')['streams']],
          ['rfb', 'text'])
    check('after a seek', events(path, '-read_intervals', '6.5'), [e for e in want if e[0] >= 6500])
    check('idle time taken out', [e[0] for e in events(path, '-max_gap', '500')],
          [500, 500, 500, 1000, 1500, 2000, 2000])
    done = rec.run([f'{rec.BUILD}/ffmpeg', '-v', 'error', '-events', '1', '-i', path, '-map', '0:s', '-f', 'srt',
                    '-'])
    srt = re.findall(r'(\d\d:\d\d:\d\d,\d{3}) -->.*\n((?:.+\n)+)', done.stdout.decode())
    check('as subtitles', srt[:3], [('00:00:01,000', 'Clipboard: Grüße\n'), ('00:00:01,500', 'Bell\n'),
                                    ('00:00:02,000', 'Clipboard: 日本\n')])
    with_events, _ = rec.pictures(path, ['-events', '1'])
    check('the pictures are the same', with_events, rec.pictures(path)[0])
    frames = rec.run([f'{rec.BUILD}/ffprobe', '-v', 'error', '-show_frames', '-of', 'json', path])
    check('frames have the tags', [f['tags'] for f in json.loads(frames.stdout)['frames'] if 'tags' in f],
          [t for _, t in on_pictures(path)])
    done = rec.run([f'{rec.BUILD}/tests/readpackets', path, '60'])
    check('a new title is announced', done.stdout.decode().splitlines()[:1], ['vim'])


def test_crowded(folder):
    """Events and updates in one block, as vncproxy writes it."""
    block = b''.join(picture(n) + cut_text(b'%d' % n) for n in range(10))
    path = write(os.path.join(folder, 'crowded.fbs'), [(0, picture(0)), (5000, block), (5001, BELL)])
    got = events(path, '-max_fps', '0')
    check('events of a large block keep their order', [e[2] for e in got],
          [str(n) for n in range(10)] + ['1'])
    pictures = [p['pts'] for p in probe(path, '-max_fps', '0')['packets']][1:]
    check('and their places between its updates', [e[0] for e in got],
          [*pictures[1:], 5000, 5001])


def test_sample():
    """Real texts, found by another walk over the messages."""
    want = [(ms, 'clipboard', data[8:].decode('latin-1')) for ms, data, _ in mkcontainers.read(SAMPLE).messages
            if data[0] == 3]
    check('what was selected while Xvnc was recorded', events(SAMPLE), want)
    rec.report('there is something in it', [] if len(want) > 5 else [f'{len(want)} texts'])


def test_floods(folder):
    """Too much is left out, with a word, and in bounded memory."""
    for what, block in (('bells', BELL * 300000), ('texts', cut_text(b'x' * 100) * 3000),
                        ('large texts', cut_text(b'\xff' * 400000) * 20),
                        ('a bomb', provide(bytes(50 << 20)) * 3), ('no zlib', extended(1 << 28 | 1, b'junk')),
                        ('short', extended(1 << 28 | 1)), ('shorter', b'\3\0\0\0' + struct.pack('>i', -2) + b'12'),
                        ('names', name(b'x' * 60000) * 20)):
        path = write(os.path.join(folder, 'flood.fbs'), [(0, picture(0)), (100, block), (200, picture(1))])
        done = rec.run([f'{rec.BUILD}/tests/readpackets', path, '60'])
        rec.report(f'flood of {what}', [] if not done.returncode and b'runtime' not in done.stderr and
                   int(done.stdout.split()[-2]) < 5000 else [done.stderr.decode()[-1000:]])
    path = write(os.path.join(folder, 'flood.fbs'), [(0, picture(0)), (9, cut_text(b'x') * 999 + picture(1))])
    done = rec.run([f'{rec.BUILD}/ffmpeg', '-v', 'warning', '-i', path, '-f', 'null', '-'])
    rec.report('what is left out is told', [] if b'871 messages about clipboard' in done.stderr
               else [done.stderr.decode()])


def test_live(folder):
    """A server's clipboard comes at once, although the screen stands still."""
    def script(s):
        s.start(16, 8)
        s.send(picture(1))
        s.wait()
        time.sleep(1)
        s.send(cut_text(b'copied') + BELL)
        time.sleep(1)
        s.send(name('späht'.encode()) + picture(2))
        s.wait()

    with FakeServer(script) as server:
        found = probe(server.url, '-events', '1')
    got = [(p['pts'], p['codec_type'], p['tags']) for p in found['packets'] if 'tags' in p]
    # pictures get them at the next heartbeat
    plain_tags = [(kind, t) for _, kind, t in got]
    times = [ms for ms, _, _ in got]
    rec.report('live events', [] if plain_tags == [
        ('subtitle', {'clipboard': 'copied'}), ('subtitle', {'bell': '1'}),
        ('video', {'clipboard': 'copied', 'bell': '1'}), ('subtitle', {'title': 'späht'}),
        ('video', {'title': 'späht'})] and 800 < times[0] < 1600 and 1800 < times[-1] < 3000
        else [str(got)])


def main():
    sys.stdout.reconfigure(line_buffering=True)
    with tempfile.TemporaryDirectory() as folder:
        test_titles(folder)
        test_writers(folder)
        test_events(folder)
        test_crowded(folder)
        test_sample()
        test_floods(folder)
        test_live(folder)


if __name__ == '__main__':
    main()
