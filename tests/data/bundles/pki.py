"""Certificates and keys made with openssl, with fixed dates: a leaf, what is above it, and what is wrong with either."""

import pathlib
import subprocess

import der

CONFIGURATION = """
[ca]
default_ca = own
[own]
database = {name}.index
new_certs_dir = .
serial = {name}.serial
policy = any
unique_subject = no
[any]
commonName = supplied
"""
IDENTIFIERS = "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
SERVER = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n" + IDENTIFIERS
AUTHORITY = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n" + IDENTIFIERS
HOST = "mqtt.example.com"


class Pki:
    """Each certificate has a name, under which its files are in the folder: NAME.crt, NAME.key."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.serial = 0x1000
        # What a device trusts.
        self.roots = ["root", "upper", "self", "self-ca", "md5", "other-root"]

    def openssl(self, command, *more):
        done = subprocess.run(["openssl", *command.split(), *more], cwd=self.folder, capture_output=True, check=False)
        if done.returncode:
            raise RuntimeError(f"openssl {command} {more}: {done.stderr.decode()}")
        return done.stdout

    def text(self, name):
        return (self.folder / name).read_text()

    def write(self, name, text):
        (self.folder / name).write_text(text)

    def key(self, name, kind="EC -pkeyopt ec_paramgen_curve:P-256"):
        self.openssl(f"genpkey -algorithm {kind} -out {name}.key")

    def sign(self, name, issuer=None, extensions="", *, subject=None, start="20200101000000Z", end="21200101000000Z",
             digest="sha256", key=None, serial=None):
        """A certificate NAME for the key NAME, which is made if there is none; self-signed without an issuer."""
        if not (self.folder / f"{key or name}.key").exists():
            self.key(key or name)
        self.serial += 1
        self.write(f"{name}.index", "")
        self.write(f"{name}.serial", serial or f"{self.serial:04x}\n")
        self.write(f"{name}.conf", CONFIGURATION.format(name=name))
        self.write(f"{name}.ext", extensions)
        self.openssl(f"req -new -key {key or name}.key -out {name}.csr -subj", f"/CN={subject or name}")
        by = f"-cert {issuer}.crt -keyfile {issuer}.key" if issuer else f"-selfsign -keyfile {key or name}.key"
        # "default" has no digest of its own: Ed25519 and its like.
        with_extensions = f"-extfile {name}.ext" if extensions else ""
        self.openssl(f"ca -batch -notext -config {name}.conf -in {name}.csr -out {name}.crt -md {digest} {by}"
                     f" -startdate {start} -enddate {end} {with_extensions}")

    def resign(self, name, source, issuer, change):
        """A certificate NAME for the key of `source`: what was signed in it, changed, and signed again by `issuer`."""
        tag, signed, _ = der.split(der.split(der.from_pem(self.text(f"{source}.crt")))[1])
        members = list(der.values(signed))
        change(members)
        to_sign = der.value(tag, b"".join(members))
        (self.folder / f"{name}.tbs").write_bytes(to_sign)
        signature = self.openssl(f"dgst -sha256 -sign {issuer}.key {name}.tbs")
        algorithm = der.sequence(der.value(0x06, bytes.fromhex("2a8648ce3d040302")))
        self.write(f"{name}.crt", der.to_pem(der.sequence(to_sign, algorithm, der.value(0x03, b"\0" + signature))))
        self.write(f"{name}.key", self.text(f"{source}.key"))

    def resign_padded(self, name, source, issuer):
        """The same certificate, signed until its length is none that base64 encodes without "=" at the end."""
        self.resign(name, source, issuer, lambda members: None)
        while len(der.from_pem(self.text(f"{name}.crt"))) % 3 == 0:
            self.resign(name, source, issuer, lambda members: None)

    def server(self, name, issuer="lower", extensions=SERVER, names=f"DNS:{HOST}", **more):
        san = f"subjectAltName={names}\n" if names else ""
        self.sign(name, issuer, extensions + san, **more)


def make(folder):
    """The certificates that the cases are made of."""
    p = Pki(folder)
    p.sign("root", extensions=AUTHORITY)
    p.sign("upper", "root", AUTHORITY)
    p.sign("lower", "upper", AUTHORITY)
    p.server("leaf")
    p.server("self", issuer=None)
    p.server("other-self", issuer=None)
    p.sign("self-ca", extensions=AUTHORITY + f"subjectAltName=DNS:{HOST}\n")
    p.sign("other-root", extensions=AUTHORITY)
    p.server("other-leaf", issuer="other-root")

    for name, kind in {
        "rsa": "RSA -pkeyopt rsa_keygen_bits:2048", "weak": "RSA -pkeyopt rsa_keygen_bits:1024",
        "p384": "EC -pkeyopt ec_paramgen_curve:P-384", "p521": "EC -pkeyopt ec_paramgen_curve:P-521",
        "k1": "EC -pkeyopt ec_paramgen_curve:secp256k1", "ed25519": "ED25519", "pss": "RSA-PSS",
    }.items():
        p.key(name, kind)
        p.server(name)
    p.openssl("genpkey -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:1024 -out dsa.params")
    p.openssl("genpkey -paramfile dsa.params -out dsa.key")
    p.server("dsa")

    p.server("expired", end="20210101000000Z")
    p.server("early", start="21100101000000Z")
    p.server("wildcard", names="DNS:*.example.com")
    p.server("partial", names="DNS:mq*.example.com")
    p.server("upper-case", names="DNS:MQTT.Example.COM")
    p.server("no-san", names="", subject=HOST)
    p.server("address", names="IP:192.0.2.1")
    p.server("client", extensions=SERVER.replace("serverAuth", "clientAuth"))
    p.server("no-eku", extensions=SERVER.replace("extendedKeyUsage=serverAuth\n", ""))
    p.server("no-ku", extensions="extendedKeyUsage=serverAuth\n" + IDENTIFIERS)
    p.server("enciphers", extensions=SERVER.replace("digitalSignature", "keyEncipherment"))
    p.server("crl-only", extensions=SERVER.replace("digitalSignature", "cRLSign"))
    p.server("sha1", digest="sha1")
    p.key("md5", "RSA -pkeyopt rsa_keygen_bits:2048")
    p.server("md5", issuer=None, digest="md5")
    p.server("serial-zero", serial="00\n")
    p.server("serial-long", serial="7f" * 21 + "\n")
    p.sign("version-1", "lower", subject=HOST)
    p.sign("issued-ca", "lower", AUTHORITY + f"subjectAltName=DNS:{HOST}\n")
    p.server("critical", extensions=SERVER + "1.2.3.4=critical,DER:0500\n")

    # The same issuer in other states: with its key, so that "leaf" is signed by each of them.
    for name, more in {
        "lower-expired": {"end": "20250101000000Z"}, "lower-early": {"start": "21100101000000Z"},
        "lower-short": {"end": "20600101000000Z"}, "lower-sha1": {"digest": "sha1"},
        "lower-no-ca": {"extensions": "basicConstraints=CA:FALSE\n" + IDENTIFIERS},
        "lower-no-sign": {
            "extensions": "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,digitalSignature\n" + IDENTIFIERS
        },
        "lower-org": {"extensions": AUTHORITY + "nameConstraints=critical,permitted;DNS:example.org\n"},
    }.items():
        p.sign(name, "upper", more.pop("extensions", AUTHORITY), subject="lower", key="lower", **more)
    p.sign("lower-crossed", "root", AUTHORITY, subject="lower", key="lower")
    p.sign("lower-other-key", "upper", AUTHORITY, subject="lower")
    p.key("lower-weak", "RSA -pkeyopt rsa_keygen_bits:1024")
    p.sign("lower-weak", "upper", AUTHORITY)
    p.server("under-weak", issuer="lower-weak")
    p.sign("last", "root", AUTHORITY.replace("CA:TRUE", "CA:TRUE,pathlen:0"))
    p.sign("beyond", "last", AUTHORITY)
    p.server("under-beyond", issuer="beyond")

    p.openssl("crl2pkcs7 -nocrl -certfile leaf.crt -out leaf.p7b")
    p.openssl("crl2pkcs7 -nocrl -certfile leaf.crt -outform DER -out leaf.p7b.der")
    p.openssl("pkcs12 -export -in leaf.crt -inkey leaf.key -passout pass:word -out leaf.p12")
    p.openssl("x509 -in leaf.crt -outform DER -out leaf.der")
    p.openssl("req -in leaf.csr -outform DER -out leaf.csr.der")
    p.openssl("pkey -in leaf.key -outform DER -out leaf.key.der")
    p.openssl("x509 -in leaf.crt -trustout -addtrust serverAuth -out leaf.trusted")
    p.openssl("pkey -in leaf.key -pubout -out leaf.pub")
    p.openssl("pkey -in leaf.key -traditional -out leaf.sec1")
    p.openssl("pkey -in rsa.key -traditional -out rsa.pkcs1")
    p.openssl("ecparam -name prime256v1 -out leaf.params")
    p.openssl("pkcs8 -topk8 -v2 aes-256-cbc -in leaf.key -passout pass:CorrectHorse -out leaf.encrypted")
    p.openssl("pkcs8 -topk8 -v2 aes-256-cbc -in leaf.key -passout pass:Correct1Horse -out leaf.digit")
    p.openssl("ec -aes256 -in leaf.key -passout pass:CorrectHorse -out leaf.legacy")
    return p
