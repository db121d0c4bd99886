"""Xvnc with xev in it, for tests of input: what X clients received is what counts."""
import os
import re
import socket
import subprocess
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
RFBREC = os.path.join(os.environ.get("BUILD", os.path.join(ROOT, "build")), "rfbrec")


def until(condition, seconds=10):
    """Wait for a condition; returns its value, false when the time is over."""
    end = time.monotonic() + seconds
    while not (value := condition()) and time.monotonic() < end:
        time.sleep(0.02)
    return value


class Desktop:
    """Xvnc on a free display, with xev that covers part of it."""

    def __init__(self, folder):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.target = f"localhost::{self.port}"
        self.clients = []
        self.folder = folder
        ready, write = os.pipe()
        self.server = subprocess.Popen(
            ["Xvnc", "-displayfd", str(write), "-geometry", "640x480", "-depth", "24",
             "-SecurityTypes", "None", "-rfbport", str(self.port), "-interface", "127.0.0.1",
             "-nolisten", "tcp"], pass_fds=[write], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        os.close(write)
        with os.fdopen(ready) as f:
            self.display = ":" + f.readline().strip()
        self.env = dict(os.environ, DISPLAY=self.display, LC_ALL="C.UTF-8")
        self.log = os.path.join(folder, "xev")
        self.start(["xev", "-geometry", "300x200+100+100"], stdout=open(self.log, "w"))
        until(lambda: "VisibilityNotify" in open(self.log).read() or
              "Expose event" in open(self.log).read())

    def start(self, command, **kw):
        kw.setdefault("stdout", subprocess.DEVNULL)
        client = subprocess.Popen(command, env=self.env, stderr=subprocess.DEVNULL, **kw)
        self.clients.append(client)
        return client

    def close(self):
        for client in self.clients + [self.server]:
            client.terminate()
        for client in self.clients + [self.server]:
            client.wait()

    def events(self, mark=0):
        """[(kind, what, x, y, server's ms)] that xev got from a place in its log on."""
        with open(self.log, "rb") as f:
            f.seek(mark)
            text = f.read().decode("utf-8", "replace")
        found = []
        for block in text.split("\n\n"):
            kind = re.match(r"\s*(\w+) event", block)
            where = re.search(r"time (\d+), .*root:\((-?\d+),(-?\d+)\)", block)
            key = re.search(r"keysym (0x[0-9a-f]+)", block)
            button = re.search(r"button (\d+)", block)
            if kind and where:
                what = int(key[1], 16) if key else int(button[1]) if button else None
                found.append((kind[1], what, int(where[2]), int(where[3]), int(where[1])))
        return found

    def mark(self):
        return os.path.getsize(self.log)

    def wait(self, mark, count, kinds=("KeyPress",)):
        """The events of some kinds, when there are so many."""
        def some():
            return [e for e in self.events(mark) if e[0] in kinds]
        until(lambda: len(some()) >= count, 3)
        time.sleep(0.05)
        return some()

    def center(self):
        """The pointer over xev, so that it gets keys."""
        self.macro("pointer 250 200\n")

    def run(self, *args, **kw):
        kw.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.run([RFBREC, *args], capture_output=True, text=True, timeout=30, **kw)

    def file(self, text, name="m.rfm"):
        path = os.path.join(self.folder, name)
        if name.endswith(".rfm") and not text.startswith("RFM"):
            text = "RFM 001.000\nshared\n" + text
        with open(path, "w") as f:
            f.write(text)
        return path

    def macro(self, text, *options, name="m.rfm", **kw):
        return self.run("play", *options, self.target, self.file(text, name), **kw)
