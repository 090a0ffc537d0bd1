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

    def write(self, folder, name):
        """The paths of NAME.crt and NAME.key in the folder."""
        paths = pathlib.Path(folder, f"{name}.crt"), pathlib.Path(folder, f"{name}.key")
        for path, text in zip(paths, (self.certificate, self.key)):
            path.write_text(text)
        return paths


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


AUTHORITY = "basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign"
SERVER = "basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature", "extendedKeyUsage=serverAuth"


class Authority:
    """A root and an intermediate CA in a folder. What they issue comes with the intermediate, as from most issuers."""

    def __init__(self, folder):
        self._folder = folder
        # Else certificates would have the extensions of the machine's configuration, too.
        pathlib.Path(folder, "configuration").write_text("[req]\ndistinguished_name = subject\n[subject]\n")
        # Each outlives what it issues; else the operator warns of it.
        root = self._sign("root-ca", 3650, AUTHORITY)
        self._intermediate = self._sign("intermediate-ca", 1825, AUTHORITY, root.write(folder, "root-ca"))
        self._files = self._intermediate.write(folder, "intermediate-ca")

    def issue(self, name):
        """Thread-safe."""
        leaf = self._sign(name, 90, (*SERVER, f"subjectAltName=DNS:{name}"), self._files)
        return Material(leaf.certificate + self._intermediate.certificate, leaf.key)

    def _sign(self, name, days, extensions, issuer=None):
        new_key = NEW_KEY.replace("-keyout key", f"-keyout {name}.key")
        more = ["-subj", f"/O=Example/CN={name}", *(word for extension in extensions for word in ("-addext", extension))]
        if issuer:
            more += "-CA", issuer[0], "-CAkey", issuer[1]
        certificate = openssl(f"req -x509 -config configuration {new_key} -days {days}", *more, cwd=self._folder)
        return Material(certificate, pathlib.Path(self._folder, f"{name}.key").read_text())


def chained(name):
    """A certificate and the intermediate CA that issued it."""
    with tempfile.TemporaryDirectory() as folder:
        return Authority(folder).issue(name)


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
