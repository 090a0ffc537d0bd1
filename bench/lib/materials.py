"""Certificates and keys, made with openssl."""
import concurrent.futures
import os
import pathlib
import subprocess
import tempfile

SERVER = ("basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature", "extendedKeyUsage=serverAuth")
AUTHORITY = ("basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign")


def issue(folder, name, extensions, issuer=None, days=90):
    """Paths of a certificate and of its EC key; self-signed, or issued by such a pair."""
    certificate, key = pathlib.Path(folder, f"{name}.crt"), pathlib.Path(folder, f"{name}.key")
    # Else it would take the extensions of the machine's configuration, too.
    config = pathlib.Path(folder, "req.cnf")
    config.write_text("[req]\ndistinguished_name = subject\n[subject]\n")
    signed = () if issuer is None else ("-CA", issuer[0], "-CAkey", issuer[1])
    subprocess.run(["openssl", "req", "-x509", "-config", config, "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", str(days), "-subj", f"/CN={name}", *(word for e in extensions for word in ("-addext", e)), *signed,
                    "-keyout", key, "-out", certificate], check=True, stderr=subprocess.DEVNULL)
    return certificate, key


def server(folder, name, alternative, issuer=None):
    return issue(folder, name, (*SERVER, f"subjectAltName={alternative}"), issuer)


def name(number):
    return f"devices-{number}.example.com"


def certificates(count):
    """count pairs (certificate, key) of PEM text, all different, as most issuers give them: with the intermediate."""
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        # Each outlives what it issues; else the operator warns of it.
        root = issue(folder, "Bench Root CA", AUTHORITY, days=3650)
        intermediate = issue(folder, "Bench Intermediate CA", AUTHORITY, root, days=1825)

        def make(number):
            certificate, key = server(folder, name(number), f"DNS:{name(number)}", intermediate)
            return certificate.read_text() + intermediate[0].read_text(), key.read_text()

        return list(pool.map(make, range(count)))
