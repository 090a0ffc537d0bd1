"""Defects of armour whose repair is obvious, in each block of the text and in the key; what else is wrong is told too."""


def cases(p, case):
    leaf, lower, key = p.text("leaf.crt"), p.text("lower.crt"), p.text("leaf.key")
    expired, expired_key = p.text("expired.crt"), p.text("expired.key")
    bad, bad_key = "InvalidCertificate", "key InvalidPrivateKey"

    def first_line(change):
        return lambda text: "\n".join([change(text.split("\n", 1)[0]), *text.split("\n", 1)[1:]])

    def last_line(change):
        return lambda text: "\n".join([*text.rstrip("\n").split("\n")[:-1], change(text.rstrip("\n").split("\n")[-1]), ""])

    begins = {
        "begin-without-space": (lambda line: line.replace("BEGIN ", "BEGIN"), "missing or an extra space"),
        "begin-with-four-dashes": (lambda line: line[1:], "begins with 4 dashes"),
        "begin-with-six-dashes": (lambda line: "-" + line, "begins with 6 dashes"),
        "begin-ends-in-four-dashes": (lambda line: line[:-1], "ends with 4 dashes"),
        "begin-without-last-dashes": (lambda line: line.rstrip("-"), "does not end with five dashes"),
        "begin-in-lower-case": (str.lower, "not in upper case"),
        "begin-with-em-dash": (lambda line: "—" + line[2:], "typographic dashes"),
        "begin-in-quotes": (lambda line: f'"{line}', "quotation marks"),
        "begin-indented": (lambda line: f"    {line}", "indented"),
        "begin-with-tab": (lambda line: f"\t{line}", "indented"),
    }
    ends = {
        "end-without-space": (lambda line: line.replace("END ", "END"), "missing or an extra space"),
        "end-with-four-dashes": (lambda line: line[1:], "begins with 4 dashes"),
        "end-ends-in-three-dashes": (lambda line: line[:-2], "ends with 3 dashes"),
        "end-in-lower-case": (str.lower, "not in upper case"),
        "end-in-quotes": (lambda line: f'{line}"', "quotation marks"),
    }
    for name, (change, what) in begins.items():
        broken = first_line(change)
        case(f"second-{name}", leaf + broken(lower), key, f"{bad} #2: {what}")
        case(f"key-{name}", leaf + lower, broken(key), f"{bad_key} #1: {what}")
        # The first defect hides none of the others.
        case(f"expired-{name}", broken(expired) + lower, key, f"{bad} #1: {what}", "key KeyMismatch", "CertificateExpired")
    for name, (change, what) in ends.items():
        broken = last_line(change)
        case(f"second-{name}", leaf + broken(lower), key, f"{bad} L{(leaf + lower).count(chr(10))}: {what}")
        case(f"key-{name}", leaf + lower, broken(key), f"{bad_key} L{key.count(chr(10))}: {what}")
    for name, change, what in (
        ("literal-line-breaks", lambda text: text.replace("\n", "\\n"), "two characters \\n"),
        ("literal-windows-line-breaks", lambda text: text.replace("\n", "\\r\\n"), "two characters \\n"),
        ("spaces", lambda text: text.replace("\n", " "), "line breaks were replaced with spaces"),
        ("carriage-returns", lambda text: text.replace("\n", "\r"), "lines end with CR only"),
        ("one-line", lambda text: text.replace("\n", ""), "line breaks are missing"),
        ("url", lambda text: text.replace(" ", "%20").replace("+", "%2B").replace("/", "%2F").replace("=", "%3D").replace("\n", "%0A"), "URL-encoded"),
        ("url-plus", lambda text: text.replace("+", "%2B").replace(" ", "+").replace("\n", "%0A"), "URL-encoded"),
    ):
        case(f"joined-by-{name}", change(leaf + lower), key, f"{bad} #1: {what}")
        case(f"joined-by-{name}-expired", change(expired + lower), key, f"{bad} #1: {what}", "key KeyMismatch", "CertificateExpired")
        case(f"key-joined-by-{name}", leaf + lower, change(key), f"{bad_key} #1: {what}")
    case("end-of-rsa-for-key", leaf + lower, key.replace("END PRIVATE", "END RSA PRIVATE"), f"{bad_key} L{key.count(chr(10))}: does not match the PEM block")
    case("end-missing-whole", leaf + lower.split("-----END")[0], expired_key, f"{bad} #2: has no END line", "key KeyMismatch")
    case("everything-indented", "".join(f"  {line}\n" for line in leaf.splitlines()) + lower, key, f"{bad} #1: indented", "warning PemWhitespace L2")
    p.resign_padded("padded", "leaf", "lower")
    quoted = p.text("padded.crt").replace("=", "=3D")
    line = quoted[: quoted.index("=3D")].count("\n") + 1
    case("quoted-printable", quoted + lower, key, f"{bad} L{line}: quoted-printable")
    case("placeholder-in-armor", "-----BEGIN CERTIFICATE-----\n${CRT}\n-----END CERTIFICATE-----\n", key, f"{bad} L2: a variable that has not been substituted")
    for name, value, what in (("sops", "ENC[AES256_GCM,data:eA==,type:str]", "SOPS"), ("vault", "$ANSIBLE_VAULT;1.1;AES256\n3132\n", "ansible-vault"),
                              ("path", "<path:secret/data/a#b>", "a placeholder"), ("template", "{{ .Values.crt }}", "a template")):
        case(f"placeholder-{name}", value, value, f"{bad}: {what}", f"{bad_key}: {what}")
    # The platform's own example: no space in the BEGIN line, expired, with the key of another.
    case("example-of-the-platform", expired.replace("BEGIN ", "BEGIN"), p.text("other-self.key"), f"{bad} #1: has a missing or an extra space", "key KeyMismatch",
         "CertificateExpired", "warning IssuerMissing #1")
