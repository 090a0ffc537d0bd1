#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace certificate {

/// An error keeps the material from the platform; a warning is shown and nothing else.
enum class Severity { kError, kWarning };

/// Which part of the material a finding is about; the caller knows its namespace, name and key.
enum class Part { kCertificate, kPrivateKey, kPassword };

/// Where the material stands: advice speaks of the options and fields that its reader has at hand.
enum class Source {
  kObject,      ///< a ServerCertificate, and `data` of its Secrets
  kStringData,  ///< the same, with the text in `stringData`
  kFiles,       ///< PEM files that options of the command line name
};

/// Something wrong or odd. The reason of an error is a condition reason: InvalidCertificate, InvalidPrivateKey,
/// KeyMismatch, CertificateExpired, CertificateNotYetValid, ChainInvalid, TooLarge, PasswordInvalid, DomainMismatch.
/// Those of warnings are in docs/validation.md. Neither message nor hint quotes the material.
struct Finding {
  Severity severity = Severity::kError;
  Part part = Part::kCertificate;
  std::string reason;
  std::size_t line = 0;  ///< of the part's text, from 1; 0 if it is about all of it
  std::string message;   ///< what is wrong
  std::string hint;      ///< what to do about it; may be empty

  bool operator==(const Finding&) const = default;
};

using Findings = std::vector<Finding>;

/// One sentence for people: "line 3: what is wrong: what to do".
std::string describe(const Finding& finding);

/// The reason for a part that cannot be read: InvalidCertificate, InvalidPrivateKey, PasswordInvalid.
std::string unreadable(Part part);

bool has_errors(const Findings& findings);

}  // namespace certificate
