#pragma once

#include <functional>
#include <string>

#include "certificate/evidence.h"

namespace certificate {

/// "SHA-1" or "MD5" if the certificate is signed with an insecure hash; otherwise empty.
std::string weak_signature(X509* certificate);

/// Whether the extended key usage allows TLS servers.
enum class ServerUse {
  kFit,
  kRefused,
  kDoubtful,  ///< anyExtendedKeyUsage, which OpenSSL rejects, or Server Gated Crypto, which Go rejects, without
              ///< serverAuth
};
ServerUse tls_server_use(X509* certificate);

/// Whether this is the temporary certificate of cert-manager, which lets servers start before the CA has issued the
/// real one.
bool is_temporary(const X509* certificate);

/// Calls `found` with severity, reason, message and hint for each date that is not in the form of RFC 5280. For the
/// start date this is an error, because some implementations cannot read it. For the end date it is a warning, because
/// its value is still clear.
using DateFound = std::function<void(Severity, const char*, std::string, std::string)>;
void check_date_forms(const X509* certificate, const DateFound& found);

/// Whether the extensions can be read, none occurs twice, and they do not contradict each other; otherwise their
/// content is not checked.
bool has_readable_extensions(X509* certificate);

/// Whether the serial number is zero, negative or longer than 20 bytes; Go rejects certificates with a negative one.
bool has_unusual_serial(const X509* certificate);

/// InvalidCertificate: the certificate cannot be used for TLS: a CA certificate, for other uses, or with an insecure
/// hash. Warnings: CaAsLeaf (self-signed), MissingServerAuth, AnyExtendedKeyUsage, KeyUsage, NoSubjectAlternativeName,
/// TemporaryCertificate.
void check_leaf_use(const Evidence& evidence, Findings& findings);

/// Warnings about the form: OldVersion, UnusualSerial, DateForm. InvalidCertificate if extensions, dates or the public
/// key cannot be read.
void check_leaf_form(const Evidence& evidence, Findings& findings);

/// The warnings MustStaple, if the certificate requires a stapled OCSP response but the platform does not send one, and
/// NoOcspServer, if it should but the certificate does not name an OCSP server.
void check_stapling(const Evidence& evidence, Findings& findings);

/// DomainMismatch. RFC 9525: only the subject alternative names are used, a wildcard stands for exactly one label.
void check_host(const Evidence& evidence, Findings& findings);

}  // namespace certificate
