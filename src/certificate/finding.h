#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace certificate {

/// An error prevents the upload; a warning is only reported.
enum class Severity { kError, kWarning };

/// The part of the input that a finding is about; the caller knows its namespace, name and key.
enum class Part { kCertificate, kPrivateKey, kPassword };

/// Where the input comes from: hints name the options and fields that the user has there.
enum class Source {
  kObject,      ///< a ServerCertificate, and `data` of its Secrets
  kStringData,  ///< the same, with the text in `stringData`
  kFiles,       ///< PEM files given on the command line
};

/// A defect or an oddity. The reason of an error is a condition reason: InvalidCertificate, InvalidPrivateKey,
/// KeyMismatch, CertificateExpired, CertificateNotYetValid, ChainInvalid, TooLarge, PasswordInvalid, DomainMismatch.
/// The reasons of warnings are in docs/validation.md. Message and hint never quote the input.
struct Finding {
  Severity severity = Severity::kError;
  Part part = Part::kCertificate;
  std::string reason;
  std::size_t line = 0;  ///< in the text of the part, from 1; 0 for the whole part
  std::string message;   ///< what is wrong
  std::string hint;      ///< what to do; can be empty

  bool operator==(const Finding&) const = default;
};

using Findings = std::vector<Finding>;

/// One sentence for users: "line 3: what is wrong: what to do".
std::string describe(const Finding& finding);

/// The reason for a part that cannot be read: InvalidCertificate, InvalidPrivateKey, PasswordInvalid.
std::string unreadable(Part part);

bool has_errors(const Findings& findings);

}  // namespace certificate
