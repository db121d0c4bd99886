#!/usr/bin/env python3
"""rfbplay serve, as programs see it: every URL, every error, and what must never be served."""
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

import recordings as rec
import server
from server import Server, error_of, picture, pixels

DRAG, IDLE = 'tiger_drag_tight.fbs', 'tiger_idle60_zrle.fbs'
RESIZE, MAP = 'tiger_resize_zrle_extds.fbs', 'tight_map8_hextile.fbs'


def times_of(name):
    return [e.time for e in rec.expected(rec.sample(name))]


def want(problem, condition):
    if not condition:
        yield problem


def status(s, url, code, text='', **headers):
    got, _, body = s.get(url, **headers)
    if got != code:
        yield f'{url}: status {got}, not {code}: {body[:80]}'
    elif text not in body.decode(errors='replace'):
        yield f'{url}: "{text}" is not in {body[:200]}'


# --- pages ---

def check_lists(s, folder):
    code, head, body = s.get('/')
    text = body.decode()
    yield from want(f'status {code}', code == 200)
    # minimega's form
    for name in (DRAG, IDLE, 'sub/', 'odd%20%231%3F%25.fbs', './a%3Ab.fbs'):
        yield from want(f'no link to {name}', f'<a href="{name}">' in text)
    for name in ('secret', '.hidden', 'notes.txt', 'outside', 'fifo'):
        yield from want(f'{name} is listed', name not in text)
    yield from want('no policy', "default-src 'none'" in head['content-security-policy'])
    code, head, _ = s.get('/sub')
    yield from want(f'/sub: {code} {head.get("location")}', (code, head.get('location')) == (301, '/sub/'))
    code, head, _ = s.get('//sub')
    yield from want(f'//sub leads to {head.get("location")}', head.get('location') == '/sub/')
    yield from status(s, '/sub/', 200, f'<a href="{MAP}">')
    yield from status(s, '/sub/none/', 404)
    yield from status(s, f'/{DRAG}?play', 200, '<canvas')
    yield from status(s, '/.rfbplay/app.css', 200)
    yield from status(s, '/.rfbplay/none.js', 404)
    yield from status(s, '/healthz', 200, 'ok')
    yield from status(s, '/odd%20%231%3F%25.fbs?t=1', 200, 'PNG')
    for name in ('app.css', 'list.js', 'watch.js', 'icon.svg'):
        _, head, body = s.get('/.rfbplay/' + name)
        code, _, rest = s.get('/.rfbplay/' + name, if_none_match=head['etag'])
        yield from want(f'{name} again: {code}', code == 304 and not rest)
        yield from want(f'{name} wants something from elsewhere',
                        b'://' not in body.replace(b'http://www.w3.org', b''))


def check_escapes(s, folder):
    """Nothing outside, by any spelling; nothing that hangs or lies."""
    for url in ('/../secret', '/%2e%2e/secret', '/sub/../../secret', '/sub/%2e%2e/%2e%2e/secret',
                '/..%2fsecret', '/%2e%2e%2fsecret', '//etc/passwd', '/./secret', '/.hidden.fbs',
                '/outside/secret.fbs', '/outside.fbs', '/proc.fbs', '/fifo', '/sub/' + 'a/' * 3000,
                '/' + 'x' * 5000, '/%ff%fe.fbs', '/tiger_drag_tight.fbs/', '/\\..\\secret',
                '/sub/..;/secret', '/%252e%252e/secret'):
        for query in ('', '?raw', '?t=1'):
            code, _, body = s.get(url + query)
            if code not in (400, 404, 414, 431) or b'SECRET' in body:
                yield f'{url[:60]}{query}: {code} {body[:60]}'
    for prefix in ('/api/recordings/../secret', '/api/recordings/outside/secret.fbs'):
        code, _, body = s.get(prefix)
        yield from want(f'{prefix}: {code}', code == 404)
    yield from status(s, f'/{DRAG}%00.txt', 400)
    # a link that stays inside may be followed, where the kernel can tell
    code, _, _ = s.get('/inside.fbs?t=1')
    yield from want(f'/inside.fbs: {code}', code in (200, 404))
    yield from status(s, '/notes.txt', 404, 'no recording')
    yield from status(s, '/notes.txt?raw', 404)
    yield from status(s, '/unreadable.fbs', 403) if os.getuid() else []


