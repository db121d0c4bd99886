"""What becomes of damaged recordings, for tests."""
import os
import re
import tempfile

import recordings as rec

FOLDER = tempfile.TemporaryDirectory()


def store(name, data):
    path = os.path.join(FOLDER.name, re.sub('[^a-z0-9.-]+', '_', name.lower()))
    with open(path, 'wb') as f:
        f.write(data)
    return path


class Played:
    """What ffmpeg made of a file."""
    def __init__(self, name, data):
        self.path = store(name, data)
        self.pictures, done = rec.pictures(self.path)
        self.log = done.stderr.decode()

    @property
    def status(self):
        return rec.run([f'{rec.BUILD}/ffmpeg', '-v', 'quiet', '-nostdin', '-xerror', '-i', self.path, '-c', 'copy',
                        '-f', 'null', '-']).returncode

    @property
    def duration(self):
        done = rec.run([f'{rec.BUILD}/ffprobe', '-v', 'quiet', '-of', 'csv=p=0', '-show_entries', 'stream=duration',
                        self.path])
        return round(1000 * float(done.stdout or 0))

    def seek(self):
        """Behind the damage, seeking gives what comes without."""
        at = len(self.pictures) * 9 // 10
        target = (self.pictures[at - 1][0] + self.pictures[at][0]) // 2 - self.pictures[0][0]
        done = rec.ffmpeg(['-ss', f'{target / 1000:.3f}'], self.path, ['-f', 'framemd5'])
        got = [line.split(',')[5].strip() for line in done.stdout.decode().splitlines() if line[0] != '#']
        want = self.md5s()[at:]
        if got[-len(want):] != want:
            yield f'other pictures after a seek to {target} ms: {len(got)}, not {len(want)}: {done.stderr.decode()[:200]}'

    def numbers(self, pattern):
        """The numbers that a message with this pattern has, or None."""
        found = re.search(pattern, self.log)
        return found and [int(n) for n in found.groups()]

    def md5s(self):
        return [p[2] for p in self.pictures]

    def common(self, strict=True):
        times = [p[0] for p in self.pictures]
        if times != sorted(times):
            yield 'time runs backwards'
        if strict and not self.status:
            yield 'with -xerror the exit status is 0'


def matches(got, want):
    return len(got) == len(want) and all(g in w.md5 for g, w in zip(got, want))


def before_and_behind(played, want, before, behind, more=2):
    """So many pictures before the damage are there, so many at the end, and a few more at most."""
    got = played.md5s()
    if not matches(got[:before], want[:before]):
        yield f'other pictures before the damage: {len(got)}, {before} are whole: {played.log[:300]}'
    if not matches(got[len(got) - behind:], want[len(want) - behind:]):
        yield f'other pictures behind the damage: {len(got)}, {behind} are whole: {played.log[:300]}'
    if not before + behind <= len(got) <= min(before + behind + more, len(want)):
        yield f'{len(got)} pictures, not {before} and {behind}: {played.log[:300]}'
