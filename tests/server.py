"""What the tests of `rfbplay serve` share: a server of one's own, requests, streams, pictures."""
import http.client
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time

import recordings as rec

BOUNDARY = b'--rfbplay-next-picture'
HEAD = struct.Struct('>IIqII')


class Server:
    def __init__(self, folder, *options, tls=None):
        self.folder = folder
        self.port_file = tempfile.mktemp(prefix='rfbplay-port')
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [f'{rec.BUILD}/rfbplay', 'serve', '--port', '0', '--port-file', self.port_file,
             *options, folder], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        until = time.time() + 20
        self.port = None
        while time.time() < until and self.process.poll() is None:
            if os.path.exists(self.port_file) and os.path.getsize(self.port_file):
                with open(self.port_file) as f:
                    self.port = int(f.read())
                break
            time.sleep(0.02)
        if os.path.exists(self.port_file):
            os.unlink(self.port_file)

    def said(self):
        self.log.seek(0)
        return self.log.read().decode()

    def stop(self, number=signal.SIGTERM):
        """@return the exit status"""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return 'it did not stop'

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def get(self, url, method='GET', timeout=60, **headers):
        """@return status, headers (lower case), body"""
        c = http.client.HTTPConnection('127.0.0.1', self.port, timeout=timeout)
        try:
            c.putrequest(method, url, skip_host='host' in headers, skip_accept_encoding=True)
            for name, value in headers.items():
                c.putheader(name.replace('_', '-'), value)
            c.endheaders()
            r = c.getresponse()
            return r.status, {k.lower(): v for k, v in r.getheaders()}, r.read()
        finally:
            c.close()

    def raw(self, data, timeout=20):
        """All that the server answers to these bytes."""
        with socket.create_connection(('127.0.0.1', self.port), timeout) as s:
            s.sendall(data)
            parts = []
            try:
                while part := s.recv(65536):
                    parts.append(part)
            except (ConnectionResetError, TimeoutError):
                pass
            return b''.join(parts)

    def stream(self, url, seconds=10, pictures=None):
        """What comes of a stream: (seconds since the start, bytes) of each read; headers."""
        c = http.client.HTTPConnection('127.0.0.1', self.port, timeout=seconds + 10)
        c.request('GET', url)
        r = c.getresponse()
        return Stream(c, r, seconds)


class Stream:
    """A stream being read."""
    def __init__(self, connection, response, seconds):
        self.connection, self.response = connection, response
        self.start, self.until = time.time(), time.time() + seconds
        self.data = b''
        self.ended = False

    def more(self):
        """@return whether there is more"""
        if self.ended or time.time() > self.until:
            return False
        part = self.response.read1(1 << 18)
        self.ended = not part
        self.data += part
        return not self.ended

    def pictures(self):
        """(seconds since the start, ms of the recording, flags, JPEG), of a stream with heads."""
        while True:
            while len(self.data) >= HEAD.size:
                size, number, ms, duration, flags = HEAD.unpack_from(self.data)
                if len(self.data) < HEAD.size + size:
                    break
                jpeg = self.data[HEAD.size:HEAD.size + size]
                self.data = self.data[HEAD.size + size:]
                yield time.time() - self.start, ms, flags, jpeg
            if not self.more():
                return

    def parts(self):
        """(seconds since the start, JPEG), of multipart/x-mixed-replace; a part ends where the
        next one's headers have come, as browsers see it."""
        head = BOUNDARY + b'\r\nContent-Type: image/jpeg\r\n\r\n'
        while not self.data.startswith(head) and self.more():
            pass
        assert self.data.startswith(head), self.data[:80]
        self.data = self.data[len(head):]
        while True:
            while (at := self.data.find(b'\r\n' + head)) >= 0:
                jpeg, self.data = self.data[:at], self.data[at + 2 + len(head):]
                yield time.time() - self.start, jpeg
            if not self.more():
                return

    def close(self):
        self.connection.close()


def pixels(image, size=None):
    """A PNG, JPEG or WebP as rgb24 bytes, decoded by ImageMagick."""
    done = subprocess.run(['convert', '-', '-depth', '8', 'rgb:-'], input=image,
                          capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def picture(path, ms, cursor=False):
    """What the decoder shows at a time, as rgb24."""
    done = rec.run([f'{rec.BUILD}/ffmpeg', '-v', 'error', '-nostdin', '-max_fps', '0', '-draw_mouse',
                    str(int(cursor)), '-ss', f'{ms / 1000:.3f}', '-i', path, '-frames:v', '1',
                    '-pix_fmt', 'rgb24', '-f', 'rawvideo', '-'])
    return done.stdout


def error_of(a, b):
    """Mean of the squared differences."""
    if len(a) != len(b) or not a:
        return float('inf')
    step = max(len(a) // 300000, 1) | 1
    return sum((x - y) ** 2 for x, y in zip(a[::step], b[::step])) / len(a[::step])


def folder_with(*names):
    folder = tempfile.mkdtemp(prefix='rfbplay-')
    for name in names:
        shutil.copy(rec.sample(name), folder)
    return folder
