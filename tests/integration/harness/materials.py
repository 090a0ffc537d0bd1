"""Certificates and private keys, made with openssl."""

import base64
import dataclasses
import datetime
import hashlib
import pathlib
import re
import subprocess
import tempfile

NEW_KEY = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key"


@dataclasses.dataclass(frozen=True)
class Material:
    """A chain and the private key of its first certificate, in PEM."""

    certificate: str
    key: str

    @property
    def fingerprint(self):
        blocks = re.findall(r"-----BEGIN CERTIFICATE-----(.*?)-----END", self.certificate, re.S)
        return "sha256:" + hashlib.sha256(b"".join(base64.b64decode(block) for block in blocks)).hexdigest()

    @property
    def dates(self):
        """notBefore and notAfter of the first certificate, as the API of Kubernetes writes times."""
        text = openssl("x509 -noout -dates -dateopt iso_8601", stdin=self.certificate)
        return tuple(line.split("=")[1].replace(" ", "T") for line in text.splitlines())


def openssl(command, *more, stdin=None, cwd=None):
    arguments = ["openssl", *command.split(), *more]
    done = subprocess.run(arguments, input=stdin, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"openssl {command}: {done.stderr}")
    return done.stdout


def self_signed(name, san=None):
    with tempfile.TemporaryDirectory() as folder:
        subject = "-subj", f"/O=Example/CN={name}", "-addext", f"subjectAltName={san or 'DNS:' + name}"
        certificate = openssl(f"req -x509 {NEW_KEY} -days 90", *subject, cwd=folder)
        return Material(certificate, pathlib.Path(folder, "key").read_text())


def chained(name):
    """A certificate and the CA that issued it."""
    with tempfile.TemporaryDirectory() as folder:
        authority = self_signed("example-ca")
        pathlib.Path(folder, "ca.crt").write_text(authority.certificate)
        pathlib.Path(folder, "ca.key").write_text(authority.key)
        pathlib.Path(folder, "extensions").write_text(f"subjectAltName=DNS:{name}\nextendedKeyUsage=serverAuth\n")
        request = openssl(f"req {NEW_KEY}", "-subj", f"/O=Example/CN={name}", cwd=folder)
        leaf = openssl("x509 -req -CA ca.crt -CAkey ca.key -days 90 -extfile extensions", stdin=request, cwd=folder)
        return Material(leaf + authority.certificate, pathlib.Path(folder, "key").read_text())


def with_same_key(material, name):
    """Another certificate for the private key of this one."""
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "key").write_text(material.key)
        subject = "-subj", f"/O=Example/CN={name}", "-addext", f"subjectAltName=DNS:{name}"
        return dataclasses.replace(material, certificate=openssl("req -x509 -key key -days 90", *subject, cwd=folder))


def chains_of_one_leaf(name):
    """The same certificate and key with two CA certificates, of which each may stand for the other."""
    with tempfile.TemporaryDirectory() as folder:
        openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 -out ca.key", cwd=folder)
        authority = "req -x509 -key ca.key -days 90 -subj /O=Example/CN=example-ca"
        authorities = [openssl(authority, cwd=folder) for _ in range(2)]
        pathlib.Path(folder, "ca.crt").write_text(authorities[0])
        pathlib.Path(folder, "extensions").write_text(f"subjectAltName=DNS:{name}\nextendedKeyUsage=serverAuth\n")
        request = openssl(f"req {NEW_KEY}", "-subj", f"/O=Example/CN={name}", cwd=folder)
        leaf = openssl("x509 -req -CA ca.crt -CAkey ca.key -days 90 -extfile extensions", stdin=request, cwd=folder)
        key = pathlib.Path(folder, "key").read_text()
        return [Material(leaf + certificate, key) for certificate in authorities]


CA_CONFIGURATION = """
[ca]
default_ca = own
[own]
database = index
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any
x509_extensions = extensions
[any]
commonName = supplied
[extensions]
subjectAltName = DNS:{name}
"""


def valid_between(name, start, end):
    """Self-signed, valid from and until so many seconds from now."""
    now = datetime.datetime.now(datetime.timezone.utc)
    since, until = (f"{now + datetime.timedelta(seconds=seconds):%Y%m%d%H%M%SZ}" for seconds in (start, end))
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "index").touch()
        pathlib.Path(folder, "configuration").write_text(CA_CONFIGURATION.format(name=name))
        pathlib.Path(folder, "request").write_text(openssl(f"req {NEW_KEY}", "-subj", f"/CN={name}", cwd=folder))
        sign = "ca -batch -notext -selfsign -config configuration -keyfile key -in request"
        certificate = openssl(f"{sign} -startdate {since} -enddate {until}", cwd=folder)
        return Material(certificate, pathlib.Path(folder, "key").read_text())


def encrypted(material, password):
    """The same with its private key encrypted."""
    key = openssl("pkcs8 -topk8 -v2 aes-256-cbc -passout", f"pass:{password}", stdin=material.key)
    return dataclasses.replace(material, key=key)
