#!/usr/bin/env python3
"""Record an RFB (VNC) session into an FBS file.

    record.py [options] HOST PORT --out rec.fbs
    record.py [options] /path/to/unix.sock --out rec.fbs

An independent, small client for tests: it shares nothing with the recorder of this project, so
that the two can be checked against each other. It speaks RFB 3.3, 3.7 and 3.8 with security None
or VncAuth, asks for one full update, then for incremental ones BY THE CLOCK, and never parses a
rectangle: it can record any encoding. After --seconds it stops asking and reads until the server
is silent, so the file ends with a whole update.

The file is FBS 001.000 with the most portable prologue: RFB 003.003, security 1 (None), and a
ServerInit that holds the pixel format really in use. The prologue is a block of its own; after
it comes one block per recv() of at most 64 KB, stamped with the time it arrived.
"""
import argparse
import select
import socket
import struct
import sys
import time

ENCODINGS = {
    'raw': 0, 'copyrect': 1, 'rre': 2, 'corre': 4, 'hextile': 5, 'zlib': 6, 'tight': 7,
    'zlibhex': 8, 'trle': 15, 'zrle': 16, 'zywrle': 17,
    'lastrect': -224, 'desktopsize': -223, 'pointerpos': -232, 'cursor': -239, 'xcursor': -240,
    'desktopname': -307, 'extdesktopsize': -308, 'cursorwithalpha': -314,
}

# bits per pixel, depth, true-colour, maxima and shifts of red, green, blue; little-endian
PIXEL_FORMATS = {
    'bgrx': (32, 24, 1, 255, 255, 255, 16, 8, 0),
    'rgbx': (32, 24, 1, 255, 255, 255, 0, 8, 16),
    'xrgb': (32, 24, 1, 255, 255, 255, 8, 16, 24),
    'xbgr': (32, 24, 1, 255, 255, 255, 24, 16, 8),
    'rgb565': (16, 16, 1, 31, 63, 31, 11, 5, 0),
    'rgb555': (16, 15, 1, 31, 31, 31, 10, 5, 0),
    'bgr233': (8, 8, 1, 7, 7, 3, 0, 3, 6),
    'rgb332': (8, 8, 1, 7, 7, 3, 5, 2, 0),
    'rgb222': (8, 6, 1, 3, 3, 3, 4, 2, 0),
    'map8': (8, 8, 0, 0, 0, 0, 0, 0, 0),
}


def pixel_format(text):
    """16 bytes of PIXEL_FORMAT for a name ('be' behind it: big-endian); None for 'server'."""
    if text == 'server':
        return None
    big = text.endswith('be')
    name = text[:-2] if big else text
    if name not in PIXEL_FORMATS:
        raise argparse.ArgumentTypeError(
            f'{text}: not one of server, {", ".join(PIXEL_FORMATS)} (or one of these + "be")')
    bpp, depth, true, *rest = PIXEL_FORMATS[name]
    return struct.pack('>BBBB3H3B3x', bpp, depth, big, true, *rest)


def encoding_list(text):
    """Numbers for a comma-separated list of names and numbers: 'tight,lastrect,-26'."""
    try:
        return [ENCODINGS[e] if e in ENCODINGS else int(e) for e in text.split(',') if e]
    except ValueError as e:
        raise argparse.ArgumentTypeError(f'{text}: {e}')


# ---- DES, one block, for VncAuth only (FIPS 46-3) ----

S_BOXES = (
    'e4d12fb83a6c59070f74e2d1a6cb953841e8d62bfc973a50fc8249175b3ea06d',
    'f18e6b34972dc05a3d47f28ec01a69b50e7ba4d158c6932fd8a13f42b67c05e9',
    'a09e63f51dc7b428d709346a285ecbf1d6498f30b12c5ae71ad069874fe3b52c',
    '7de3069a1285bc4fd8b56f03472c1ae9a690cb7df13e52843f06a1d8945bc72e',
    '2c417ab6853fd0e9eb2c47d150fa3986421bad78f9c5630eb8c71e2d6f09a453',
    'c1af92680d34e75baf427c9561de0b389ef528c3704a1db6432c95fabe17608d',
    '4b2ef08d3c975a61d0b7491ae35c2f8614bdc37eaf6805926bd814a7950fe23c',
    'd2846fb1a93e50c71fd8a374c56b0e927b419ce206adf35821e74a8dfc90356b',
)
PC1 = [column + 8 * row for column in (1, 2, 3) for row in range(7, -1, -1)] + [60, 52, 44, 36] \
    + [column + 8 * row for column in (7, 6, 5) for row in range(7, -1, -1)] + [28, 20, 12, 4]
