#!/usr/bin/env python3
"""Damage in the other containers than FBS, and in gzip.

Real sessions, damaged here. What stands before the damage plays, and so does what stands behind it as
soon as something proves where that begins: the pictures are those that another decoder made of the whole
recording (its .md5), from the next one on that does not need what was lost. The message says where.
"""
import concurrent.futures
import gzip
import random
import re
import struct
import sys
import zlib

import mkcontainers as mk
import recordings as rec
from damaged import Played, before_and_behind, matches

# --- minimega, and gzip ----------------------------------------------------------------------------

class Minimega:
    """A recording without gzip: where its chunks and updates are."""
    def __init__(self, name):
        path = rec.sample(name + '.fb')
        with open(path, 'rb') as f:
            self.raw = zlib.decompressobj(31).decompress(f.read())
        self.want = rec.expected(path)
        self.chunks, at, ends, data = [], 0, [], []     # (start, start of the data, end)
        while match := re.compile(rb'(\d+) (\d+)\r\n').match(self.raw, at):
            size = int(match[2])
            if match.end() + size + 2 > len(self.raw):
                break
            self.chunks.append((at, match.end(), match.end() + size + 2))
            data.append(self.raw[match.end():match.end() + size])
            ends.append((ends[-1] if ends else 0) + size)
            at = match.end() + size + 2
        walker = mk.Walker(b''.join(data), 0, struct.pack('>HH', 720, 400) + BGRX + bytes(4))
        self.updates = []           # offsets in the file: (first byte, behind the last one)
        try:
            while True:
                start = walker.at
                if walker.message():
                    self.updates.append((self.offset(ends, start), self.offset(ends, walker.at - 1) + 1))
        except (struct.error, IndexError):
            pass

    def offset(self, ends, at):
        n = next(i for i, end in enumerate(ends) if at < end)
        start, data, end = self.chunks[n]
        return end - 2 - (ends[n] - at)

    def before(self, offset):
        return sum(end <= offset for _, end in self.updates)

    def behind(self, offset):
        return sum(start >= offset for start, _ in self.updates)

    def next_chunk(self, offset):
        return next(start for start, _, _ in self.chunks if start >= offset)


BGRX = bytes.fromhex('20180001 00ff00ff00ff 100800 000000')


def pack(data):
    return gzip.compress(data, 4, mtime=0)


def flip(data, at, n=1):
    data = bytearray(data)
    for i in range(at, at + n):
        data[i] ^= 0xA5
    return bytes(data)


def spoil(data, at, n=512):
    """A sector of the disk has other bytes."""
    return data[:at] + random.Random(at).randbytes(n) + data[at + n:]


def parts_of(m, n=6):
    """The recording in members that are cut anywhere, as a log that is rotated has them."""
    size = len(m.raw) // n + 1
    return [(i * size, pack(m.raw[i * size:(i + 1) * size])) for i in range(n)]


def inflated_before(member, at):
    """How much of a member comes out that its bytes up to a place say."""
    return len(zlib.decompressobj(31).decompress(member[:at]))


def check_parts(m, damage):
    """One of six members is damaged: it goes on with the next one."""
    parts = parts_of(m)
    starts = [sum(len(p) for _, p in parts[:i]) for i in range(7)]
    at, member = parts[2]
    half = len(member) // 2
    bad = {'data': lambda: spoil(member, half), 'cut': lambda: member[:half],
           'head': lambda: flip(member, 0, 2)}[damage]()
    file = b''.join(p for _, p in parts[:2]) + bad + b''.join(p for _, p in parts[3:])
    shift = len(bad) - len(member)
    known = at + (0 if damage == 'head' else inflated_before(member, half))
    played = Played('member ' + damage, file)
    yield from before_and_behind(played, m.want, m.before(known), m.behind(m.next_chunk(parts[3][0])))
    yield from played.common()
    found = played.numbers(r'gzip data are damaged at byte (\d+) of the compressed file \(.*\): going on with the gzip '
                           r'member at byte (\d+)')
    low = starts[2] + (0 if damage == 'head' else half)
    if not found or not low <= found[0] <= low + 4096 or found[1] != starts[3] + shift:
        yield f'{found}, not {low} and {starts[3] + shift}: {played.log[:300]}'
    yield from played.seek()
    # the time of what is lost is not known, but for that
    if not 0.6 * m.want[-1].time < played.duration <= m.want[-1].time + 100:
        yield f'{played.duration} ms long, not {m.want[-1].time}'


