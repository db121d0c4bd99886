"""A VNC server for tests that does what its script says, and nothing else.

It shares no code with the recorder: what it sends is put together here from RFC 6143 and the
community's specification.
"""
import socket
import ssl
import struct
import threading
import time

import record

BGRX = struct.pack('>BBBB3H3B3x', 32, 24, 0, 1, 255, 255, 255, 16, 8, 0)
RAW, COPY_RECT = 0, 1
DESKTOP_SIZE, LAST_RECT = -223, -224
MESSAGE_SIZES = {0: 20, 3: 10, 4: 8, 5: 6, 150: 10}


def rect(x, y, w, h, encoding, data=b''):
    return struct.pack('>HHHHi', x, y, w, h, encoding) + data


def update(*rects):
    return struct.pack('>BxH', 0, len(rects)) + b''.join(rects)


def pixels(w, h, seed):
    """w * h pixels of BGRX that differ from place to place and from seed to seed."""
    return b''.join(bytes(((x * 5 + seed) & 255, (y * 3 + seed * 7) & 255, (x ^ y ^ seed) & 255, 0))
                    for y in range(h) for x in range(w))


def full(w, h, seed):
    """An update of the whole screen."""
    return update(rect(0, 0, w, h, RAW, pixels(w, h, seed)))


def rgb(bgrx):
    out = bytearray(len(bgrx) // 4 * 3)
    out[0::3], out[1::3], out[2::3] = bgrx[2::4], bgrx[1::4], bgrx[0::4]
    return bytes(out)


class Connection:
    """The server's side of a connection; what the client sent stands in .messages."""

    def __init__(self, sock):
        self.sock = sock
        self.sock.settimeout(10)
        self.messages = []
        self.began = time.monotonic()

    def send(self, data, piece=None, pause=0):
        for i in range(0, len(data), piece or max(1, len(data))):
            self.sock.sendall(data[i:i + (piece or len(data))])
            if pause:
                time.sleep(pause)

    def read(self, n):
        data = b''
        while len(data) < n:
            part = self.sock.recv(n - len(data))
            if not part:
                raise EOFError
            data += part
        return data

    def version(self, text=b'RFB 003.008\n'):
        self.send(text)
        return self.read(12)

    def security(self, kind, password=None, version=b'RFB 003.008\n'):
        """Offers one type and goes through it; returns whether the client may come in."""
        answer = self.version(version)
        if answer == b'RFB 003.003\n':
            self.send(struct.pack('>I', kind))
        else:
            self.send(bytes((1, kind)))
            assert self.read(1)[0] == kind
        if kind == 2:
            return self.vnc_auth(password, answer)
        if answer == b'RFB 003.008\n':
            self.send(b'\0\0\0\0')
        return True

    def vnc_auth(self, password, answer=b'RFB 003.008\n'):
        challenge = bytes(range(100, 116))
        self.send(challenge)
        good = self.read(16) == record.vnc_auth_response(password, challenge)
        reason = b'' if good or answer != b'RFB 003.008\n' else struct.pack('>I', 5) + b'wrong'
        self.send(struct.pack('>I', not good) + reason)
        return good

    def vencrypt(self, subtype, context=None):
        """VeNCrypt 0.2 with one subtype, TLS if a context is given."""
        self.version()
        self.send(b'\1\x13')
        assert self.read(1) == b'\x13'
        self.send(b'\0\2')
        assert self.read(2) == b'\0\2'
        self.send(b'\0\1' + struct.pack('>I', subtype))
        assert struct.unpack('>I', self.read(4))[0] == subtype
        if context:
            self.send(b'\1')
            self.sock = context.wrap_socket(self.sock, server_side=True)

    def plain(self):
        """The user and the password that the client sends."""
        user, password = struct.unpack('>II', self.read(8))
        return self.read(user), self.read(password)

    def init(self, w, h, name=b'fake', form=BGRX):
        self.shared = self.read(1)
        self.send(struct.pack('>HH', w, h) + form + struct.pack('>I', len(name)) + name)

    def session(self, w, h, **options):
        """Everything up to the ServerInit, without authentication."""
        self.security(1, **options)
        self.init(w, h)

    def message(self):
        """The client's next message."""
        head = self.read(1)
        kind = head[0]
        if kind == 2:
            head += self.read(3)
            head += self.read(4 * struct.unpack('>H', head[2:])[0])
        elif kind == 6:
            head += self.read(7)
            head += self.read(struct.unpack('>I', head[4:])[0])
        elif kind == 248:
            head += self.read(8)
            head += self.read(head[8])
        else:
            head += self.read(MESSAGE_SIZES[kind] - 1)
        self.messages.append(head)
        return head

    def request(self):
        """Waits for an update request: (incremental, x, y, w, h)."""
        while True:
            m = self.message()
            if m[0] == 3:
                return struct.unpack('>BHHHH', m[1:])

    def answer(self, *updates):
        """One update for each request."""
        for u in updates:
            self.request()
            self.send(u)

    def until_closed(self):
        try:
            while True:
                self.message()
        except (EOFError, OSError, KeyError):
            self.ended = time.monotonic()

    def finish(self):
        """Closes so that all that was sent arrives, though the client has sent more."""
        try:
            self.sock.shutdown(socket.SHUT_WR)
            self.sock.settimeout(2)
            while self.sock.recv(65536):
                pass
        except (OSError, ValueError):
            pass
        self.sock.close()

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        self.sock.close()


class FakeServer:
    """Runs script(connection, number) in a thread for each client. A context manager."""

    def __init__(self, script, path=None):
        self.script = script
        self.connections = []
        self.errors = []
        if path:
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.bind(path)
            self.target = 'unix:' + path
        else:
            self.sock = socket.socket()
            self.sock.bind(('127.0.0.1', 0))
            self.target = f'127.0.0.1::{self.sock.getsockname()[1]}'
        self.sock.listen(128)

    def __enter__(self):
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.sock.close()
        for c in self.connections:
            c.sock.close()

    def accept(self):
        while True:
            try:
                sock, _ = self.sock.accept()
            except OSError:
                return
            c = Connection(sock)
            self.connections.append(c)
            threading.Thread(target=self.run, args=(c, len(self.connections) - 1),
                             daemon=True).start()

    def run(self, c, number):
        try:
            self.script(c, number)
        except (EOFError, OSError, ssl.SSLError):
            pass                                # the client has gone
        except Exception as e:                  # pylint: disable=broad-except
            self.errors.append(f'server: {type(e).__name__}: {e}')
        finally:
            c.finish()
