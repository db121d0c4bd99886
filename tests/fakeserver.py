"""A VNC server that does what a script tells it, byte by byte, for tests of clients.

    with FakeServer(script) as server: ...
        server.url       vnc://127.0.0.1::PORT
        server.error     what went wrong in the script, if anything did

A script is a function that gets a Session for each client; an exception in it is an error of the
server's, except that the client may go away at any time (ConnectionError).
"""
import socket
import struct
import threading
import time

from record import des_block, vnc_auth_response

NONE, VNC = 1, 2
CHALLENGE = bytes(range(100, 116))
BGRX = struct.pack('>BBBBHHHBBB3x', 32, 24, 0, 1, 255, 255, 255, 16, 8, 0)
RGB565 = struct.pack('>BBBBHHHBBB3x', 16, 16, 0, 1, 31, 63, 31, 11, 5, 0)


def rect(x, y, w, h, encoding, body=b''):
    return struct.pack('>HHHHi', x, y, w, h, encoding) + body


def update(*rects):
    return struct.pack('>BxH', 0, len(rects)) + b''.join(rects)


def plain(x, y, w, h, colour):
    """A Raw rectangle of one colour, (red, green, blue)."""
    return rect(x, y, w, h, 0, bytes((*colour[::-1], 0)) * (w * h))


def vncpasswd(password):
    """What vncpasswd writes: the password encrypted with a key that everybody knows."""
    key = bytes(int(f'{b:08b}'[::-1], 2) for b in (23, 82, 107, 6, 35, 78, 88, 7))
    return des_block(key, password.encode()[:8].ljust(8, b'\0'))


class Session:
    """One client. What it sent is in the fields once it has been read."""
    def __init__(self, sock):
        self.sock = sock
        self.requests = []          # (incremental, x, y, width, height)
        self.waiting, self.gone, self.listening = threading.Event(), threading.Event(), False
        self.broken, self.nonsense = False, None
        self.encodings = self.format = self.shared = self.version = None

    def send(self, data, piece=None):
        for i in range(0, len(data), piece or len(data) or 1):
            self.sock.sendall(data[i:i + (piece or len(data))])

    def read(self, size):
        data = b''
        while len(data) < size:
            part = self.sock.recv(size - len(data))
            if not part:
                raise ConnectionError('the client went away')
            data += part
        return data

    def expect(self, data):
        got = self.read(len(data))
        assert got == data, f'the client sent {got!r}, not {data!r}'

    def hello(self, version=b'RFB 003.008\n', minor=8, types=(NONE,)):
        """The handshake up to the choice of a security type."""
        self.send(version)
        self.expect(b'RFB 003.%03d\n' % minor)
        if minor == 3:
            self.send(struct.pack('>I', types[0]))
        else:
            self.send(bytes([len(types), *types]))

    def accept(self, version=b'RFB 003.008\n', minor=8, types=(NONE,), chosen=NONE, password=None):
        """All of the security handshake, which succeeds."""
        self.hello(version, minor, types)
        if minor > 3:
            self.expect(bytes([chosen]))
        if chosen == VNC:
            self.send(CHALLENGE)
            self.expect(vnc_auth_response(password, CHALLENGE))
        if chosen == VNC or minor == 8:
            self.send(bytes(4))

    def init(self, width, height, name=b'a desktop', form=RGB565):
        self.shared = self.read(1)[0]
        self.send(struct.pack('>HH', width, height) + form + struct.pack('>I', len(name)) + name)
        self.listening = True
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        """Note what the client wants, until it goes away."""
        try:
            while True:
                kind = self.read(1)[0]
                if kind == 0:
                    self.format = self.read(19)[3:]
                elif kind == 2:
                    n, = struct.unpack('>xH', self.read(3))
                    self.encodings = struct.unpack(f'>{n}i', self.read(4 * n))
                elif kind == 3:
                    self.requests.append(struct.unpack('>BHHHH', self.read(9)))
                    self.waiting.set()
                else:
                    self.nonsense = f'the client sent a message of type {kind}'
                    raise OSError(self.nonsense)
        except OSError:
            self.gone.set()
            self.waiting.set()

    def wait(self, timeout=10):
        """Wait for another request."""
        assert self.waiting.wait(timeout), 'no request came'
        self.waiting.clear()

    def reset(self):
        """Break the connection off."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        self.sock.shutdown(socket.SHUT_RD)
        self.listening = False
        self.broken = True

    def close(self):
        """Send all, and let the client close first: what it sent unread would reset it."""
        if self.broken:
            return self.sock.close()
        try:
            self.sock.shutdown(socket.SHUT_WR)
            self.sock.settimeout(5)
            while not self.listening and self.sock.recv(4096):
                pass
            if self.listening:
                self.gone.wait(5)
        except OSError:
            pass
        self.sock.close()

    def start(self, width, height, **options):
        """Handshake without authentication, and the first request."""
        self.accept()
        self.init(width, height, **options)
        self.wait()


class FakeServer:
    def __init__(self, script, host='127.0.0.1', path=None, port=0):
        self.script, self.error, self.sessions, self.times = script, None, [], []
        if path:
            self.listener = socket.socket(socket.AF_UNIX)
            self.listener.bind(path)
        else:
            self.listener = socket.socket(socket.AF_INET6 if ':' in host else socket.AF_INET)
            self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.listener.bind((host, port))
            self.port = self.listener.getsockname()[1]
            self.url = f'vnc://{host}::{self.port}'
        self.listener.listen()
        self.thread = threading.Thread(target=self.serve, daemon=True)

    def serve(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            session = Session(sock)
            self.sessions.append(session)
            try:
                self.script(session)
            except ConnectionError:
                pass
            except Exception as error:      # any bug of the script's must fail the test
                self.error = repr(error)
            session.close()
            self.error = self.error or session.nonsense

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def paced(session, updates, delay, times):
    """Send an update for each request, at least so many seconds apart."""
    for n, data in enumerate(updates):
        if n:
            time.sleep(delay)
            session.wait()
        session.send(data)
        times.append(time.monotonic())
