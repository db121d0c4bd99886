#!/usr/bin/env python3
"""The plugin in the distribution's own ffmpeg, ffprobe, ffplay and mpv.

Tests of build/ffmpeg are run once more with these, and what both make of a recording is compared.
Then everything that can be wrong with a program or its libraries: one line, and nothing broken.
"""
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

import mkcontainers
import recordings as rec
import test_seek

PLUGIN = os.path.abspath('build')
WRAPPER = f'{PLUGIN}/fbs-ffmpeg'
HALF = 'libfbs-ffmpeg.so'
SAMPLE = 'tests/samples/tiger_drag_tight.fbs'
DEMUXERS = ('fbs', 'minimega', 'novnc', 'rbs', 'vnclog')
PROGRAMS = ('ffmpeg', 'ffprobe', 'ffplay')

# Tests of build/ffmpeg that are run with the stock one, too.
SUITES = ('test_golden', 'test_seek', 'test_bad', 'test_wild', 'test_vnc', 'test_vnc_tls')

# What a release's ffmpeg does in another way, whoever decodes.
OTHERWISE = {
    ('5.1', 'a rectangle outside'): 'with -xerror ffmpeg 5.1 ends without the frame that it holds',
}


def release():
    """FFmpeg's release on this machine, or why there is none that the plugin is for."""
    done = subprocess.run(['patches/plugin/release.sh'], capture_output=True, text=True)
    return (done.stdout.strip(), None) if done.returncode == 0 else (None, done.stderr.strip())


def module():
    """The file name of the half that fits this machine."""
    done = subprocess.run(['ffmpeg', '-version'], capture_output=True, text=True).stdout
    major, minor = re.search(r'libavformat +(\d+)\. *(\d+)\.', done).groups()
    return f'libfbs-ffmpeg-{major}.{minor}.so'


def stock(*command, folder=PLUGIN, timeout=120, **env):
    return subprocess.run([f'{folder}/fbs-ffmpeg', *command], capture_output=True, text=True,
                          errors='replace', stdin=subprocess.DEVNULL, timeout=timeout,
                          env=dict(os.environ, **env))


def here(program, *options):
    return subprocess.run([f'{rec.BUILD}/{program}', *options], capture_output=True, text=True,
                          errors='replace', stdin=subprocess.DEVNULL, timeout=120)


# --- the tests of build/ffmpeg ------------------------------------------------------------------

def run_suites(folder):
    """Run them with programs in folder that are the stock ones with the plugin."""
    for program in PROGRAMS:
        with open(f'{folder}/{program}', 'w') as f:
            f.write(f'#!/bin/sh\nexec {WRAPPER} {program} "$@"\n')
        os.chmod(f'{folder}/{program}', 0o755)
    # both have the JPEG library that they were built with
    os.symlink(f'{rec.BUILD}/ffmpeg-7.1', f'{folder}/ffmpeg-7.1')
    os.symlink(f'{rec.BUILD}/tests', f'{folder}/tests')
    for suite in SUITES:
        done = subprocess.run([sys.executable, f'tests/{suite}.py'], capture_output=True, text=True,
                              env=dict(os.environ, BUILD=folder), timeout=500)
        lines = re.findall(r'^(ok|not ok|skip) (.*)', done.stdout, re.M)
        bad = 0
        for word, case in lines:
            why = OTHERWISE.get((release()[0], case.split(' - ')[0])) if word == 'not ok' else None
            print(f'skip {suite[5:]}: {case} - {why}' if why else f'{word} {suite[5:]}: {case}',
                  flush=True)
            bad += word == 'not ok' and not why
        if not lines or done.returncode and not any(word == 'not ok' for word, _ in lines):
            print(f'not ok {suite[5:]} - it ended early: {done.stderr[-200:]!r}')
            bad += 1
        yield not bad


# --- the same as build/ffmpeg -------------------------------------------------------------------

def options_of(text):
    return sorted(re.findall(r'^ +-?(\w+) +<?([\w ]+?)>? .*?(\(default .*\))?$', text, re.M))


