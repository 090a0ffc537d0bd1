"""What may stand between the operator and a server: a proxy that passes everything on until it is told otherwise."""

import collections
import http.client
import http.server
import json
import re
import socket
import ssl
import threading
import time

from harness import materials

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}
HTML = "<!DOCTYPE html><html><head><title>Access denied</title></head><body>The gateway says no.</body></html>"

Request = collections.namedtuple("Request", "time method path status")


class Proxy:
    """Ends TLS with a certificate of its own and makes the requests anew, one connection to the server for each of the
    client's. Rules are looked at for each request, the newest first."""

    def __init__(self, folder, name, server, context):
        self._files = folder / f"{name}.crt", folder / f"{name}.key"
        self._server, self._context = (server.hostname, server.port), context
        self._lock = threading.Lock()
        self._rules, self._requests, self._connections = [], [], set()
        self._listener = None
        self._port = 0
        self.start()

    def start(self):
        """With a new certificate, whose authority is in `ca`."""
        made = materials.self_signed(self._files[0].stem, "IP:127.0.0.1")
        made.write(self._files[0].parent, self._files[0].stem)
        self.ca = made.certificate
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self._files)
        proxy = self

        class Listener(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def get_request(self):
                connection, address = super().get_request()
                connection.settimeout(10)  # for the handshake, which must not hold up the others
                return connection, address

            def finish_request(self, request, client_address):
                secured = context.wrap_socket(request, server_side=True)
                secured.settimeout(None)
                Connection(secured, client_address, self)

            def handle_error(self, request, client_address):
                pass  # clients come and go

        class Connection(_Connection):
            owner = proxy

        self._listener = Listener(("127.0.0.1", self._port), Connection)
        self._port = self._listener.server_address[1]
        threading.Thread(target=self._listener.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        """Refuses connections, and cuts those that there are."""
        if self._listener:
            self._listener.shutdown()
            self._listener.server_close()
            self._listener = None
        self.cut()

    @property
    def endpoint(self):
        return f"https://127.0.0.1:{self._port}"

    # What goes wrong.

    def answer(self, pattern, status, body="", times=None, **headers):
        """To requests of which "METHOD /path" matches, in place of the server. The returned rule can be removed."""
        return self._add(pattern, times, ("answer", status, body, headers))

    def page(self, pattern, status):
        return self.answer(pattern, status, HTML, content_type="text/html; charset=utf-8")

    def stall(self, pattern):
        """Such requests are taken and never answered."""
        return self._add(pattern, None, ("stall",))

    def change(self, pattern, function):
        """The JSON of such answers goes through the function."""
        return self._add(pattern, None, ("change", function))

    def remove(self, rule):
        with self._lock:
            self._rules.remove(rule)

    def clear(self):
        with self._lock:
            self._rules = []

    def cut(self):
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            connection.cut()

    def forget(self):
        """The connections that there are stay open and pass nothing on, as behind a firewall that has forgotten
        them."""
        with self._lock:
            for connection in self._connections:
                connection.forgotten = True

    def _add(self, pattern, times, what):
        rule = {"pattern": re.compile(pattern), "times": times, "what": what}
        with self._lock:
            self._rules.insert(0, rule)
        return rule

    # For the connections.

    def rule_for(self, method, path):
        with self._lock:
            for rule in self._rules:
                if rule["times"] != 0 and rule["pattern"].search(f"{method} {path}"):
                    if rule["times"]:
                        rule["times"] -= 1
                    return rule["what"]
        return ("pass",)

    def connect(self):
        return http.client.HTTPSConnection(*self._server, context=self._context, timeout=60)

    def opened(self, connection):
        with self._lock:
            self._connections.add(connection)

    def closed(self, connection):
        with self._lock:
            self._connections.discard(connection)

    def saw(self, method, path, status):
        with self._lock:
            self._requests.append(Request(time.monotonic(), method, path, status))

    # What happened.

    def requests(self, pattern="", since=0.0):
        """A request that was not answered has the status 0."""
        with self._lock:
            seen = list(self._requests)
        return [r for r in seen if r.time >= since and re.search(pattern, f"{r.method} {r.path}")]


class _Connection(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    owner = None

    def setup(self):
        super().setup()
        self.forgotten = False
        self._upstream = None
        self.owner.opened(self)

    def finish(self):
        self.owner.closed(self)
        if self._upstream:
            self._upstream.close()
        super().finish()

    def cut(self):
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def log_message(self, *_):
        pass

    def __getattr__(self, name):
        if name.startswith("do_"):
            return self._exchange
        raise AttributeError(name)

    def _exchange(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else None
        kind, *details = self.owner.rule_for(self.command, self.path)
        if self.forgotten or kind == "stall":
            self.owner.saw(self.command, self.path, 0)
            self.connection.recv(1)  # until the client gives up
            self.close_connection = True
        elif kind == "answer":
            self._answer(*details)
        else:
            self._pass_on(body, details[0] if kind == "change" else None)

    def _answer(self, status, body, headers):
        text = body if isinstance(body, str) else json.dumps(body)
        self.owner.saw(self.command, self.path, status)
        self.send_response(status)
        for name, value in {"content_type": "application/json", **headers}.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def _pass_on(self, body, change):
        try:
            if self._upstream is None:
                self._upstream = self.owner.connect()
            headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
            self._upstream.request(self.command, self.path, body, headers)
            response = self._upstream.getresponse()
        except (OSError, http.client.HTTPException):
            self.owner.saw(self.command, self.path, 0)
            self.close_connection = True
            return
        self.owner.saw(self.command, self.path, response.status)
        self.send_response_only(response.status)
        for name, value in response.getheaders():
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
        if response.chunked and not change:
            self._stream(response)
            return
        content = response.read()
        if change and response.status < 300:
            content = json.dumps(change(json.loads(content))).encode()
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if not self.forgotten:
            self.wfile.write(content)

    def _stream(self, response):
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.flush()
        # Its end shows while the server is silent, too.
        threading.Thread(target=self._watch_client, args=(response,), daemon=True).start()
        try:
            while piece := response.read1(65536):
                if not self.forgotten:
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            if not self.forgotten:
                self.wfile.write(b"0\r\n\r\n")
        except (OSError, ValueError, AttributeError, http.client.HTTPException):
            self.close_connection = True

    def _watch_client(self, response):
        """A client that leaves in the middle of a stream takes the server's connection with it."""
        upstream = self._upstream
        while not response.isclosed():
            try:
                if self.request.fileno() < 0 or _has_ended(self.connection):
                    upstream.sock and upstream.sock.shutdown(socket.SHUT_RDWR)
                    return
            except OSError:
                return
            time.sleep(0.2)


def _has_ended(connection):
    """The client has closed; asked without taking anything from TLS."""
    with socket.socket(fileno=socket.dup(connection.fileno())) as plain:
        plain.setblocking(False)
        try:
            return plain.recv(1, socket.MSG_PEEK) == b""
        except BlockingIOError:
            return False
