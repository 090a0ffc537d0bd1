"""Certificates and keys, made with openssl."""
import concurrent.futures
import os
import pathlib
import subprocess
import tempfile


def self_signed(folder, name, extension):
    """Paths of a certificate for 90 days and of its EC key."""
    certificate, key = pathlib.Path(folder, f"{name}.crt"), pathlib.Path(folder, f"{name}.key")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "90",
                    "-subj", f"/CN={name}", "-addext", extension, "-keyout", key, "-out", certificate],
                   check=True, stderr=subprocess.DEVNULL)
    return certificate, key


def name(number):
    return f"devices-{number}.example.com"


def certificates(count):
    """count pairs (certificate, key) of PEM text, all different."""
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:

        def make(number):
            certificate, key = self_signed(folder, name(number), f"subjectAltName=DNS:{name(number)}")
            return certificate.read_text(), key.read_text()

        return list(pool.map(make, range(count)))
