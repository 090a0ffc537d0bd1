"""What is judged along the chain, with the issuer and without; several ways up; names, dates and identifiers."""

import der
from pki import AUTHORITY, HOST, IDENTIFIERS, SERVER


def cases(p, case):
    leaf, lower, key = p.text("leaf.crt"), p.text("lower.crt"), p.text("leaf.key")
    upper, root = p.text("upper.crt"), p.text("root.crt")
    bad = "InvalidCertificate"

    # Uses of the leaf, with its issuer and alone; and of the issuer.
    uses = {  # extension, finding about a leaf, finding about an issuer
        "client": ("extendedKeyUsage=clientAuth\n", f"{bad} #1: does not include serverAuth", "ChainInvalid #2: does not include serverAuth"),
        "code": ("extendedKeyUsage=codeSigning,emailProtection\n", f"{bad} #1: does not include serverAuth", "ChainInvalid #2: does not include serverAuth"),
        "critical-client": ("extendedKeyUsage=critical,clientAuth\n", f"{bad} #1: does not include serverAuth", "ChainInvalid #2: does not include serverAuth"),
        "any": ("extendedKeyUsage=anyExtendedKeyUsage\n", "warning AnyExtendedKeyUsage #1", "warning AnyExtendedKeyUsage #2"),
        "any-and-server": ("extendedKeyUsage=anyExtendedKeyUsage,serverAuth\n", None, None),
        "server-and-client": ("extendedKeyUsage=serverAuth,clientAuth\n", None, None),
        "gated": ("extendedKeyUsage=msSGC\n", "warning AnyExtendedKeyUsage #1", "warning AnyExtendedKeyUsage #2"),
    }
    for name, (extension, of_leaf, of_issuer) in uses.items():
        p.server(f"uses-{name}", extensions=SERVER.replace("extendedKeyUsage=serverAuth\n", extension))
        certificate, its_key = p.text(f"uses-{name}.crt"), p.text(f"uses-{name}.key")
        case(f"uses-{name}", certificate + lower, its_key, *filter(None, [of_leaf]))
        alone = [of_leaf] if of_leaf else []
        case(f"uses-{name}-alone", certificate, its_key, *alone, "warning IssuerMissing #1")
        p.sign(f"uses-{name}-ca", "upper", AUTHORITY + extension)
        p.server(f"under-uses-{name}", issuer=f"uses-{name}-ca")
        below, below_key = p.text(f"under-uses-{name}.crt"), p.text(f"under-uses-{name}.key")
        case(f"uses-{name}-of-issuer", below + p.text(f"uses-{name}-ca.crt"), below_key, *filter(None, [of_issuer]))
    p.sign("uses-upper", "root", AUTHORITY + "extendedKeyUsage=clientAuth\n")
    p.sign("under-uses-upper", "uses-upper", AUTHORITY)
    p.server("far-under-uses-upper", issuer="under-uses-upper")
    case("uses-client-of-upper", p.text("far-under-uses-upper.crt") + p.text("under-uses-upper.crt") + p.text("uses-upper.crt"),
         p.text("far-under-uses-upper.key"), "ChainInvalid #3: does not include serverAuth")
    for name, kind, found in ("server", "server", None), ("client", "client,email", f"{bad} #1: Netscape certificate type"):
        p.server(f"netscape-{name}", extensions=SERVER + f"nsCertType={kind}\n")
        case(f"netscape-{name}", p.text(f"netscape-{name}.crt") + lower, p.text(f"netscape-{name}.key"), *filter(None, [found]))
        case(f"netscape-{name}-alone", p.text(f"netscape-{name}.crt"), p.text(f"netscape-{name}.key"), *filter(None, [found]), "warning IssuerMissing #1")

    # Issuers that are none.
    for name, extensions, found in (
        ("no-basic-constraints", "keyUsage=critical,keyCertSign\n" + IDENTIFIERS, "ChainInvalid #2: no basicConstraints with CA:TRUE"),
        ("only-identifiers", IDENTIFIERS, "ChainInvalid #2: but is not a CA"),
        ("not-critical", AUTHORITY.replace("critical,CA", "CA"), "warning StrictProfile #2: "),
        ("without-key-usage", AUTHORITY.replace("keyUsage=critical,keyCertSign,cRLSign\n", ""), "warning StrictProfile #2: "),
        ("without-own-identifier", AUTHORITY.replace("subjectKeyIdentifier=hash", "subjectKeyIdentifier=none"), "warning StrictProfile #1"),
    ):
        p.sign(f"issuer-{name}", "upper", extensions)
        # What has no identifier cannot be named by one.
        below = SERVER.replace("authorityKeyIdentifier=keyid", "authorityKeyIdentifier=none") if "none" in extensions else SERVER
        p.server(f"under-issuer-{name}", issuer=f"issuer-{name}", extensions=below)
        case(f"issuer-{name}", p.text(f"under-issuer-{name}.crt") + p.text(f"issuer-{name}.crt"), p.text(f"under-issuer-{name}.key"), found)

    # Extensions that nobody knows.
    poison = "1.3.6.1.4.1.11129.2.4.3=critical,ASN1:NULL\n"
    for name, extension, what in (("precertificate", poison, "a precertificate"), ("unknown-critical", "1.2.3.4=critical,ASN1:NULL\n", "unhandled critical extension"),
                                  ("unknown", "1.2.3.4=ASN1:NULL\n", None)):
        p.server(f"extension-{name}", extensions=SERVER + extension)
        certificate, its_key = p.text(f"extension-{name}.crt"), p.text(f"extension-{name}.key")
        found = [f"ChainInvalid #1: {what}"] if what else []
        case(f"extension-{name}", certificate + lower, its_key, *found)
        case(f"extension-{name}-alone", certificate, its_key, *found, "warning IssuerMissing #1")
        p.sign(f"extension-{name}-ca", "upper", AUTHORITY + extension)
        p.server(f"under-extension-{name}", issuer=f"extension-{name}-ca")
        case(f"extension-{name}-of-issuer", p.text(f"under-extension-{name}.crt") + p.text(f"extension-{name}-ca.crt"), p.text(f"under-extension-{name}.key"),
             *[f"ChainInvalid #2: {what}"] if what else [])
    p.resign("extension-twice", "leaf", "lower", der.extension_twice(-1))
    for suffix, above, more in ("", lower, []), ("-alone", "", ["warning IssuerMissing #1"]):
        case(f"extension-twice{suffix}", p.text("extension-twice.crt") + above, key, f"{bad} #1: contains the same extension twice", *more)
    p.resign("lower-twice", "lower", "upper", der.extension_twice(0))
    case("extension-twice-of-issuer", leaf + p.text("lower-twice.crt"), key, "ChainInvalid #2: duplicated")

    # Forms of dates.
    utc, long = der.UTC, der.GENERALIZED
    forms = {"without-seconds": (utc, "{}01010000Z", None), "with-offset": (utc, "{}0101000000+0800", None),
             "with-fraction": (long, "20{}0101000000.5Z", None), "long-with-offset": (long, "20{}0101000000+0100", None),
             "long-before-2050": (long, "20{}0101000000Z", "usual")}
    for name, (tag, form, usual) in forms.items():
        begin, end = (tag, form.format("20")), (tag, form.format("40"))
        p.resign(f"begin-{name}", "leaf", "lower", der.dates(begin=begin, end=(utc, "400101000000Z")))
        p.resign(f"until-{name}", "leaf", "lower", der.dates(end=end))
        p.resign(f"lower-begin-{name}", "lower", "upper", der.dates(begin=begin))
        p.resign(f"lower-until-{name}", "lower", "upper", der.dates(end=end))
        refused = "warning DateForm #1" if usual else f"{bad} #1: the start date (notBefore)"
        of_issuer = "warning DateForm #2" if usual else "ChainInvalid #2: the start date (notBefore)"
        first = ["warning IntermediateExpiresFirst #2"]
        case(f"date-begin-{name}", p.text(f"begin-{name}.crt") + lower, key, refused)
        case(f"date-begin-{name}-alone", p.text(f"begin-{name}.crt"), key, refused, "warning IssuerMissing #1")
        case(f"date-until-{name}", p.text(f"until-{name}.crt") + lower, key, "warning DateForm #1")
        case(f"date-begin-{name}-of-issuer", leaf + p.text(f"lower-begin-{name}.crt"), key, of_issuer)
        case(f"date-until-{name}-of-issuer", leaf + p.text(f"lower-until-{name}.crt"), key, "warning DateForm #2", *first)
    p.resign("date-nonsense", "leaf", "lower", der.dates(end=(utc, "401301000000Z")))
    case("date-nonsense", p.text("date-nonsense.crt") + lower, key, f"{bad} #1: the dates of the certificate cannot be read")

    # Identifiers and algorithms.
    p.sign("lower-renewed", "upper", AUTHORITY, subject="lower", key="lower")
    p.server("names-serial", extensions=SERVER.replace("authorityKeyIdentifier=keyid", "authorityKeyIdentifier=issuer:always"))
    case("identifier-of-this-issuer", p.text("names-serial.crt") + lower, p.text("names-serial.key"), "warning StrictProfile #1")
    case("identifier-of-older-issuer", p.text("names-serial.crt") + p.text("lower-renewed.crt"), p.text("names-serial.key"),
         "ChainInvalid #1: refers to a different certificate of its CA")
    case("issuer-renewed", leaf + p.text("lower-renewed.crt"), key)
    none = "subjectKeyIdentifier=none\nauthorityKeyIdentifier=none\n"
    p.server("no-identifiers", extensions=SERVER.replace(IDENTIFIERS, none))
    case("without-identifiers", p.text("no-identifiers.crt") + lower, p.text("no-identifiers.key"), "warning StrictProfile #1: Missing Authority Key Identifier")
    p.resign("two-algorithms", "leaf", "lower", der.algorithm_inside("2a8648ce3d040303"))
    case("two-algorithms", p.text("two-algorithms.crt") + lower, key, "ChainInvalid #1: names two different algorithms")
    case("two-algorithms-alone", p.text("two-algorithms.crt"), key, "ChainInvalid #1: names two different algorithms", "warning IssuerMissing #1")
    for name, data in ("negative", b"\x85"), ("zero", b"\0"), ("21-bytes", b"\x7f" * 21):
        p.resign(f"serial-{name}", "leaf", "lower", der.serial(data))
        case(f"serial-{name}", p.text(f"serial-{name}.crt") + lower, key, "warning UnusualSerial #1")
        case(f"serial-{name}-alone", p.text(f"serial-{name}.crt"), key, "warning UnusualSerial #1", "warning IssuerMissing #1")

    p.resign("lower-negative", "lower", "upper", der.serial(b"\x85"))
    case("serial-negative-of-issuer", leaf + p.text("lower-negative.crt"), key, "warning UnusualSerial #2")

    # Names: subject and issuer the same.
    plain_ca = AUTHORITY.replace(IDENTIFIERS, none)
    plain_server = SERVER.replace(IDENTIFIERS, none)
    p.sign("same-ca", extensions=plain_ca, subject="Same Name")
    p.server("same-leaf", issuer="same-ca", extensions=plain_server, subject="Same Name")
    p.roots.append("same-ca")
    same = "reissue it with a subject other than"
    case("same-name-as-ca", p.text("same-leaf.crt") + p.text("same-ca.crt"), p.text("same-leaf.key"), f"ChainInvalid #1: {same}", "warning RootIncluded #2")
    case("same-name-as-ca-alone", p.text("same-leaf.crt"), p.text("same-leaf.key"), f"ChainInvalid #1: {same}")
    # A CA's new key, signed with its old one (RFC 4210 §4.4).
    p.sign("roll", extensions=plain_ca, subject="Roll")
    p.key("roll-new")
    p.sign("roll-link", "roll", plain_ca, subject="Roll", key="roll-new")
    p.write("roll-link.key", p.text("roll-new.key"))
    p.server("roll-leaf", issuer="roll-link", extensions=plain_server)
    p.roots.append("roll")
    case("roll-over", p.text("roll-leaf.crt") + p.text("roll-link.crt"), p.text("roll-leaf.key"))
    case("roll-over-with-root", p.text("roll-leaf.crt") + p.text("roll-link.crt") + p.text("roll.crt"), p.text("roll-leaf.key"), "warning RootIncluded #3")

    # Several ways up.
    p.sign("other-cross", "other-root", AUTHORITY, subject="lower", key="lower")
    p.sign("other-cross-expired", "other-root", AUTHORITY, subject="lower", key="lower", end="20210101000000Z")
    p.sign("upper-cross", "other-root", AUTHORITY, subject="upper", key="upper")
    p.sign("upper-cross-expired", "other-root", AUTHORITY, subject="upper", key="upper", end="20210101000000Z")
    p.sign("root-cross", "other-root", AUTHORITY, subject="root", key="root")
    p.sign("root-cross-expired", "other-root", AUTHORITY, subject="root", key="root", end="20210101000000Z")
    cross, cross_expired = p.text("other-cross.crt"), p.text("other-cross-expired.crt")
    second = "a second certificate of an issuer"
    case("ways-two", leaf + lower + cross, key, f"warning CrossSigned #3: {second}")
    case("ways-two-and-upper", leaf + cross + lower + upper, key, f"warning CrossSigned #2: {second}")
    case("ways-two-and-root-cross", leaf + cross + lower + upper + p.text("root-cross.crt"), key, f"warning CrossSigned #2: {second}")
    case("ways-expired-first", leaf + cross_expired + lower, key, "warning CrossSigned #2: remove it; the one on line")
    case("ways-expired-second", leaf + lower + cross_expired, key, "warning CrossSigned #3: expired on 2021-01-01")
    case("ways-expired-first-and-upper", leaf + cross_expired + lower + upper, key, "warning CrossSigned #2: expired on 2021-01-01")
    case("ways-upper-expired", leaf + lower + p.text("upper-cross-expired.crt") + upper, key, "warning CrossSigned #3: expired on 2021-01-01")
    case("ways-upper-two", leaf + lower + upper + p.text("upper-cross.crt"), key, f"warning CrossSigned #4: {second}")
    case("ways-long-chain-expired", leaf + lower + upper + p.text("root-cross-expired.crt"), key, "ChainInvalid #4: remove it if devices trust this CA directly")

    # Leftovers.
    p.server("leaf-before", key="leaf", subject="leaf", end="20210101000000Z")
    p.server("leaf-renewed", subject="leaf")
    case("leftover-old-leaf", leaf + p.text("leaf-before.crt") + lower, key, "warning OldCertificate #2: the one on line 1 is served")
    case("leftover-old-chain", leaf + lower + p.text("leaf-before.crt") + lower, key, "warning RepeatedCertificate #4", "warning OldCertificate #3")
    case("leftover-other-key", leaf + lower + p.text("leaf-renewed.crt"), key, "ChainInvalid #3: another certificate for the same server, with a different key")

    # Whose key it is.
    for name, of, line in ("issuer", "lower", leaf.count("\n") + 1), ("upper", "upper", (leaf + lower).count("\n") + 1):
        case(f"key-of-{name}", leaf + lower + upper, p.text(f"{of}.key"), f"key KeyMismatch: belongs to the CA whose certificate begins on line {line}")
    case("key-of-root", leaf + lower + upper + root, p.text("root.key"), "key KeyMismatch: belongs to the CA", "warning RootIncluded #4")
    case("key-of-authority", leaf + lower, p.text("root.key"), "key KeyMismatch: belongs to the CA in ca.crt", authorities=root)

    # ca.crt beside it.
    p.server("of-root", issuer="root")
    case("authority-is-root", p.text("of-root.crt"), p.text("of-root.key"), authorities=root)
    case("authority-is-intermediate", leaf, key, "warning IssuerMissing #1: append it from ca.crt", authorities=lower)
    case("authority-is-another", leaf, key, "warning IssuerMissing #1: openssl x509", authorities=root)
    case("authority-is-broken", leaf, key, "warning IssuerMissing #1: openssl x509", authorities="nothing")
    case("authority-of-gap", leaf + upper, key, "ChainInvalid #1: it is in ca.crt of the same Secret", authorities=lower)

    # cert-manager's temporary certificate.
    p.sign("cert-manager.local", extensions=AUTHORITY)
    p.server("temporary", issuer="cert-manager.local", extensions=SERVER.replace("extendedKeyUsage=serverAuth\n", ""))
    case("temporary", p.text("temporary.crt"), p.text("temporary.key"), "warning TemporaryCertificate #1")
    case("temporary-of-host", p.text("temporary.crt"), p.text("temporary.key"), "warning TemporaryCertificate #1", host=HOST)