def check_help():
    """What is listed, and with which options."""
    for what in [f'demuxer={d}' for d in (*DEMUXERS, 'vnc')] + ['muxer=fbs', 'decoder=rfb']:
        got = stock('ffmpeg', '-v', 'error', '-h', what).stdout
        want = here('ffmpeg', '-v', 'error', '-h', what).stdout
        if what.split('=')[1] not in want or options_of(got) != options_of(want):
            yield f'-h {what}: {got[:100]!r}'
    for listing, pattern in (('-demuxers', r'^ D +{} '), ('-formats', r'^ DE? +{} ')):
        text = stock('ffmpeg', '-v', 'error', listing).stdout
        for name in (*DEMUXERS, 'vnc'):
            if len(re.findall(pattern.format(name), text, re.M)) != 1:
                yield f'{listing}: {name} is not there once'
        if not re.search(r'^ D +mov,mp4', text, re.M):
            yield f'{listing}: mov is gone'
    for listing, pattern in (('-muxers', r'^ +E +fbs '), ('-decoders', r'^ V\S* rfb '),
                             ('-codecs', r'^ D.V... rfb ')):
        if len(re.findall(pattern, stock('ffmpeg', '-v', 'error', listing).stdout, re.M)) != 1:
            yield f'{listing} has no line like {pattern}'
    if ' fbs ' in stock('ffmpeg', '-v', 'error', '-devices').stdout:
        yield 'fbs is taken for a device'


def frames(run, path, *options):
    done = run('ffmpeg', '-v', 'error', *rec.options_for(path), *options, '-i', path,
               '-noautoscale', '-fps_mode', 'passthrough', '-enc_time_base', '1:1000',
               '-pix_fmt', 'rgb24', '-f', 'framemd5', '-')
    rows = [tuple(x.strip() for x in line.split(',')) for line in done.stdout.splitlines()
            if line and not line.startswith('#')]
    return [(r[2], r[4], r[5]) for r in rows], done.returncode


def check_frames(path):
    """As users see them: merged, with the mouse, converted, with less idle time."""
    for options in ((), ('-output', 'yuv420p', '-max_gap', '500', '-heartbeat', '200')):
        got, want = frames(stock, path, *options), frames(here, path, *options)
        if got != want or not want[0]:
            yield f'{options}: {len(got[0])} frames, not the {len(want[0])} of build/ffmpeg'


FIELDS = ('packet=pts,duration,size,pos,flags:stream=codec_name,width,height,pix_fmt,time_base,'
          'r_frame_rate,duration_ts,start_pts:format=format_name,duration:format_tags=title')


def check_packets(path):
    got, want = (run('ffprobe', '-v', 'error', *rec.options_for(path), '-show_packets', '-of',
                     'json', '-show_entries', FIELDS, path) for run in (stock, here))
    got, want = json.loads(got.stdout), json.loads(want.stdout)
    for part in ('packets', 'streams', 'format'):
        for item in got.get('packets', []) + want.get('packets', []):
            item['flags'] = item['flags'].ljust(3, '_')     # one more since 6.0
        if got.get(part) != want.get(part) or not want.get(part):
            yield f'{part}: {str(got.get(part))[:200]}, not {str(want.get(part))[:200]}'


def check_containers(folder):
    for name in mkcontainers.WRITERS:
        # minimega's has no handshake: neither a pixel format but its own nor a size
        sized = ['-video_size', '720x400'] if name == 'minimega' else []
        source = 'tests/samples/qemu_boot_zrle_native.fbs' if sized else SAMPLE
        path = f'{folder}/{name}'
        with open(path, 'wb') as f:
            f.write(mkcontainers.write(name, mkcontainers.read(source)))
        shown = stock('ffprobe', '-v', 'error', *sized, '-show_entries', 'format=format_name', '-of',
                      'default=nk=1:nw=1', path).stdout.strip()
        if shown not in DEMUXERS:
            yield f'{name}: taken for {shown!r}'
        got = frames(stock, path, *sized)
        if got != frames(here, path, *sized) or len(got[0]) < 10:
            yield f'{name}: other frames than build/ffmpeg'


def check_copy(folder):
    """The muxer, by the extension."""
    files = [f'{folder}/{name}.fbs' for name in ('stock', 'here')]
    for run, path in zip((stock, here), files):
        done = run('ffmpeg', '-v', 'error', '-y', '-i', SAMPLE, '-c', 'copy', path)
        if done.returncode:
            yield f'exit status {done.returncode}: {done.stderr[:200]}'
            return
    with open(files[0], 'rb') as a, open(files[1], 'rb') as b:
        data = a.read()
        if data != b.read() or not data.startswith(b'FBS 001.000\n'):
            yield 'not the bytes that build/ffmpeg writes'
    done = stock('ffmpeg', '-v', 'error', '-y', '-f', 'lavfi', '-i', 'testsrc=d=1', files[0])
    if not done.returncode:
        yield 'other video is made into an FBS file'


