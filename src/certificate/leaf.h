#pragma once

#include <functional>
#include <string>

#include "certificate/evidence.h"

namespace certificate {

/// "SHA-1" or "MD5" if the certificate is signed with a hash that is broken; else empty.
std::string weak_signature(X509* certificate);

/// What the extended key usage says of TLS servers.
enum class ServerUse {
  kFit,
  kRefused,
  kDoubtful,  ///< anyExtendedKeyUsage, which OpenSSL refuses, or Server Gated Crypto, which Go refuses, without
              ///< serverAuth
};
ServerUse tls_server_use(X509* certificate);

/// The certificate that cert-manager signs itself, so that servers can start, until the real one is there.
bool is_temporary(const X509* certificate);

/// Calls `found` with severity, reason, message and hint for each date that is not of the form of RFC 5280: a
/// beginning that others cannot read is an error, an end a warning, because it is certain all the same.
using DateFound = std::function<void(Severity, const char*, std::string, std::string)>;
void check_date_forms(const X509* certificate, const DateFound& found);

/// Its extensions can be read, each of them is there once, and they do not contradict each other; else nothing is to be
/// said of what they mean.
bool has_readable_extensions(X509* certificate);

/// The serial number is zero, negative or longer than 20 bytes; Go reads no certificate with a negative one.
bool has_unusual_serial(const X509* certificate);

/// InvalidCertificate: a certificate that cannot serve TLS: of a CA, for other uses, or with a broken hash. Warnings:
/// CaAsLeaf (self-signed), MissingServerAuth, AnyExtendedKeyUsage, KeyUsage, NoSubjectAlternativeName,
/// TemporaryCertificate.
void check_leaf_use(const Evidence& evidence, Findings& findings);

/// Warnings about its form: OldVersion, UnusualSerial, DateForm. InvalidCertificate where extensions, dates or key
/// cannot be read.
void check_leaf_form(const Evidence& evidence, Findings& findings);

/// The warnings MustStaple, for a certificate that is of no use without a stapled OCSP answer where the platform gives
/// none, and NoOcspServer, where it shall but the certificate does not say where to ask.
void check_stapling(const Evidence& evidence, Findings& findings);

/// DomainMismatch. RFC 9525: only the subject alternative names count, a wildcard is a whole label.
void check_host(const Evidence& evidence, Findings& findings);

}  // namespace certificate
