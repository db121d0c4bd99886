"""The benchmark table: our decoder against libvncclient's, transcoding against libx264 alone,
memory against the length of the recording, and what recording costs.

    bench.py BUILD FOLDER        (tests/bench/run calls it; BUILD has ffmpeg and ffprobe)

Nothing is asserted here. CPU times are of whole processes as the kernel accounts them to each
child, start-up included; of several runs, which alternate between the two sides, the median
counts. Ratios say how many times faster ours is: above 1 is better.
"""
import os
import statistics
import subprocess
import sys
import time

import recorder
import scene
import seeks
import sessions

QUICK = os.environ.get('BENCH_QUICK', '') not in ('', '0')
PARTS = os.environ.get('BENCH_ONLY',
                       'decode transcode rfbplay memory recorder serve seek').split()
BUILD, FOLDER = sys.argv[1:3]
FFMPEG, FFPROBE, RFBPLAY = f'{BUILD}/ffmpeg', f'{BUILD}/ffprobe', f'{BUILD}/rfbplay'
QUIET = [FFMPEG, '-v', 'error', '-nostdin', '-y']
RAM = '/dev/shm' if os.access('/dev/shm', os.W_OK) else FOLDER
LABELS = {'desktop': 'desktop, Tight, JPEG q7', 'tight-jpeg': 'busy, Tight, JPEG q7',
          'tight': 'busy, Tight, lossless', 'zrle': 'busy, ZRLE', 'hextile': 'busy, Hextile',
          'raw': 'busy, Raw'}
RAW_ROUNDS = 2 if QUICK else 6


def spend(command):
    """Runs a command; (stdout, wall, user, system seconds, peak RSS in MB)."""
    start = time.monotonic()
    with open(f'{FOLDER}/log', 'w') as log:
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
    out = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f'bench: exit status {child.returncode} of {" ".join(command)}\n'
                 + open(f'{FOLDER}/log', errors='replace').read()[:2000])
    return out, wall, usage.ru_utime, usage.ru_stime, usage.ru_maxrss / 1024


def table(rows):
    """Prints rows of cells: the first column flush left, the others flush right."""
    widths = [max(len(row[n]) for row in rows if n < len(row)) for n in range(len(rows[0]))]
    for row in rows:
        cells = [cell.rjust(width) for cell, width in zip(row, widths)]
        print('  ' + '  '.join([row[0].ljust(widths[0])] + cells[1:]).rstrip(), flush=True)
    print()


def machine():
    cpu = next(line.split(':')[1].strip() for line in open('/proc/cpuinfo')
               if line.startswith('model name'))
    version = spend([FFMPEG, '-version'])[0].split()[2]
    lvc = subprocess.run(['dpkg-query', '-W', '-f', '${Version}', 'libvncclient1'],
                         capture_output=True, text=True).stdout
    print(f'\nMachine: {cpu}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start'
          f'\nFFmpeg {version} with the fbs demuxer and the rfb decoder; libvncclient {lvc}\n')


def recording(name):
    path = f'{FOLDER}/{name}.fbs'
    if not os.path.exists(path):
        pictures = f'{FOLDER}/pictures'
        scene.make_pictures(pictures)
        print(f'recording {path} from Xvnc ...', file=sys.stderr)
        sessions.record(name, path, pictures, QUICK)
    return path


# ---- decoding alone ----

def ours_decode(path):
    return [*QUIET, '-threads', '1', '-max_fps', '0', '-draw_mouse', '0', '-i', path,
            '-fps_mode', 'passthrough', '-filter_threads', '1', '-f', 'null', '-']


def lvc_decode(path, *options):
    return [f'{FOLDER}/lvc', *options, path]


def same_pictures(path):
    """How many updates the two decoders agree on: 'all 480', or '470 of 480'."""
    ours = [line.split(',')[-1].strip() for line in spend(
        [*QUIET, '-max_fps', '0', '-draw_mouse', '0', '-i', path, '-fps_mode', 'passthrough',
         '-pix_fmt', 'rgb24', '-f', 'framecrc', '-'])[0].splitlines() if line[0] != '#']
    theirs = spend(lvc_decode(path, '--crc'))[0].split()
    same = sum(a == b for a, b in zip(ours, theirs))
    if len(ours) != len(theirs):
        return f'{same}; {len(ours)}/{len(theirs)} frames'
    return f'all {same}' if same == len(ours) else f'{same} of {len(ours)}'


def medians(runs):
    """Of runs of (wall, user, system) seconds: wall, user, user + system."""
    return (statistics.median(v) for v in zip(*((w, u, u + s) for w, u, s in runs)))


