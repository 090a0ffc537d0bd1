#pragma once

#include <openssl/x509.h>
#include <string>

namespace certificate {

/// A distinguished name for display: "C=CN, O=Acme, CN=device", in the order of the certificate, base::printable(),
/// special characters escaped as in RFC 2253. At most 256 bytes.
std::string to_text(const X509_NAME* name);

/// The most specific common name, or empty; base::printable(). At most 256 bytes.
std::string common_name_of(const X509_NAME* name);

}  // namespace certificate