def check_errors(s, folder):
    path = f'/{DRAG}'
    for query in ('t=x', 't=-1', 't=1&format=bmp', 't=1&scale=0x0', 't=1&scale=99999x2', 't=1&scale=-1x-1',
                  't=1&quality=101', 't=101%25', 'speed=0', 'speed=x', 'offset=1q', 'fps=0', 'quality=0',
                  'scale=-1', 'max_gap=x', 'format=exe', 't=1&scale=60000'):
        yield from status(s, f'{path}?{query}', 400)
    yield from status(s, path, 405, method='POST')
    yield from status(s, path, 405, method='DELETE')
    yield from status(s, '/damaged.fbs', 422, 'byte')
    yield from status(s, '/damaged.fbs?t=1', 422)
    yield from status(s, '/damaged.fbs', 422, '<h1>', accept='text/html')
    yield from status(s, '/empty.fbs', 404)
    for bad in (b'GET\r\n\r\n', b'\0\0\0\0\r\n\r\n', b'GET / HTTP/9.9\r\n\r\n', b'GET ' + b'/' * 70000):
        answer = s.raw(bad, 5)
        yield from want(f'{bad[:20]} gets {answer[:20]}', not answer.startswith(b'HTTP/1.1 200'))
    for host, right in (('localhost', 200), ('127.0.0.1:80', 200), ('[::1]:9004', 200), ('a.localhost', 200),
                        ('elsewhere.example', 421), ('localhost.example', 421), ('notlocalhost', 421)):
        yield from want(f'host {host}', s.get('/', host=host)[0] == right)
    # a script in a name stays a name
    code, _, body = s.get('/%3Cscript%3Ealert(1)%3C/script%3E', accept='text/html')
    yield from want('a script is echoed', code == 404 and b'<script>alert' not in body)


# --- pictures ---