def decode_row(name):
    path = recording(name)
    agree = same_pictures(path)
    if name == 'raw':
        sessions.repeat(path, f'{RAM}/bench-raw-{os.getpid()}.fbs', RAW_ROUNDS)
        path = f'{RAM}/bench-raw-{os.getpid()}.fbs'
    ours, theirs = [], []
    try:
        for _ in range(3 if QUICK else 7):
            ours.append(spend(ours_decode(path))[1:4])
            out, wall = spend(lvc_decode(path))[:2]
            counts = dict(pair.split('=') for pair in out.split())
            theirs.append((wall, float(counts['user']), float(counts['sys'])))
        size = os.path.getsize(path) / 1e6
    finally:
        if name == 'raw':
            os.remove(path)
    ours_wall, ours_user, ours_all = medians(ours)
    lvc_wall, lvc_user, lvc_all = medians(theirs)
    mpixel = float(counts['mpixel'])
    return [LABELS[name], f'{size:.0f}', counts['updates'], f'{mpixel:.0f}',
            f'{ours_user:.2f}', f'{lvc_user:.2f}', f'{ours_all:.2f}', f'{lvc_all:.2f}',
            f'{mpixel / ours_user:.0f}', f'{mpixel / lvc_user:.0f}',
            f'{lvc_user / ours_user:.2f}', f'{lvc_all / ours_all:.2f}',
            f'{ours_wall:.2f}', f'{lvc_wall:.2f}', f'{lvc_wall / ours_wall:.2f}', agree]


def decode_table():
    print('Decoding alone, 1920x1080, one thread (ffmpeg -threads 1 -max_fps 0 -f null); CPU')
    print('seconds of user time and of user + system time, millions of painted pixels a second,')
    print('and seconds on the clock (libvncclient is fed by another process; ffmpeg reads and')
    print('decodes in two threads). Ratios above 1: ours needs less.')
    start_up = statistics.median(spend([*QUIET, '-i', recording('tight'), '-frames:v', '1',
                                        '-f', 'null', '-'])[2] for _ in range(5))
    rows = [decode_row(name) for name in LABELS]
    table([['', 'file', '', '', 'user', 'user', 'u+s', 'u+s', 'Mpx/s', 'Mpx/s', 'ratio', 'ratio',
            'wall', 'wall', 'ratio', 'updates'],
           ['recording', 'MB', 'updates', 'Mpixel', 'ours', 'lvc', 'ours', 'lvc', 'ours', 'lvc',
            'user', 'u+s', 'ours', 'lvc', 'wall', 'that agree']] + rows)
    print(f"  ffmpeg's start-up and first frame, included above: {start_up:.2f} s\n")


# ---- transcoding ----

def probe(path):
    """(pixel format, number of packets) of a video file."""
    out = spend([FFPROBE, '-v', 'error', '-count_packets', '-select_streams', 'v', '-show_entries',
                 'stream=pix_fmt,nb_read_packets', '-of', 'csv=p=0', path])[0]
    pix_fmt, packets = out.strip().split(',')[:2]
    return pix_fmt, int(packets)


def seconds_that_fit(path, most=15, frame=1920 * 1080 * 3, rate=20):
    """How much of the session fits as raw frames into a third of the free memory, and 6 GB."""
    free = next(int(line.split()[1]) * 1024 for line in open('/proc/meminfo')
                if line.startswith('MemAvailable'))
    return min(sessions.duration(path), min(free / 3, 6e9) / frame / rate, 5 if QUICK else most)


def transcode_rows(before, after, path, seconds):
    mp4, raw = f'{FOLDER}/out.mp4', f'{RAM}/bench-raw-{os.getpid()}.nut'
    cut = ['-t', f'{seconds:.3f}']
    ours_in = [*QUIET, *before, '-i', path, *cut, *after]
    whole = [*ours_in, mp4]
    ours, alone = [spend(whole)[1:4]], []
    pix_fmt, frames = probe(mp4)
    try:
        spend([*ours_in, '-c:v', 'rawvideo', '-pix_fmt', pix_fmt, raw])
        for _ in range(1 if QUICK else 3):
            alone.append(spend([*QUIET, '-i', raw, mp4])[1:4])
            ours.append(spend(whole)[1:4])
        alone_frames = probe(mp4)[1]
    finally:
        os.remove(raw)
    rows = []
    label = ' '.join([*before, '-i X.fbs', *after, 'out.mp4'])
    for name, count, runs in ((label, frames, ours), ('  x264 alone', alone_frames, alone)):
        wall = statistics.median(w for w, u, s in runs)
        cpu = statistics.median(u + s for w, u, s in runs)
        rows.append([name, pix_fmt, str(count), f'{wall:.1f}', f'{seconds / wall:.1f}x',
                     f'{cpu:.1f}', f'{1000 * cpu / count:.1f}', wall, cpu])
    for row in rows:
        row[7:] = [f'{row[7] / rows[1][7]:.2f}', f'{row[8] / rows[1][8]:.2f}']
    return rows