def check_encoders(folder):
    """The distribution's own encoder, and the picture that comes back from it."""
    out = f'{folder}/out.mkv'
    done = stock('ffmpeg', '-v', 'error', '-y', '-c:v', 'rfb', '-max_fps', '0', '-i', SAMPLE,
                 '-c:v', 'libx264rgb', '-crf', '0', '-preset', 'ultrafast', '-fps_mode',
                 'passthrough', out)
    got = [f[2] for f in frames(here, out)[0]]
    want = [f[2] for f in frames(here, SAMPLE, '-max_fps', '0')[0]]
    if done.returncode or got != want:
        yield f'{len(got)} of {len(want)} frames, or other ones; {done.stderr[:200]}'
    text = stock('ffmpeg', '-i', SAMPLE).stderr
    if not re.search(r'Stream #0:0: Video: rfb, bgr0, 800x600', text) or '0xfb52' in text:
        yield f'ffmpeg shows the stream as {re.findall("Stream.*", text)}'


# --- mpv ----------------------------------------------------------------------------------------

class MPV(test_seek.Player):
    """mpv, paused, on a screen of its own, listening on a socket."""
    def __init__(self, path, width, height, folder):
        self.display = f':{200 + os.getpid() % 700}'
        self.x = subprocess.Popen(['Xvfb', self.display, '-screen', '0', '1100x900x24',
                                   '-nolisten', 'tcp'], stderr=subprocess.DEVNULL)
        self.env = dict(os.environ, DISPLAY=self.display)
        self.wait(lambda: self.tool('xdotool', 'getdisplaygeometry').returncode == 0)
        self.address = f'{folder}/mpv.socket'
        self.play = subprocess.Popen(
            [WRAPPER, 'mpv', '--no-config', '--vo=x11', '--ao=null', '--no-border', '--no-osc',
             '--osd-level=0', '--really-quiet', '--pause', '--keep-open=yes', '--start=1',
             f'--geometry={width}x{height}+0+0', f'--input-ipc-server={self.address}',
             '--vd-lavc-o=draw_mouse=0', '--demuxer-lavf-o=max_fps=0', path],
            env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)

    def command(self, *words):
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(self.address)
            s.sendall(json.dumps({'command': words}).encode() + b'\n')
            return json.loads(s.makefile().readline())


