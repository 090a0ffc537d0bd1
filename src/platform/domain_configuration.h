#pragma once

#include <optional>
#include <string>

#include "platform/id.h"

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
  ConfigurationId id;
  std::string domain_name;
  CertificateId server_certificate_id;
  std::optional<Ocsp> ocsp;  ///< none: the answer does not say
};

}  // namespace platform