def check_pictures(s, folder):
    for name in (DRAG, IDLE, RESIZE):
        path, times = os.path.join(folder, name), times_of(name)
        for t in {0, times[len(times) // 2], times[len(times) // 3] + 7, times[-1]}:
            code, head, body = s.get(f'/{name}?t={t / 1000}&cursor=0')
            yield from want(f'{name} at {t}: {code} {head["content-type"]}',
                            (code, head['content-type']) == (200, 'image/png'))
            yield from want(f'{name} at {t}: another picture', pixels(body) == picture(path, t))
    t = 3000
    shown = picture(os.path.join(folder, DRAG), t)
    for query, kind, bound in (('format=webp', 'image/webp', 0), ('format=webp&quality=80', 'image/webp', 60),
                               ('format=jpeg', 'image/jpeg', 10), ('format=jpg&quality=50', 'image/jpeg', 100)):
        code, head, body = s.get(f'/{DRAG}?t=3s&cursor=0&{query}')
        error = error_of(pixels(body), shown)
        yield from want(f'{query}: {code} {head["content-type"]}, error {error}',
                        code == 200 and head['content-type'] == kind and error <= bound)
        code, _, rest = s.get(f'/{DRAG}?t=3s&cursor=0&{query}', if_none_match=head['etag'])
        yield from want(f'{query} again: {code}', code == 304 and not rest)
    for scale, size in (('0.5', (400, 300)), ('200', (200, 150)), ('320x-1', (320, 240)),
                        ('100x100', (100, 100)), ('-1x60', (80, 60)), ('2', (1600, 1200))):
        _, _, body = s.get(f'/{DRAG}?t=3&scale={scale}')
        yield from want(f'scale={scale}: {len(pixels(body))} bytes', len(pixels(body)) == size[0] * size[1] * 3)
    _, _, body = s.get(f'/sub/{MAP}?t=100&cursor=0')
    yield from want('colour map: another picture',
                    pixels(body) == picture(rec.sample(MAP), max(times_of(MAP))))


def check_steps(s, folder):
    """Steps lead from update to update."""
    times = times_of(IDLE)
    for at in range(len(times)):
        for step, t in ((1, times[min(at + 1, len(times) - 1)]), (-1, times[max(at - 1, 0)])):
            code, head, _ = s.get(f'/{IDLE}?t={times[at] / 1000}&step={step}')
            if code != 200 or int(head['x-recording-time']) != t:
                yield f'{step} from {times[at]}: {head.get("x-recording-time")}, not {t}'
    middle = times[3] + 5
    _, head, _ = s.get(f'/{IDLE}?t={middle / 1000}&step=-1')
    yield from want(f'back from {middle}: {head["x-recording-time"]}',
                    int(head['x-recording-time']) == times[3])


# --- streams ---

def check_stream(s, folder):
    """Every picture comes when it is due and is the one of its time."""
    stream = s.stream(f'/{DRAG}?stream&cursor=0&quality=95&offset=5s')
    path, end = os.path.join(folder, DRAG), times_of(DRAG)[-1]
    seen = list(stream.pictures())
    yield from want('it did not end', stream.ended)
    yield from want(f'it begins at {seen[0][1]} ms', seen[0][1] == 5000)
    yield from want(f'it ends at {seen[-1][1]} ms, not {end}', seen[-1][1] == end)
    for clock, ms, _, jpeg in seen[::12] + seen[-1:]:
        if not -0.02 < clock - (ms - 5000) / 1000 < 1:
            yield f'the picture of {ms} ms came {clock:.2f} s behind the start'
        error = error_of(pixels(jpeg), picture(path, ms))
        if error > 3:
            yield f'{ms} ms: another picture, error {error:.1f}'


def check_mjpeg(s, folder):
    """minimega's URL, as a browser reads it."""
    for query, first, last in (('offset=6s', 6, 8.3), ('offset=6000ms&speed=4', 6, 8.3)):
        start = time.time()
        stream = s.stream(f'/{DRAG}?{query}&cursor=0')
        kind = stream.response.getheader('Content-Type')
        parts = list(stream.parts())
        took = time.time() - start
        speed = 4 if 'speed' in query else 1
        yield from want(f'type {kind}', kind.startswith('multipart/x-mixed-replace'))
        yield from want(f'{query}: {len(parts)} pictures', len(parts) >= 5)
        yield from want(f'{query}: took {took:.2f} s', (last - first) / speed - 0.2 < took < 6)
        error = error_of(pixels(parts[-1][1]), picture(os.path.join(folder, DRAG), times_of(DRAG)[-1]))
        yield from want(f'{query}: the last picture is another one, {error:.1f}', error < 30)
    stream = s.stream(f'/{DRAG}?fps=2&offset=6.2s')
    n = len(list(stream.parts()))
    yield from want(f'fps=2: {n} pictures in 2.1 s', 3 <= n <= 6)
    start = time.time()
    n = len(list(s.stream(f'/{IDLE}?max_gap=200ms', 20).parts()))
    yield from want(f'max_gap: {n} pictures in {time.time() - start:.1f} s',
                    n >= len(set(times_of(IDLE))) - 2 and time.time() - start < 8)
    stream, sizes = s.stream(f'/{RESIZE}?speed=20'), set()
    for _, jpeg in stream.parts():
        at = jpeg.find(b'\xff\xc0')
        sizes.add((int.from_bytes(jpeg[at + 7:at + 9], 'big'), int.from_bytes(jpeg[at + 5:at + 7], 'big')))
    yield from want(f'sizes {sizes}', {(800, 600), (1024, 768), (640, 480)} <= sizes)
    stream = s.stream(f'/{DRAG}?offset=8.2s&loop=1&stream', 2)
    times = [ms for _, ms, _, _ in stream.pictures()]
    stream.close()
    yield from want(f'loop: {times[:8]}', 8200 in times and any(t < 1000 for t in times))


def check_growing(s, folder):
    """A recording that is being written is followed to its end, its last picture at once."""
    with open(rec.sample(DRAG), 'rb') as f:
        data = f.read()
    path = os.path.join(folder, 'growing.fbs')
    out = open(path, 'wb')
    out.write(data[:9000])
    out.flush()
    state = json.loads(s.get('/api/recordings/growing.fbs')[2])['state']
    yield from want(f'state {state}', state == 'growing')
    stream = s.stream('/growing.fbs?stream&live&cursor=0&quality=95', 15)
    seen, wrote = [], []

    def write():
        for at in range(9000, len(data), 3111):     # blocks are cut anywhere
            time.sleep(0.05)
            out.write(data[at:at + 3111])
            out.flush()
        wrote.append(time.time() - stream.start)
        time.sleep(1.5)
        out.close()
    writer = threading.Thread(target=write)
    writer.start()
    for got in stream.pictures():
        seen.append(got)
    writer.join()
    yield from want('it did not end with the recording', stream.ended)
    yield from want(f'last picture {seen[-1][1]} ms', seen[-1][1] == times_of(DRAG)[-1])
    yield from want(f'the last picture came {seen[-1][0] - wrote[0]:.2f} s behind its bytes',
                    seen[-1][0] - wrote[0] < 1.2)
    error = error_of(pixels(seen[-1][3]), picture(path, seen[-1][1]))
    yield from want(f'the last picture is another one, {error:.1f}', error < 3)
    state = json.loads(s.get('/api/recordings/growing.fbs')[2])['state']
    yield from want(f'state {state} behind its end', state == 'complete')


# --- files and facts ---

def check_raw(s, folder):
    with open(os.path.join(folder, DRAG), 'rb') as f:
        data = f.read()
    url, n = f'/{DRAG}?raw', len(data)
    code, head, body = s.get(url)
    yield from want('other bytes', (code, body) == (200, data))
    yield from want('no name', DRAG in head['content-disposition'])
    for asked, first, last in (('0-99', 0, 99), ('100-', 100, n - 1), ('-50', n - 50, n - 1),
                               (f'{n - 1}-{n + 5}', n - 1, n - 1), (f'-{n + 9}', 0, n - 1)):
        code, head, body = s.get(url, range=f'bytes={asked}')
        yield from want(f'range {asked}: {code} {head.get("content-range")}',
                        (code, body, head.get('content-range')) ==
                        (206, data[first:last + 1], f'bytes {first}-{last}/{n}'))
    for asked in (f'{n}-', '-0'):
        code, head, _ = s.get(url, range=f'bytes={asked}')
        yield from want(f'range {asked}: {code}', (code, head['content-range']) == (416, f'bytes */{n}'))
    for asked in ('bytes=5-1', 'bytes=x', 'bytes=0-1,3-4', 'lines=1-2', 'bytes=--1'):
        yield from want(f'range {asked}', s.get(url, range=asked)[0] == 200)
    tag = s.get(url)[1]['etag']
    yield from want('If-Range', s.get(url, range='bytes=0-9', if_range='"other"')[0] == 200)
    yield from want('If-Range, right', s.get(url, range='bytes=0-9', if_range=tag)[0] == 206)
    code, _, body = s.get(url, method='HEAD')
    yield from want('HEAD', (code, body) == (200, b''))


def check_api(s, folder):
    found = json.loads(s.get('/api/recordings')[2])
    paths = {r['path'] for r in found['recordings']}
    yield from want(f'all: {sorted(paths)}', {DRAG, IDLE, f'sub/{MAP}', 'damaged.fbs'} <= paths)
    yield from want('what is none', not paths & {'notes.txt', 'outside.fbs', '.hidden.fbs'})
    top = json.loads(s.get('/api/recordings?recursive=0')[2])
    yield from want(f'folders {top["folders"]}', top['folders'] == ['sub'])
    sub = json.loads(s.get('/api/recordings/sub')[2])
    yield from want(f'sub: {sub}', {r['path'] for r in sub['recordings']} == {f'sub/{MAP}'})
    for name in (DRAG, IDLE, RESIZE):
        one = json.loads(s.get(f'/api/recordings/{name}')[2])
        rows = rec.expected(rec.sample(name))
        shown = {r[0]: r for r in [(e.time, e.width, e.height) for e in rows]}
        yield from want(f'{name}: {one["updates"]} updates', one['updates'] == len(rows))
        yield from want(f'{name}: size', one['size'] == os.path.getsize(os.path.join(folder, name)))
        yield from want(f'{name}: {one["width"]}x{one["height"]}',
                        (one['width'], one['height']) == (rows[0].width, rows[0].height))
        yield from want(f'{name}: at most', (one['max_width'], one['max_height']) ==
                        (max(r[1] for r in shown.values()), max(r[2] for r in shown.values())))
        end = max(ms for _, ms in rec.blocks(os.path.join(folder, name)) if ms is not None)
        yield from want(f'{name}: duration {one["duration"]}', one['duration'] == end / 1000)
        yield from want(f'{name}: {one["last_update"]}', one['last_update'] == rows[-1].time / 1000)
        yield from want(f'{name}: {one["state"]}', one['state'] == 'complete')
        activity = one['activity']
        busy = {r.time // round(activity['interval'] * 1000) for r in rows}
        yield from want(f'{name}: activity {activity}', busy ==
                        {i for i, b in enumerate(activity['bytes']) if b})
    # as the samples' list has it: Tight 630, VMwareCursorPos 74, RichCursor 16
    one = json.loads(s.get(f'/api/recordings/{DRAG}')[2])
    yield from want(f'encodings {one["encodings"]}',
                    one['encodings'].get('Tight') == 630 and 74 in one['encodings'].values() and
                    16 in one['encodings'].values())
    bad = json.loads(s.get('/api/recordings/damaged.fbs')[2])
    yield from want(f'damaged: {bad}', bad['state'] == 'unreadable' and bad['error'])
    broken = json.loads(s.get('/api/recordings/broken.fbs')[2])
    yield from want(f'broken: {broken}', broken['state'] == 'damaged' and 'byte' in broken['error'])
    yield from status(s, '/api/recordings/none.fbs', 404)
    yield from status(s, '/api/recordings/notes.txt', 404)
    _, _, body = s.get('/metrics')
    rows = dict(line.split() for line in body.decode().splitlines() if line[0] != '#')
    yield from want(f'metrics {rows}', float(rows['rfbplay_requests_total']) > 5 and
                    'rfbplay_connections' in rows)


def check_download(s, folder):
    """A video that starts at once and is as long as the recording."""
    for kind, codec in (('mp4', 'h264'), ('webm', 'vp9'), ('mkv', 'h264')):
        code, head, body = s.get(f'/{DRAG}?format={kind}&start=6s')
        with tempfile.NamedTemporaryFile() as f:
            f.write(body)
            f.flush()
            done = rec.run([f'{rec.BUILD}/ffprobe', '-v', 'error', '-of', 'json', '-show_streams',
                            '-show_packets', f.name])
        info = json.loads(done.stdout or b'{}')
        last = max([float(p['pts_time']) for p in info.get('packets', [])] or [-1])
        yield from want(f'{kind}: {code} {info.get("streams")}', code == 200 and
                        info['streams'][0]['codec_name'] == codec and info['streams'][0]['width'] == 800)
        yield from want(f'{kind}: it ends at {last}', 2.1 < last < 2.4)
        yield from want(f'{kind}: name', f'{DRAG}.{kind}' in head['content-disposition'])


def main():
    outer = tempfile.mkdtemp(prefix='rfbplay-')
    folder = os.path.join(outer, 'dir')
    os.makedirs(folder + '/sub')
    for name in (DRAG, IDLE, RESIZE):
        shutil.copy(rec.sample(name), folder)
    shutil.copy(rec.sample(MAP), folder + '/sub')
    for name in ('odd #1?%.fbs', 'a:b.fbs', '.hidden.fbs', '../secret.fbs'):
        shutil.copy(rec.sample(DRAG), os.path.join(folder, name))
    with open(rec.sample(DRAG), 'rb') as f:
        data = f.read()
    for name, text in (('notes.txt', b'SECRET notes'), ('empty.fbs', b''), ('../secret', b'SECRET'),
                       ('damaged.fbs', b'FBS 001.000\n' + b'\0\0\0\x40' + b'X' * 64 + b'\0' * 4),
                       ('broken.fbs', data[:30000] + b'\xff' * 40000)):
        with open(os.path.join(folder, name), 'wb') as f:
            f.write(text)
    for name, target in (('outside', '..'), ('outside.fbs', '../secret.fbs'), ('inside.fbs', DRAG),
                         ('proc.fbs', '/proc/self/environ'), ('loop', 'loop')):
        os.symlink(target, os.path.join(folder, name))
    os.mkfifo(os.path.join(folder, 'fifo'))
    good = []
    with Server(folder) as s:
        if not s.port:
            sys.exit(f'not ok server - it does not start: {s.said()}')
        for check in (check_lists, check_escapes, check_errors, check_pictures, check_steps,
                      check_stream, check_mjpeg, check_growing, check_raw, check_api,
                      check_download):
            try:
                problems = list(check(s, folder))
            except (OSError, AssertionError, KeyError, IndexError, ValueError) as e:
                problems = [f'{type(e).__name__}: {e}']
            if s.process.poll() is not None:
                problems.append(f'the server has ended: {s.process.returncode}')
            good.append(rec.report(check.__name__[6:], problems))
        code = s.stop()
        good.append(rec.report('stop', [] if code == 0 else [f'exit status {code}: {s.said()}']))
    shutil.rmtree(outer)
    sys.exit(not all(good))


if __name__ == '__main__':
    main()
