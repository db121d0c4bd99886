#!/usr/bin/env python3
"""rfbrec play and type against Xvnc: what X clients received is what counts."""
import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from desktop import RFBREC, Desktop, until

failed = 0


def case(name, why):
    """One line a case; why is None when it went well."""
    global failed
    failed += why is not None
    print(f"not ok {name} - {why}" if why else f"ok {name}", flush=True)


def status(p, wanted=0):
    return None if p.returncode == wanted else f"exit status {p.returncode}: {p.stderr.strip()}"


# --- keys and pointer ---

def test_keys(d):
    mark = d.mark()
    p = d.macro("key Control_L down\npress x\nkey Control_L up\npress F5\npress 0x7a\npress #\n")
    got = [(e[0][3:], e[1]) for e in d.wait(mark, 12, ("KeyPress", "KeyRelease"))]
    want = [("Press", 0xffe3), ("Press", 0x78), ("Release", 0x78), ("Release", 0xffe3)]
    want += [(k, s) for s in (0xffc2, 0x7a) for k in ("Press", "Release")]
    # the server adds the Shift for # by itself, and lets go of it first
    want += [("Press", 0xffe1), ("Press", 0x23), ("Release", 0xffe1), ("Release", 0x33)]
    case("play: keys arrive", status(p) or (None if got == want else f"{got}"))


def test_pointer(d):
    mark = d.mark()
    p = d.macro("pointer 150 160\nclick 0\npointer +20 -10\nbutton 2 down\npointer 200 210\n"
                "button 2 up\nclick 3\npointer +5000 +0\npointer 250 200\n")
    got = [e[:4] for e in d.wait(mark, 6, ("ButtonPress", "ButtonRelease"))]
    want = [("ButtonPress", 1, 150, 160), ("ButtonRelease", 1, 150, 160),
            ("ButtonPress", 3, 170, 150), ("ButtonRelease", 3, 200, 210),
            ("ButtonPress", 4, 200, 210), ("ButtonRelease", 4, 200, 210)]
    case("play: pointer and buttons arrive", status(p) or (None if got == want else f"{got}"))
    moves = [e[2:4] for e in d.events(mark) if e[0] == "MotionNotify"]
    missing = [m for m in ((150, 160), (170, 150), (200, 210)) if m not in moves]
    case("play: the pointer goes where it should",
         f"{missing} missing in {moves}" if missing else None)


def test_kb(d):
    mark = d.mark()
    p = d.macro("0:PointerEvent,0,180,190\n10000000:PointerEvent,1,180,190\n"
                "#: a comment\n# another\n50ms:PointerEvent,0,181,190\n"
                "0:KeyEvent,true,Return\n0:KeyEvent,false,Return\n0:LoadFile,sub/in.kb\n",
                name="a.kb")
    got = [e[:4] for e in d.wait(mark, 4, ("ButtonPress", "ButtonRelease", "KeyPress"))]
    want = [("ButtonPress", 1, 180, 190), ("ButtonRelease", 1, 181, 190),
            ("KeyPress", 0xff0d, 181, 190), ("KeyPress", 0x71, 181, 190)]
    case("play: minimega's .kb with LoadFile", status(p) or (None if got == want else f"{got}"))
    case("play: comments are echoed",
         None if p.stdout == "# a comment\n# another\n" else repr(p.stdout))


def test_release(d):
    mark = d.mark()
    p = d.macro("pointer 250 200\nkey Shift_L down\nbutton 0 down\n")
    kinds = ("KeyPress", "KeyRelease", "ButtonPress", "ButtonRelease")
    got = {e[:2] for e in d.wait(mark, 4, kinds)}
    want = {("KeyPress", 0xffe1), ("ButtonPress", 1), ("ButtonRelease", 1), ("KeyRelease", 0xffe1)}
    case("play: nothing stays down", status(p) or (None if got == want else f"{got}"))


