"""What stands before a VNC server where -tls 1 is for: something that speaks TLS to the client and
passes all on to a server that knows nothing of it, as stunnel does.
"""
import select
import socket
import ssl
import subprocess
import threading


def certificate(folder, name, alt):
    """A certificate that signs itself; returns the files of it and of its key."""
    cert, key = f'{folder}/{name}.pem', f'{folder}/{name}.key'
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
                    '-days', '2', '-subj', f'/CN={name}', '-addext', f'subjectAltName={alt}',
                    '-keyout', key, '-out', cert], check=True, capture_output=True)
    return cert, key


class TLSFront:
    """Listens on .port, and connects to a port for each client. A context manager."""

    def __init__(self, port, cert, key, abrupt=False):
        self.target, self.abrupt = port, abrupt
        self.version = None                     # of TLS, once a client was there
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(cert, key)
        self.listener = socket.socket()
        self.listener.bind(('127.0.0.1', 0))
        self.listener.listen()
        self.port = self.listener.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        try:
            client.settimeout(20)
            with self.context.wrap_socket(client, server_side=True) as tls, \
                    socket.create_connection(('127.0.0.1', self.target), 20) as plain:
                self.version = tls.version()
                self.relay(tls, plain)
                if not self.abrupt:
                    tls.settimeout(5)
                    tls.unwrap()
        except OSError:
            pass                                # the client has gone, or would not come in
        finally:
            client.close()

    @staticmethod
    def relay(tls, plain):
        """All in one thread: OpenSSL's connections are not for two at a time."""
        while True:
            ready = select.select([tls, plain], [], [], 0 if tls.pending() else 20)[0]
            if tls in ready or tls.pending():
                tls.setblocking(False)
                try:
                    data = tls.recv(65536)
                    if not data:
                        return
                    plain.sendall(data)
                except ssl.SSLWantReadError:
                    pass                        # a record that is not all there yet
                tls.settimeout(20)
            if plain in ready:
                data = plain.recv(65536)
                if not data:
                    return
                tls.sendall(data)