def transcode(name, what, commands):
    path = recording(name)
    seconds = seconds_that_fit(path)
    print(f'Transcoding {seconds:.0f} s of {what} to mp4 with the default libx264')
    print('settings, against encoding the same frames from memory')
    rows = []
    for before, after in commands:
        rows += transcode_rows(before, after, path, seconds)
    table([['', '', '', 'wall', 'times', 'CPU', 'CPU ms', 'wall /', 'CPU /'],
           ['command', 'encoded as', 'frames', 's', 'real time', 's', 'a frame', 'x264', 'x264']]
          + rows)


def transcode_table():
    converted = (['-output', 'yuv420p'], [])
    transcode('desktop', f'"{LABELS["desktop"]}", 12 updates a second,',
              (([], []), ([], ['-pix_fmt', 'yuv420p']), converted))
    transcode('light', 'a light session, 5 updates a second,', (([], []), converted))


# ---- rfbplay ----

# what rfbplay tells libx264 by default
X264 = ['-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '21',
        '-x264-params', 'mbtree=1:aq-mode=1:rc-lookahead=10', '-g', '250',
        '-fps_mode', 'passthrough', '-enc_time_base', '1:1000', '-movflags', '+faststart']


def typical():
    """Five seconds of typing and scrolling slowly, then nothing for 25 s, and so on for 12 minutes."""
    path, rounds = f'{FOLDER}/typical.fbs', f'{FOLDER}/light-rounds.fbs'
    if not os.path.exists(path):
        sessions.repeat(recording('light'), rounds, 6)
        sessions.with_idle(rounds, path, 5000, 25000)
        os.remove(rounds)
    return path


def play_rows(what, path, seconds):
    """rfbplay against ffmpeg, which is given the same pictures with the same times."""
    mp4, raw = f'{FOLDER}/out.mp4', f'{RAM}/bench-raw-{os.getpid()}.nut'
    part = [RFBPLAY, '-q', '-y', '--duration', f'{seconds:.3f}', path]
    ours, theirs = [], []
    try:
        spend([*part, '--codec', 'rawvideo', raw])
        for _ in range(1 if QUICK else 5):
            ours.append(spend([*part, mp4])[1:])
            frames = probe(mp4)[1]
            theirs.append(spend([*QUIET, '-i', raw, *X264, mp4])[1:])
            if probe(mp4)[1] != frames:
                sys.exit('bench: the two do not encode the same pictures')
        size = os.path.getsize(mp4)
    finally:
        os.remove(raw)
    walls = [statistics.median(run[0] for run in runs) for runs in (ours, theirs)]
    cpus = [statistics.median(run[1] + run[2] for run in runs) for runs in (ours, theirs)]
    return [[what, f'{seconds:.0f}', str(frames), f'{walls[0]:.2f}', f'{walls[1]:.2f}',
             f'{walls[0] / walls[1]:.2f}', f'{seconds / walls[0]:.1f}x',
             f'{seconds / min(run[0] for run in ours):.1f}x',
             f'{1000 * cpus[0] / frames:.1f}', f'{1000 * cpus[1] / frames:.1f}',
             f'{size * 8 / seconds / 1000:.0f}', f'{ours[0][3]:.0f}']]


def play_table():
    print('rfbplay IN OUT.mp4 with its default settings, against ffmpeg encoding the same pictures')
    print('with the same settings and times from raw BGR0 frames in memory (ratios below 1: rfbplay')
    print('needs less)')
    rows = []
    for name, what in (('busy', 'busy: photographs, scrolling, 12/s'),
                       ('desktop', 'desktop: text, dragging, 12/s')):
        path = recording(name)
        rows += play_rows(what, path, seconds_that_fit(path, 60, 1920 * 1080 * 4, 12))
    path = typical()
    # its 600 pictures are 5 GB
    rows += play_rows('typical, with idle time', path, 240 if QUICK else 600)
    table([['', '', '', 'wall s', 'wall s', 'wall', 'times real', 'the', 'CPU ms', 'CPU ms', '',
            'peak MB'],
           ['session, 1920x1080', 's', 'frames', 'rfbplay', 'raw', 'ratio', 'time, median', 'best',
            'rfbplay', 'raw', 'kbit/s', 'rfbplay']] + rows)


