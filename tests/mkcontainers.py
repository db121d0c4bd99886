#!/usr/bin/env python3
"""Write RFB sessions in every container that there is a demuxer for.

    mkcontainers.py IN.fbs FORMAT OUT       FORMAT: a name in WRITERS
    mkcontainers.py IN.fbs all FOLDER       in all of them; compressed ones also as they are

Works from the layouts alone and shares nothing with the demuxers: it has its own reader of FBS files
and its own walk over RFB messages.
"""
import base64
import os
import struct
import sys
import zlib

import recordings as rec


class Session:
    """A recording: its handshake, and the server's messages with their times in ms."""
    def __init__(self, init, messages, end):
        self.init = init            # ServerInit with the name
        self.messages = messages    # [(ms, bytes, offsets of the rectangles)]
        self.end = end              # ms

    @property
    def handshake(self):
        return b'RFB 003.003\n' + struct.pack('>I', 1) + self.init


# --- reading -------------------------------------------------------------------------------------

class Walker:
    """Finds where messages and rectangles end."""
    def __init__(self, data, at, init):
        self.data, self.at = data, at
        self.width, self.height = struct.unpack_from('>HH', init)
        self.set_format(init[4:20])

    def set_format(self, pf):
        self.bytes = pf[0] // 8
        depth, maxima = pf[1], struct.unpack_from('>3H', pf, 4)
        small = self.bytes == 4 and pf[3]
        self.tpixel = 3 if small and depth == 24 and maxima == (255,) * 3 else self.bytes
        bits = 0
        for m, shift in zip(maxima, pf[10:13]):
            bits |= m << shift
        self.cpixel = 3 if small and (bits < 1 << 24 or not bits & 255) else self.bytes

    def u(self, fmt):
        value = struct.unpack_from('>' + fmt, self.data, self.at)
        self.at += struct.calcsize('>' + fmt)
        return value if len(value) > 1 else value[0]

    def skip(self, n):
        self.at += n
        if self.at > len(self.data):
            raise struct.error('short')

    def compact(self):
        size = 0
        for shift in (0, 7, 14):
            byte = self.u('B')
            size |= (byte & 127 if shift < 14 else byte) << shift
            if byte < 128:
                break
        return size

    def tight(self, w, h):
        control = self.u('B') >> 4
        if control in (8, 9, 10):
            return self.skip(self.tpixel if control == 8 else self.compact())
        size = w * h * self.tpixel
        if control & 4:
            kind = self.u('B')
            if kind == 1:
                colours = self.u('B') + 1
                self.skip(colours * self.tpixel)
                size = (w + 7) // 8 * h if colours == 2 else w * h
        self.skip(size if size < 12 else self.compact())

    def hextile(self, w, h):
        for y in range(0, h, 16):
            for x in range(0, w, 16):
                tw, th, kind = min(16, w - x), min(16, h - y), self.u('B')
                if kind & 1:
                    self.skip(tw * th * self.bytes)
                    continue
                self.skip(self.bytes * bool(kind & 2) + self.bytes * bool(kind & 4))
                if kind & 8:
                    self.skip(self.u('B') * (2 + (self.bytes if kind & 16 else 0)))

    def rectangle(self):
        """Returns whether it was the last one for sure."""
        _, _, w, h, encoding = self.u('HHHHi')
        if encoding == 0:
            self.skip(w * h * self.bytes)
        elif encoding == 1:
            self.skip(4)
        elif encoding in (2, 4):
            n = self.u('I')
            self.skip(self.bytes + n * (self.bytes + (8 if encoding == 2 else 4)))
        elif encoding == 5:
            self.hextile(w, h)
        elif encoding in (6, 16, 17):
            self.skip(self.u('I'))
        elif encoding == 7:
            self.tight(w, h)
        elif encoding == -239:
            self.skip(w * h * self.bytes + (w + 7) // 8 * h)
        elif encoding == -308:
            self.skip(3 + 16 * self.u('B'))
        elif encoding == -261:
            self.skip(1)
        elif encoding == 0x574d5669:
            self.set_format(self.data[self.at:self.at + 16])
            self.skip(16)
        elif encoding not in (-223, -224, -232, -257, -258, -259, 0x574d5666):
            raise ValueError(f'encoding {encoding}')
        return encoding == -224

    def message(self):
        """Go past a message; returns where in it its rectangles begin."""
        start, rects = self.at, []
        kind = self.u('B')
        if kind == 0:
            self.skip(1)
            for _ in range(self.u('H')):
                rects.append(self.at - start)
                if self.rectangle():
                    break
        elif kind == 1:
            self.skip(3)
            self.skip(6 * self.u('H'))
        elif kind == 3:
            self.skip(3)
            self.skip(self.u('I'))
        elif kind == 255:
            operation = self.u('BH')[1]
            if operation == 2:
                self.skip(self.u('I'))
        elif kind != 2:
            raise ValueError(f'message {kind}')
        return rects


def read(path):
    """Read an FBS 001.000 file; each message has the time of the block with its last byte."""
    blocks, ends = rec.blocks(path), []
    data = b''.join(block for block, _ in blocks)
    for block, ms in blocks:
        ends.append(((ends[-1][0] if ends else 0) + len(block), ms))
    init = data[16:40 + struct.unpack_from('>I', data, 36)[0]]
    walker, messages = Walker(data, 16 + len(init), init), []
    while walker.at < len(data):
        start = walker.at
        try:
            rects = walker.message()
        except struct.error:
            break
        ms = next(ms for end, ms in ends if walker.at <= end)
        messages.append((ms, data[start:walker.at], rects))
    return Session(init, messages, ends[-1][1])


# --- FBS -----------------------------------------------------------------------------------------

def slices(session):
    """Blocks that begin and end anywhere, each with the time of what ends last in it."""
    yield 0, session.handshake
    rest = b''
    for ms, data, _ in session.messages:
        cut = len(data) // 3
        yield ms, rest + data[:len(data) - cut]
        rest = data[len(data) - cut:]
        yield ms, rest
        rest = b''
    if session.end > session.messages[-1][0]:
        yield session.end, b'\2'


def fbs(session, layout, magic):
    return magic + b''.join(layout(ms, data) for ms, data in slices(session))


def fbs_padded(session):
    return fbs(session, lambda ms, data: struct.pack('>I', len(data)) + data +
               bytes(-len(data) % 4) + struct.pack('>I', ms), b'FBS 001.000\n')


def fbs_stale(session):
    """With bytes of no meaning as padding, as rfbproxy has them."""
    return fbs(session, lambda ms, data: struct.pack('>I', len(data)) + data +
               b'\xa5\x5a\xc3'[:-len(data) % 4] + struct.pack('>I', ms), b'FBS 001.001\n')


def fbs_node(session):
    return fbs(session, lambda ms, data: struct.pack('>I', len(data)) + data +
               struct.pack('>I', ms) + bytes(-len(data) % 4), b'FBS 001.001\n')


def fbs_universe(session):
    return (fbs(session, lambda ms, data: struct.pack('>I', len(data)) + data + struct.pack('>I', ms),
                b'FBS 001.002\n{"start": 1517072059.654553}\n') +
            bytes(4) + b'{"stop": 1517072179.25}\n')


def fbs_flashlight(session):
    def packets(ms, data):
        return b''.join(struct.pack('>bIH', 0, ms, len(part)) + part for part in
                        (data[i:i + 31927] for i in range(0, len(data), 31927)))

    return fbs(session, packets, b'FBS 002.000\n' + struct.pack('>bIHI', -1, 0, 4, session.end) +
               struct.pack('>bIHIIII', -2, 0, 16, 0, 0, 640, 480))


# --- the others ----------------------------------------------------------------------------------

START = 1700000000      # seconds since 1970


def timeval(ms, size):
    fields = (START + ms // 1000, ms % 1000 * 1000)
    return struct.pack('>II' if size == 8 else '>I4xI4x', *fields)


def vnclog(session, size):
    """vncrec up to 0.2, and pyvnc2swf: the server's version, the client's handshake."""
    out = [b'vncLog0.0RFB 003.008\n', struct.pack('>I', 1), session.init]
    for ms, data, _ in session.messages:
        out += [timeval(ms, size), data]
    return b''.join(out)


def vnclog_rects(session, size):
    """vncrec 0.4: a counter and the time before every message and every rectangle."""
    out, stamps = [b'vncLog0.4RFB 003.008\n\1\1' + bytes(4) + session.init], 0
    for ms, data, rects in session.messages:
        last = 0
        for at in [0, *rects]:
            out += [data[last:at], struct.pack('>I', stamps), timeval(ms, size)]
            last, stamps = at, stamps + 1
        out.append(data[last:])
    return b''.join(out)


def rbs(session):
    out, last = [b'RBS 001.001\n', session.handshake], None
    for ms, data, _ in session.messages:
        if data[0] == 0:
            out += [data, struct.pack('>q', 0 if last is None else (ms - last) * 1000000)]
            last = ms
    return b''.join(out)


def minimega(session):
    out, last = [], 0
    for ms, data, _ in session.messages:
        for i in range(0, len(data), 4096):
            part = data[i:i + 4096]
            out.append(b'%d %d\r\n%s\r\n' % ((ms - last) * 1000000, len(part), part))
            last = ms
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return packer.compress(b''.join(out)) + packer.flush(zlib.Z_SYNC_FLUSH)


def python_repr(data):
    """Escaped as Python does it, and what would end the string as well."""
    plain = {9: b'\\t', 10: b'\\n', 13: b'\\r', 92: b'\\\\', 39: b"\\'", 34: b'\\x22'}
    return b''.join(plain.get(c) or (b'%c' % c if 32 <= c < 127 else b'\\x%02x' % c) for c in data)


def frames_of(session):
    """What websockify sees: (whose, ms, bytes), messages of the server cut in two."""
    frames = [('{', 0, b'RFB 003.008\n'), ('}', 0, b'RFB 003.008\n'), ('{', 0, b'\1\1'),
              ('}', 0, b'\1'), ('{', 0, bytes(4)), ('}', 0, b'\1'), ('{', 0, session.init)]
    frames.append(('}', 0, b'\2\0\0\1' + bytes(4) + b'\3' + bytes(9)))
    for ms, data, _ in session.messages:
        half = len(data) // 2
        frames += [('{', ms, data[:half]), ('{', ms, data[half:]), ('}', ms, b'\3\1' + bytes(8))]
    return frames + [('}', session.end, b'\5\0' + bytes(4))]


def novnc(frames, encode=python_repr, name=b'VNC_frame_data', encoding=b'binary', quote=b"'"):
    """websockify --record"""
    lines = [b'%s%s%d%s%s%s' % (quote, kind.encode(), ms, kind.encode(), encode(data), quote)
             for kind, ms, data in frames]
    head = b"var VNC_frame_encoding = '" + encoding + b"';\n" if encoding else b''
    return head + b'var ' + name + b' = [\n' + b',\n'.join(lines) + b",\n'EOF'];\n"


def escape_raw(data):
    """Only what JavaScript needs; the rest stands there as Latin-1."""
    special = {8: b'\\b', 9: b'\\t', 10: b'\\n', 11: b'\\v', 12: b'\\f', 13: b'\\r', 39: b"\\'", 34: b'\\"',
               92: b'\\\\', 0: b'\\x00'}
    return b''.join(special.get(c, b'%c' % c) for c in data)


def escape_utf8(data):
    return escape_raw(data).decode('latin-1').encode()


def escape_unicode(data):
    return b''.join(b'%c' % c if c == 32 or c < 127 and chr(c).isalnum() else b'\\u%04X' % c for c in data)


WRITERS = {
    'fbs': fbs_padded,
    'stale': fbs_stale,
    'node': fbs_node,
    'universe': fbs_universe,
    'flashlight': fbs_flashlight,
    'vnclog0.0-8': lambda s: vnclog(s, 8),
    'vnclog0.0-16': lambda s: vnclog(s, 16),
    'vnclog0.4-8': lambda s: vnclog_rects(s, 8),
    'vnclog0.4-16': lambda s: vnclog_rects(s, 16),
    'rbs': rbs,
    'minimega': minimega,
    'novnc': lambda s: novnc(frames_of(s)),
    'novnc-base64': lambda s: novnc(frames_of(s), base64.b64encode, encoding=b'base64'),
    'novnc-base64-undeclared': lambda s: novnc(frames_of(s), base64.b64encode, encoding=b''),
    'novnc-renamed': lambda s: novnc(frames_of(s), name=b'vncFrameData', encoding=b'', quote=b'"'),
    'novnc-latin1': lambda s: novnc(frames_of(s), escape_raw),
    'novnc-utf8': lambda s: novnc(frames_of(s), escape_utf8),
    'novnc-unicode': lambda s: novnc(frames_of(s), escape_unicode),
}


def members(data, by):
    """In three gzip members with a full flush in each, the second one damaged; by: what is in them, for fuzzing."""
    out = []
    for i in range(3):
        packer, part = zlib.compressobj(9, zlib.DEFLATED, 31), data[len(data) * i // 3:len(data) * (i + 1) // 3]
        half = packer.compress(part[:len(part) // 2]) + packer.flush(zlib.Z_FULL_FLUSH)
        out.append(bytearray(half + packer.compress(part[len(part) // 2:]) + packer.flush()))
        out[-1][9:10] = by
    at = len(out[1]) // 3
    out[1][at:at + 32] = bytes(range(32))
    return b''.join(out)


def write(name, session):
    return WRITERS[name](session)


def save(path, data):
    with open(path, 'wb') as f:
        f.write(data)


def main(source, name, out):
    session = read(source)
    if name != 'all':
        save(out, write(name, session))
        return
    for each in WRITERS:
        data, path = write(each, session), os.path.join(out, f'{rec.name_of(source)}.{each}')
        save(path, data)
        if data[:2] == b'\x1f\x8b':
            data = zlib.decompressobj(31).decompress(data)
            save(path + '-plain', data)
        if each in ('fbs', 'vnclog0.4-8', 'rbs', 'novnc', 'minimega'):
            save(path + '-members', members(data, each[:1].encode()))


if __name__ == '__main__':
    main(*sys.argv[1:])
