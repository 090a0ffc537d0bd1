#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace simulator {

/// Every reason for which the platform says no. Each has a name for the admin side, and an answer of its own.
enum class Refusal {
  kUnknownApi,
  kMissingToken,
  kInvalidToken,
  kMalformedAuthorization,
  kUnknownAccessKey,
  kSignatureMismatch,
  kSignatureExpired,
  kAccessKeyLocked,
  kWrongAlgorithm,
  kUnknownInstance,
  kPermissionDenied,
  kThrottled,
  kBadFormat,
  kInvalidInput,
  kOutOfRange,
  kInvalidCertificate,
  kCertificateExpired,
  kInvalidPrivateKey,
  kWrongPassword,
  kKeyMismatch,
  kDuplicateCertificate,
  kCertificateQuotaExceeded,
  kUnknownCertificate,
  kCertificateBound,
  kDomainQuotaExceeded,
  kUnknownConfiguration,
};
inline constexpr int kRefusals = static_cast<int>(Refusal::kUnknownConfiguration) + 1;

/// One "no", with what there is to say about this case.
struct Refused {
  Refusal why;
  std::string detail;
};

/// An error as it goes out. An empty code leaves the field out; 0 seconds leave the header out.
struct ErrorAnswer {
  int status = 500;
  std::string code;
  std::string message;
  int retry_after = 0;
};

/// "certificate_quota_exceeded"
std::string_view name_of(Refusal refusal);
std::optional<Refusal> refusal_named(std::string_view name);

/// What the platform is documented to answer; where that is silent, this simulator's choice.
ErrorAnswer usual_answer(Refusal refusal);

}  // namespace simulator