PC2 = (14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2,
       41, 52, 31, 37, 47, 55, 30, 40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29,
       32)
P = (16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10,
     2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22, 11, 4, 25)
IP = [b + 8 * i for b in (2, 4, 6, 8, 1, 3, 5, 7) for i in range(7, -1, -1)]
E = [(4 * i + j - 1) % 32 + 1 for i in range(8) for j in range(6)]
ROTATIONS = (1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1)


def permute(bits, table):
    return [bits[i - 1] for i in table]


def des_round(half, subkey):
    x = [a ^ b for a, b in zip(permute(half, E), subkey)]
    out = []
    for i, box in enumerate(S_BOXES):
        b = x[6 * i:6 * i + 6]
        row, column = 2 * b[0] + b[5], 8 * b[1] + 4 * b[2] + 2 * b[3] + b[4]
        value = int(box[16 * row + column], 16)
        out += [value >> n & 1 for n in (3, 2, 1, 0)]
    return permute(out, P)


def des_block(key, block):
    """One 8-byte block encrypted with one 8-byte key."""
    def bits(data):
        return [byte >> n & 1 for byte in data for n in range(7, -1, -1)]
    cd = permute(bits(key), PC1)
    c, d = cd[:28], cd[28:]
    block = permute(bits(block), IP)
    left, right = block[:32], block[32:]
    for n in ROTATIONS:
        c, d = c[n:] + c[:n], d[n:] + d[:n]
        f = des_round(right, permute(c + d, PC2))
        left, right = right, [a ^ b for a, b in zip(left, f)]
    out = [0] * 64
    for bit, place in zip(right + left, IP):
        out[place - 1] = bit
    return bytes(int(''.join(map(str, out[i:i + 8])), 2) for i in range(0, 64, 8))


def vnc_auth_response(password, challenge):
    """VncAuth: DES with the bits of every key byte in reverse order."""
    key = password.encode('latin-1')[:8].ljust(8, b'\0')
    key = bytes(int(f'{b:08b}'[::-1], 2) for b in key)
    return des_block(key, challenge[:8]) + des_block(key, challenge[8:])


# ---- the RFB client ----

class RfbClient:
    """A connection to a server up to and including its ServerInit."""

    def __init__(self, target, password='', timeout=10):
        self.password = password
        if len(target) == 1:
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.settimeout(timeout)
            self.sock.connect(target[0])
        else:
            self.sock = socket.create_connection((target[0], int(target[1])), timeout)
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def read(self, size):
        data = b''
        while len(data) < size:
            part = self.sock.recv(size - len(data))
            if not part:
                raise EOFError('the server closed the connection during the handshake')
            data += part
        return data

    def u32(self):
        return struct.unpack('>I', self.read(4))[0]

    def handshake(self, newest=8):
        """Agrees on a version up to 3.newest, authenticates, reads ServerInit."""
        greeting = self.read(12)
        if greeting[:4] != b'RFB ':
            raise ValueError(f'not an RFB server: {greeting!r}')
        minor = 8 if int(greeting[4:7]) > 3 else int(greeting[8:11])
        minor = min(minor, newest)
        minor = minor if minor in (7, 8) else 8 if minor > 8 else 3
        self.sock.sendall(b'RFB 003.%03d\n' % minor)
        self.security(minor)
        self.sock.sendall(b'\1')                    # ClientInit: shared
        init = self.read(24)
        self.width, self.height = struct.unpack('>HH', init[:4])
        self.format = init[4:20]
        self.name = self.read(struct.unpack('>I', init[20:])[0])

    def security(self, minor):
        if minor == 3:
            kind = self.u32()
            offered = [kind]
        else:
            offered = list(self.read(self.read(1)[0]))
            kind = 2 if 2 in offered and self.password else 1
        if not offered or offered == [0]:
            raise ValueError('refused: ' + self.read(self.u32()).decode('latin-1'))
        if kind not in offered or kind > 2:
            raise ValueError(f'only None and VncAuth are known, the server offers {offered}')
        if minor > 3:
            self.sock.sendall(bytes([kind]))
        if kind == 2:
            self.sock.sendall(vnc_auth_response(self.password, self.read(16)))
        if (kind == 2 or minor == 8) and self.u32() != 0:
            raise ValueError('authentication failed')

    def set_pixel_format(self, form):
        self.format = form
        self.sock.sendall(b'\0\0\0\0' + form)

    def set_encodings(self, encodings):
        self.sock.sendall(struct.pack(f'>BxH{len(encodings)}i', 2, len(encodings), *encodings))

    def request(self, incremental):
        self.sock.sendall(struct.pack('>BBHHHH', 3, incremental, 0, 0, self.width, self.height))


