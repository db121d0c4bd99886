#!/usr/bin/env python3
"""Recordings that other people's programs wrote, against what Python finds in them."""
import os
import re
import struct
import sys
import tarfile

import mkcontainers as mk
import recordings as rec
from test_containers import compare, probe, store


# --- recordings from elsewhere ---------------------------------------------------------------------

def fbs_blocks(raw, at, padding, swapped=False):
    """(data, ms) of whole blocks, by the layout alone."""
    while at + 4 <= len(raw):
        size, = struct.unpack_from('>I', raw, at)
        end = at + 4 + size
        tail = (-size % 4 if padding else 0) + 4
        if end + tail > len(raw) or (not padding and raw[end:end + 1] == b'{'):
            return
        yield raw[at + 4:end], struct.unpack_from('>I', raw, end if swapped else end + tail - 4)[0]
        at = end + tail


def updates_in(data, init):
    """Updates that are whole, up to the end or to what cannot be read."""
    walker, n = mk.Walker(data, 0, init), 0
    try:
        while walker.at < len(data):
            kind = data[walker.at]
            walker.message()
            n += kind == 0
    except (struct.error, IndexError, ValueError):
        pass
    return n


def fbs_facts(path, raw, handshake, **layout):
    blocks = list(fbs_blocks(raw, raw.index(b'\n', 12) + 1 if raw[:12] == b'FBS 001.002\n' else 12, **layout))
    data = b''.join(d for d, _ in blocks)
    at = handshake
    name, = struct.unpack_from('>I', data, at + 20)
    return {'format': 'fbs', 'duration': blocks[-1][1], 'width': struct.unpack_from('>H', data, at)[0],
            'packets': updates_in(data[at + 24 + name:], data[at:])}


def vncrec_facts(raw):
    at = 9 + 12 + 2 + 4
    init = raw[at:at + 24 + struct.unpack_from('>I', raw, at + 20)[0]]
    at += len(init)
    plain, walker, times, updates = b'', mk.Walker(raw, at, init), [], 0

    def stamp():
        _, seconds, _, microseconds, _ = walker.u('5I')
        times.append(seconds * 1000000 + microseconds)

    try:
        while True:
            stamp()
            kind = walker.data[walker.at]
            if kind:
                walker.message()
                continue
            walker.skip(2)
            for _ in range(walker.u('H')):
                stamp()
                if walker.rectangle():
                    break
            updates += 1
    except (struct.error, IndexError):
        pass
    return {'format': 'vnclog', 'duration': (times[-1] - times[0]) // 1000, 'packets': updates,
            'width': struct.unpack('>H', init[:2])[0]}


def novnc_facts(text):
    strings = [eval('b' + line.rstrip(',')) for line in text.splitlines() if line[:2] in ("'{", "'}")]
    frames = [re.match(rb'(?s)([{}])(\d+)[{}](.*)', s).groups() for s in strings]
    data = b''.join(d for kind, _, d in frames if kind == b'{')
    at = 12 + 2 + 4
    name, = struct.unpack_from('>I', data, at + 20)
    asked = next(d for kind, _, d in frames if kind == b'}' and len(d) >= 20 and d[0] == 0)
    init = data[at:at + 4] + asked[4:20]
    return {'format': 'novnc', 'duration': int(frames[-1][1]), 'width': struct.unpack('>H', init[:2])[0],
            'packets': updates_in(data[at + 24 + name:], init)}


def wild_facts(path):
    name = os.path.basename(path)
    with open(path, 'rb') as f:
        raw = f.read()
    if name == 'vncrec04.vnc':
        return vncrec_facts(raw)
    if name.endswith('.js'):
        return novnc_facts(raw.decode('latin-1'))
    if name == 'node-rfb2-out.fbs':
        return fbs_facts(path, raw, 12 + 2 + 4, padding=True, swapped=True)
    if name == 'server.fbs':
        facts = fbs_facts(path, raw, 12 + 4 + 16 + 4, padding=False)
        facts['created'] = '2018-01-27T16:54:19.654553Z'
        return facts
    return fbs_facts(path, raw, 16, padding=True)


WILD = ['node-rfb2-out.fbs', 'vncrec04.vnc', 'websockify-record.js', 'reflector-tight.fbs', 'reflector-tight.fbk',
        'rfbproxy-shared.fbs', 'rfbproxy-xclock.fbs', 'tightjava-start-tight.fbs', 'tightjava-mid-zrle.fbs',
        'vncproxy-recorder.rbs']
COUNTED = {     # by those who found the files
    'rfbproxy-xclock.fbs': {'packets': 63, 'duration': 15316, 'width': 1024},
    'vncproxy-recorder.rbs': {'packets': 93, 'duration': 7638},    # and one that is cut short
    'vncrec04.vnc': {'packets': 76}, 'server.fbs': {'packets': 659, 'width': 1024},
}


def check_wild(path):
    want = wild_facts(path)
    want.update(COUNTED.get(os.path.basename(path), {}))
    return rec.report(os.path.basename(path), compare(probe(path), want))


def check_universe():
    archive = rec.sample('wild/demo-CountSides.tar.gz')
    if not archive:
        print('skip server.fbs - not in $SAMPLES\nskip client.fbs - not in $SAMPLES')
        return []
    with tarfile.open(archive) as tar:
        paths = [store(name, tar.extractfile('demo-CountSides/' + name).read())
                 for name in ('server.fbs', 'client.fbs')]
    client = probe(paths[1])
    problems = compare(client, {'status': 1})
    if 'server.fbs' not in client['log']:
        problems.append(f'it says only: {client["log"][:200]}')
    return [check_wild(paths[0]), rec.report('client.fbs', problems)]


def check_wilds():
    good = check_universe()
    for name in WILD:
        path = rec.sample('wild/' + name)
        if path:
            good.append(check_wild(path))
        else:
            print(f'skip {name} - not in $SAMPLES')
    index = rec.sample('wild/reflector-tight.fbi')
    if index:
        good.append(rec.report('reflector-tight.fbi', compare(probe(index), {'status': 1, 'format': None})))
    return good


if __name__ == '__main__':
    sys.exit(not all(check_wilds()))
