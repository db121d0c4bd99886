#!/usr/bin/env python3
"""The server's part of the benchmark: viewers of one recording, in a process of their own.

    viewers.py PORT URL VIEWERS SECONDS     prints the pictures that each got, and the bytes of all
"""
import selectors
import socket
import sys
import time


def main():
    port, url, number, seconds = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
    selector, parts, size = selectors.DefaultSelector(), {}, 0
    for _ in range(number):
        c = socket.create_connection(('127.0.0.1', port))
        c.sendall(f'GET {url} HTTP/1.1\r\nHost: localhost\r\n\r\n'.encode())
        c.setblocking(False)
        selector.register(c, selectors.EVENT_READ)
        parts[c] = 0
    buffer = bytearray(1 << 20)
    until = time.time() + seconds
    while (left := until - time.time()) > 0:
        for key, _ in selector.select(left):
            n = key.fileobj.recv_into(buffer)
            if not n:
                sys.exit('a stream has ended')
            size += n
            # a piece that ends with the boundary ends a picture
            parts[key.fileobj] += buffer[:n].count(b'\xff\xd9\r\n--rfbplay')
    print(min(parts.values()), max(parts.values()), size)


if __name__ == '__main__':
    main()