# ---- the file ----

class FbsWriter:
    def __init__(self, path):
        self.file = open(path, 'wb')
        self.file.write(b'FBS 001.000\n')

    def prologue(self, client):
        self.block(b'RFB 003.003\n' + struct.pack('>IHH', 1, client.width, client.height)
                   + client.format + struct.pack('>I', len(client.name)) + client.name, 0)

    def block(self, data, ms):
        self.file.write(struct.pack('>I', len(data)) + data + bytes(-len(data) % 4)
                        + struct.pack('>I', ms & 0xffffffff))


def record(client, out, seconds, fps, silence=0.5):
    """Copies what the server sends into `out`; returns the number of bytes and requests."""
    start = time.monotonic()
    client.request(0)
    total, requests = 0, 1
    next_request, last_data = start + 1 / fps, start
    while True:
        now = time.monotonic()
        asking = now - start < seconds
        if not asking and (now - last_data > silence or now - start > seconds + 10):
            return total, requests
        if asking and now >= next_request:
            client.request(1)
            requests += 1
            next_request = max(next_request + 1 / fps, now)
        wait = max(0, next_request - now) if asking else silence
        if select.select([client.sock], [], [], wait)[0]:
            data = client.sock.recv(65536)
            if not data:
                return total, requests
            last_data = time.monotonic()
            out.block(data, int((last_data - start) * 1000))
            total += len(data)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('target', nargs='+', help='HOST PORT, or the path of a unix socket')
    parser.add_argument('--out', required=True, help='the FBS file to write')
    parser.add_argument('--seconds', type=float, default=10)
    parser.add_argument('--fps', type=float, default=10, help='requests per second (default 10)')
    parser.add_argument('--encodings', type=encoding_list, default='tight,zrle,hextile,raw',
                        help='names and numbers, in order of preference: tight,-26,lastrect')
    parser.add_argument('--pixel-format', type=pixel_format, default='bgrx',
                        help='server (as it is), or one of ' + ', '.join(PIXEL_FORMATS)
                        + '; "be" behind a name makes it big-endian (default bgrx)')
    parser.add_argument('--password', default='', help='for VncAuth')
    parser.add_argument('--rfb', default='3.8', choices=('3.3', '3.7', '3.8'),
                        help='newest protocol version to speak')
    args = parser.parse_args()
    if len(args.target) > 2:
        parser.error('the target is HOST PORT or one path')

    client = RfbClient(args.target, args.password)
    client.handshake(int(args.rfb[-1]))
    if args.pixel_format:
        client.set_pixel_format(args.pixel_format)
    client.set_encodings(args.encodings)
    out = FbsWriter(args.out)
    out.prologue(client)
    total, requests = record(client, out, args.seconds, args.fps)
    print(f'{args.out}: {client.width}x{client.height}, {total} bytes, {requests} requests')


if __name__ == '__main__':
    try:
        main()
    except KeyboardInterrupt:
        sys.exit('interrupted; what was recorded is in the file')
    except (OSError, EOFError, ValueError) as error:
        sys.exit(f'record.py: {error}')
