#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace certificate {

/// The platform's limits, in characters. Source: API reference of IoTDA, "Add a Server Certificate".
inline constexpr std::size_t kMaxCertificateLength = 65535;
inline constexpr std::size_t kMaxPrivateKeyLength = 10240;
inline constexpr std::size_t kMaxPasswordLength = 64;

/// What is to be added to the platform, in PEM. Views; nothing is kept.
struct Material {
  std::string_view certificate_pem;
  std::string_view private_key;
  std::optional<std::string_view> password;  ///< of an encrypted private key
  std::string_view host{};                   ///< the domain name that it is to serve; empty for none
};

/// Which part of the material a finding is about; the caller knows its namespace, name and key.
enum class Part { kCertificate, kPrivateKey, kPassword };

/// Something wrong. `reason` is a condition reason: InvalidCertificate, InvalidPrivateKey, KeyMismatch,
/// CertificateExpired, CertificateNotYetValid, ChainInvalid, TooLarge, PasswordInvalid, DomainMismatch. `message` says
/// what and where (line numbers) and what to do; it never quotes the material.
struct Finding {
  Part part;
  std::string reason;
  std::string message;
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
  std::vector<Finding> findings;  ///< worst first; empty: fit to be added

  bool valid() const { return findings.empty(); }
};

/// Counted up when a verdict on unchanged material can change; verdicts of another version are not reused.
inline constexpr int kValidatorVersion = 2;

/// Checks everything that can be known before the platform is asked. Pure; keys and passwords are wiped from the copies
/// that are made.
Verdict inspect(const Material& material, base::SystemTime now);

/// The verdict on the dates alone, for material that was found good before: CertificateExpired,
/// CertificateNotYetValid or nothing.
std::optional<Finding> check_dates(const Facts& facts, base::SystemTime now);

/// Fingerprint of the chain in a PEM text, to compare with what the platform shows; none if it does not parse.
std::optional<std::string> fingerprint_of_pem(std::string_view pem);

}  // namespace certificate
