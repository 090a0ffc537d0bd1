"""As much of DER as it takes to change a certificate in ways that no tool does."""

import base64


def split(data):
    """Tag, content and rest of the first value in `data`."""
    tag, length, at = data[0], data[1], 2
    if length & 0x80:
        count = length & 0x7F
        length, at = int.from_bytes(data[2 : 2 + count], "big"), 2 + count
    return tag, data[at : at + length], data[at + length :]


def values(content):
    """The values inside, each whole."""
    while content:
        _, _, rest = split(content)
        yield content[: len(content) - len(rest)]
        content = rest


def value(tag, content):
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def sequence(*members):
    return value(0x30, b"".join(members))


def from_pem(text):
    body = text.split("-----BEGIN")[1].split("-----\n", 1)[1].split("-----END")[0]
    return base64.b64decode(body)


def to_pem(data, label="CERTIFICATE"):
    text = base64.b64encode(data).decode()
    lines = "\n".join(text[at : at + 64] for at in range(0, len(text), 64))
    return f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n"


# The members of what is signed in a certificate of version 3.
VALIDITY, EXTENSIONS = 4, 7
UTC, GENERALIZED = 0x17, 0x18


def dates(begin=(UTC, "200101000000Z"), end=(GENERALIZED, "21200101000000Z")):
    """A change for Pki.resign: the dates as they are given, in whatever form."""

    def change(members):
        members[VALIDITY] = sequence(*(value(tag, text.encode()) for tag, text in (begin, end)))

    return change


def extension_twice(number):
    """A change: the extension at `number` stands there twice."""

    def change(members):
        _, inside, _ = split(split(members[EXTENSIONS])[1])
        every = list(values(inside))
        members[EXTENSIONS] = value(0xA3, sequence(*every, every[number]))

    return change


def serial(data):
    def change(members):
        members[1] = value(0x02, data)

    return change


def algorithm_inside(oid):
    """A change: the algorithm that is signed is not that of the signature."""

    def change(members):
        members[2] = sequence(value(0x06, bytes.fromhex(oid)))

    return change
