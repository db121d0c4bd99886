#!/usr/bin/env python3
"""rfbplay serve under load, against rude clients, with passwords and TLS, and how it stops."""
import base64
import os
import selectors
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

import recordings as rec
from server import Server, error_of, folder_with, picture, pixels

DRAG, IDLE = 'tiger_drag_tight.fbs', 'tiger_idle60_zrle.fbs'


def want(problem, condition):
    if not condition:
        yield problem


def metrics(s):
    return {k: float(v) for k, v in (line.split() for line in s.get('/metrics')[2].decode().splitlines()
                                     if line[0] != '#')}


def rss(s):
    with open(f'/proc/{s.process.pid}/status') as f:
        return int(next(line for line in f if line.startswith('VmRSS')).split()[1]) / 1024


class Viewers:
    """Sockets that watch, all in one thread; slow ones read little and seldom."""
    def __init__(self, s, url, number, slow=0):
        self.selector = selectors.DefaultSelector()
        self.got, self.parts, self.slow = {}, {}, set()
        for i in range(number):
            c = socket.socket()
            if i < slow:
                c.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32768)
                self.slow.add(c)
            c.connect(('127.0.0.1', s.port))
            c.sendall(f'GET {url} HTTP/1.1\r\nHost: localhost\r\n\r\n'.encode())
            c.setblocking(False)
            self.got[c], self.parts[c] = 0, 0
            self.selector.register(c, selectors.EVENT_READ)

    def watch(self, seconds):
        until, slow_turn = time.time() + seconds, 0
        while (left := until - time.time()) > 0:
            turn = time.time() > slow_turn
            if turn:
                slow_turn = time.time() + 0.05
            for key, _ in self.selector.select(min(left, 0.05)):
                c = key.fileobj
                if c in self.slow and not turn:
                    continue
                try:
                    data = c.recv(16384 if c in self.slow else 1 << 18)
                except BlockingIOError:
                    continue
                except ConnectionResetError:
                    data = b''
                self.got[c] += len(data)
                self.parts[c] += data.count(b'\xff\xd9\r\n--rfbplay')
                if not data:
                    self.selector.unregister(c)
            if self.slow:
                time.sleep(0.002)

    def close(self):
        for c in self.got:
            c.close()


def check_viewers(folder):
    """100 viewers, 20 of them slow: who is not slow gets (nearly) all pictures."""
    with Server(folder) as s:
        before = rss(s)
        v = Viewers(s, f'/{DRAG}?loop=1', 100, 20)
        v.watch(6)
        fast = sorted(n for c, n in v.parts.items() if c not in v.slow)
        m = metrics(s)
        yield from want(f'{m["rfbplay_streams"]} streams for 100 viewers', m['rfbplay_streams'] <= 3)
        # 10 pictures a second; half of it is for machines that do something else, too
        yield from want(f'the viewers got {fast[:5]} pictures or more', fast[0] >= 25)
        yield from want('none was skipped for the slow ones', m['rfbplay_pictures_skipped_total'] > 100)
        yield from want(f'memory went from {before:.0f} to {rss(s):.0f} MB', rss(s) - before < 150)
        yield from want(f'tiles {m["rfbplay_tiles_encoded_total"]} of {m["rfbplay_tiles_total"]}',
                        m['rfbplay_tiles_encoded_total'] < m['rfbplay_tiles_total'] / 3)
        v.close()
        until = time.time() + 15
        while time.time() < until and metrics(s)['rfbplay_streams']:
            time.sleep(0.2)
        yield from want('it still plays for nobody', not metrics(s)['rfbplay_streams'])


def check_thousand(folder):
    """1000 connections at once, and one more that is served as if it were alone."""
    with Server(folder, '--max-connections', '1100', '--max-per-client', '0') as s:
        v = Viewers(s, f'/{IDLE}', 1000)
        v.watch(4)
        served = sum(n > 0 for n in v.parts.values())
        yield from want(f'{served} of 1000 got a picture', served == 1000)
        start = time.time()
        code, _, body = s.get(f'/{DRAG}?t=3&cursor=0')
        yield from want(f'a picture took {time.time() - start:.1f} s', code == 200 and time.time() - start < 4)
        yield from want('another picture', pixels(body) == picture(os.path.join(folder, DRAG), 3000))
        m = metrics(s)
        yield from want(f'{m["rfbplay_connections"]} connections', m['rfbplay_connections'] >= 1000)
        yield from want(f'{rss(s):.0f} MB', rss(s) < 400)
        v.close()


