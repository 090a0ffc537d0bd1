#pragma once

#include <string>

#include "certificate/evidence.h"

namespace certificate {

/// "SHA-1" or "MD5" if the certificate is signed with a hash that is broken; else empty.
std::string weak_signature(X509* certificate);

/// InvalidCertificate: a certificate that cannot serve TLS: of a CA, for other uses, or with a broken hash. Warnings:
/// CaAsLeaf (self-signed), MissingServerAuth, KeyUsage, NoSubjectAlternativeName.
void check_leaf_use(const Evidence& evidence, Findings& findings);

/// Warnings about its form: OldVersion, UnusualSerial. InvalidCertificate where extensions or key cannot be read.
void check_leaf_form(const Evidence& evidence, Findings& findings);

/// DomainMismatch. RFC 9525: only the subject alternative names count, a wildcard is a whole label.
void check_host(const Evidence& evidence, Findings& findings);

}  // namespace certificate