def test_type(d):
    text = 'Hello, "World"! @#/~ é Ä € й 漢 😀 ß'
    typed = os.path.join(d.folder, "typed")
    d.start(["xterm", "-u8", "-geometry", "60x5+0+330", "-e",
             f"stty -echo; echo >{typed}.up; cat >{typed}"])
    until(lambda: os.path.exists(typed + ".up"))
    d.macro("pointer 100 370\n")
    time.sleep(0.3)
    p = d.run("type", d.target, text + "\n")
    until(lambda: os.path.exists(typed) and open(typed).read(), 3)
    got = open(typed).read()
    case("type: xterm reads any Unicode", status(p) or (None if got == text + "\n" else repr(got)))
    p = d.run("type", d.target, stdin=None, input="two\r\nlines\n")
    until(lambda: open(typed).read().count("\n") > 2, 3)
    got = open(typed).read()[len(text) + 1:]
    case("type: from the standard input",
         status(p) or (None if got == "two\nlines\n" else repr(got)))
    d.clients.pop().terminate()


def test_shift(d):
    for name, wanted in (("us", [0xffe1, 0x41]), ("none", [0x41])):
        d.center()
        mark = d.mark()
        d.run("type", "--layout", name, d.target, "A")
        got = [e[1] for e in d.wait(mark, len(wanted)) if e[0] == "KeyPress"]
        # a server that is sent no Shift presses one of its own
        ok = got[-1:] == [0x41] and (name == "none" or got == wanted)
        case(f"type: --layout {name}", None if ok else f"{got}")
    subprocess.run(["setxkbmap", "-layout", "de"], env=d.env, check=False,
                   stderr=subprocess.DEVNULL)
    mark = d.mark()
    p = d.run("type", "--layout", "de", d.target, 'z@"ß')
    # an A without Shift made the server turn Caps Lock on, which a z turns off again
    got = [e[1] for e in d.wait(mark, 8) if e[1] not in (0xffe1, 0xfe03, 0xffe5)]
    case("type: on a German keyboard", status(p) or (None if got == [0x7a, 0x40, 0x22, 0xdf]
                                                     else f"{[hex(k) for k in got]}"))
    subprocess.run(["setxkbmap", "-layout", "us"], env=d.env, check=False,
                   stderr=subprocess.DEVNULL)