def check_checksum(m, field):
    """A checksum or length is wrong, of a member in the middle or of the last one: nothing is lost."""
    for i in (2, 5):
        parts = parts_of(m)
        start, end = (sum(len(p) for _, p in parts[:n]) for n in (i, i + 1))
        at = end - (8 if field == 'checksum' else 4)
        played = Played(f'{field} {i}', flip(b''.join(p for _, p in parts), at))
        if not matches(played.md5s(), m.want):
            yield f'{len(played.pictures)} pictures, {len(m.want)} are there'
        yield from played.common()
        found = played.numbers(r'gzip data are damaged at byte (\d+)')
        if not found or not at <= found[0] <= end or f'incorrect {"data" if field == "checksum" else "length"}' \
                not in played.log:
            yield f'{found}, not {at}: {played.log[:300]}'


def with_flushes(raw, mode, every=1 << 20):
    """One member with flushes: (the file, [(offset of what is behind a flush, of the same uncompressed)])."""
    packer, out, places = zlib.compressobj(4, zlib.DEFLATED, 31), b'', []
    for at in range(0, len(raw), every):
        out += packer.compress(raw[at:at + every]) + packer.flush(mode)
        places.append((len(out), min(at + every, len(raw))))
    return out + packer.flush(), places


def check_full_flush(m):
    """One member, damaged: it goes on behind the next full flush."""
    file, places = with_flushes(m.raw, zlib.Z_FULL_FLUSH)
    at = (places[7][0] + places[8][0]) // 2
    played = Played('full flush', spoil(file, at))
    known = inflated_before(file, at)
    yield from before_and_behind(played, m.want, m.before(known), m.behind(m.next_chunk(places[8][1])))
    yield from played.common()
    found = played.numbers(r'gzip data are damaged at byte (\d+) .*: going on behind the flush that ends at byte (\d+)')
    if not found or not at <= found[0] <= places[8][0] or found[1] != places[8][0]:
        yield f'{found}, not {at} and {places[8][0]}: {played.log[:300]}'


def check_stops(m, name, file, at):
    """No place in the file can be proved: what stood before plays, and that is all."""
    played = Played(name, spoil(file, at))
    before = m.before(inflated_before(file, at))
    yield from before_and_behind(played, m.want, before, 0, 1)
    yield from played.common()
    found = played.numbers(r'gzip data are damaged at byte (\d+) .*: what is behind it cannot be read')
    if not found or not at <= found[0] <= at + 4096:
        yield f'{found}, not {at}: {played.log[:300]}'


def check_trailing(m):
    """Zeros behind the last member are nothing, other bytes are damage."""
    file = pack(m.raw)
    played = Played('zeros', file + bytes(5000))
    if not matches(played.md5s(), m.want) or played.status or played.log:
        yield f'zeros: {len(played.pictures)} pictures, exit status {played.status}: {played.log[:300]}'
    played = Played('garbage', file + bytes(range(256)) * 20)
    if not matches(played.md5s(), m.want) or not played.status:
        yield f'garbage: {len(played.pictures)} pictures, exit status {played.status}: {played.log[:300]}'


def check_chunk(m, how):
    """A chunk's head is damaged, in the compressed and in the plain file."""
    start, data, end = m.chunks[2000]
    size = m.raw.index(b' ', start) + 1
    bad = {'head': lambda: m.raw[:start] + b'x' * (data - start) + m.raw[data:],
           'longer': lambda: m.raw[:size] + b'9' + m.raw[size + 1:],
           'shorter': lambda: m.raw[:size] + b'1' + m.raw[size + 1:],
           'much longer': lambda: m.raw[:size] + b'99' + m.raw[size:],
           'end': lambda: flip(m.raw, end - 2, 2)}[how]()
    next_chunk = m.next_chunk(start + 1 if how != 'end' else end + 1)  # it has to stand behind a good one's end
    shift = len(bad) - len(m.raw)
    for packed in (0, 1) if how in ('head', 'longer') else (1,):
        played = Played(f'chunk {how} {packed}', pack(bad) if packed else bad)
        yield from before_and_behind(played, m.want, m.before(start), m.behind(next_chunk))
        yield from played.common()
        found = played.numbers(r'No chunk at byte (\d+) of the uncompressed data.*: going on with the one at byte (\d+)')
        if found != [start, next_chunk + shift]:
            yield f'{found}, not {start} and {next_chunk + shift}: {played.log[:300]}'
        if abs(played.duration - m.want[-1].time) > 100:
            yield f'{played.duration} ms long, not {m.want[-1].time}'


