"""Secrets in the memory of a process: the forms in which they may be there, and a search for them."""

import base64
import collections
import os
import pathlib
import re
import subprocess
import tempfile

from harness.materials import openssl

WINDOW, STEP = 16, 8  # whatever is left of a form, if it is longer than 22 bytes, has one of its windows


def windows(data):
    return [data[i : i + WINDOW] for i in range(0, len(data) - WINDOW + 1, STEP)]


def encoded(data, start=0, end=None):
    """The base64 of these bytes, as it stands inside that of all of them."""
    end = len(data) if end is None else end
    return base64.b64encode(data)[-(-start // 3) * 4 : end // 3 * 4 if end < len(data) else None]


def elements(der):
    """The contents of what an ASN.1 SEQUENCE holds."""
    found, at = [], 0
    while at < len(der):
        length, at = der[at + 1], at + 2
        if length & 0x80:
            count = length & 0x7F
            length, at = int.from_bytes(der[at : at + count], "big"), at + count
        found.append(der[at : at + length])
        at += length
    return found


def der_of(key, *flags):
    with tempfile.NamedTemporaryFile() as file:
        openssl(f"pkey -outform DER -out {file.name}", *flags, stdin=key)
        return pathlib.Path(file.name).read_bytes()


def private_numbers(key):
    """The private ones of an unencrypted RSA or EC key: d, p, q, dP, dQ, qInv, or the scalar."""
    (content,) = elements(der_of(key, "-traditional"))
    parts = elements(content)
    numbers = parts[3:9] if len(parts) == 9 else parts[1:2]
    return [number.lstrip(b"\0") for number in numbers]


class Marks:
    """What to search for, by name."""

    def __init__(self):
        self.names = {}  # of a window: whose it is

    def _mark(self, name, data):
        for window in windows(data):
            self.names.setdefault(window, name)

    def text(self, name, text):
        """A token or a password, also as it stands in a Secret."""
        self._mark(name, text.encode())
        self._mark(name, encoded(text.encode()))

    def rename(self, old, new, but=()):
        """Whatever has the old name is of the new one from now on, except these texts."""
        kept = {window for text in but for window in windows(text.encode())}
        for window, name in self.names.items():
            if name == old and window not in kept:
                self.names[window] = new

    def key(self, name, key, stored=None):
        """A private key in unencrypted PEM: its numbers as in DER and as OpenSSL computes with them, its PEM, and what
        a Secret makes of that, which may be `stored` in another form."""
        text = set()
        numbers = private_numbers(key)
        for number in numbers:
            self._mark(name, number)
            self._mark(name, number[::-1])
        for der in der_of(key), der_of(key, "-traditional"):
            for number in numbers:
                start = der.find(number)
                if start >= 0:
                    text.update(windows(encoded(der, start, start + len(number))))
        for window in text:
            self.names.setdefault(window, name)
        for form in {key.encode(), stored or key.encode()}:
            self._inside(name, form, text)

    def encrypted_key(self, name, key):
        """Of an encrypted one what is in no other: all but the head."""
        body = "".join(line for line in key.splitlines() if re.fullmatch("[A-Za-z0-9+/=]+", line))[160:].encode()
        self._mark(name, body)
        self._inside(name, key.encode(), set(windows(body)))

    def _inside(self, name, form, text):
        for window in text:
            start = form.find(window)
            if start >= 0:
                self._mark(name, encoded(form, start, start + len(window)))


def image(pid):
    """All that a process can write to and that is not zero: the content of pages by their address."""
    pages = {}
    memory = os.open(f"/proc/{pid}/mem", os.O_RDONLY)
    try:
        for line in pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines():
            start, end, access = re.match("([0-9a-f]+)-([0-9a-f]+) (....)", line).groups()
            if "w" not in access:
                continue
            at, end = int(start, 16), int(end, 16)
            while at < end:
                piece = os.pread(memory, min(end - at, 1 << 20), at)
                if piece.strip(b"\0"):
                    pages[at] = piece
                at += len(piece)
    finally:
        os.close(memory)
    return pages


def search(pages, marks):
    """Which windows are where: the addresses of each."""
    by_text = {window.hex(): window for window in marks.names}
    found = collections.defaultdict(set)
    with tempfile.TemporaryDirectory() as folder:
        patterns, text = pathlib.Path(folder, "patterns"), pathlib.Path(folder, "image")
        patterns.write_text("\n".join(by_text) + "\n")
        with text.open("w") as out:
            places, previous = [], b""
            for start, piece in sorted(pages.items()):
                # What spans two pieces is in the second line: its first bytes are the last of the piece before.
                joined = places and places[-1][1] == start
                overlap = previous[-WINDOW:] if joined else b""
                places.append((start - len(overlap), start + len(piece)))
                out.write((overlap + piece).hex() + "\n")
                previous = piece
        grep = subprocess.run(
            ["grep", "--fixed-strings", "--only-matching", "--byte-offset", "--file", patterns, text],
            env={"LC_ALL": "C", "PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            check=False,
        )
        if grep.returncode > 1:
            raise RuntimeError(grep.stderr)
    offset, lines = 0, []
    for start, end in places:
        lines.append((offset, start))
        offset += 2 * (end - start) + 1
    line = 0
    for match in grep.stdout.splitlines():
        at, hexadecimal = match.split(":")
        at = int(at)
        while line + 1 < len(lines) and lines[line + 1][0] <= at:
            line += 1
        within = at - lines[line][0]
        if within % 2 == 0:
            found[by_text[hexadecimal]].add(lines[line][1] + within // 2)
    return found
