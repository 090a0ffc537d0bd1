#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "certificate/finding.h"
#include "certificate/fingerprint.h"

namespace certificate {

/// The input of an upload, in PEM. Views; nothing is kept.
struct Material {
  std::string_view certificate_pem;
  std::string_view private_key;
  std::optional<std::string_view> password;  ///< of an encrypted private key
  std::string_view host{};                   ///< the domain name that it must be valid for; empty for none
  /// ca.crt of the same Secret: CA certificates that devices trust; empty for none
  std::string_view authorities{};
  std::optional<bool> stapling{};  ///< whether the platform staples OCSP responses; nothing if unknown
  Source source = Source::kObject;
};

/// Facts about the leaf and the chain. Names are truncated to 256 bytes.
struct Facts {
  Fingerprint fingerprint;
  std::string common_name;
  std::string subject;
  std::string issuer;
  base::SystemTime not_before;
  base::SystemTime not_after;
};

/// `facts` is set as soon as the certificates can be parsed, even if there are errors.
struct Verdict {
  std::optional<Facts> facts;
  Findings findings;  ///< all findings: errors first, the most important ones first, then warnings

  /// Can be uploaded: no errors.
  bool valid() const { return !has_errors(findings); }
};

/// Incremented when the verdict on unchanged input can change; verdicts of another version are not reused.
inline constexpr int kValidatorVersion = 6;

/// Runs all checks that are possible without the platform. Pure; copies of keys and passwords are wiped.
Verdict inspect(const Material& material, base::SystemTime now);

/// The verdict on the dates alone, for input that was found valid before: CertificateExpired, CertificateNotYetValid or
/// nothing.
std::optional<Finding> check_dates(const Facts& facts, base::SystemTime now);

/// How long before expiry to warn: `period`, but at most one sixth of the lifetime. Issuers renew when a third of the
/// lifetime is left; at that point half of that time has passed without a renewal.
base::Duration warning_time(const Facts& facts, base::Duration period);

/// The warning ExpiresSoon, if the certificate is valid at `now` but expires within its warning_time(). Not part of
/// inspect(), because it depends on time.
std::optional<Finding> expires_soon(const Facts& facts, base::SystemTime now, base::Duration period);

/// The default of --expiry-warning.
inline constexpr base::Duration kExpiryWarning = std::chrono::hours(30 * 24);

/// The reason of the warning for the temporary certificate that cert-manager stores until the CA has issued the real
/// one. The operator waits for the real one.
inline constexpr std::string_view kTemporaryCertificate = "TemporaryCertificate";

/// Fingerprint of the chain in a PEM text, for comparison with the platform; nothing if it cannot be parsed.
std::optional<Fingerprint> fingerprint_of_pem(std::string_view pem);

}  // namespace certificate
