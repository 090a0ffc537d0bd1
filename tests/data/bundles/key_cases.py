"""Keys that TLS cannot use, curves that are spelled out, passwords, and encryption that OpenSSL cannot undo."""

import base64

import der
from pki import HOST, SERVER


def cases(p, case):
    chain, key, lower = p.text("leaf.crt") + p.text("lower.crt"), p.text("leaf.key"), p.text("lower.crt")
    bad, bad_key, wrong = "InvalidCertificate", "key InvalidPrivateKey", "password PasswordInvalid"

    # Types.
    for name, kind in {"x25519": "X25519", "x448": "X448"}.items():
        p.openssl(f"genpkey -algorithm {kind} -out {name}.key")
        p.openssl(f"pkey -in {name}.key -pubout -out {name}.pub")
        p.key(f"{name}-asks")
        p.openssl(f"req -new -key {name}-asks.key -subj /CN={HOST} -out {name}.csr")
        p.write(f"{name}.ext", SERVER + f"subjectAltName=DNS:{HOST}\n")
        p.openssl(f"x509 -req -in {name}.csr -force_pubkey {name}.pub -CA lower.crt -CAkey lower.key -set_serial 77 -days 36500"
                  f" -extfile {name}.ext -out {name}.crt")
        p.resign(name, name, "lower", der.dates())
        case(f"type-{name}", p.text(f"{name}.crt") + lower, p.text(f"{name}.key"), f"{bad_key} #1: cannot sign")
        case(f"type-{name}-alone", p.text(f"{name}.crt"), p.text(f"{name}.key"), f"{bad_key} #1: cannot sign", "warning IssuerMissing #1")
    p.key("sm2", "SM2")
    p.server("sm2")
    case("type-sm2", p.text("sm2.crt") + lower, p.text("sm2.key"), f"{bad_key} #1: SM2 key")
    p.sign("sm2-ca", "upper", key="sm2", digest="sha256", extensions="basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n")
    p.write("sm2-ca.key", p.text("sm2.key"))
    p.server("under-sm2", issuer="sm2-ca", digest="sm3", extensions=SERVER.split("subjectKey")[0])
    case("signed-with-sm2", p.text("under-sm2.crt") + p.text("sm2-ca.crt"), p.text("under-sm2.key"), "ChainInvalid #1: cannot be verified (SM2")
    p.key("ed448", "ED448")
    p.server("ed448")
    case("type-ed448", p.text("ed448.crt") + lower, p.text("ed448.key"), "warning key UnusualKey #1")
    p.key("brainpool", "EC -pkeyopt ec_paramgen_curve:brainpoolP256r1")
    p.server("brainpool")
    case("type-brainpool", p.text("brainpool.crt") + lower, p.text("brainpool.key"), "warning key UnusualKey #1")

    # Curves that are spelled out.
    p.openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit -out explicit.key")
    p.server("explicit")
    p.openssl("ec -in explicit.key -param_enc named_curve -out explicit.named")
    p.openssl("ec -in leaf.key -param_enc explicit -out leaf.explicit")
    spelled = "has explicit curve parameters"
    case("curve-explicit-both", p.text("explicit.crt") + lower, p.text("explicit.key"), f"{bad_key} #1: {spelled}", f"{bad} #1: {spelled}")
    case("curve-explicit-in-certificate", p.text("explicit.crt") + lower, p.text("explicit.named"), f"{bad} #1: {spelled}")
    case("curve-explicit-in-certificate-alone", p.text("explicit.crt"), p.text("explicit.named"), f"{bad} #1: {spelled}", "warning IssuerMissing #1")
    case("curve-explicit-in-key", chain, p.text("leaf.explicit"), f"{bad_key} #1: {spelled}")
    p.sign("explicit-ca", "upper", key="explicit", extensions="basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n")
    p.write("explicit-ca.key", p.text("explicit.key"))
    p.server("under-explicit", issuer="explicit-ca")
    case("curve-explicit-of-issuer", p.text("under-explicit.crt") + p.text("explicit-ca.crt"), p.text("under-explicit.key"), f"ChainInvalid #2: {spelled}")
    sec1 = der.from_pem(p.text("leaf.sec1"))
    members = [each for each in der.values(der.split(sec1)[1]) if each[0] != 0xA0]
    bare = der.to_pem(der.sequence(*members), "EC PRIVATE KEY")
    case("curve-missing", chain, bare, f"{bad_key} #1: does not name its curve")
    case("curve-before-the-key", chain, p.text("leaf.params") + bare, f"{bad_key} #2: does not name its curve")

    # PKCS#8 of version 2, with its public key (RFC 8410 §10.3).
    public = der.split(list(der.values(der.split(der.from_pem(_public(p, "ed25519")))[1]))[1])[1]
    version, algorithm, private = der.values(der.split(der.from_pem(p.text("ed25519.key")))[1])
    del version
    second = der.sequence(der.value(2, b"\1"), algorithm, private, der.value(0x81, public))
    case("pkcs8-version-2", p.text("ed25519.crt") + lower, der.to_pem(second, "PRIVATE KEY"), f"{bad_key} #1: PKCS#8 version 2", "warning key UnusualKey #1")

    # Headers.
    legacy = p.text("leaf.legacy")
    case("header-without-empty-line", chain, legacy.replace("\n\n", "\n"), f"{bad_key} L4: the empty line", password="CorrectHorse")
    case("header-without-empty-line-wrong-password", chain, legacy.replace("\n\n", "\n"), f"{bad_key} L4: the empty line", f"{wrong}: does not decrypt", password="WrongHorse")
    case("header-of-unknown-cipher", chain, legacy.replace("AES-256-CBC", "NO-SUCH"), f"{bad_key} #1: unknown cipher", password="CorrectHorse")

    # Passwords.
    locked = p.text("leaf.encrypted")
    for name, password, what in (("byte-order-mark", "\ufeffCorrectHorse", "a byte order mark"), ("space-behind", "CorrectHorse ", "white space at its end"),
                                 ("space-before", " CorrectHorse", "white space at its beginning"), ("tab-behind", "CorrectHorse\t", "white space at its end"),
                                 ("windows-line-break", "CorrectHorse\r\n", "ends with a line break"), ("quotes", '"CorrectHorse"', "is enclosed in quotes"),
                                 ("utf-16", "C\0o\0", "zero bytes"), ("digits", "Correct1", "only passwords"), ("umlaut", "Körrekt", "only passwords"),
                                 ("blank", "   ", "white space")):
        case(f"password-{name}", chain, locked, f"{wrong}: {what}", password=password)
    case("password-for-another-key", p.text("other-leaf.crt"), locked, "key KeyMismatch", "warning IssuerMissing #1", password="CorrectHorse")

    # Encryption.
    for name, options in {"scrypt": "-scrypt", "scrypt-small": "-scrypt -scrypt_N 1024 -scrypt_r 1 -scrypt_p 1", "aes-128": "-v2 aes-128-cbc",
                          "sha512": "-v2 aes-256-cbc -v2prf hmacWithSHA512", "rounds": "-v2 aes-256-cbc -iter 100000", "des3": "-v2 des3"}.items():
        p.openssl(f"pkcs8 -topk8 {options} -in leaf.key -passout pass:CorrectHorse -out locked-{name}")
        case(f"encryption-{name}", chain, p.text(f"locked-{name}"), password="CorrectHorse")
        case(f"encryption-{name}-wrong-password", chain, p.text(f"locked-{name}"), f"{wrong}: does not decrypt", password="WrongHorse")
    costly = _with_scrypt(p.text("locked-scrypt"), 32768)
    for password in "CorrectHorse", "WrongHorse":
        case(f"encryption-scrypt-32768-{password.lower()}", chain, costly, f"{bad_key} #1: the scrypt parameters of the private key need more", password=password)
    case("encryption-scrypt-endless", chain, _with_scrypt(p.text("locked-scrypt"), 1 << 24), f"{bad_key} #1: takes too long", password="CorrectHorse")
    for name, options in {"rc2": "-v1 PBE-SHA1-RC2-40", "md5-des": "-v1 PBE-MD5-DES"}.items():
        p.openssl(f"pkcs8 -topk8 {options} -provider legacy -provider default -in leaf.key -passout pass:CorrectHorse -out locked-{name}")
        for password in "CorrectHorse", "WrongHorse":
            case(f"encryption-{name}-{password.lower()}", chain, p.text(f"locked-{name}"), f"{bad_key} #1: outdated or unusual", password=password)
    unknown = p.text("locked-aes-128")
    case("encryption-of-unknown-kind", chain, _replaced(unknown, "2a864886f70d01050c", "2a864886f70d01055c"), f"{bad_key} #1: outdated or unusual", password="CorrectHorse")

    # Limits.
    many = ",".join(f"DNS:device-{number}.example.com" for number in range(2000))
    p.server("many-names", names=many)
    size = len(p.text("many-names.crt"))
    case("limit-one-certificate", p.text("many-names.crt"), p.text("many-names.key"), f"TooLarge: {size} characters; the platform accepts at most 65535: reissue it with fewer names")
    p.server("stapled", extensions=SERVER + "tlsfeature=status_request\n")
    case("must-staple", p.text("stapled.crt") + lower, p.text("stapled.key"), "warning MustStaple #1")
    for name, names in ("email", "email:a@example.com"), ("uri", "URI:urn:a"):
        p.server(f"names-{name}", names=names)
        case(f"names-{name}", p.text(f"names-{name}.crt") + lower, p.text(f"names-{name}.key"), "warning NoSubjectAlternativeName #1: a DNS name or an IP address")
    # Bits of the last character that encode nothing.
    p.resign_padded("unused", "leaf", "lower")
    body = base64.b64encode(der.from_pem(p.text("unused.crt"))).decode()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    at = len(body.rstrip("=")) - 1
    body = body[:at] + alphabet[alphabet.index(body[at]) | 1] + body[at + 1 :]
    case("unused-bits", f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n" + lower, key)


def _public(p, name):
    return p.openssl(f"pkey -in {name}.key -pubout").decode()


def _replaced(pem, old, new):
    data = der.from_pem(pem)
    assert bytes.fromhex(old) in data
    return der.to_pem(data.replace(bytes.fromhex(old), bytes.fromhex(new), 1), "ENCRYPTED PRIVATE KEY")


def _with_scrypt(pem, cost):
    """The same key with another N, which its password does not open any more."""

    def changed(data):
        tag, content, rest = der.split(data)
        assert not rest
        if tag != 0x30:
            return data
        members = list(der.values(content))
        if len(members) == 4 and members[0][0] == 4 and members[1][0] == 2:
            members[1] = der.value(2, cost.to_bytes(cost.bit_length() // 8 + 1, "big"))
        return der.sequence(*(changed(each) for each in members))

    return der.to_pem(changed(der.from_pem(pem)), "ENCRYPTED PRIVATE KEY")
