#!/usr/bin/env python3
"""Servers for the recorder's bench: one process that answers any number of clients.

    crowd.py UPDATE_BYTES       prints its port

Each client gets security None and a screen of 640x480; each of its requests is answered at once
by an update of so many bytes, the first by a picture of the whole screen.
"""
import select
import socket
import struct
import sys

BGRX = struct.pack('>BBBB3H3B3x', 32, 24, 0, 1, 255, 255, 255, 16, 8, 0)
INIT = struct.pack('>HH', 640, 480) + BGRX + struct.pack('>I', 5) + b'crowd'


def update(size):
    """One Raw rectangle, at most 640 wide; about size bytes."""
    pixels = size // 4
    w = min(640, pixels)
    h = max(1, pixels // w)
    return struct.pack('>BxHHHHHi', 0, 1, 0, 0, w, h, 0) + bytes(range(256)) * (w * h // 64)


class Client:
    def __init__(self, sock):
        self.sock = sock
        self.state = 0
        self.pictures = 0


def main():
    listener = socket.socket()
    listener.bind(('127.0.0.1', 0))
    listener.listen(1024)
    print(listener.getsockname()[1], flush=True)
    small = update(int(sys.argv[1]))
    # RRE, RFC 6143, 7.7.3: a background and no rectangles on it
    whole = struct.pack('>BxHHHHHi', 0, 1, 0, 0, 640, 480, 2) + bytes(8)
    replies = (b'\1\1', b'\0\0\0\0', INIT)      # to the version, the security type, ClientInit
    poll = select.epoll()
    poll.register(listener, select.EPOLLIN)
    clients = {}
    while True:
        for fd, _ in poll.poll():
            if fd == listener.fileno():
                sock, _ = listener.accept()
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                poll.register(sock, select.EPOLLIN)
                clients[sock.fileno()] = Client(sock)
                sock.sendall(b'RFB 003.008\n')
                continue
            c = clients[fd]
            try:
                data = c.sock.recv(4096)
                if not data:
                    raise ConnectionResetError
                if c.state < 3:
                    c.sock.sendall(replies[c.state])
                    c.state += 1
                elif data[-10] == 3:            # the message that ends here is a request
                    c.sock.sendall(small if c.pictures else whole)
                    c.pictures += 1
            except OSError:
                poll.unregister(fd)
                clients.pop(fd).sock.close()


main()
