"""Secrets that cannot be used, each with what the operator has to say about it."""

import dataclasses
import typing

from harness import materials

PASSWORD = "CorrectHorseBatteryStaple"


@dataclasses.dataclass
class BadSecret:
    name: str
    reason: str
    mentions: tuple  # parts of the message
    secret: typing.Optional[dict]  # its content; None: there is no such Secret
    mended: dict
    beside: str = "Stalled"
    password: typing.Optional[str] = None  # the object names a Secret with a password; "": which is not there
    mended_password: typing.Optional[str] = None


def pair(material):
    return {"tls.crt": material.certificate, "tls.key": material.key}


def certificate(text):
    return lambda material: {**pair(material), "tls.crt": text(material.certificate) if callable(text) else text}


def key(text):
    return lambda material: {**pair(material), "tls.key": text}


def locked(password=PASSWORD):
    return lambda material: pair(materials.encrypted(material, password))


def of_length(size):
    return certificate(lambda pem: pem + "#" * (size - len(pem)))


def bad_secrets():
    table = []

    def row(name, reason, mentions, secret, mended=pair, **more):
        good = materials.self_signed(f"{name}.example.com")
        table.append(BadSecret(name, reason, mentions, secret(good), mended(good), **more))

    other = materials.self_signed("other.example.com")
    expired = materials.valid_between("expired.example.com", -7200, -3600)

    row("missing", "SecretNotFound", ("does not exist", "create it"), lambda good: None, beside="Reconciling")
    row("keyless", "SecretKeyMissing", ("no key tls.key", "add it"), lambda good: {"tls.crt": good.certificate},
        beside="Reconciling")
    row("empty", "InvalidCertificate", ("tls.crt", "empty"), certificate(""))
    row("empty-key", "InvalidPrivateKey", ("tls.key", "empty"), key(""))
    row("mismatch", "KeyMismatch", ("tls.key", "does not match"), key(other.key))
    row("expired", "CertificateExpired", ("tls.crt", expired.dates[1]), lambda good: pair(expired))
    row("text", "InvalidCertificate", ("tls.crt", "BEGIN CERTIFICATE"), certificate("put the certificate here"))
    row("damaged", "InvalidCertificate", ("tls.crt", "line "), certificate(lambda pem: pem.replace("\nM", "\n*", 1)))
    row("der", "InvalidCertificate", ("tls.crt", "convert it with openssl"), certificate("0\x82\x01\x00\x00\x01\x02"))
    row("swapped", "InvalidCertificate", ("tls.crt", "private key"),
        lambda good: {"tls.crt": good.key, "tls.key": good.certificate})
    row("too-large", "TooLarge", ("tls.crt", "65536", "65535"), of_length(65536), of_length(65535))
    row("locked", "PasswordInvalid", ("tls.key", "spec.privateKeyPasswordSecretRef"), locked())
    row("wrong-password", "PasswordInvalid", ("key password", "does not decrypt"), locked(), locked(),
        password="WrongHorseBatteryStaple", mended_password=PASSWORD)
    row("digit", "PasswordInvalid", ("key password", "letters"), locked(PASSWORD + "1"), locked(),
        password=PASSWORD + "1", mended_password=PASSWORD)
    row("no-password", "SecretNotFound", ("no-password-password", "does not exist"), locked(), locked(),
        beside="Reconciling", password="", mended_password=PASSWORD)
    row("needless", "PasswordInvalid", ("not encrypted", "remove spec.privateKeyPasswordSecretRef"), pair, locked(),
        password=PASSWORD, mended_password=PASSWORD)
    return table