def check_limits(folder):
    with Server(folder, '--max-streams', '2', '--max-downloads', '0', '--max-per-client', '20') as s:
        streams = [s.stream(f'/{IDLE}?speed={n}') for n in (1, 2)]
        code, _, body = s.get(f'/{IDLE}?speed=3')
        yield from want(f'a third stream: {code}', code == 503)
        more = s.stream(f'/{IDLE}?speed=1')
        yield from want(f'one more viewer: {more.response.status}', more.response.status == 200)
        code, _, body = s.get(f'/{IDLE}?format=mp4')
        yield from want(f'a video: {code} {body}', code == 503 and b'videos' in body)
        for one in streams + [more]:
            one.close()
        socks = []
        for _ in range(40):
            c = socket.create_connection(('127.0.0.1', s.port))
            c.settimeout(3)
            socks.append(c)
        refused = 0
        for c in socks:
            try:
                c.sendall(b'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n')
                refused += not c.recv(100)
            except OSError:
                refused += 1
            c.close()
        yield from want(f'{refused} of 40 connections were refused', 15 <= refused <= 25)
        time.sleep(0.3)
        yield from want('it does not serve any more', s.get('/healthz')[0] == 200)


def check_rude(folder):
    """Clients that are slow to ask, that never read, and that go without a word."""
    with Server(folder) as s:
        loris = []
        for _ in range(20):
            c = socket.create_connection(('127.0.0.1', s.port))
            c.sendall(b'GET / HTTP/1.1\r\nHost: localhost\r\nX: ')
            loris.append(c)
        deaf = socket.create_connection(('127.0.0.1', s.port))
        deaf.sendall(f'GET /{DRAG}?loop=1&quality=95 HTTP/1.1\r\nHost: localhost\r\n\r\n'.encode())
        for _ in range(20):
            c = socket.create_connection(('127.0.0.1', s.port))
            c.sendall(f'GET /{DRAG}?t=4 HTTP/1.1\r\nHost: localhost\r\n\r\n'.encode())
            c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b'\1\0\0\0\0\0\0\0')
            c.close()
        for _ in range(3):
            c = socket.create_connection(('127.0.0.1', s.port))
            c.sendall(f'GET /{DRAG}?format=mp4&t0 HTTP/1.1\r\nHost: localhost\r\n\r\n'.encode())
            time.sleep(0.05)
            c.close()
        code, _, body = s.get(f'/{DRAG}?t=3&cursor=0')
        yield from want('it serves others wrongly', code == 200 and pixels(body) ==
                        picture(os.path.join(folder, DRAG), 3000))
        big = s.raw(b'GET / HTTP/1.1\r\nHost: localhost\r\n' + b'X: ' + b'y' * 100000 + b'\r\n\r\n', 5)
        yield from want(f'large headers get {big[:30]}', not big or b' 4' in big[:20])
        until = time.time() + 15
        while time.time() < until and metrics(s)['rfbplay_downloads']:
            time.sleep(0.2)
        yield from want('videos are made for nobody', not metrics(s)['rfbplay_downloads'])
        children = rec.run(['ps', '-o', 'pid=', '--ppid', str(s.process.pid)]).stdout.split()
        yield from want(f'children are left: {children}', not children)
        for c in loris + [deaf]:
            c.close()


def check_passwords(folder):
    with tempfile.TemporaryDirectory() as keys:
        for name, text in (('password', 'good word\n'), ('token', 't0ken'), ('empty', '')):
            with open(f'{keys}/{name}', 'w') as f:
                f.write(text)

        def basic(text):
            return 'Basic ' + base64.b64encode(text.encode()).decode()
        with Server(folder, '--auth', f'me:{keys}/password', '--token', f'{keys}/token') as s:
            for url in ('/', f'/{DRAG}', f'/{DRAG}?raw', '/api/recordings', '/metrics', '/.rfbplay/app.css'):
                code, head, _ = s.get(url)
                yield from want(f'{url} without: {code}', code == 401 and 'www-authenticate' in head)
            for auth, right in ((basic('me:good word'), 200), (basic('me:good'), 401), (basic('you:good word'), 401),
                                (basic('me:'), 401), (basic('me'), 401), ('Basic %%%', 401), ('Bearer t0ken', 200),
                                ('Bearer t0ke', 401), ('Bearer ', 401), ('Bearer t0kent0ken', 401)):
                code, _, _ = s.get(f'/{DRAG}?t=1', authorization=auth)
                yield from want(f'{auth}: {code}', code == right)
            yield from want('token in the URL', s.get(f'/{DRAG}?t=1&token=t0ken')[0] == 200)
            code, head, _ = s.get('/?token=t0ken', accept='text/html')
            cookie = head.get('set-cookie', '')
            yield from want(f'page: {code} {head}', code == 302 and 'HttpOnly' in cookie and 't0ken' not in head['location'])
            _, head, _ = s.get('//elsewhere.example/a%20b?play&token=t0ken', accept='text/html')
            yield from want(f'led to {head["location"]}', head['location'] == '/elsewhere.example/a%20b?play')
            yield from want('cookie', s.get('/', cookie=cookie.split(';')[0])[0] == 200)
            yield from want('healthz is for all', s.get('/healthz')[0] == 200)
        for options, text in ((('--auth', 'me'), 'USER:FILE'), (('--auth', f'me:{keys}/none'), 'No such file'),
                              (('--token', f'{keys}/empty'), 'first line'), (('--tls-cert', 'x'), 'together'),
                              (('--bind', '999.1.1.1'), '--bind'), (('--port', '70000'), 'port')):
            with Server(folder, *options) as s:
                code = s.process.wait(20)
                yield from want(f'{options}: {code} {s.said()}', code in (1, 2) and text in s.said())


