#!/usr/bin/env python3
"""The tests with servers, viewers and files that lie, against programs with the sanitizers."""
import os
import re
import subprocess
import sys
import tempfile

import recordings

PROGRAMS = ('rfbrec', 'rfbplay')
SUITES = ('test_rfbrec_fake', 'test_rfbrec_proxy_fake', 'test_rfbrec_sasl', 'test_rfbrec_files',
          'test_serve', 'test_rfbplay_index')

# how much memory is in use does not count here
MEMORY = re.compile(r'\d+ (KB of memory|bytes more)$')

# what OpenSSL keeps for Cyrus SASL's DIGEST-MD5
LEAKS = 'leak:libcrypto\nleak:libdigestmd5\n'


def run(suite, folder):
    """Whether all of its cases went well; they are told."""
    env = dict(os.environ, BUILD=folder, LSAN_OPTIONS=f'suppressions={folder}/leaks')
    done = subprocess.run([sys.executable, '-B', f'tests/{suite}.py'], capture_output=True,
                          text=True, errors='replace', env=env, timeout=300)
    lines = re.findall(r'^(ok|not ok|skip) (.*)', done.stdout, re.M)
    good = bool(lines)
    for word, case in lines:
        if word == 'not ok' and MEMORY.search(case):
            print(f'skip sanitized: {case} - AddressSanitizer holds what is freed')
            continue
        print(f'{word} sanitized: {case}')
        good = good and word != 'not ok'
    if not lines:
        print(f'not ok sanitized: {suite} - it ended early: {done.stderr[-200:]!r}')
    return good


def main():
    with tempfile.TemporaryDirectory() as folder:
        for name in os.listdir(recordings.BUILD):
            os.symlink(f'{recordings.BUILD}/{name}', f'{folder}/{name}')
        for name in PROGRAMS:
            os.remove(f'{folder}/{name}')
            os.symlink(f'{recordings.BUILD}/asan/bin/{name}', f'{folder}/{name}')
        with open(f'{folder}/leaks', 'w') as f:
            f.write(LEAKS)
        return int(not all([run(suite, folder) for suite in SUITES]))


if __name__ == '__main__':
    sys.exit(main())