def check_minimega_encoding(m):
    """A rectangle has an encoding that nobody knows."""
    start, _ = m.updates[8]
    played = Played('minimega encoding', pack(flip(m.raw, start + 4 + 8 + 2)))
    yield from before_and_behind(played, m.want, 8, len(m.want) - 9, 1)
    yield from played.common()
    found = played.numbers(r'unknown encoding \d+ \(0x\w+\) at byte (\d+): \d+ bytes cannot be read, going on with the '
                           r'update at byte (\d+)')
    if found != [start + 12, m.updates[9][0]]:
        yield f'{found}, not {start + 12} and {m.updates[9][0]}: {played.log[:300]}'


def minimega_cases():
    m = Minimega('qemu_minimega_full')
    assert len(m.updates) == len(m.want)
    for damage in ('data', 'cut', 'head'):
        yield f'gzip member, {damage}', check_parts, m, damage
    for field in ('checksum', 'length'):
        yield f'gzip {field}', check_checksum, m, field
    yield 'full flush', check_full_flush, m
    file = pack(m.raw)
    yield 'one member', check_stops, m, 'one member', file, len(file) // 2
    file, _ = with_flushes(m.raw, zlib.Z_SYNC_FLUSH, 1 << 16)
    yield 'sync flush', check_stops, m, 'sync flush', file, len(file) // 2
    yield 'behind the last member', check_trailing, m
    for how in ('head', 'longer', 'shorter', 'much longer', 'end'):
        yield f'chunk, {how}', check_chunk, m, how
    yield 'minimega, unknown encoding', check_minimega_encoding, m


# --- the containers that are made of messages ---------------------------------------------------------

class Case:
    """A session in a container, of which the k-th update is damaged."""
    def __init__(self, writer, k):
        source = rec.sample('tiger_drag_hextile.fbs')
        self.session, self.want, self.writer, self.k = mk.read(source), rec.expected(source), writer, k
        self.updates = [i for i, (_, data, _) in enumerate(self.session.messages) if data[0] == 0]
        self.at = self.updates[k]
        self.ms, self.data, self.rects = self.session.messages[self.at]

    def file(self, data=None, messages=None):
        messages = messages or list(self.session.messages)
        messages[self.at] = (self.ms, data or self.data, self.rects)
        return mk.write(self.writer, mk.Session(self.session.init, messages, self.session.end))

    def offset(self, k):
        """Where in the file the record of an update begins."""
        return len(mk.write(self.writer, mk.Session(self.session.init, self.session.messages[:self.updates[k]], 0)))

    def clean(self, gone=()):
        """The first update with which all that was lost is painted over. All is Hextile here."""
        lost, gone = {}, gone or [self.k]
        for k in range(gone[0], len(self.updates)):
            _, data, rects = self.session.messages[self.updates[k]]
            for at in rects:
                x, y, w, h, encoding = struct.unpack_from('>4Hi', data, at)
                for row in range(y, y + h if encoding == 5 else y):
                    mask = ((1 << w) - 1) << x
                    lost[row] = lost.get(row, 0) | mask if k in gone else lost.get(row, 0) & ~mask
            if k > gone[-1] and not any(lost.values()):
                return k
        return None


def check_pictures(c, played, behind=None):
    """All before the damage, then as many as are whole, the last of them as if nothing had been."""
    got, k, clean = played.md5s(), c.k, c.clean() if behind is None else behind
    if not matches(got[:k], c.want[:k]):
        yield f'other pictures before the damage: {len(got)}: {played.log[:300]}'
    n = len(c.want) - clean
    if not matches(got[len(got) - n:], c.want[clean:]):
        yield f'other pictures from number {clean} on: {len(got)}: {played.log[:300]}'
    if not len(c.want) - 1 <= len(got) <= len(c.want):
        yield f'{len(got)} pictures, not {len(c.want) - 1}: {played.log[:300]}'
    yield from played.common()


