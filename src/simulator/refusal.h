#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace simulator {

/// Every reason for which the platform rejects a request. Each has a name in the admin API, and a response.
enum class Refusal {
  kUnknownApi,
  kMissingToken,
  kInvalidToken,
  kTokenExpired,
  kMalformedAuthorization,
  kUnknownAccessKey,
  kAccessKeyExpired,
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

/// One rejection, with the details of this case, which are added to the message.
struct Refused {
  Refusal why;
  std::string detail;
};

/// An error response. An empty code omits the field; 0 seconds omit the header.
struct ErrorAnswer {
  int status = 500;
  std::string code;
  std::string message;
  int retry_after = 0;
};

/// "certificate_quota_exceeded"
std::string_view name_of(Refusal refusal);
std::optional<Refusal> refusal_named(std::string_view name);

/// The documented response of the platform; without documentation, the choice of this simulator.
ErrorAnswer usual_answer(Refusal refusal);

}  // namespace simulator
