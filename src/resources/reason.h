#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

// Why an object is Ready or not: one table, from which everything that depends on a reason follows.
namespace resources {

/// The reasons of the condition Ready, of both kinds. Each has a row in reason.cc, in this order.
enum class Reason {
  // nothing is wrong
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

/// Which condition stands beside Ready (kstatus).
enum class Standing {
  kDone,         ///< none
  kReconciling,  ///< it resolves itself or is being retried
  kStalled,      ///< a person must act, or something outside must change
};

/// When an event and a log line tell of it. A change of Ready always does.
enum class Told {
  kOnChange,  ///< only then, and it is nothing to worry about
  kWarning,   ///< whenever it is entered
};

struct ReasonRow {
  Reason reason;
  std::string_view name;
  Standing standing;
  /// It is about what is in the Secret, so the event is ValidationFailed, and the message names the reason.
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

/// The row with this name; none for a reason of another version of this program.
const ReasonRow* find_reason(std::string_view name);

/// A reason and its message.
struct Problem {
  Reason reason = Reason::kProgressing;
  std::string message;

  bool operator==(const Problem&) const = default;
};

}  // namespace resources
