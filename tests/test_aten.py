#!/usr/bin/env python3
"""AST2100 pictures of an encoder of our own, in all qualities and both samplings.

The encoder takes T.81's tables from a JPEG that ImageMagick makes, and computes with floating point.
What ffmpeg shows is compared with what the coefficients mean, and with the picture that was coded.
"""
import math
import os
import struct
import sys
import tempfile

import recordings as rec
from test_output import pictures, rect, write_fbs

AST2100 = 87
WIDTH, HEIGHT = 88, 56
# A quality's tables are T.81's times these, divided by 32 (doc/formats.md).
LUMA = [40, 35, 29, 23, 18, 12, 6, 4, 4, 3, 2, 1]
CHROMA = [60, 52, 43, 35, 26, 18, 9, 6, 5, 4, 3, 2]
ZIGZAG = sorted(range(64), key=lambda i: (i // 8 + i % 8, i // 8 if (i // 8 + i % 8) % 2 else i % 8))
COSINES = [[math.cos((2 * x + 1) * u * math.pi / 16) * (0.5 if u else math.sqrt(0.125))
            for x in range(8)] for u in range(8)]


def tables():
    """T.81's: {number: 64 values in zigzag order}, and {class and number: {value: code}}."""
    jpeg = rec.run(['convert', '-size', '16x16', 'xc:red', '-quality', '50', '-sampling-factor', '1x1',
                    '-define', 'jpeg:optimize-coding=false', 'jpg:-']).stdout
    quant, codes, at = {}, {}, 2
    while jpeg[at + 1] != 0xDA:
        size = struct.unpack_from('>H', jpeg, at + 2)[0]
        body = jpeg[at + 4:at + 2 + size]
        while jpeg[at + 1] == 0xDB and body:
            quant[body[0]], body = body[1:65], body[65:]
        while jpeg[at + 1] == 0xC4 and body:
            code, k, table = 0, 17, codes.setdefault(body[0], {})
            for length in range(1, 17):
                for _ in range(body[length]):
                    table[body[k]] = f'{code:0{length}b}'
                    code, k = code + 1, k + 1
                code <<= 1
            body = body[k:]
        at += 2 + size
    return quant, codes


QUANT, CODES = tables()


def scaled(component, quality):
    """In natural order."""
    factor = (CHROMA if component else LUMA)[quality]
    table = [0] * 64
    for i, value in enumerate(QUANT[1 if component else 0]):
        table[ZIGZAG[i]] = max(value * factor // 32, 1)
    return table


def transform(block, inverse):
    """The two-dimensional DCT of 8 lines of 8."""
    matrix = [list(r) for r in zip(*COSINES)] if inverse else COSINES
    lines = [[sum(m * v for m, v in zip(row, line)) for row in matrix] for line in block]
    columns = [[sum(m * v for m, v in zip(row, line)) for row in matrix] for line in zip(*lines)]
    return [list(line) for line in zip(*columns)]


def number(v):
    """The bits of a coefficient, of which there are as many as its code tells."""
    size = abs(v).bit_length()
    return size, f'{v + (1 << size) - 1 if v < 0 else v:0{size}b}' if size else ''


class Encoder:
    def __init__(self, quality, sampling, low):
        # the lowest quality has a code of its own, whatever the header says
        self.quant = [scaled(c, 0 if low else quality[c > 0]) for c in range(3)]
        self.code = '0100' if low else '0000'
        self.header = struct.pack('>BBH', *quality, sampling)
        self.bits, self.last = [], [0, 0, 0]

    def block(self, component, samples):
        """@return what the samples become"""
        table = self.quant[component]
        spectrum = transform([[v - 128 for v in line] for line in samples], False)
        q = [round(spectrum[i // 8][i % 8] / table[i]) for i in range(64)]
        dc, ac = CODES[1 if component else 0], CODES[0x11 if component else 0x10]
        size, bits = number(q[0] - self.last[component])
        self.last[component] = q[0]
        self.bits += dc[size], bits
        run = 0
        for i in range(1, 64):
            v = q[ZIGZAG[i]]
            if not v:
                run += 1
                continue
            while run > 15:
                self.bits.append(ac[0xF0])
                run -= 16
            size, bits = number(v)
            self.bits += ac[run << 4 | size], bits
            run = 0
        if run:
            self.bits.append(ac[0])
        back = transform([[q[8 * v + u] * table[8 * v + u] for u in range(8)] for v in range(8)], True)
        return [[min(max(math.floor(v + 128.5), 0), 255) for v in line] for line in back]

    def data(self):
        bits = ''.join(self.bits) + '1001'
        bits += '0' * (-len(bits) % 32)
        return self.header + struct.pack(f'<{len(bits) // 32}I', *(
            int(bits[i:i + 32], 2) for i in range(0, len(bits), 32)))


def encode(planes, quality, sampling, low):
    """The data, and the planes as they come out."""
    e = Encoder(quality, sampling, low)
    unit = 16 if sampling == 422 else 8
    size = [(WIDTH, HEIGHT)] + [(WIDTH * 8 // unit, HEIGHT * 8 // unit)] * 2
    out = [[[0] * (w + 16) for _ in range(h + 16)] for w, h in size]

    def block(component, x, y):
        w, h = size[component]
        samples = [[planes[component][min(y + j, h - 1)][min(x + i, w - 1)] for i in range(8)]
                   for j in range(8)]
        for j, line in enumerate(e.block(component, samples)):
            out[component][y + j][x:x + 8] = line

    for y in range(0, HEIGHT, unit):
        for x in range(0, WIDTH, unit):
            e.bits.append(e.code)
            for part in range((unit // 8) ** 2):
                block(0, x + part % 2 * 8, y + part // 2 * 8)
            for component in (1, 2):
                block(component, x * 8 // unit, y * 8 // unit)
    return e.data(), out


def rgb(planes, step):
    """What viewers make of Y Cb Cr."""
    picture = bytearray()
    for y in range(HEIGHT):
        for x in range(WIDTH):
            luma = round(1.164 * (planes[0][y][x] - 16))
            cb, cr = (planes[c][y // step][x // step] - 128 for c in (1, 2))
            for v in (1.597656 * cr, -0.8125 * cr - 0.390625 * cb, 2.015625 * cb):
                picture.append(min(max(round(luma + v), 0), 255))
    return bytes(picture)


def source(pix_fmt, step):
    done = rec.run([f'{rec.BUILD}/ffmpeg', '-v', 'error', '-f', 'lavfi', '-i',
                    f'testsrc2=s={WIDTH}x{HEIGHT}', '-frames:v', '1', '-vf', 'scale=out_color_matrix=bt601',
                    '-pix_fmt', pix_fmt, '-f', 'rawvideo', '-'])
    planes, at = [], 0
    for c in range(3):
        w, h = (WIDTH // step, HEIGHT // step) if c else (WIDTH, HEIGHT)
        planes.append([done.stdout[at + y * w:at + (y + 1) * w] for y in range(h)])
        at += w * h
    return planes


def differs(got, shall, most, mean):
    d = [abs(a - b) for a, b in zip(got, shall)]
    if max(d) > most or sum(v * v for v in d) / len(d) > mean:
        return f'differs by up to {max(d)}, mean of squares {sum(v * v for v in d) / len(d):.2f}'
    return None


def looks_as_coded(sampling):
    step = 2 if sampling == 422 else 1
    planes = source('yuv420p' if step == 2 else 'yuv444p', step)
    # the two qualities of a picture need not be the same
    cases = [((q, 11 - q), False) for q in range(12)] + [((11, 11), False), ((11, 11), True)]
    coded = [encode(planes, quality, sampling, low) for quality, low in cases]
    problems = []
    with tempfile.TemporaryDirectory() as folder:
        path = write_fbs(os.path.join(folder, 'aten.fbs'), WIDTH, HEIGHT, [
            [rect(0, 0, WIDTH, HEIGHT, AST2100, struct.pack('>II', 0, len(data)) + data)]
            for data, _ in coded])
        got = list(pictures(path, [(WIDTH, HEIGHT)] * len(cases), 'rgb24'))
    for (quality, low), (_, out), picture in zip(cases, coded, got):
        # one of luma and one of chroma at most, each times what it weighs
        why = 'no picture' if picture is None else differs(picture, rgb(out, step), 4, 0.3)
        if why:
            problems.append(f'quality {quality}{" low" * low}: {why}')
    if not problems:
        why = differs(got[-2], rgb(planes, step), 12, 3)
        problems += [f'the picture that was coded: {why}'] if why else []
    return problems


def main():
    failed = False
    for sampling in (444, 422):
        problems = looks_as_coded(sampling)
        failed |= bool(problems)
        print(f'not ok {sampling} - {"; ".join(problems[:3])}' if problems else f'ok {sampling}')
    sys.exit(failed)


if __name__ == '__main__':
    main()
