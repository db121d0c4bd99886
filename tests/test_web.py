#!/usr/bin/env python3
"""The web page in a real browser: Chromium, driven by web.mjs through playwright-core."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time

import recordings as rec
import server
from server import error_of, picture, pixels

PLAYWRIGHT = 'playwright-core@1.61.0'  # the last that runs with Debian 12's Node.js, 18
DRAG, IDLE = 'tiger_drag_tight.fbs', 'tiger_idle60_zrle.fbs'
NPM = os.path.join(os.path.dirname(os.path.abspath(rec.BUILD)) if os.path.basename(rec.BUILD) != 'build'
                   else os.path.abspath(rec.BUILD), 'npm')


def prepare():
    """@return the paths of playwright-core and Chromium, or why there are none"""
    chromium = shutil.which('chromium')
    missing = [p for p, found in (('chromium', chromium), ('node', shutil.which('node'))) if not found]
    module = os.path.join(NPM, 'node_modules', 'playwright-core')
    if missing:
        return None, 'no ' + ' and no '.join(missing)
    if not os.path.exists(module):
        if not shutil.which('npm'):
            return None, 'no npm to get playwright-core with'
        # its scripts would download browsers; Debian's is used
        done = rec.run(['npm', 'install', '--prefix', NPM, '--ignore-scripts', '--no-audit', '--no-fund',
                        '--no-save', PLAYWRIGHT], timeout=300)
        if done.returncode or not os.path.exists(module):
            return None, f'npm cannot get {PLAYWRIGHT}: {done.stderr.decode()[-200:].strip()}'
    return (module, chromium), None


def grow(out, path, data):
    """Go on writing when the browser says that it watches."""
    with open(path, 'ab') as f:
        until = time.time() + 120
        while not os.path.exists(out + '/grow') and time.time() < until:
            time.sleep(0.05)
        for at in range(20000, len(data), 1500):
            time.sleep(0.1)
            f.write(data[at:at + 1500])
            f.flush()


class Judge:
    def __init__(self, out, folder, results):
        self.out, self.folder, self.steps, self.errors = out, folder, results['steps'], results['errors']

    def shown(self, name):
        with open(f'{self.out}/{name}.rgb', 'rb') as f:
            return f.read()

    def exact(self, step, name, file):
        """What stands still is, pixel by pixel, what the decoder gives."""
        seen = self.steps[step][name if name != 'live' else 'last']
        if self.shown(name) != picture(os.path.join(self.folder, file), round(seen['time'] * 1000), True):
            yield f'{name}: at {seen["time"]} s the canvas has other pixels than the decoder'

    def want(self, what, condition):
        if not condition:
            yield what

    def check_list(self):
        l = self.steps['list']
        yield from self.want(f'cards {l["names"]}', set(l['names']) == {DRAG, IDLE, 'growing.fbs', 'broken.fbs', 'inner.fbs'})
        yield from self.want(f'folders {l["folders"]}', l['folders'] == ['sub/'])
        yield from self.want(f'{l["thumbs"]} thumbnails', l['thumbs'] == 5)
        yield from self.want(f'search finds {l["found"]}', l['found'] == [IDLE])
        yield from self.want(f'sorted {l["sorted"]}', l['sorted'] == ['broken.fbs', 'growing.fbs', 'inner.fbs', DRAG, IDLE])
        yield from self.want(f'nothing: {l["none"]}', 'Nothing' in l['none'])

    def check_play(self):
        p = self.steps['player']
        yield from self.exact('player', 'start', DRAG)
        path, t = os.path.join(self.folder, DRAG), p['playing']['time']
        # the picture before may still be on its way through the browser
        errors = [error_of(self.shown('playing'), picture(path, max(round((t - d) * 1000), 0), True))
                  for d in (0, 0.1, 0.2)]
        yield from self.want(f'at {t} s another picture plays, errors {errors}', min(errors) < 40)
        yield from self.want(f'speed {p["speed1"]:.2f} instead of 1', 0.8 < p['speed1'] < 1.2)
        yield from self.want(f'speed {p["speed4"]:.2f} instead of 4', 3 < p['speed4'] < 5)
        yield from self.want(f'ends at {p["end"]["time"]}, not {p["duration"]}', p['end']['time'] == p['duration'])
        yield from self.exact('player', 'end', DRAG)
        yield from self.want(f'no names: {p["unnamed"]}', not p['unnamed'])

    def check_pause_and_seek(self):
        p, times = self.steps['player'], [e.time for e in rec.expected(rec.sample(DRAG))]
        for name in ('paused', 'middle', 'stepped', 'back', 'clicked'):
            yield from self.exact('player', name, DRAG)
        middle = p['duration'] / 2
        yield from self.want('it goes on while paused', p['still'])
        yield from self.want(f'5 goes to {p["middle"]["time"]}', abs(p['middle']['time'] - middle) < 0.002)
        following = min(t for t in times if t > round(p['middle']['time'] * 1000))
        yield from self.want(f'. goes to {p["stepped"]["time"]}, not {following}',
                             round(p['stepped']['time'] * 1000) == following)
        before = max(t for t in times if t < following)
        yield from self.want(f', goes to {p["back"]["time"]}, not {before}',
                             round(p['back']['time'] * 1000) == before)
        yield from self.want(f'a click goes to {p["clicked"]["time"]}', abs(p['clicked']['time'] / p['duration'] - 0.25) < 0.02)
        yield from self.want(f'preview of {p["preview"]}', p['preview'].startswith('0:06'))

    def check_save(self):
        p = self.steps['player']
        with open(f'{self.out}/saved.png', 'rb') as f:
            saved = f.read()
        yield from self.want('the PNG is another picture', pixels(saved) ==
                             picture(os.path.join(self.folder, DRAG), round(p['saved'] * 1000), True))
        with open(f'{self.out}/saved.fbs', 'rb') as f, open(os.path.join(self.folder, DRAG), 'rb') as g:
            yield from self.want('the recording is other bytes', f.read() == g.read())
        done = rec.run([f'{rec.BUILD}/ffprobe', '-v', 'error', '-of', 'json', '-show_packets', f'{self.out}/saved.mp4'])
        times = [float(k['pts_time']) for k in json.loads(done.stdout or b'{}').get('packets', [])]
        yield from self.want(f'the video has {len(times)} pictures up to {max(times or [0])}',
                             len(times) > 60 and abs(max(times) - p['duration']) < 0.15)
        yield from self.want(f'names {p["save-png"]} {p["save-mp4"]}', p['save-mp4'] == DRAG + '.mp4' and
                             p['save-png'].endswith('.png'))
        yield from self.want(f'facts {p["facts"]}', 'Tight 630' in p['facts'] and '800×600' in p['facts'])

    def check_idle(self):
        i = self.steps['idle']
        yield from self.exact('idle', 'linked', IDLE)
        yield from self.want(f'the link leads to {i["linked"]["time"]}', i['linked']['time'] == 12.5)
        yield from self.want(f'42 s, mostly idle, took {i["took"]} s', i['took'] < 15)

    def check_live(self):
        l = self.steps['live']
        yield from self.want(f'badge {l["badge"]}', l['badge'] == 'live')
        yield from self.want(f'times {l["times"]}', sorted(l['times']) == l['times'] and l['times'][-1] > l['times'][0] + 1)
        yield from self.exact('live', 'live', DRAG)

    def check_phone(self):
        yield from self.want(f'wider than the screen: {self.steps["phone"]}',
                             self.steps['phone'] == {'list': 390, 'player': 390})

    def check_errors(self):
        e = self.steps['errors']
        yield from self.want(f'{e}', e == {'badge': 'damaged', 'status': 404, 'heading': 'Not Found'})
        yield from self.want(f'the console has {self.errors}', not self.errors)


def main():
    found, why = prepare()
    if not found:
        print(f'skip web - {why}')
        return
    folder, out = tempfile.mkdtemp(prefix='rfbplay-'), os.environ.get('WEB_OUT') or tempfile.mkdtemp(prefix='rfbplay-web-')
    os.mkdir(folder + '/sub')
    for name in (DRAG, IDLE):
        shutil.copy(rec.sample(name), folder)
    shutil.copy(rec.sample('tiger_text_tight_nojpeg.fbs'), folder + '/sub/inner.fbs')
    with open(rec.sample(DRAG), 'rb') as f:
        data = f.read()
    if os.path.exists(out + '/grow'):
        os.unlink(out + '/grow')
    growing = os.path.join(folder, 'growing.fbs')
    for path, text in ((growing, data[:20000]), (os.path.join(folder, 'broken.fbs'), data[:30000] + b'\xff' * 40000)):
        with open(path, 'wb') as f:
            f.write(text)
    writer = threading.Thread(target=grow, args=(out, growing, data))
    writer.start()
    with server.Server(folder) as s:
        done = subprocess.run(['node', 'tests/web.mjs', *found, f'http://localhost:{s.port}', out],
                              capture_output=True, timeout=240)
        open(out + '/grow', 'w').close()
        writer.join()
    good = []
    if not os.path.exists(out + '/results.json'):
        sys.exit(f'not ok web - {done.stderr.decode()[-600:]}')
    with open(out + '/results.json') as f:
        judge = Judge(out, folder, json.load(f))
    for check in ('list', 'play', 'pause_and_seek', 'save', 'idle', 'live', 'phone', 'errors'):
        try:
            problems = list(getattr(judge, 'check_' + check)())
        except (KeyError, OSError, ValueError) as e:
            problems = [f'{type(e).__name__} {e}: {[s["failed"] for s in judge.steps.values() if "failed" in s]}']
        good.append(rec.report(check, problems))
    shutil.rmtree(folder)
    if 'WEB_OUT' not in os.environ:
        shutil.rmtree(out)
    sys.exit(not all(good))


if __name__ == '__main__':
    main()