def check_mpv(folder):
    path = rec.sample('tiger_idle60_zrle.fbs')
    times = [r[0] for r in rec.pictures(path)[0]]
    width, height = rec.expected(path)[0].width, rec.expected(path)[0].height
    player = MPV(path, width, height, folder)
    start, stop = max(zip(times, times[1:]), key=lambda g: g[1] - g[0])
    try:
        if not player.wait(lambda: os.path.exists(player.address)):
            yield 'mpv does not start'
            return
        for ms in (1000, (start + stop) // 2, times[-1], stop - 1, stop, times[len(times) // 3]):
            player.command('seek', ms / 1000, 'absolute+exact')
            want = test_seek.picture(path, ms, width, height)
            if not player.wait(lambda: test_seek.alike(player.shows(width, height), want), 10):
                yield f'at {ms} ms mpv shows something else'
        # older ones tell the decoder's name, newer ones the codec's
        if 'RFB (VNC' not in player.command('get_property', 'video-codec')['data']:
            yield f'the codec is called {player.command("get_property", "video-codec")}'
        if abs(player.command('get_property', 'duration')['data'] * 1000 -
               max(test_seek.times_of_blocks(path))) > 1:
            yield f'the duration is {player.command("get_property", "duration")}'
    finally:
        player.close()


# --- other programs -----------------------------------------------------------------------------

def check_foreign():
    """Without FFmpeg in it a program runs as ever, even when everything is bound at once."""
    for command in (('ls', '/'), ('bash', '-c', 'echo $0; exit 7'), ('cat', SAMPLE),
                    (sys.executable, '-c', 'import zlib, ssl; print(zlib.crc32(b"x"))')):
        alone = subprocess.run(command, capture_output=True, text=True, errors='replace')
        for env in ({}, {'LD_BIND_NOW': '1'}):
            done = stock(*command, **env)
            if (done.stdout, done.stderr, done.returncode) != (alone.stdout, '', alone.returncode):
                yield f'{command[0]} {env}: {done.returncode}, {done.stderr!r}'


LOADER = '''
import ctypes, sys
f = ctypes.CDLL(sys.argv[1])
context = ctypes.c_void_p()
print(f.avformat_open_input(ctypes.byref(context), sys.argv[2].encode(), None, None))
print(f.avformat_find_stream_info(context, None) if context else "not opened")
'''


def check_loaded_later(folder):
    """FFmpeg's libraries in a program that loads them itself: no recordings, and no harm."""
    video = f'{folder}/plain.mkv'
    here('ffmpeg', '-v', 'error', '-y', '-f', 'lavfi', '-i', 'testsrc=d=0.2', '-c:v', 'ffv1', video)
    found = subprocess.run(['ldd', shutil.which('ffmpeg')], capture_output=True, text=True).stdout
    library = re.search(r'libavformat\.so\.\d+', found).group()
    done = stock(sys.executable, '-c', LOADER, library, video)
    if (done.stdout, done.returncode) != ('0\n0\n', 0):
        yield f'a video: {done.stdout!r}, exit status {done.returncode}: {done.stderr[:200]}'
    done = stock(sys.executable, '-c', LOADER, library, SAMPLE)
    if done.returncode:
        yield f'a recording: exit status {done.returncode}: {done.stderr[:200]}'


def check_children():
    done = stock('sh', '-c', f'ffprobe -v error -show_entries format=format_name {SAMPLE}; exit 3')
    if 'format_name=fbs' not in done.stdout or done.returncode != 3 or done.stderr:
        yield f'{done.stdout!r} {done.stderr!r} {done.returncode}'
    done = stock('sh', '-c', 'echo $LD_PRELOAD', LD_PRELOAD='/lib/x86_64-linux-gnu/libz.so.1')
    if done.stdout != f'{PLUGIN}/{HALF}:/lib/x86_64-linux-gnu/libz.so.1\n':
        yield f'LD_PRELOAD is {done.stdout!r}'


def check_wrapper(folder):
    shutil.copy(WRAPPER, f'{folder}/fbs-ffmpeg')
    with open(f'{folder}/text', 'w') as f:
        f.write('echo no\n')
    for command, status, words, where in (
            ((), 2, 'usage', PLUGIN), (('--nonsense',), 2, 'usage', PLUGIN),
            (('no-such-program',), 127, 'no-such-program: No such file', PLUGIN),
            ((f'{folder}/text',), 126, 'Permission denied', PLUGIN),
            (('/tmp',), 126, 'Permission denied', PLUGIN),
            (('ls',), 127, f'no {HALF} in', folder)):
        done = stock(*command, folder=where)
        if done.returncode != status or words not in done.stderr:
            yield f'{command}: exit status {done.returncode}, {done.stderr[:100]!r}'
    done = stock('--help')
    if done.returncode or 'fbs-ffmpeg mpv' not in done.stdout or done.stderr:
        yield f'--help: {done}'
    if stock('--plugin').stdout != f'{PLUGIN}/{HALF}\n':
        yield '--plugin prints something else'
    odd = f'{folder}/a b'
    os.mkdir(odd)
    for name in ('fbs-ffmpeg', HALF):
        shutil.copy(f'{PLUGIN}/{name}', odd)
    done = stock('ls', folder=odd)
    if done.returncode != 127 or 'has a space' not in done.stderr:
        yield f'a path with a space: {done.stderr!r}'


def compile_c(source, out, *options):
    subprocess.run(['gcc', '-x', 'c', '-', '-o', out, *options], input=source, text=True, check=True)
    return out


def check_obstacles(folder):
    """Programs that nothing can be preloaded into: a line, and they run."""
    compile_c('int puts(const char *); int main(void) { puts("here"); return 5; }',
              f'{folder}/static', '-static')
    shutil.copy(shutil.which('ffmpeg'), f'{folder}/setuid')
    os.chmod(f'{folder}/setuid', 0o4755)
    with open(f'{folder}/32', 'wb') as f:
        f.write(b'\x7fELF\x01' + bytes(100))
    os.chmod(f'{folder}/32', 0o755)
    for command, words, status in (
            ((f'{folder}/static',), 'is linked statically', 5),
            ((f'{rec.BUILD}/ffmpeg', '-version'), 'has an FFmpeg of its own inside', 0),
            ((f'{folder}/setuid', '-version'), 'is setuid or setgid', 0),
            ((f'{folder}/32',), 'is not a 64 bit program', 126)):
        done = stock(*command)
        lines = done.stderr.splitlines()
        if done.returncode != status or words not in (lines or [''])[0] or \
                len(lines) != (1 if status != 126 else 2):
            yield f'{command[0]}: exit status {done.returncode}, {done.stderr[:200]!r}'
    if shutil.which('setcap'):
        shutil.copy(f'{folder}/static', f'{folder}/capable')
        if not subprocess.run(['setcap', 'cap_net_raw=ep', f'{folder}/capable'],
                              capture_output=True).returncode:
            if 'has file capabilities' not in stock(f'{folder}/capable').stderr:
                yield 'file capabilities are not seen'


# --- guards -------------------------------------------------------------------------------------

def copy_plugin(folder, name, patch=None):
    """A copy of the plugin; patch: what to do to the module's bytes, None leaves it out."""
    where = f'{folder}/{name}'
    os.mkdir(where)
    for file in ('fbs-ffmpeg', HALF):
        shutil.copy(f'{PLUGIN}/{file}', where)
    if patch:
        with open(f'{PLUGIN}/{module()}', 'rb') as f:
            data = patch(f.read())
        with open(f'{where}/{module()}', 'wb') as f:
            f.write(data)
    return where


def versions():
    """What stands at the beginning of the module's FBSModule."""
    text = subprocess.run(['ffmpeg', '-version'], capture_output=True, text=True).stdout
    return [1] + [int(a) << 16 | int(b) << 8 | 0 for lib in ('avutil', 'avcodec', 'avformat')
                  for a, b in re.findall(rf'lib{lib} +(\d+)\. *(\d+)\.', text)]


def change(number, difference):
    """A patch of one of the four numbers there."""
    def patch(data):
        for at in range(0, len(data) - 16, 4):
            found = list(struct.unpack_from('<4I', data, at))
            if [found[0]] + [v >> 8 << 8 for v in found[1:]] == versions_here:
                found[number] += difference
                return data[:at] + struct.pack('<4I', *found) + data[at + 16:]
        raise AssertionError('no FBSModule in the module')
    versions_here = versions()
    return patch


# Libraries that are laid out in another way: their structures hold other things
# where ours have functions.
STUBS = {
    'avcodec_version': ('unsigned avcodec_version(void) { return 77 << 16 | 1 << 8; }',
                        r'libavcodec is 77\.1 and the plugin was built for'),
    'avformat_version': ('unsigned avformat_version(void) { return 99 << 16 | 9 << 8; }',
                         r'libavformat is 99\.9 and there is no .*/libfbs-ffmpeg-99\.9\.so'),
    'av_demuxer_iterate': ('int puts(); static void *x[99]; void *av_demuxer_iterate(void **i) { '
                           'for (int n = 0; n < 99; n++) x[n] = (void *)puts; return x; }',
                           'lays its demuxers out in another way'),
    'av_muxer_iterate': ('int puts(); static void *x[99]; void *av_muxer_iterate(void **i) { '
                         'for (int n = 0; n < 99; n++) x[n] = (void *)puts; return x; }',
                         'lays its muxers out in another way'),
    'av_codec_iterate': ('void *av_codec_iterate(void **i) { return 0; }',
                         'lays its codecs out in another way'),
    # a lie for the plugin only
    'av_opt_find': ('#define _GNU_SOURCE\n#include <dlfcn.h>\n#include <string.h>\n'
                    'typedef void *Find(void *a, const char *b, const char *c, int d, int e); '
                    'void *av_opt_find(void *a, const char *b, const char *c, int d, int e) { '
                    'static struct { const char *x, *y; int offset; } o = { 0, 0, 3 }; Dl_info i; '
                    'if (dladdr(__builtin_return_address(0), &i) && '
                    'strstr(i.dli_fname, "libfbs-ffmpeg-")) return &o; '
                    'return ((Find *)dlsym(RTLD_NEXT, "av_opt_find"))(a, b, c, d, e); }',
                    'lays its contexts out in another way'),
}


def check_guard(name, where, line, video, **env):
    """One line, no recordings, and everything else as it was."""
    done = stock('ffmpeg', '-v', 'error', '-i', video, '-f', 'framemd5', '-', folder=where, **env)
    alone = subprocess.run(['ffmpeg', '-v', 'error', '-nostdin', '-i', video, '-f', 'framemd5', '-'],
                           capture_output=True, text=True)
    lines = done.stderr.splitlines()
    if len(lines) != 1 or not re.search(line, lines[0]) or 'VNC recordings are not read' not in lines[0]:
        yield f'{name}: says {done.stderr[:300]!r}'
    if done.returncode or done.stdout != alone.stdout or '0,' not in done.stdout:
        yield f'{name}: exit status {done.returncode}, or other frames'
    done = stock('ffmpeg', '-v', 'error', '-f', 'fbs', '-i', SAMPLE, '-f', 'null', '-',
                 folder=where, **env)
    if not done.returncode or done.returncode < 0:
        yield f'{name}: exit status {done.returncode} with a recording'


def check_guards(folder):
    video = f'{folder}/guard.mkv'
    here('ffmpeg', '-v', 'error', '-y', '-f', 'lavfi', '-i', 'testsrc=d=0.2', '-c:v', 'ffv1', video)
    cases = [('no module', None, rf'there is no .*/{module()}'),
             ('not a library', lambda data: b'nonsense', r'file too short|invalid ELF header'),
             ('another build', change(0, 1), 'is of another build')]
    for number, lib in enumerate(('avutil', 'avcodec', 'avformat'), 1):
        cases += [(f'a newer {lib}', change(number, 1 << 8), f'lib{lib} is .* was built for'),
                  (f'another {lib}', change(number, 1 << 16), f'lib{lib} is .* was built for')]
    for name, patch, line in cases:
        where = copy_plugin(folder, f'guard_{name.replace(" ", "_")}', patch)
        yield name, list(check_guard(name, where, line, video))
    for name, (source, line) in STUBS.items():
        stub = compile_c(source, f'{folder}/{name}.so', '-shared', '-fPIC', '-w')
        yield name, list(check_guard(name, PLUGIN, line, video, LD_PRELOAD=stub))
    # a micro version more changes nothing
    where = copy_plugin(folder, 'guard_micro', change(2, 1))
    yield 'another micro version', list(check_works(where))


def check_works(where):
    done = stock('ffprobe', '-v', 'error', '-show_entries', 'format=format_name', SAMPLE, folder=where)
    if 'format_name=fbs' not in done.stdout or done.stderr:
        yield f'{done.stdout!r} {done.stderr!r}'


def main():
    found, why = release()
    if not found or not all(os.path.exists(f'{PLUGIN}/{f}') for f in ('fbs-ffmpeg', HALF)) or \
            not shutil.which('ffmpeg') or not os.path.exists(f'{PLUGIN}/{module()}'):
        print(f'skip plugin - {why or "it is not built, or there is no ffmpeg"}')
        return 0
    good = []
    with tempfile.TemporaryDirectory(prefix='plugin') as folder:
        for name, problems in (
                ('help and lists', check_help()), ('containers', check_containers(folder)),
                ('-c copy', check_copy(folder)), ('encoders', check_encoders(folder)),
                ('foreign programs', check_foreign()),
                ('libraries loaded later', check_loaded_later(folder)),
                ('child processes', check_children()), ('wrapper', check_wrapper(folder)),
                ('obstacles', check_obstacles(folder))):
            good.append(rec.report(name, list(problems)))
        for name, problems in check_guards(folder):
            good.append(rec.report(f'guard: {name}', problems))
        paths = [p for p in rec.with_pictures() if p.startswith('tests/')]
        with ThreadPoolExecutor(2) as pool:
            for path, a, b in zip(paths, pool.map(lambda p: list(check_frames(p)), paths),
                                  pool.map(lambda p: list(check_packets(p)), paths)):
                good.append(rec.report(f'as build/ffmpeg: {rec.name_of(path)}', a + b))
        missing = [t for t in ('mpv', 'Xvfb', 'xdotool', 'import') if not shutil.which(t)]
        if missing:
            print(f'skip mpv - no {" ".join(missing)}')
        else:
            good.append(rec.report('mpv', list(check_mpv(folder))))
        suites = f'{folder}/build'
        os.mkdir(suites)
        good += run_suites(suites)
    return not all(good)


if __name__ == '__main__':
    sys.exit(main())
