#!/usr/bin/env python3
"""Every command of the README ends well.

The ```sh blocks are run command by command in a copy of what they need, with a
server of our own for vnc://localhost:1, the indented `make` lines must name targets that exist.
"""
import os
import re
import subprocess
import sys
import tempfile

from test_xvnc import Xvnc

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.environ.get("BUILD", os.path.join(ROOT, "build"))


def commands(text):
    """The commands of all sh blocks, continued lines joined, comments left out."""
    for block in re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S):
        for line in block.replace("\\\n", " ").splitlines():
            if line.strip() and not line.startswith("#"):
                yield line


def run(command, folder):
    env = dict(os.environ, SDL_VIDEODRIVER="dummy", SDL_AUDIODRIVER="dummy")
    try:
        p = subprocess.run(["bash", "-c", command], cwd=folder, env=env, stdin=subprocess.DEVNULL,
                           capture_output=True, text=True, timeout=120)
    except subprocess.TimeoutExpired:
        return "no end in 120 s"
    if p.returncode:
        return f"exit status {p.returncode}: {p.stderr.strip().splitlines()[-1:]}"
    out = command.split()[-1]
    path = os.path.join(folder, out)
    if re.fullmatch(r"\w+\.(mp4|mkv|png|fbs)", out) and not (os.path.exists(path) and os.path.getsize(path)):
        return f"{out} was not made"
    return None


def run_server(command, folder):
    """A server says where it serves, and goes on until it is told to stop."""
    p = subprocess.Popen(["bash", "-c", "exec " + command + " --port 0"], cwd=folder, text=True,
                         stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = p.stderr.readline()
    alive = "http://" in said and p.poll() is None
    p.terminate()
    p.communicate(timeout=60)
    return None if alive and p.returncode == 0 else f"exit status {p.returncode}: {said}"


def run_live(command, folder):
    """As run(), with a server that needs no password."""
    with Xvnc(folder, "-SecurityTypes", "None") as server:
        # somebody else may have the port to listen at
        command = re.sub(r" :\d+ ", " :0 ", command)
        return run(command.replace("vnc://localhost:1", server.url), folder)


def main():
    text = open(os.path.join(ROOT, "README.md")).read()
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        os.symlink(BUILD, os.path.join(folder, "build"))
        os.symlink(os.path.join(ROOT, "tests"), os.path.join(folder, "tests"))
        found = list(commands(text))
        for command in found:
            if "fbs-ffmpeg" in command and not os.path.exists(os.path.join(BUILD, "fbs-ffmpeg")):
                print(f"skip README: {command[:90]} - no FFmpeg on this machine that the plugin is for")
                continue
            why = (run_server if re.fullmatch(r"build/rfbplay \S+", command) else
                   run_live if "vnc://" in command else run)(command, folder)
            failed |= why is not None
            name = "README: " + " ".join(command.split())[:90]
            print(f"not ok {name} - {why}" if why else f"ok {name}")
    targets = re.findall(r"^    make (\S+)", text, re.M)
    for target in targets:
        p = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True)
        failed |= p.returncode != 0
        print(("not ok" if p.returncode else "ok") + f" README: make {target} is a target")
    if len(found) < 5 or len(targets) < 2:
        failed = True
        print("not ok README: its commands are found - fewer than there should be")
    return failed


sys.exit(main())