def check_tls(folder):
    if not shutil.which('openssl'):
        print('skip tls - no openssl to make a certificate with')
        return
    with tempfile.TemporaryDirectory() as keys:
        rec.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
                 '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', f'{keys}/key', '-out', f'{keys}/cert'])
        with Server(folder, '--tls-cert', f'{keys}/cert', '--tls-key', f'{keys}/key') as s:
            yield from want(f'it does not start: {s.said()}', s.port)
            context = ssl.create_default_context(cafile=f'{keys}/cert')
            with socket.create_connection(('127.0.0.1', s.port)) as plain, \
                    context.wrap_socket(plain, server_hostname='localhost') as c:
                c.sendall(f'GET /{DRAG}?offset=8s HTTP/1.1\r\nHost: localhost\r\n\r\n'.encode())
                answer = b''
                while part := c.recv(65536):
                    answer += part
            yield from want(f'{answer[:60]}', b' 200 ' in answer[:20] and answer.count(b'\xff\xd9\r\n--rfbplay') >= 3)
            yield from want('plain text is taken', b'200 OK' not in s.raw(b'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n', 3))
        with Server(folder, '--tls-cert', f'{keys}/key', '--tls-key', f'{keys}/cert') as s:
            yield from want(f'wrong files: {s.said()}', s.process.wait(20) == 1 and 'PEM' in s.said())


def check_warnings(folder):
    with Server(folder, '--bind', '0.0.0.0') as s:
        yield from want(f'open to all: {s.said()}', 'everybody' in s.said())
    with Server(folder) as s:
        yield from want(f'a warning for nothing: {s.said()}', 'warning' not in s.said())
        listening = rec.run(['python3', '-c', f'import socket; print(socket.create_connection(("127.0.0.2", {s.port}), 2))'])
        yield from want('it listens on another address', listening.returncode != 0)
        with Server(folder, '--port', str(s.port)) as other:
            yield from want(f'the port is taken: {other.said()}', other.process.wait(20) == 1 and '--port' in other.said())
    with Server('/nonexistent') as s:
        yield from want(f'no folder: {s.said()}', s.process.wait(20) == 1 and 'No such file' in s.said())


def check_stop(folder):
    """SIGTERM: streams end, a download is finished, the status is 0; SIGINT: 130."""
    with Server(folder) as s:
        stream = s.stream(f'/{IDLE}')
        threading.Timer(1, lambda: s.process.send_signal(signal.SIGTERM)).start()
        got = []
        thread = threading.Thread(target=lambda: got.append(s.get(f'/{DRAG}?format=mp4&speed=0.3&fps=30', timeout=30)))
        thread.start()
        n = len(list(stream.parts()))
        yield from want(f'{n} pictures, ended {stream.ended}', n >= 1 and stream.ended)
        thread.join()
        code = s.process.wait(30)
        yield from want(f'exit status {code}', code == 0)
        yield from want(f'the download: {got and got[0][0]}', got and got[0][0] == 200 and len(got[0][2]) > 10000)
    with Server(folder) as s:
        stream = s.stream(f'/{IDLE}')
        yield from want('SIGINT', s.stop(signal.SIGINT) == 130)
        stream.close()


def check_changes(folder):
    """Recordings that are replaced, cut and removed while they are watched."""
    path = os.path.join(folder, 'moving.fbs')
    with Server(folder) as s:
        shutil.copy(rec.sample(DRAG), path)
        stream = s.stream('/moving.fbs?offset=7s')
        os.unlink(path)
        yield from want('what is removed is not played on', len(list(stream.parts())) >= 5)
        yield from want('what is removed', s.get('/moving.fbs')[0] == 404)
        shutil.copy(rec.sample(IDLE), path)
        first = s.get('/moving.fbs?t=0&cursor=0')
        shutil.copy(rec.sample(DRAG), path)
        second = s.get('/moving.fbs?t=0&cursor=0', if_none_match=first[1]['etag'])
        yield from want(f'replaced: {second[0]}', second[0] == 200 and pixels(second[2]) == picture(path, 0))
        stream = s.stream('/moving.fbs')
        os.truncate(path, 20000)
        list(zip(stream.parts(), range(5)))
        stream.close()
        yield from want('it has ended', s.get('/healthz')[0] == 200)
        os.unlink(path)


def main():
    folder, good = folder_with(DRAG, IDLE), []
    for check in (check_viewers, check_thousand, check_limits, check_rude, check_passwords, check_tls,
                  check_warnings, check_stop, check_changes):
        try:
            problems = list(check(folder))
        except (OSError, AssertionError, KeyError, IndexError, ValueError, subprocess.TimeoutExpired) as e:
            problems = [f'{type(e).__name__}: {e}']
        good.append(rec.report(check.__name__[6:], problems))
    shutil.rmtree(folder)
    sys.exit(not all(good))


if __name__ == '__main__':
    main()
