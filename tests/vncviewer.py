"""A VNC viewer for tests, also by WebSocket and TLS; it shares no code with rfbrec.

WebSockets are put together here from RFC 6455, with the key of its example.
"""
import os
import socket
import ssl
import struct

from record import RfbClient, pixel_format

KEY, ACCEPT = 'dGhlIHNhbXBsZSBub25jZQ==', 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='


class WebSocket:
    """What a socket is, in masked binary frames of at most `piece` bytes, with pings between."""

    def __init__(self, sock, port, protocol='binary', origin=None, piece=50000):
        self.sock, self.piece, self.data, self.closed = sock, piece, b'', False
        lines = ['GET /websockify HTTP/1.1', f'Host: localhost:{port}', 'Upgrade: websocket',
                 'Connection: keep-alive, Upgrade', f'Sec-WebSocket-Key: {KEY}',
                 'Sec-WebSocket-Version: 13']
        lines += [f'Sec-WebSocket-Protocol: {protocol}'] if protocol else []
        lines += [f'Origin: {origin}'] if origin else []
        sock.sendall('\r\n'.join(lines + ['', '']).encode())
        self.head = b''
        while b'\r\n\r\n' not in self.head:
            part = sock.recv(1)
            if not part:
                break
            self.head += part
        if not self.head.startswith(b'HTTP/1.1 101') or ACCEPT.encode() not in self.head:
            raise ValueError(f'no WebSocket: {self.head!r}')

    def frame(self, opcode, data):
        mask = os.urandom(4)
        size = bytes([128 | len(data)]) if len(data) < 126 else \
            struct.pack('>BH', 254, len(data)) if len(data) < 65536 else \
            struct.pack('>BQ', 255, len(data))
        self.sock.sendall(bytes([128 | opcode]) + size + mask
                          + bytes(b ^ mask[i & 3] for i, b in enumerate(data)))

    def sendall(self, data):
        for i in range(0, len(data), self.piece):
            self.frame(2, data[i:i + self.piece])
            if i == 0:
                self.frame(9, b'are you there?')

    def exactly(self, n):
        data = b''
        while len(data) < n:
            part = self.sock.recv(n - len(data))
            if not part:
                raise EOFError('the WebSocket ends')
            data += part
        return data

    def recv(self, n):
        while not self.data and not self.closed:
            try:
                first, size = self.exactly(2)
            except EOFError:
                return b''
            if size & 128:
                raise ValueError('a server masks nothing')
            if size >= 126:
                form = '>H' if size == 126 else '>Q'
                size, = struct.unpack(form, self.exactly(struct.calcsize(form)))
            data = self.exactly(size)
            if first & 15 == 8:
                self.closed = True
            elif first & 15 in (0, 2):
                self.data += data
            elif first & 15 == 10 and data != b'are you there?':
                raise ValueError(f'a wrong pong: {data!r}')
        data, self.data = self.data[:n], self.data[n:]
        return data

    def close(self):
        self.sock.close()

    def settimeout(self, seconds):
        self.sock.settimeout(seconds)


def trusting(cert):
    """What trusts this certificate, for localhost."""
    return ssl.create_default_context(cafile=cert)


class Viewer(RfbClient):
    """Connects to a port of this machine; a context manager."""

    def __init__(self, port, password='', websocket=None, tls=None, handshake=True, newest=8):
        super().__init__(('127.0.0.1', port), password)
        if tls:
            self.sock = tls.wrap_socket(self.sock, server_hostname='localhost')
        if websocket is not None:
            self.sock = WebSocket(self.sock, port, **websocket)
        if handshake:
            self.handshake(newest)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def vencrypt(self, context, subtype):
        """The whole handshake, with VeNCrypt."""
        self.read(12)
        self.sock.sendall(b'RFB 003.008\n')
        types = self.read(self.read(1)[0])
        self.sock.sendall(b'\x13')
        assert self.read(2) == b'\0\2'
        self.sock.sendall(b'\0\2')
        assert self.read(1) == b'\0'
        assert struct.unpack('>I', self.read(4 * self.read(1)[0])) == (subtype,)
        self.sock.sendall(struct.pack('>I', subtype))
        assert self.read(1) == b'\1'
        self.sock = context.wrap_socket(self.sock, server_hostname='localhost')
        return types

    def key(self, keysym, down=1):
        self.sock.sendall(struct.pack('>BBxxI', 4, down, keysym))

    def pointer(self, buttons, x, y):
        self.sock.sendall(struct.pack('>BBHH', 5, buttons, x, y))

    def cut(self, text):
        self.sock.sendall(struct.pack('>BxxxI', 6, len(text)) + text)

    def update(self):
        """(x, y, w, h, pixels) of the next update in Raw, which was asked for."""
        while True:
            kind = self.read(1)[0]
            if kind == 0:
                break
            if kind == 2:
                continue
            if kind != 3:
                raise ValueError(f'a message of type {kind}')
            self.read(struct.unpack('>xxxI', self.read(7))[0])
        rects = []
        for _ in range(struct.unpack('>xH', self.read(3))[0]):
            x, y, w, h, encoding = struct.unpack('>HHHHi', self.read(12))
            if encoding == 0:
                rects.append((x, y, w, h, self.read(w * h * self.format[0] // 8)))
        return rects

    def screen(self, form='bgrx'):
        """The whole screen as RGB; of 16 bits a pixel its bytes."""
        self.set_pixel_format(pixel_format(form))
        self.set_encodings([0])
        self.request(0)
        bytes_of = self.format[0] // 8
        screen = bytearray(self.width * self.height * bytes_of)
        seen = 0
        while seen < self.width * self.height:
            for x, y, w, h, data in self.update():
                seen += w * h
                for row in range(h):
                    at = ((y + row) * self.width + x) * bytes_of
                    screen[at:at + w * bytes_of] = data[row * w * bytes_of:(row + 1) * w * bytes_of]
        if bytes_of < 4:
            return bytes(screen)
        rgb = bytearray(self.width * self.height * 3)
        rgb[0::3], rgb[1::3], rgb[2::3] = screen[2::4], screen[1::4], screen[0::4]
        return bytes(rgb)

    def ends(self, seconds=10):
        """Whether the other end closes; what comes is thrown away."""
        self.sock.settimeout(seconds)
        try:
            while self.sock.recv(65536):
                pass
            return True
        except socket.timeout:
            return False
        except OSError:
            return True
