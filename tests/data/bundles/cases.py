"""The cases: what stands in the two fields, and everything that is to be found, in order.

A finding is written "[warning ][key |password ]Reason[ PLACE][: part of the message]"; PLACE is #2 for the second BEGIN
line of the text, L5 for any other line. On what openssl and Go say of the same, see tests/corpus/differences.txt.
"""

import base64
import dataclasses
import re
import typing

import armor_cases
import chain_cases
import content_cases
import key_cases
from pki import HOST


@dataclasses.dataclass
class Case:
    name: str
    certificate: typing.Union[str, bytes]
    key: typing.Union[str, bytes]
    found: tuple
    password: typing.Optional[str] = None
    host: str = ""
    authorities: typing.Optional[str] = None


def line_changed(text, number, change):
    lines = text.split("\n")
    lines[number - 1] = change(lines[number - 1])
    return "\n".join(lines)


def cases(p):
    table = []
    crt = {path.stem: path.read_text() for path in p.folder.glob("*.crt")}
    keys = {path.stem: path.read_text() for path in p.folder.glob("*.key")}
    leaf, lower, upper, root, key = crt["leaf"], crt["lower"], crt["upper"], crt["root"], keys["leaf"]
    chain = leaf + lower

    def case(name, certificate=chain, key=key, *found, **more):
        table.append(Case(name, certificate, key, found, **more))

    def armor(name, broken, *found):
        """The leaf broken, before an intermediate that is whole."""
        case(name, broken + lower, key, *found)

    def with_leaf(name, leaf_name, *found, **more):
        case(name, crt[leaf_name] + lower, keys[leaf_name], *found, **more)

    def with_lower(name, lower_name, *found, **more):
        case(name, leaf + crt[lower_name], key, *found, **more)

    bad, bad_key = "InvalidCertificate", "key InvalidPrivateKey"

    # Nothing wrong.
    case("good")
    case("good-three-levels", leaf + lower + upper)
    for name in "rsa", "p384", "p521", "no-ku", "address":
        with_leaf(f"good-{name}", name)
    case("good-pkcs1-key", crt["rsa"] + lower, p.text("rsa.pkcs1"))
    case("good-sec1-key", chain, p.text("leaf.sec1"))
    case("good-sec1-key-with-curve", chain, p.text("leaf.params") + p.text("leaf.sec1"))
    case("good-encrypted-key", chain, p.text("leaf.encrypted"), password="CorrectHorse")
    case("good-legacy-encrypted-key", chain, p.text("leaf.legacy"), password="CorrectHorse")
    case("good-long-lines", re.sub(r"(?<=[A-Za-z0-9+/])\n(?=[A-Za-z0-9+/])", "", chain))
    case("good-without-last-line-break", chain.rstrip("\n"), key.rstrip("\n"))
    case("good-full", chain + "\n" * (65535 - len(chain)), key + "\n" * (10240 - len(key)))

    # Armour.
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    armor("begin-without-space", leaf.replace(begin, "-----BEGINCERTIFICATE-----"),
          f"{bad} #1: has a missing or an extra space: expected {begin} on a line of its own")
    armor("begin-with-two-spaces", leaf.replace("BEGIN ", "BEGIN  "), f"{bad} #1: has a missing or an extra space")
    armor("begin-with-four-dashes", leaf.replace(begin, begin[1:]), f"{bad} #1: begins with 4 dashes instead of five")
    armor("begin-with-six-dashes", leaf.replace(begin, f"-{begin}"), f"{bad} #1: begins with 6 dashes instead of five")
    armor("begin-ends-in-four-dashes", leaf.replace(begin, begin[:-1]), f"{bad} #1: ends with 4 dashes instead of five")
    armor("begin-in-lower-case", leaf.replace(begin, begin.lower()), f"{bad} #1: not in upper case")
    armor("begin-with-typographic-dashes", leaf.replace(begin, "—" + begin[2:]), f"{bad} #1: typographic dashes")
    armor("begin-in-smart-quotes", leaf.replace(begin, f"“{begin}"), f"{bad} #1: typographic dashes, quotes")
    armor("begin-with-no-break-space", leaf.replace("BEGIN ", "BEGIN\u00a0"), f"{bad} #1: typographic")
    armor("begin-in-quotes", leaf.replace(begin, f'"{begin}"'), f"{bad} #1: quotation marks")
    armor("begin-indented", "  " + leaf, f"{bad} #1: indented")
    armor("byte-order-mark", "\ufeff" + leaf, f"{bad} #1: byte order mark")
    armor("begin-missing", leaf.split("\n", 1)[1], f"{bad} L{leaf.count(chr(10)) - 1}: this END line has no BEGIN line",
          "warning TextOutsideBlocks L1")
    armor("end-missing", leaf.replace(end + "\n", ""), f"{bad} #1: no END line before the next block begins")
    case("end-missing-at-the-end", chain.rstrip("\n")[: -len(end)], key, f"{bad} #2: has no END line: it is truncated")
    armor("end-without-space", leaf.replace(end, "-----ENDCERTIFICATE-----"), f"{bad} L{leaf.count(chr(10))}: has a missing or an extra space")
    armor("end-with-four-dashes", leaf.replace(end, end[1:]), f"{bad} L{leaf.count(chr(10))}: begins with 4 dashes")
    armor("end-of-another-kind", leaf.replace(end, "-----END PRIVATE KEY-----"),
          f"{bad} L{leaf.count(chr(10))}: does not match the PEM block that begins on line 1")
    case("end-and-begin-on-one-line", leaf.rstrip("\n") + lower, key, f"{bad} #2: are on the same line")
    armor("base64-broken", line_changed(leaf, 5, lambda line: line[:9] + "*" + line[10:]),
          f"{bad} L5: there is a character that is not base64")
    armor("base64-with-smart-quote", line_changed(leaf, 4, lambda line: line[:9] + "“" + line[10:]), f"{bad} L4: not base64")
    armor("base64-incomplete", line_changed(leaf, 3, lambda line: line[:-1]),
          f"{bad} L{leaf.count(chr(10))}: base64 of the PEM block that begins on line 1 is broken")
    armor("block-empty", f"{begin}\n{end}\n", f"{bad} #1: empty")
    case("literal-line-breaks", chain.replace("\n", "\\n"), key, f"{bad} #1: two characters \\n")
    case("spaces-for-line-breaks", chain.replace("\n", " "), key, f"{bad} #1: line breaks were replaced with spaces")
    case("two-damaged-blocks", leaf.replace(begin, begin[1:]) + lower.replace(begin, begin.lower()), key,
         f"{bad} #1: 4 dashes", f"{bad} #2: not in upper case")

    # Odd, but read by most.
    case("windows-line-ends", chain.replace("\n", "\r\n"), key, "warning WindowsLineEnds #1")
    case("indented-inside", line_changed(chain, 2, lambda line: "  " + line), key, "warning PemWhitespace L2")
    case("blank-line-inside", line_changed(chain, 2, lambda line: "\n" + line), key, "warning PemWhitespace L2")
    case("text-before", "subject=CN = x\n" + chain, key, "warning TextOutsideBlocks L1")
    case("text-behind", chain + "the end\n", key, f"warning TextOutsideBlocks L{chain.count(chr(10)) + 1}")

    # Something else.
    for name, text, *found in (
        ("empty", "", "the content is empty"), ("blank", " \n\n", "the content is empty"),
        ("prose", "put the certificate here\n", f"{begin} is missing"),
        ("der", (p.folder / "leaf.der").read_bytes(), "a certificate in DER, not PEM"),
        ("pkcs12", (p.folder / "leaf.p12").read_bytes(), "PKCS#12"),
        ("pkcs7-der", (p.folder / "leaf.p7b.der").read_bytes(), "PKCS#7"),
        ("request-der", (p.folder / "leaf.csr.der").read_bytes(), "certificate request in DER"),
        ("key-der", (p.folder / "leaf.key.der").read_bytes(), "not PEM"),
        ("java-key-store", b"\xfe\xed\xfe\xed\0\0\0\2", "Java keystore"),
        ("utf-16", chain.encode("utf-16"), "UTF-16"),
        ("encoded-twice", base64.b64encode(chain.encode()).decode(), "base64-encoded twice"),
        ("without-armor", "".join(leaf.split("\n")[1:-2]), "without BEGIN and END lines"),
    ):
        case(f"instead-{name}", text, key, f"{bad}: {found[0]}")
    for name, text, message in (
        ("request", p.text("leaf.csr"), "certificate request"), ("pkcs7", p.text("leaf.p7b"), "PKCS#7"),
        ("trusted", p.text("leaf.trusted"), "trusted certificate"), ("key", key, "contains a private key"),
        ("public-key", p.text("leaf.pub"), "public key"),
    ):
        case(f"instead-{name}", text, key, f"{bad} #1: {message}")
    case("swapped", key, leaf, f"{bad} #1: contains a private key", f"{bad_key} #1: there is a certificate next to")
    case("key-among-certificates", chain + key, key, f"{bad} #3: the certificate chain contains a private key")
    case("certificate-damaged-inside", line_changed(chain, 2, lambda line: "AAAA" + line[4:]), key,
         f"{bad} #1: not an X.509 certificate")

    # Limits and passwords.
    case("certificates-too-large", chain + "\n" * (65536 - len(chain)), key, "TooLarge: has 65536 characters")
    case("key-too-large", chain, key + "\n" * (10241 - len(key)), "key TooLarge: has 10241 characters")
    locked = p.text("leaf.encrypted")
    case("password-missing", chain, locked, "password PasswordInvalid: encrypted")
    case("password-wrong", chain, locked, "password PasswordInvalid: does not decrypt", password="WrongHorse")
    case("password-wrong-legacy", chain, p.text("leaf.legacy"), "password PasswordInvalid: does not decrypt",
         password="WrongHorse")
    case("password-needless", chain, key, "password PasswordInvalid: not encrypted", password="CorrectHorse")
    case("password-with-digit", chain, p.text("leaf.digit"), "password PasswordInvalid: only passwords of up to 64 letters",
         password="Correct1Horse")
    case("password-too-long", chain, locked, "password PasswordInvalid: up to 64 letters", password="x" * 65)
    case("password-with-line-break", chain, locked, "password PasswordInvalid: ends with a line break", password="CorrectHorse\n")
    case("password-empty", chain, locked, "password PasswordInvalid: is empty", password="")

    # Keys.
    case("key-of-another", chain, keys["other-self"], "key KeyMismatch: does not match the certificate")
    case("key-empty", chain, "", f"{bad_key}: empty")
    case("key-public", chain, p.text("leaf.pub"), f"{bad_key} #1: this is a public key")
    case("key-twice", chain, key + keys["other-self"], f"{bad_key} #2: there is a second private key")
    case("key-with-certificate", chain, key + leaf, f"{bad_key} #2: there is a certificate next to the private key")
    case("key-damaged", chain, line_changed(key, 2, lambda line: "AAAA" + line[4:]), f"{bad_key} #1: damaged")
    case("key-only-curve", chain, p.text("leaf.params"), f"{bad_key}: only curve parameters")
    case("key-weak", crt["weak"] + lower, keys["weak"], f"{bad_key} #1: 1024 bits")
    for name in "k1", "ed25519", "pss", "dsa":
        with_leaf(f"key-{name}", name, "warning key UnusualKey #1")

    # Leaf.
    case("self-signed", crt["self"], keys["self"], "warning SelfSigned #1")
    case("self-signed-ca", crt["self-ca"], keys["self-ca"], f"{bad} #1: key usage does not allow TLS",
         "warning CaAsLeaf #1", "warning MissingServerAuth #1", "warning SelfSigned #1")
    with_leaf("leaf-of-a-ca", "issued-ca", f"{bad} #1: this is a CA certificate, not a server certificate", f"{bad} #1: key usage does not allow TLS",
              "warning MissingServerAuth #1")
    with_leaf("leaf-for-clients", "client", f"{bad} #1: does not include serverAuth")
    with_leaf("leaf-for-anything", "no-eku", "warning MissingServerAuth #1")
    with_leaf("leaf-that-enciphers", "enciphers", "warning KeyUsage #1")
    with_leaf("leaf-for-crls", "crl-only", f"{bad} #1: key usage does not allow TLS")
    with_leaf("leaf-without-names", "no-san", "warning NoSubjectAlternativeName #1")
    with_leaf("leaf-signed-with-sha1", "sha1", f"{bad} #1: SHA-1")
    case("leaf-signed-with-md5", crt["md5"], keys["md5"], f"{bad} #1: MD5", "warning SelfSigned #1")
    with_leaf("leaf-of-version-1", "version-1", "warning OldVersion #1", "warning MissingServerAuth #1",
              "warning NoSubjectAlternativeName #1")
    with_leaf("leaf-with-serial-zero", "serial-zero", "warning UnusualSerial #1")
    with_leaf("leaf-with-long-serial", "serial-long", "warning UnusualSerial #1")
    with_leaf("leaf-with-unknown-critical-extension", "critical", "ChainInvalid #1: unhandled critical extension")
    with_leaf("leaf-expired", "expired", "CertificateExpired: expired on 2021-01-01T00:00:00Z")
    with_leaf("leaf-not-yet-valid", "early", "CertificateNotYetValid: not valid until 2110-01-01T00:00:00Z")

    # Host names.
    mismatch = "DomainMismatch #1: do not cover"
    case("host", host=HOST)
    with_leaf("host-wildcard", "wildcard", host=HOST)
    with_leaf("host-in-capitals", "upper-case", host=HOST)
    case("host-other", chain, key, mismatch, host="other.example.com")
    case("host-below", chain, key, mismatch, host=f"a.{HOST}")
    with_leaf("host-wildcard-two-labels", "wildcard", mismatch, host=f"a.{HOST}")
    with_leaf("host-wildcard-no-label", "wildcard", mismatch, host="example.com")
    with_leaf("host-wildcard-in-part", "partial", mismatch, host=HOST)
    with_leaf("host-in-common-name", "no-san", mismatch, host=HOST)
    with_leaf("host-among-addresses", "address", mismatch, host=HOST)

    # Chains.
    case("chain-reversed", lower + leaf, key, "ChainInvalid #2: wrong order")
    case("chain-issuers-reversed", leaf + upper + lower, key, "ChainInvalid #1: wrong order")
    case("chain-leaf-last", lower + upper + leaf, key, "ChainInvalid #3: wrong order")
    case("chain-leaf-last-without-key", lower + leaf, "", f"{bad_key}: empty", "ChainInvalid #2: wrong order")
    case("chain-leaf-alone", leaf, key, "warning IssuerMissing #1")
    case("chain-with-a-gap", leaf + upper, key, "ChainInvalid #1: intermediate certificate that issued this one is missing")
    case("chain-with-root-only", leaf + root, key, "ChainInvalid #1: intermediate certificate")
    case("chain-with-root", leaf + lower + upper + root, key, "warning RootIncluded #4")
    case("chain-with-foreign-leaf", chain + crt["other-leaf"], key, "ChainInvalid #3: not part of the chain")
    case("chain-with-foreign-root", chain + crt["other-root"], key, "ChainInvalid #3: not part of the chain")
    case("chain-with-foreign-self-signed", chain + crt["self"], key, "ChainInvalid #3: not part of the chain")
    case("chain-leaf-twice", leaf + chain, key, "warning RepeatedCertificate #2")
    case("chain-issuer-twice", chain + lower, key, "warning RepeatedCertificate #3")
    case("chain-cross-signed", leaf + lower + upper + crt["lower-crossed"], key, "warning CrossSigned #4")
    with_lower("chain-issuer-with-another-key", "lower-other-key", "ChainInvalid #2: did not sign it")
    with_lower("chain-issuer-expired", "lower-expired", "ChainInvalid #2: expired on 2025-01-01")
    with_lower("chain-issuer-not-yet-valid", "lower-early", "CertificateNotYetValid #2: not valid until 2110")
    with_lower("chain-issuer-expires-first", "lower-short", "warning IntermediateExpiresFirst #2: 2060-01-01")
    with_lower("chain-issuer-no-ca", "lower-no-ca", "ChainInvalid #2: is not a CA")
    with_lower("chain-issuer-may-not-sign", "lower-no-sign", "ChainInvalid #2: is not a CA")
    with_lower("chain-issuer-signed-with-sha1", "lower-sha1", "ChainInvalid #2: SHA-1")
    with_lower("chain-issuer-of-other-names", "lower-org", "ChainInvalid #1: permitted subtree violation")
    case("chain-issuer-weak", crt["under-weak"] + crt["lower-weak"], keys["under-weak"], "ChainInvalid #2: 1024 bits")
    case("chain-longer-than-allowed", crt["under-beyond"] + crt["beyond"] + crt["last"], keys["under-beyond"],
         "ChainInvalid #3: path length constraint exceeded")
    case("chain-of-eleven", leaf + lower * 10, key, "ChainInvalid: 11 certificates")

    # Everything at once.
    case("everything", crt["client"] + crt["lower-expired"] + crt["other-root"], keys["other-self"],
         "password PasswordInvalid: not encrypted", "key KeyMismatch", f"{bad} #1: serverAuth", mismatch,
         "ChainInvalid #3: not part of the chain", "ChainInvalid #2: expired", password="CorrectHorse", host="other.example.com")
    for family in armor_cases, content_cases, chain_cases, key_cases:
        family.cases(p, case)
    return table
