#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "certificate/finding.h"

namespace certificate {

/// What is to be added to the platform, in PEM. Views; nothing is kept.
struct Material {
  std::string_view certificate_pem;
  std::string_view private_key;
  std::optional<std::string_view> password;  ///< of an encrypted private key
  std::string_view host{};                   ///< the domain name that it is to serve; empty for none
  std::string_view authorities{};            ///< ca.crt of the same Secret: CAs that its devices trust; empty for none
  std::optional<bool> stapling{};  ///< whether the platform staples OCSP answers; none where that is not known
  Source source = Source::kObject;
};

/// What the leaf and chain say. Names are cut to 256 bytes.
struct Facts {
  std::string fingerprint;  ///< "sha256:<hex>" over the concatenated DER of the chain
  std::string common_name;
  std::string subject;
  std::string issuer;
  base::SystemTime not_before;
  base::SystemTime not_after;
};

/// `facts` is there as soon as the certificates parse, even if something else is wrong.
struct Verdict {
  std::optional<Facts> facts;
  Findings findings;  ///< all there are: errors first, the worst of them first, then warnings

  /// Fit to be added: no errors.
  bool valid() const { return !has_errors(findings); }
};

/// Counted up when a verdict on unchanged material can change; verdicts of another version are not reused.
inline constexpr int kValidatorVersion = 6;

/// Checks everything that can be known before the platform is asked. Pure; keys and passwords are wiped from the copies
/// that are made.
Verdict inspect(const Material& material, base::SystemTime now);

/// The verdict on the dates alone, for material that was found good before: CertificateExpired,
/// CertificateNotYetValid or nothing.
std::optional<Finding> check_dates(const Facts& facts, base::SystemTime now);

/// How long before its end a certificate is warned of: `period`, but at most a sixth of its lifetime. What renews
/// certificates does so when a third of the lifetime is left; half of that time has passed in vain then.
base::Duration warning_time(const Facts& facts, base::Duration period);

/// The warning ExpiresSoon, if the certificate is valid at `now` but ends within its warning_time(). No part of
/// inspect(), because it comes by itself with time.
std::optional<Finding> expires_soon(const Facts& facts, base::SystemTime now, base::Duration period);

/// The default of --expiry-warning.
inline constexpr base::Duration kExpiryWarning = std::chrono::hours(30 * 24);

/// The reason of the warning for the certificate that cert-manager stores until the real one is issued. The operator
/// waits for that one.
inline constexpr std::string_view kTemporaryCertificate = "TemporaryCertificate";

/// Fingerprint of the chain in a PEM text, to compare with what the platform shows; none if it does not parse.
std::optional<std::string> fingerprint_of_pem(std::string_view pem);

}  // namespace certificate
