#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

// Why an object is ready or not: one table with everything that depends on a reason.
namespace resources {

/// The reasons of the condition Ready, of both kinds. Each has a row in reason.cc, in this order.
enum class Reason {
  // no problem
  kSucceeded,
  kProgressing,
  kRotating,
  kSuspended,
  kDeleting,
  // the Secret
  kSecretNotFound,
  kSecretKeyMissing,
  kInvalidCertificate,
  kInvalidPrivateKey,
  kKeyMismatch,
  kChainInvalid,
  kTooLarge,
  kPasswordInvalid,
  kDomainMismatch,
  kCertificateExpired,
  kCertificateNotYetValid,
  kTemporaryCertificate,
  kSecretReadFailed,
  kSecretUnstable,
  // slots
  kQuotaExceeded,
  kDuplicateCertificate,
  kRotationBlocked,
  kOldCertificateBound,
  kSlotLent,
  kDeletionBlocked,
  kUploadInDoubt,
  kLedgerLost,
  // the platform
  kInstanceNotFound,
  kInstanceNotReady,
  kCredentialsNotFound,
  kCredentialsInvalid,
  kCredentialsRejected,
  kProjectNotResolved,
  kPermissionDenied,
  kThrottled,
  kPlatformUnavailable,
  kUploadRejected,
  kBindingRejected,
  kDuplicateInstance,
  kTargetChanged,
  kDomainConflict,
  kNamespaceNotAllowed,
  kManagementConflict,
  // the API server
  kWriteRefused,
};

/// Which condition the status has in addition to Ready (kstatus).
enum class Standing {
  kDone,         ///< none
  kReconciling,  ///< the operator is working on it or retries
  kStalled,      ///< a user, or something outside the operator, must change something
};

/// When an event and a log line report the reason. A change of Ready is always reported.
enum class Told {
  kOnChange,  ///< only if Ready changes; not a warning
  kWarning,   ///< whenever it becomes the reason, as a warning
};

struct ReasonRow {
  Reason reason;
  std::string_view name;
  Standing standing;
  /// The content of the Secret is the cause, so the event is ValidationFailed, and its message starts with the reason.
  bool about_content;
  Told told;
  std::string_view meaning;  ///< for the documentation
};

/// All rows, in the order of Reason.
std::span<const ReasonRow> reasons();

const ReasonRow& row_of(Reason reason);
inline std::string_view name_of(Reason reason) {
  return row_of(reason).name;
}
inline bool stalls(Reason reason) {
  return row_of(reason).standing == Standing::kStalled;
}

/// The row with this name; null if this version of the program does not have the reason.
const ReasonRow* find_reason(std::string_view name);

/// A reason and its message.
struct Problem {
  Reason reason = Reason::kProgressing;
  std::string message;

  bool operator==(const Problem&) const = default;
};

}  // namespace resources