GOES_ON = (r'%s at byte (\d+): (\d+) bytes cannot be read, going on with the update at byte (\d+)')


def check_gap(c, played, what, low, high):
    """The message has the place, and where it goes on, which is in the update or behind it."""
    found = played.numbers(GOES_ON % what)
    if not found or not low <= found[0] < high or not low <= found[2] <= high or found[1] > high - low:
        yield f'{found}, not from {low} to {high}: {played.log[:300]}'


def encoding_of(data, rect, number):
    return data[:rect + 8] + struct.pack('>I', number) + data[rect + 12:]


def check_encoding(c, packed=False):
    """A rectangle has an encoding that nobody knows."""
    file = c.file(encoding_of(c.data, c.rects[0], 0x1234))
    played = Played(f'{c.writer} encoding {packed}', pack(file) if packed else file)
    yield from check_pictures(c, played)
    if not c.writer.startswith('novnc'):
        yield from check_gap(c, played, r'unknown encoding 4660 \(0x1234\)', c.offset(c.k), c.offset(c.k + 1))


def check_seek(c):
    yield from Played(f'{c.writer} seek', c.file(encoding_of(c.data, c.rects[0], 0x1234))).seek()


def check_count(c):
    """An update has fewer rectangles than it says, so that the next bytes are taken for some."""
    data = encoding_of(c.data, c.rects[-1], 5)      # the last one was LastRect
    played = Played(f'{c.writer} count', c.file(data[:2] + struct.pack('>H', len(c.rects) + 9) + data[4:]))
    yield from check_pictures(c, played)
    late = [k for k, w in enumerate(c.want[-30:]) if abs(w.time - played.pictures[k - 30][0]) > 20]
    if late and c.writer != 'rbs':
        yield f'picture {late[0] - 30} from the end at another time'
    found, start, end = played.numbers(GOES_ON % ''), c.offset(c.k), c.offset(c.k + 1)
    if c.writer[0] in 'vr' and (not found or not start < found[0] < end + 64 or found[2] != end):
        yield f'{found}, not from {start} to {end}: {played.log[:300]}'


def check_nothing(c):
    """Behind the damage nothing makes sense: it stops there and says so."""
    whole = c.file(encoding_of(c.data, c.rects[0], 0x1234))
    start = c.offset(c.k)
    end = start + 100
    played = Played(f'{c.writer} nothing', spoil(whole[:end], end, 1 << 17))
    if not matches(played.md5s(), c.want[:c.k]):
        yield f'{len(played.pictures)} pictures, not {c.k}: {played.log[:300]}'
    yield from played.common()
    found = played.numbers(r'at byte (\d+): what is behind it cannot be read')
    if not found or not start < found[0] < end:
        yield f'{found}, not {start}: {played.log[:300]}'


def check_stamp(c):
    """All of a record's head is something else: vncrec's counter and time."""
    start, size = c.offset(c.k), 20 if c.writer.endswith('16') else 12
    played = Played(f'{c.writer} stamp', spoil(c.file(), start, size))
    yield from check_pictures(c, played)
    yield from check_gap(c, played, r'no time, but \d+ \(0x\w+\)', start, c.offset(c.k + 1))


def check_time(c):
    """RBS: the time behind an update is no time. All pictures are there."""
    end = c.offset(c.k) + len(c.data)
    played = Played('rbs time', spoil(c.file(), end, 8)[:end] + b'\x7f' + spoil(c.file(), end, 8)[end + 1:])
    if not matches(played.md5s(), c.want):
        yield f'{len(played.pictures)} pictures, not {len(c.want)}: {played.log[:300]}'
    yield from played.common(strict=False)
    found = played.numbers(r'The time at byte (\d+) cannot be true')
    if found != [end]:
        yield f'{found}, not {end}: {played.log[:300]}'


