"""An HTTP proxy that makes connections with CONNECT, as a company has one at the border of its network."""

import base64
import socket
import threading


class ConnectProxy:
    """Connects to 127.0.0.1, whatever the name of the host is; so the names of a test need no DNS. With `user` and
    `password` it asks for them."""

    def __init__(self, user=None, password=None):
        self._lock = threading.Lock()
        self._heads, self._sent, self._sockets = [], bytearray(), set()
        self._refused = None
        self.require(user, password)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.url = f"http://{self.address}"
        threading.Thread(target=self._accept, daemon=True).start()

    def require(self, user, password):
        """Other credentials from now on; none if `user` is None."""
        self._credentials = user and base64.b64encode(f"{user}:{password}".encode()).decode()

    def refuse(self, status):
        """Answers with this status from now on; with None it connects again."""
        self._refused = status

    def lines(self):
        """The request lines that it saw."""
        return [head.split("\r\n", 1)[0] for head in self.heads()]

    def heads(self):
        with self._lock:
            return list(self._heads)

    def sent(self):
        """All bytes that clients sent through it."""
        with self._lock:
            return bytes(self._sent)

    def cut(self):
        """Ends all connections."""
        with self._lock:
            sockets = list(self._sockets)
        for one in sockets:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def stop(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client:
            try:
                self._exchange(client)
            except OSError:
                pass  # clients and servers come and go

    def _exchange(self, client):
        head = b""
        while b"\r\n\r\n" not in head:
            piece = client.recv(4096)
            if not piece:
                return
            head += piece
        text = head.decode("latin-1")
        with self._lock:
            self._heads.append(text)
        method, target, _ = text.split(" ", 2)
        if method != "CONNECT":
            client.sendall(b"HTTP/1.1 405 Method Not Allowed\r\n\r\n")
        elif self._credentials and f"\r\nProxy-Authorization: Basic {self._credentials}\r\n" not in text:
            client.sendall(b'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="p"\r\n\r\n')
        elif self._refused:
            client.sendall(f"HTTP/1.1 {self._refused} Refused\r\n\r\n".encode())
        else:
            with socket.create_connection(("127.0.0.1", int(target.rsplit(":", 1)[1])), 10) as server:
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                server.settimeout(None)
                self._relay(client, server)

    def _relay(self, client, server):
        with self._lock:
            self._sockets |= {client, server}
        back = threading.Thread(target=self._copy, args=(server, client, None), daemon=True)
        back.start()
        self._copy(client, server, self._sent)
        back.join()
        with self._lock:
            self._sockets -= {client, server}

    def _copy(self, source, target, seen):
        try:
            while piece := source.recv(65536):
                if seen is not None:
                    with self._lock:
                        seen += piece
                target.sendall(piece)
        except OSError:
            pass
        for one in source, target:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
