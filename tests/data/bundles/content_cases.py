"""What stands in the place of certificate or key, under which label, and how often it is encoded."""

import base64

import der


def cases(p, case):
    chain, key = p.text("leaf.crt") + p.text("lower.crt"), p.text("leaf.key")
    bad, bad_key = "InvalidCertificate", "key InvalidPrivateKey"

    def read(name):
        return (p.folder / name).read_bytes()

    p.openssl("pkcs8 -topk8 -nocrypt -in leaf.key -outform DER -out leaf.key.der")
    p.openssl("rsa -in rsa.key -traditional -outform DER -out rsa.pkcs1.der")
    p.openssl("ec -in leaf.key -outform DER -out leaf.sec1.der")
    p.openssl("pkcs8 -topk8 -v2 aes-256-cbc -in leaf.key -passout pass:CorrectHorse -outform DER -out leaf.encrypted.der")
    p.openssl("pkey -in leaf.key -pubout -outform DER -out leaf.pub.der")
    p.write("lower.index", "")
    p.openssl("ca -gencrl -config lower.conf -cert lower.crt -keyfile lower.key -md sha256 -crldays 30 -out lower.crl")
    p.openssl("crl -in lower.crl -outform DER -out lower.crl.der")
    forms = {  # DER, and what it is called
        "pkcs12": (read("leaf.p12"), "PKCS#12"),
        "pkcs7": (read("leaf.p7b.der"), "PKCS#7"),
        "request": (read("leaf.csr.der"), "request"),
        "crl": (read("lower.crl.der"), "revocation list"),
        "pkcs8": (read("leaf.key.der"), "private key"),
        "pkcs1": (read("rsa.pkcs1.der"), "private key"),
        "sec1": (read("leaf.sec1.der"), "private key"),
        "encrypted": (read("leaf.encrypted.der"), "private key"),
        "public-key": (read("leaf.pub.der"), "public key"),
    }
    for name, (data, what) in forms.items():
        case(f"labelled-certificate-{name}", der.to_pem(data), key, f"{bad} #1: {what}")
        text = base64.b64encode(data).decode()
        case(f"bare-base64-{name}", text, key, f"{bad}: {what}")
        case(f"bare-base64-{name}-wrapped", "\n".join(text[i : i + 76] for i in range(0, len(text), 76)), key, f"{bad}: {what}")
        case(f"der-of-{name}", data, key, f"{bad}: not" if what == "private key" else f"{bad}: {what}")
    for name in "pkcs12", "pkcs7", "request", "crl", "public-key":
        data, what = forms[name]
        case(f"labelled-key-{name}", chain, der.to_pem(data, "PRIVATE KEY"), f"{bad_key} #1: {what if name not in ('request', 'pkcs7') else ''}")
        case(f"key-bare-base64-{name}", chain, base64.b64encode(data).decode(), f"{bad_key}: {what}")
    case("labelled-key-certificate", chain, der.to_pem(read("leaf.der"), "PRIVATE KEY"), f"{bad_key} #1: a certificate in DER")
    case("key-bare-base64-certificate", chain, base64.b64encode(read("leaf.der")).decode(), f"{bad_key}: a certificate")

    # Labels of certificates.
    leaf, lower = read("leaf.der"), p.text("lower.crt")
    case("label-x509", der.to_pem(leaf, "X509 CERTIFICATE") + lower, key, "warning UnusualLabel #1")
    case("label-x.509", der.to_pem(leaf, "X.509 CERTIFICATE") + lower, key, f"{bad} #1: expected -----BEGIN X509 CERTIFICATE-----", "warning UnusualLabel #1")
    for label in "CERT", "SERVER CERTIFICATE", "PUBLIC KEY", "CERTIFICATE REQUEST":
        case(f"label-{label.lower().replace(' ', '-')}", der.to_pem(leaf, label) + lower, key, f"{bad} #1: has another label")
    for label in "PKCS7", "PKCS #7 SIGNED DATA", "CMS":
        case(f"label-{label.lower().replace(' ', '-').replace('#', '')}", der.to_pem(forms["pkcs7"][0], label), key, f"{bad} #1: PKCS#7")
    case("certificate-and-crl", chain + p.text("lower.crl"), key, f"{bad} #3: is not a certificate")
    case("twice-in-armor", der.to_pem(chain.encode()), key, f"{bad} #1: encoded twice")

    # Labels of keys: each with each content.
    contents = {"pkcs8": ("PRIVATE KEY", "leaf.key.der", chain), "sec1": ("EC PRIVATE KEY", "leaf.sec1.der", chain),
                "pkcs1": ("RSA PRIVATE KEY", "rsa.pkcs1.der", p.text("rsa.crt") + lower),
                "encrypted": ("ENCRYPTED PRIVATE KEY", "leaf.encrypted.der", chain)}
    for name, (right, file, certificates) in contents.items():
        password = "CorrectHorse" if name == "encrypted" else None
        for label in "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "KEY":
            if label == right:
                continue
            slug = label.lower().replace(" ", "-")
            case(f"{name}-labelled-{slug}", certificates, der.to_pem(read(file), label),
                 f"{bad_key} #1: use -----BEGIN {right}-----", password=password)
            # It is looked through all the same.
            case(f"{name}-labelled-{slug}-of-another", p.text("other-leaf.crt"), der.to_pem(read(file), label),
                 f"{bad_key} #1: use -----BEGIN {right}-----", "key KeyMismatch", "warning IssuerMissing #1", password=password)

    # Layers of base64.
    once = base64.b64encode(chain.encode())
    for times in 1, 2, 3:
        text = chain.encode()
        for _ in range(times):
            text = base64.b64encode(text)
        what = {1: "twice", 2: "three times", 3: "four times"}[times]
        case(f"layers-{times}", text, key, f"{bad}: encoded {what}")
        case(f"layers-{times}-with-byte-order-mark", b"\xef\xbb\xbf" + text, key, f"{bad}: encoded {what}")
        case(f"layers-{times}-wrapped", b"\n".join(text[i : i + 76] for i in range(0, len(text), 76)), key, f"{bad}: encoded {what}")
    case("layers-of-text-before", base64.b64encode(b"Bag Attributes\n  localKeyID: 01\n" + chain.encode()), key, f"{bad}: encoded twice")
    case("layers-of-bom", base64.b64encode(b"\xef\xbb\xbf" + chain.encode()), key, f"{bad}: encoded twice")
    case("layers-of-pkcs12", base64.b64encode(base64.b64encode(forms["pkcs12"][0])), key, f"{bad}: PKCS#12")
    case("layers-of-key", chain, base64.b64encode(key.encode()), f"{bad_key}: encoded twice")
    case("layers-for-urls", once.replace(b"+", b"-").replace(b"/", b"_").rstrip(b"="), key, f"{bad}: encoded twice")
    for name, data, what in (("utf-16-le", chain.encode("utf-16-le"), "UTF-16"), ("utf-16-be", chain.encode("utf-16-be"), "UTF-16"),
                             ("gzip", b"\x1f\x8b\x08\0" + chain.encode()[:99], "gzip data"), ("zip", b"PK\3\4" + chain.encode()[:99], "a zip archive"),
                             ("git-crypt", b"\0GITCRYPT\0" + leaf[:99], "git-crypt"), ("noise", bytes(range(128, 256)), "binary")):
        case(f"instead-{name}", data, key, f"{bad}: {what}")
        case(f"key-instead-{name}", chain, data, f"{bad_key}: {what}")
