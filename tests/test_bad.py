#!/usr/bin/env python3
"""Recordings damaged on purpose: what plays, what ffmpeg says, and its exit status.

tests/samples/bad/LIST.txt says what is wrong with each. All before the damage plays; the message
names what was met and the byte; with -xerror the exit status is not 0.
"""
import os
import re
import sys

import recordings as rec

FOLDER = 'tests/samples/bad'

# What the message must speak of. A handshake that is broken leaves nothing to play.
WORDS = {
    'bad_rect_outside': 'Raw.*out of the frame',
    'bad_encoding': 'unknown encoding 4660',
    'bad_zlib_corrupt': 'ZRLE.*zlib',
    'bad_zrle_run': 'ZRLE.*run',
    'bad_zrle_short': 'ZRLE.*too little',
    'bad_tight_control': 'Tight.*control 240',
    'bad_tight_filter': 'Tight.*filter 7',
    'bad_tight_jpeg_garbage': 'Tight.*JPEG',
    'bad_tight_palidx': 'Tight.*palette',
    'bad_nrects': 'ends inside a message',
    'bad_hextile_subrect': 'Hextile.*sub-rectangle',
    'bad_rre_subrect': 'RRE.*sub-rectangle',
    'bad_corre_subrect': 'CoRRE.*sub-rectangle',
    'bad_desktopsize_huge': 'DesktopSize.*max_pixels',
    'bad_cuttext_len': 'ServerCutText.*length 2147483647',
    'bad_cuttext_min': 'ServerCutText.*length 2147483648',
    'bad_cursor_huge': 'Cursor.*size',
    'bad_blocklen': 'Block length 4294967280',
}
BROKEN_HANDSHAKE = {
    'bad_size_huge': 'max_pixels',
    'bad_name_len': 'handshake',
    'bad_pf_max0': 'pixel format',
    'bad_pf_map16': 'colour map',
    'bad_version': 'handshake',
    'bad_empty': '',
    'bad_headeronly': 'handshake',
    'bad_notfbs': '',
}

# A recorder that was stopped leaves a message that is not whole: no error.
NO_ERROR = ('bad_nrects',)


def before_damage(name):
    kind = 'zrle' if name == 'bad_zlib_corrupt' else 'tight'
    return rec.expected(f'{FOLDER}/BEFORE_DAMAGE_{kind}')


def check_session(name, got, log):
    want = before_damage(name)
    if len(got) < len(want):
        yield f'{len(got)} pictures, {len(want)} stand before the damage'
    for n, (g, w) in enumerate(zip(got, want)):
        if g[2] not in w.md5 or g[0] != w.time:
            yield f'picture {n} before the damage is another one'
    if not re.search(WORDS[name], log):
        yield f'the message does not say "{WORDS[name]}": {log[:200]}'
    if name != 'bad_nrects' and not re.search(r'at byte \d+|byte \d+ of the packet at \d+', log):
        yield f'the message does not say where: {log[:200]}'


def check(path):
    name = rec.name_of(path)
    got, done = rec.pictures(path)
    log = done.stderr.decode()
    strict = rec.run([f'{rec.BUILD}/ffmpeg', '-v', 'quiet', '-nostdin', '-xerror', '-i', path,
                      '-f', 'null', '-'])
    if name in WORDS:
        yield from check_session(name, got, log)
    else:
        if got or not done.returncode:
            yield 'it plays, though its handshake is broken'
        if not re.search(BROKEN_HANDSHAKE[name], log) or not log:
            yield f'the message does not say "{BROKEN_HANDSHAKE[name]}": {log[:200]}'
    if (strict.returncode != 0) == (name in NO_ERROR):
        yield f'exit status {strict.returncode} with -xerror'


def main():
    names = sorted(n for n in os.listdir(FOLDER) if n.endswith('.fbs'))
    good = [rec.report(n, list(check(f'{FOLDER}/{n}'))) for n in names]
    sys.exit(not all(good) or not good)


if __name__ == '__main__':
    main()