# ---- memory ----

def memory_row(source, minutes):
    path = f'{RAM}/bench-long-{os.getpid()}.fbs'
    sessions.repeat(source, path, round(minutes * 60 / (sessions.duration(source) + 0.2)))
    try:
        alone = spend([FFPROBE, '-v', 'error', '-threads', '1', '-count_frames', '-show_entries',
                       'stream=nb_read_frames', '-of', 'csv=p=0', path])
        whole = spend([*QUIET, '-threads', '1', '-i', path, '-f', 'null', '-'])
        seconds, size = sessions.duration(path), os.path.getsize(path) / 1e6
    finally:
        os.remove(path)
    frames, wall, user, system, rss = alone
    return [f'{seconds:.0f} s', f'{size:.0f}', frames.strip().strip(','), f'{rss:.1f}',
            f'{whole[4]:.1f}', f'{user + system:.1f}', f'{seconds / wall:.0f}x']


def memory_table():
    print('Memory decoding a light session (Hextile, 5 updates a second): ffprobe -count_frames,')
    print("and ffmpeg -f null, where some twenty frames of 8.3 MB wait between ffmpeg's threads")
    source = recording('light')
    rows = [memory_row(source, minutes) for minutes in ((1, 10) if QUICK else (1, 10, 60))]
    table([['', 'file', '', 'peak MB', 'peak MB', 'CPU s', 'times'],
           ['recording', 'MB', 'frames', 'ffprobe', 'ffmpeg', 'ffprobe', 'real time']] + rows)


def recorder_tables():
    for rows in recorder.tables(BUILD, FOLDER, RAM, QUICK):
        table(rows)


# ---- serve ----

def cpu_seconds(pid):
    with open(f'/proc/{pid}/stat') as stat:
        fields = stat.read().rsplit(')', 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def serve_row(port, server, name, query, viewers, seconds):
    url = f'/{name}.fbs?loop=1&fps=10&{query}'
    watch = subprocess.Popen([sys.executable, '-B', 'tests/bench/viewers.py', str(port), url,
                              str(viewers), str(seconds + 2)], stdout=subprocess.PIPE, text=True)
    time.sleep(2)
    start, before = time.monotonic(), cpu_seconds(server.pid)
    time.sleep(seconds - 1)
    used = (cpu_seconds(server.pid) - before) / (time.monotonic() - start)
    with open(f'/proc/{server.pid}/status') as status:
        rss = next(int(line.split()[1]) for line in status if line.startswith('VmRSS')) / 1024
    least, most, size = (int(x) for x in watch.communicate()[0].split())
    return [str(viewers), f'{least / (seconds + 2):.1f}', f'{most / (seconds + 2):.1f}',
            f'{size / (seconds + 2) / 1e6:.0f}', f'{used * 100:.0f} %', f'{rss:.0f}']


def serve_table():
    if not os.path.exists(f'{BUILD}/rfbplay'):
        return
    print('Serving a light 1080p session twice as fast (10 updates a second) as MJPEG:')
    folder, port_file = f'{FOLDER}/serve', f'{FOLDER}/port'
    os.makedirs(folder, exist_ok=True)
    if not os.path.exists(f'{folder}/light.fbs'):
        os.link(recording('light'), f'{folder}/light.fbs')
    if os.path.exists(port_file):
        os.remove(port_file)
    server = subprocess.Popen([f'{BUILD}/rfbplay', 'serve', '-q', '--port', '0', '--port-file',
                               port_file, folder])
    try:
        while not (os.path.exists(port_file) and os.path.getsize(port_file)):
            time.sleep(0.1)
        port = int(open(port_file).read())
        rows = [serve_row(port, server, 'light', 'speed=2', n, 4 if QUICK else 12)
                for n in (1, 10, 100)]
    finally:
        server.terminate()
        server.wait()
    table([['', 'pictures a second', '', 'all of them', 'server', ''],
           ['viewers', 'least', 'most', 'MB/s', 'of a core', 'MB']] + rows)


def seek_table():
    heading, rows = seeks.tables(BUILD, recording('desktop'), RAM, QUICK)
    print(heading)
    table(rows)


def main():
    machine()
    for part, run in (('decode', decode_table), ('transcode', transcode_table),
                      ('rfbplay', play_table), ('memory', memory_table),
                      ('recorder', recorder_tables), ('serve', serve_table),
                      ('seek', seek_table)):
        if part in PARTS:
            run()


if __name__ == '__main__':
    main()
