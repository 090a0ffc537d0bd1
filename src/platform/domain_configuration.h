#pragma once

#include <optional>
#include <string>

namespace platform {

/// How the platform answers for the certificate's revocation (OCSP).
struct Ocsp {
  bool stapling = false;
  std::string server_ca_id;  ///< CA certificate that the responder's TLS is checked with; empty for none
  bool ssl = true;

  bool operator==(const Ocsp&) const = default;
};

/// What makes the platform serve a certificate on a custom domain.
/// Source: API reference of IoTDA, "Domain Configurations".
struct DomainConfiguration {
  std::string id;
  std::string domain_name;
  std::string server_certificate_id;
  std::optional<Ocsp> ocsp;  ///< none: the answer does not say
};

}  // namespace platform
