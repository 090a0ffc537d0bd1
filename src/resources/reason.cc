#include "resources/reason.h"

#include <algorithm>
#include <array>

namespace resources {
namespace {

constexpr Standing kDone = Standing::kDone;
constexpr Standing kReconciling = Standing::kReconciling;
constexpr Standing kStalled = Standing::kStalled;
constexpr bool kContent = true;
constexpr bool kOther = false;
constexpr Told kOnChange = Told::kOnChange;
constexpr Told kWarning = Told::kWarning;

// clang-format off
constexpr std::array kReasons{
    ReasonRow{Reason::kSucceeded, "Succeeded", kDone, kOther, kOnChange,
              "the certificate in the Secret is on the platform and served"},
    ReasonRow{Reason::kProgressing, "Progressing", kReconciling, kOther, kOnChange,
              "work is in progress; the message says on what"},
    ReasonRow{Reason::kRotating, "Rotating", kReconciling, kOther, kOnChange,
              "a renewed certificate is replacing the previous one"},
    ReasonRow{Reason::kSuspended, "Suspended", kDone, kOther, kOnChange,
              "spec.suspend is set"},
    ReasonRow{Reason::kDeleting, "Deleting", kReconciling, kOther, kOnChange,
              "what the object has on the platform is being deleted"},

    ReasonRow{Reason::kSecretNotFound, "SecretNotFound", kReconciling, kContent, kWarning,
              "the Secret does not exist"},
    ReasonRow{Reason::kSecretKeyMissing, "SecretKeyMissing", kReconciling, kContent, kWarning,
              "a key of the Secret does not exist"},
    ReasonRow{Reason::kInvalidCertificate, "InvalidCertificate", kStalled, kContent, kWarning,
              "the certificate cannot be used"},
    ReasonRow{Reason::kInvalidPrivateKey, "InvalidPrivateKey", kStalled, kContent, kWarning,
              "the private key cannot be used"},
    ReasonRow{Reason::kKeyMismatch, "KeyMismatch", kStalled, kContent, kWarning,
              "the private key does not belong to the certificate"},
    ReasonRow{Reason::kChainInvalid, "ChainInvalid", kStalled, kContent, kWarning,
              "the certificate chain cannot be used"},
    ReasonRow{Reason::kTooLarge, "TooLarge", kStalled, kContent, kWarning,
              "the content is larger than the platform accepts"},
    ReasonRow{Reason::kPasswordInvalid, "PasswordInvalid", kStalled, kContent, kWarning,
              "the password does not decrypt the private key"},
    ReasonRow{Reason::kDomainMismatch, "DomainMismatch", kStalled, kContent, kWarning,
              "the certificate does not cover the custom domain"},
    ReasonRow{Reason::kCertificateExpired, "CertificateExpired", kStalled, kContent, kWarning,
              "the certificate has expired"},
    ReasonRow{Reason::kCertificateNotYetValid, "CertificateNotYetValid", kReconciling, kContent, kWarning,
              "the certificate is not valid yet"},
    ReasonRow{Reason::kTemporaryCertificate, "TemporaryCertificate", kReconciling, kContent, kWarning,
              "cert-manager has not issued the real certificate yet"},
    ReasonRow{Reason::kSecretReadFailed, "SecretReadFailed", kReconciling, kOther, kOnChange,
              "the API server does not allow the operator to read the object or its Secret"},
    ReasonRow{Reason::kSecretUnstable, "SecretUnstable", kReconciling, kOther, kWarning,
              "the Secret changes too often"},

    ReasonRow{Reason::kQuotaExceeded, "QuotaExceeded", kStalled, kOther, kWarning,
              "all slots, or all domain configurations, are in use"},
    ReasonRow{Reason::kDuplicateCertificate, "DuplicateCertificate", kStalled, kOther, kWarning,
              "another object, or a certificate on the platform, has the same chain"},
    ReasonRow{Reason::kRotationBlocked, "RotationBlocked", kStalled, kOther, kWarning,
              "the renewed certificate waits for a slot"},
    ReasonRow{Reason::kOldCertificateBound, "OldCertificateBound", kStalled, kOther, kWarning,
              "a domain configuration of another party still serves the old certificate"},
    ReasonRow{Reason::kSlotLent, "SlotLent", kReconciling, kOther, kOnChange,
              "the slot is lent to the rotation of another object"},
    ReasonRow{Reason::kDeletionBlocked, "DeletionBlocked", kStalled, kOther, kWarning,
              "what the object has on the platform cannot be deleted"},
    ReasonRow{Reason::kUploadInDoubt, "UploadInDoubt", kStalled, kOther, kWarning,
              "the response to an upload was lost, and the credentials have no permission to list certificates"},
    ReasonRow{Reason::kLedgerLost, "LedgerLost", kStalled, kOther, kWarning,
              "status.slots of the instance was lost, and the credentials have no permission to list certificates"},

    ReasonRow{Reason::kInstanceNotFound, "InstanceNotFound", kReconciling, kOther, kWarning,
              "the IoTDAInstance does not exist"},
    ReasonRow{Reason::kInstanceNotReady, "InstanceNotReady", kReconciling, kOther, kOnChange,
              "the IoTDAInstance is suspended, being deleted, or not ready"},
    ReasonRow{Reason::kCredentialsNotFound, "CredentialsNotFound", kReconciling, kOther, kWarning,
              "there are no credentials where spec says"},
    ReasonRow{Reason::kCredentialsInvalid, "CredentialsInvalid", kStalled, kOther, kWarning,
              "the credentials cannot be used as they are written"},
    ReasonRow{Reason::kCredentialsRejected, "CredentialsRejected", kStalled, kOther, kWarning,
              "the platform does not accept the credentials"},
    ReasonRow{Reason::kProjectNotResolved, "ProjectNotResolved", kStalled, kOther, kWarning,
              "IAM has no project for the region, or several"},
    ReasonRow{Reason::kPermissionDenied, "PermissionDenied", kStalled, kOther, kWarning,
              "the credentials have no permission for a request"},
    ReasonRow{Reason::kThrottled, "Throttled", kReconciling, kOther, kWarning,
              "the platform limits the rate of requests"},
    ReasonRow{Reason::kPlatformUnavailable, "PlatformUnavailable", kReconciling, kOther, kWarning,
              "the platform returns no usable response"},
    ReasonRow{Reason::kUploadRejected, "UploadRejected", kStalled, kOther, kWarning,
              "the platform rejected the certificate"},
    ReasonRow{Reason::kBindingRejected, "BindingRejected", kStalled, kOther, kWarning,
              "the platform rejected the domain configuration"},
    ReasonRow{Reason::kDuplicateInstance, "DuplicateInstance", kStalled, kOther, kWarning,
              "another IoTDAInstance manages the same platform instance"},
    ReasonRow{Reason::kTargetChanged, "TargetChanged", kStalled, kOther, kWarning,
              "spec refers to another platform instance than the one that has the slots"},
    ReasonRow{Reason::kDomainConflict, "DomainConflict", kStalled, kOther, kWarning,
              "the domain belongs to another object or namespace, or to another party"},
    ReasonRow{Reason::kNamespaceNotAllowed, "NamespaceNotAllowed", kStalled, kOther, kWarning,
              "the IoTDAInstance does not allow the namespace"},
    ReasonRow{Reason::kManagementConflict, "ManagementConflict", kStalled, kOther, kWarning,
              "another party keeps changing what the operator manages"},

    ReasonRow{Reason::kWriteRefused, "WriteRefused", kReconciling, kOther, kOnChange,
              "the API server rejects an update of the object"},
};
// clang-format on

constexpr bool in_order() {
  for (std::size_t i = 0; i < kReasons.size(); ++i) {
    if (kReasons[i].reason != static_cast<Reason>(i)) return false;
  }
  return kReasons.back().reason == Reason::kWriteRefused;
}
static_assert(in_order(), "each reason has a row, in the order of Reason");

}  // namespace

std::span<const ReasonRow> reasons() {
  return kReasons;
}

const ReasonRow& row_of(Reason reason) {
  return kReasons.at(static_cast<std::size_t>(reason));
}

const ReasonRow* find_reason(std::string_view name) {
  const auto row = std::find_if(kReasons.begin(), kReasons.end(), [&](const ReasonRow& r) { return r.name == name; });
  return row == kReasons.end() ? nullptr : &*row;
}

}  // namespace resources