def test_cut(d):
    # a viewer's clipboard is there as long as the viewer is
    path = d.file("cut\naGVsbG8g6Q==\n\ndelay 3s\n")
    p = subprocess.Popen([RFBREC, "play", d.target, path], stdin=subprocess.DEVNULL)

    def clipboard():
        out = subprocess.run(["xclip", "-o", "-selection", "clipboard"], env=d.env, timeout=10,
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
        return out.decode() if out else ""
    got = until(clipboard, 2.5)
    case("play: the clipboard arrives", None if got == "hello é" else repr(got))
    p.terminate()
    p.wait()


# --- times ---

def gaps(d, mark, count):
    times = [e[4] for e in d.wait(mark, count)]
    return [b - a for a, b in zip(times, times[1:])]


def timed(d, title, macro, nb, good):
    """
    Whether the gaps between what the client gets are good. Its times are the server's, and on a
    busy machine each may be late: three times in a row they are not all wrong.
    """
    for _ in range(3):
        mark = d.mark()
        p = d.macro(*macro)
        got = gaps(d, mark, nb + 1)
        if status(p) or len(got) == nb and good(got):
            break
    case(title, status(p) or (None if len(got) == nb and good(got) else f"{got} ms"))


def test_speed(d):
    text = "press a delay 400ms\npress b delay 200ms\npress c\n"
    for speed, part in ((1, 1), (2, 0.5), (0, 0)):
        timed(d, f"play: times with --speed {speed}", [text, "--speed", str(speed)], 2,
              lambda got, part=part: all(part * w - 30 <= g <= part * w + 250
                                         for g, w in zip(got, (400, 200))))
    timed(d, "play: default delay, --repeat",
          ["default delay 100ms\npress a\npress b delay 0ms\npress c\n", "--repeat", "2"], 5,
          lambda got: [g >= 70 for g in got] == [True, False, True, True, False])


def test_limit(d):
    start = time.monotonic()
    p = d.macro("press a delay 60s\npress b\n", "--limit", "0.5")
    took = time.monotonic() - start
    case("play: --limit ends it with status 3",
         status(p, 3) or (None if took < 5 else f"{took} s"))


def test_signals(d):
    path = d.file("default delay 100ms\n" + "press a\n" * 100)
    mark = d.mark()
    p = subprocess.Popen([RFBREC, "play", d.target, path], stdin=subprocess.DEVNULL,
                         stderr=subprocess.PIPE, text=True)

    def pressed():
        return sum(e[0] == "KeyPress" for e in d.events(mark))
    until(lambda: pressed() >= 3)
    p.send_signal(signal.SIGUSR1)
    time.sleep(0.3)
    before = pressed()
    time.sleep(0.6)
    case("play: SIGUSR1 pauses", None if pressed() == before < 90 else f"{before}, {pressed()}")
    p.send_signal(signal.SIGUSR2)
    goes_on = until(lambda: pressed() >= before + 3)
    case("play: SIGUSR2 goes on", None if goes_on else "it does not")
    p.send_signal(signal.SIGTERM)
    text = p.communicate(timeout=10)[1]
    case("play: SIGTERM ends it", None if p.returncode == 128 + signal.SIGTERM else
         f"{p.returncode}: {text}")


def test_step(d):
    path = d.file("press a delay 20s\npress b delay 20s\npress c delay 20s\npress d\n")
    mark = d.mark()
    master, slave = pty.openpty()
    p = subprocess.Popen([RFBREC, "play", "--step", d.target, path], stdin=slave,
                         stderr=subprocess.PIPE, text=True, start_new_session=True,
                         preexec_fn=lambda: __import__("fcntl").ioctl(0, 0x540E, 0))
    os.close(slave)

    def pressed():
        return [e[1] for e in d.events(mark) if e[0] == "KeyPress"]
    time.sleep(0.5)
    why = f"{pressed()} without Enter" if pressed() else None
    for i in range(1, 3):
        os.write(master, b"\n")
        if not until(lambda: len(pressed()) == i, 5):
            why = why or f"{pressed()} after {i} times Enter"
        time.sleep(0.2)
        if len(pressed()) != i:
            why = why or f"{pressed()} after {i} times Enter"
    os.write(master, b"q")
    text = p.communicate(timeout=10)[1]
    os.close(master)
    case("play: --step on a terminal", why)
    case("play: --step tells what is next",
         None if ":5: press c" in text and p.returncode == 1 else f"{p.returncode}: {text}")
    mark = d.mark()
    p = d.macro("press a delay 20s\npress b\n", "--step", stdin=None, input="\n\n")
    keys = [e[1] for e in d.wait(mark, 2)]
    case("play: --step from a pipe", status(p) or (None if keys == [0x61, 0x62] else f"{keys}"))


# --- pictures ---

def test_pictures(d):
    png, jpg = (os.path.join(d.folder, "look." + e) for e in ("png", "jpg"))
    window = ["xterm", "-geometry", "20x4+400+20", "-bg", "navy", "-fg", "yellow", "-e",
              "printf '\\033[?25lOK button\\n'; sleep 60"]
    d.macro("pointer 250 200\n")
    xterm = d.start(window)
    screen = os.path.join(d.folder, "screen.png")

    def shown():
        subprocess.run(["import", "-window", "root", screen], env=d.env, check=True)
        # behind the first letters: the cursor is there before the text
        out = subprocess.run(["convert", screen, "-crop", "30x30+424+20", "+repage",
                              "-unique-colors", "txt:-"], capture_output=True, text=True).stdout
        return "#FFFF00" in out and "#000080" in out
    if not until(shown, 10):
        case("play: pictures", "the window did not appear")
        return
    # the place of the part that is looked for: its middle is 445,35
    subprocess.run(["convert", screen, "-crop", "90x30+400+20", "+repage", png], check=True)
    subprocess.run(["convert", png, "-quality", "90", jpg], check=True)
    xterm.terminate()
    xterm.wait()
    for name in ("look.png", "look.jpg"):
        clicks = os.path.join(d.folder, "clicks")
        wait = d.file(f"#: begin\n0:WaitForIt,20s,{name}\n0:ClickIt,5s,{name}\n", "w.kb")
        p = subprocess.Popen([RFBREC, "play", "-v", d.target, wait], stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        time.sleep(0.7)
        early = p.poll()
        shown_at = d.start(["xterm", *window[1:]])
        out, err = p.communicate(timeout=30)
        found = re.search(r"found at \+(\d+)\+(\d+)", err)
        at = (int(found[1]), int(found[2])) if found else None
        case(f"play: WaitForIt finds {name} when it appears",
             "it did not wait" if early is not None else
             None if at == (400, 20) and p.returncode == 0 else f"{p.returncode}, {at}: {err}")
        where = subprocess.run(["xdotool", "getmouselocation"], env=d.env, capture_output=True,
                               text=True).stdout
        case(f"play: ClickIt goes to the middle of {name}",
             None if where.startswith("x:445 y:35 ") else where)
        shown_at.terminate()
        shown_at.wait()
        d.center()
    # xev's own window has no picture in it but is there: its border is a template in base64
    mark = d.mark()
    subprocess.run(["import", "-window", "root", "-crop", "40x30+90+90", "+repage", png],
                   env=d.env, check=True)
    data = subprocess.run(["base64", "-w0", png], capture_output=True, text=True).stdout
    p = d.macro(f"0:ClickItEvent,10s,{data}\n", name="b.kb")
    got = [e[:4] for e in d.wait(mark, 2, ("ButtonPress", "ButtonRelease"))]
    want = [("ButtonPress", 1, 110, 105), ("ButtonRelease", 1, 110, 105)]
    case("play: ClickItEvent with base64", status(p) or (None if got == want else f"{got}"))
    p = d.macro("0:WaitForIt,700ms,look.jpg\n0:KeyEvent,true,a\n", name="n.kb")
    case("play: a picture that does not appear ends it with status 3",
         status(p, 3) or (None if "n.kb:1:" in p.stderr and "most similar place" in p.stderr
                          else p.stderr))


# --- what is wrong ---

def test_errors(d):
    mark = d.mark()
    p = d.macro("press a\npress Retrun\n")
    lines = p.stderr.splitlines()
    case("play: nothing is played of a macro with an error",
         status(p, 1) or (None if not d.wait(mark, 1) and "m.rfm:4:7: no key is called" in lines[0]
                          and lines[2] == "          ^~~~~~" else p.stderr))
    p = d.macro("press a\npress Retrun\npress b\n", "--lenient")
    keys = [e[1] for e in d.wait(mark, 2)]
    case("play: --lenient plays the rest",
         status(p) or (None if keys == [0x61, 0x62] else f"{keys}"))
    path = d.file('password "geheim"\npress a delay 1s\n', "c.rfm")
    p = d.run("check", path)
    case("check: prints steps, and no password",
         status(p) or (None if "     0.000      4  press a" in p.stdout and "1.000 s" in p.stdout
                       and "geheim" not in p.stdout else p.stdout))
    p = d.run("check", path, d.file("5:KeyEvent,true,x y\n", "e.kb"))
    case("check: status 1, and where",
         status(p, 1) or (None if "e.kb:1:17: " in p.stderr else p.stderr))
    p = d.run("play", "localhost::1", path)
    case("play: no server", status(p, 1) or (None if "localhost::1: Connection refused" in p.stderr
                                             else p.stderr))
    p = d.run("play", d.target)
    case("play: a wrong command line has status 2", status(p, 2))
    p = d.run("type", d.target, "a\x01")
    case("type: what no key types", status(p, 1) or (None if "character 2: no key types U+0001"
                                                     in p.stderr else p.stderr))


def test_convert(d):
    kb = d.file("0:PointerEvent,0,150,150\n250ms:PointerEvent,1,150,150\n"
                "0:PointerEvent,0,160,150\n"
                "100ms:KeyEvent,true,x\n0:KeyEvent,false,x\n", "v.kb")
    rfm = os.path.join(d.folder, "v.rfm")
    kinds = ("ButtonPress", "ButtonRelease", "KeyPress", "KeyRelease")
    p = d.run("convert", kb, rfm)
    results = []
    for path in (kb, rfm):
        mark = d.mark()
        d.run("play", d.target, path)
        results.append([e[:4] for e in d.wait(mark, 4, kinds)])
    # the release is where the pointer went: minimega says both at once, RFM one after the other
    ok = len(results[0]) == 4 and results[0] == results[1]
    case("convert: both formats do the same", status(p) or (None if ok else f"{results}"))
    p = d.run("convert", d.file("cut\nZm9v\n"), os.path.join(d.folder, "no.kb"))
    case("convert: what cannot be said is an error", status(p, 1) or
         ("a file is left" if os.path.exists(os.path.join(d.folder, "no.kb")) else None))


def test_password(d, folder):
    """A server with VncAuth, and the password that stands in a macro."""
    if not shutil.which("vncpasswd") and not shutil.which("tigervncpasswd"):
        print("skip play: password of a macro - vncpasswd is not there")
        return
    tool = shutil.which("tigervncpasswd") or "vncpasswd"
    secret = os.path.join(folder, "passwd")
    with open(secret, "wb") as f:
        f.write(subprocess.run([tool, "-f"], input=b"s3cret\n", capture_output=True).stdout)
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    ready, write = os.pipe()
    server = subprocess.Popen(["Xvnc", "-displayfd", str(write), "-geometry", "64x64",
                               "-SecurityTypes", "VncAuth", "-PasswordFile", secret, "-rfbport",
                               str(port), "-nolisten", "tcp"], pass_fds=[write],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(ready) as f:
        f.readline()
    for word, wanted in (("s3cret", 0), ("wrong", 1)):
        p = d.run("play", f"localhost::{port}", d.file(f'password "{word}"\npress a\n'))
        case(f"play: password of a macro, {word}", status(p, wanted))
    server.terminate()
    server.wait()


def test_qemu(d, folder):
    """What QEMU's keyboard sends its guest: scan codes (set 2) of keys with Shift."""
    tool = shutil.which("qemu-system-x86_64")
    if not tool:
        print("skip type: Shift for QEMU's guests - qemu-system-x86_64 is not there")
        return
    path, log = os.path.join(folder, "qemu"), os.path.join(folder, "qemu.log")
    with open(log, "w") as f:
        qemu = subprocess.Popen([tool, "-m", "32", "-net", "none", "-display", "none", "-vnc",
                                 f"unix:{path}", "-trace", "ps2_put_keycode"], stdout=f,
                                stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    until(lambda: os.path.exists(path) and "keycode" in open(log).read(), 10)
    time.sleep(1)       # the BIOS has done with the keyboard
    mark = os.path.getsize(log)
    p = d.run("type", f"unix:{path}", "aB!")

    def codes():
        text = open(log).read()[mark:]
        return [int(c, 16) for c in re.findall(r" keycode (0x[0-9a-f]{1,2})\b", text)]
    until(lambda: len(codes()) >= 15, 3)
    got = codes()
    qemu.terminate()
    qemu.wait()
    # PS/2: A is 1c, B is 32, 1 is 16, the left Shift 12; f0 goes before a release
    want = [0x1c, 0xf0, 0x1c, 0x12, 0x32, 0xf0, 0x32, 0xf0, 0x12,
            0x12, 0x16, 0xf0, 0x16, 0xf0, 0x12]
    case("type: Shift for QEMU's guests", status(p) or (None if got == want
                                                        else f"{[hex(c) for c in got]}"))


def main():
    for tool in ("Xvnc", "xev", "xterm", "xclip", "xdotool", "import"):
        if not shutil.which(tool):
            print(f"not ok input - {tool} is missing")
            return 1
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(os.path.join(folder, "sub"))
        with open(os.path.join(folder, "sub", "in.kb"), "w") as f:
            f.write("0:KeyEvent,true,q\n0:KeyEvent,false,q\n")
        d = Desktop(folder)
        try:
            d.center()
            for test in (test_keys, test_pointer, test_kb, test_release, test_shift, test_cut,
                         test_speed, test_limit, test_signals, test_step, test_errors,
                         test_convert, test_pictures, test_type):
                d.center()
                test(d)
            test_password(d, folder)
            test_qemu(d, folder)
        finally:
            d.close()
    return failed > 0


sys.exit(main())