def check_text(c, how):
    """The text of JavaScript is damaged around the k-th update's first string."""
    file = c.file()
    text = mk.python_repr(c.data[:len(c.data) // 2]) if c.writer == 'novnc' else None
    if c.writer == 'novnc-base64':
        text = mk.base64.b64encode(c.data[:len(c.data) // 2])
    start = file.index(text)
    start, end = file.rindex(b'\n', 0, start) + 1, start + len(text)
    at = {'open': start, 'brace': start + 1, 'digit': start + 2, 'close': end, 'data': end - 40}[how]
    played = Played(f'{c.writer} {how}', flip(file, at))
    if how in ('close', 'data'):
        # nothing is lost; or one byte is, of a tile
        yield from check_pictures(c, played, c.k if how == 'close' else c.clean())
    else:
        yield from check_pictures(c, played)
        found = played.numbers(r'no string of the session in bytes \d+ \(0x\w+\) at byte (\d+)')
        if not found or not start <= found[0] <= at:
            yield f'{found}, not {at}: {played.log[:300]}'
    if how == 'close' and played.numbers(r'A string is not closed at byte (\d+)') != [at]:
        yield f'not {at}: {played.log[:300]}'


def check_member(c):
    """A session in members, one of which is damaged."""
    file = c.file()
    cuts = [c.offset(27) + 50, c.offset(29) + 50]
    parts = [pack(file[a:b]) for a, b in zip([0, *cuts], [*cuts, len(file)])]
    damaged = parts[0] + spoil(parts[1], len(parts[1]) // 2, 100) + parts[2]
    played = Played(f'{c.writer} member', damaged)
    got = played.md5s()
    shift = c.want[0].time - played.pictures[0][0]
    gone = [k for k, w in enumerate(c.want) if w.time - shift not in [p[0] for p in played.pictures]]
    if c.writer == 'rbs':       # the times are those from one update to the next, and some are gone, too
        gone = list(range(27, 27 + len(c.want) - len(got)))
    clean = c.clean(gone)
    if not clean or not set(gone) <= set(range(27, 32)):
        yield f'gone are {gone}: {played.log[:300]}'
        return
    if not matches(got[:27], c.want[:27]) or not matches(got[clean - len(c.want):], c.want[clean:]):
        yield f'other pictures up to number 27 or from {clean} on: {played.log[:300]}'
    yield from played.common()
    found = played.numbers(r'gzip data are damaged at byte (\d+) .*: going on with the gzip member at byte (\d+)')
    start, end = len(parts[0]), len(parts[0] + parts[1])
    if not found or not start <= found[0] <= end or found[1] != end:
        yield f'{found}, not from {start} to {end}: {played.log[:300]}'


STAMPED = ['vnclog0.0-8', 'vnclog0.0-16', 'vnclog0.4-8', 'vnclog0.4-16']


def message_cases():
    for writer in [*STAMPED, 'rbs', 'novnc', 'novnc-base64']:
        yield f'{writer}, unknown encoding', check_encoding, Case(writer, 9)
    for writer in ['vnclog0.0-8', 'vnclog0.4-16', 'rbs', 'novnc', 'fbs']:
        yield f'{writer}, number of rectangles', check_count, Case(writer, 28)
    for writer in ['vnclog0.4-8', 'rbs']:
        yield f'{writer} in gzip, unknown encoding', check_encoding, Case(writer, 28), True
    for writer in ['vnclog0.0-16', 'vnclog0.4-8', 'rbs']:
        yield f'{writer}, nothing behind', check_nothing, Case(writer, 20)
    for writer in STAMPED[2:]:
        yield f'{writer}, a stamp', check_stamp, Case(writer, 20)
    for writer in ['vnclog0.4-8', 'rbs', 'novnc']:
        yield f'{writer}, seek', check_seek, Case(writer, 9)
    yield 'rbs, a time', check_time, Case('rbs', 8)
    for writer, hows in (('novnc', ('open', 'brace', 'digit', 'close')), ('novnc-base64', ('open', 'close', 'data'))):
        for how in hows:
            yield f'{writer}, {how}', check_text, Case(writer, 9), how
    for writer in ['fbs', 'vnclog0.4-16', 'rbs', 'novnc']:
        yield f'{writer}, gzip member', check_member, Case(writer, 1)


# --- all ---------------------------------------------------------------------------------------------

def run(case):
    name, check, *arguments = case
    return rec.report(name, list(check(*arguments)))


def main():
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return all(list(pool.map(run, [*minimega_cases(), *message_cases()])))


if __name__ == '__main__':
    sys.exit(not main())
