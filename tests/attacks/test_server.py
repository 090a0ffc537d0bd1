#!/usr/bin/env python3
"""Whoever reaches the ports of metrics and probes, without any credentials."""

import contextlib
import pathlib
import socket
import threading
import time
import unittest

from attack import AttackTest, confined, main

PROBES, METRICS = "--health-probe-bind-address", "--metrics-bind-address"
HOST = b"Host: operator\r\n"
SHAPES = {  # what is refused, and with which status
    "no host": (b"GET /healthz HTTP/1.1\r\n\r\n", 400),
    "two hosts": (b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
    "a host that is a list": (b"GET /healthz HTTP/1.1\r\nHost: a, b\r\n\r\n", 400),
    "a coding": (b"GET /healthz HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
    "a coding that looks like one": (b"GET /healthz HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: xchunked\r\n\r\n", 411),
    "a coding in an old version": (b"GET /healthz HTTP/1.0\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n", 411),
    "a coding and a length": (
        b"GET /healthz HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    "two lengths": (b"GET /healthz HTTP/1.1\r\n" + HOST + b"Content-Length: 0\r\nContent-Length: 0\r\n\r\n", 400),
    "a length that is a list": (b"GET /healthz HTTP/1.1\r\n" + HOST + b"Content-Length: 0, 0\r\n\r\n", 400),
    "a body": (b"GET /healthz HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\n\r\nhello", 413),
    "a post": (b"POST /healthz HTTP/1.1\r\n" + HOST + b"Content-Length: 0\r\n\r\n", 405),
    "a tunnel": (b"CONNECT kubernetes:443 HTTP/1.1\r\n" + HOST + b"\r\n", 405),
    "a trace": (b"TRACE /healthz HTTP/1.1\r\n" + HOST + b"\r\n", 405),
    "a long head": (b"GET /healthz HTTP/1.1\r\n" + HOST + b"X: " + 9000 * b"x" + b"\r\n\r\n", 431),
    "a long line": (b"GET /" + 9000 * b"x", 431),
    "another protocol": (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400),
}


def read_all(connection):
    """What comes until the peer ends the connection."""
    text = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := connection.recv(65536):
            text += piece
    return text


class Server(AttackTest):
    def connect(self, operator, flag=PROBES):
        host, port = operator.address(flag).rsplit(":", 1)
        connection = socket.create_connection((host, int(port)), timeout=10)
        self.addCleanup(connection.close)
        return connection

    def flood(self, connection, start, piece, most):
        """Sends until the server ends the connection, or has taken `most` bytes."""
        taken = 0
        with contextlib.suppress(ConnectionError, socket.timeout):
            connection.sendall(start)
            while taken < most:
                taken += connection.send(piece)
        return taken

    def test_a_request_without_end(self):
        operator = self.start_operator()
        head = b"GET /healthz HTTP/1.1\r\n" + HOST
        piece = b"x" * (1 << 16)
        endless = {
            "an extension of a chunk": (head + b"Transfer-Encoding: chunked\r\n\r\n1;", piece),
            "trailers": (head + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: ", piece),
            "a head": (head + b"X: ", piece),
            "a body": (head + b"Content-Length: 99999999999\r\n\r\n", piece),
            "empty lines": (b"", b"\r\n" * (1 << 15)),
        }
        with confined(operator.pid):
            for flag in PROBES, METRICS:
                for what, (start, piece) in endless.items():
                    with self.subTest(what, flag=flag):
                        self.flood(self.connect(operator, flag), start, piece, 100 << 20)
                        self.assert_unharmed(operator)
        self.assertLess(operator.memory_peak(), 64 << 20)

    def test_requests_whose_meaning_is_in_doubt(self):
        operator = self.start_operator()
        asked = []
        for flag in PROBES, METRICS:
            for what, (request, status) in SHAPES.items():
                connection = self.connect(operator, flag)
                with contextlib.suppress(ConnectionError):
                    connection.sendall(request + b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n")
                asked.append((what, flag, status, connection))
        for what, flag, status, connection in asked:
            with self.subTest(what, flag=flag):
                answer = read_all(connection)
                self.assertTrue(answer.startswith(b"HTTP/1.1 %d " % status), answer)
                self.assertIn(b"\r\nConnection: close\r\n", answer)
                self.assertEqual(1, answer.count(b"HTTP/1.1 "), "answers on this connection")
        self.assert_unharmed(operator)

    def test_connections_that_are_never_used(self):
        operator = self.start_operator()
        # Held open, half of them with a request that has begun, and opened again when the server ends them.
        stop = threading.Event()
        opened = [0]

        def hold(flag, begin):
            held = []
            while not stop.is_set():
                if len(held) >= 300:
                    held.pop(0).close()
                with contextlib.suppress(OSError):
                    held.append(self.connect(operator, flag))
                    held[-1].sendall(begin)
                    opened[0] += 1
                time.sleep(0.005)

        attackers = [
            threading.Thread(target=hold, args=(flag, begin), daemon=True)
            for flag in (PROBES, METRICS)
            for begin in (b"", b"GET /healthz HTTP/1.1\r\nHost")
        ]
        for attacker in attackers:
            attacker.start()
        self.addCleanup(stop.set)
        time.sleep(4)  # by then each port has been offered more connections than it holds
        for _ in range(34):
            self.assertEqual(200, operator.get("/healthz")[0])
            self.assertEqual(200, operator.get("/readyz")[0])
            self.assertEqual(200, operator.get("/metrics")[0])
            time.sleep(0.1)
        stop.set()
        for attacker in attackers:
            attacker.join()
        self.assertGreater(opened[0], 1000)
        self.assert_unharmed(operator)
        descriptors = len(list(pathlib.Path(f"/proc/{operator.pid}/fd").iterdir()))
        self.assertLess(descriptors, 400)

    def test_requests_that_come_in_drops(self):
        operator = self.start_operator()
        begun = time.monotonic()
        slow = [self.connect(operator, flag) for flag in (PROBES, METRICS) for _ in range(10)]
        ended = {}
        while len(ended) < len(slow) and time.monotonic() - begun < 40:
            for connection in slow:
                if connection in ended:
                    continue
                try:
                    connection.sendall(b"G" if time.monotonic() - begun < 0.5 else b"E")
                    connection.setblocking(False)
                    closed = connection.recv(1) == b""
                except BlockingIOError:
                    closed = False
                except OSError:
                    closed = True
                finally:
                    with contextlib.suppress(OSError):
                        connection.settimeout(10)
                if closed:
                    ended[connection] = time.monotonic() - begun
            time.sleep(0.5)
        self.assertEqual(len(slow), len(ended), "connections that the server has ended")
        self.assert_unharmed(operator)


if __name__ == "__main__":
    main()
