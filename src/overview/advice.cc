#include <algorithm>
#include <array>
#include <utility>

#include "overview/story.h"

namespace overview {
namespace {

using resources::Reason;

constexpr std::string_view kValidate =
    "kubectl -n {ns} get servercertificate/{name} secret/{secret} -o yaml | iotda-operator validate "
    "--allow-missing-refs -";
constexpr std::string_view kSeeInstance = "kubectl describe iotdainstance {instance}";
constexpr std::string_view kRetryInstance =
    "kubectl annotate --overwrite iotdainstance {instance} "
    "iotda.huaweicloud.com/reconcile-requested-at=$(date +%s)";
constexpr std::string_view kRetry =
    "kubectl -n {ns} annotate --overwrite servercertificate {name} "
    "iotda.huaweicloud.com/reconcile-requested-at=$(date +%s)";
constexpr std::string_view kRetain =
    "kubectl -n {ns} patch servercertificate {name} --type=merge -p '{\"spec\":{\"deletionPolicy\":\"Retain\"}}'";
constexpr std::string_view kAutoStrategy =
    "kubectl -n {ns} patch servercertificate {name} --type=merge -p "
    "'{\"spec\":{\"rotation\":{\"strategy\":\"Auto\"}}}'";

struct Row {
  Reason reason;
  StepKind step;
  std::string_view advice;
  std::string_view command{};
};

// clang-format off
constexpr std::array kRows{
    Row{Reason::kSucceeded, StepKind::kServed, ""},
    Row{Reason::kProgressing, StepKind::kUpload, ""},
    Row{Reason::kRotating, StepKind::kServed, ""},
    Row{Reason::kSuspended, StepKind::kSecret, "remove spec.suspend to continue"},
    Row{Reason::kDeleting, StepKind::kServed, ""},
    Row{Reason::kSecretNotFound, StepKind::kSecret, "create Secret {ns}/{secret}, or correct spec.secretRef.name"},
    Row{Reason::kSecretKeyMissing, StepKind::kSecret, "", "kubectl -n {ns} describe secret {secret}"},
    Row{Reason::kInvalidCertificate, StepKind::kValid, "", kValidate},
    Row{Reason::kInvalidPrivateKey, StepKind::kValid, "", kValidate},
    Row{Reason::kKeyMismatch, StepKind::kValid, "", kValidate},
    Row{Reason::kChainInvalid, StepKind::kValid, "", kValidate},
    Row{Reason::kTooLarge, StepKind::kValid, "", kValidate},
    Row{Reason::kPasswordInvalid, StepKind::kValid, "correct the Secret of spec.privateKeyPasswordSecretRef"},
    Row{Reason::kDomainMismatch, StepKind::kValid,
        "issue the certificate again with that name, or correct spec.domainConfiguration.domainName"},
    Row{Reason::kCertificateExpired, StepKind::kValid,
        "renew the certificate in Secret {ns}/{secret}; the operator uploads it when the Secret changes"},
    Row{Reason::kCertificateNotYetValid, StepKind::kValid, "wait, or check the clock of the issuer"},
    Row{Reason::kTemporaryCertificate, StepKind::kValid, "", "kubectl -n {ns} describe certificates.cert-manager.io"},
    Row{Reason::kSecretReadFailed, StepKind::kSecret,
        "check the Role and RoleBinding of the operator in namespace {ns}"},
    Row{Reason::kSecretUnstable, StepKind::kSecret, "find out what keeps writing the Secret",
        "kubectl -n {ns} get secret {secret} -o jsonpath='{.metadata.managedFields[*].manager}'"},
    Row{Reason::kQuotaExceeded, StepKind::kSlot,
        "delete an object that uses a slot, or a certificate in the console that the operator does not manage",
        "iotda-operator status --all-namespaces"},
    Row{Reason::kDuplicateCertificate, StepKind::kSlot,
        "delete one of the two objects, or set spec.adoptionPolicy: IfMatching"},
    Row{Reason::kRotationBlocked, StepKind::kSlot, "free a slot, or allow to delete a certificate first", kAutoStrategy},
    Row{Reason::kOldCertificateBound, StepKind::kServed,
        "in the console, set that domain configuration to the new certificate id"},
    Row{Reason::kSlotLent, StepKind::kSlot, ""},
    Row{Reason::kDeletionBlocked, StepKind::kServed,
        "unbind the certificate in the console, or leave it on the platform", kRetain},
    Row{Reason::kUploadInDoubt, StepKind::kUpload,
        "grant iotda:servercertificate:queryList, or check in the console and follow the message"},
    Row{Reason::kLedgerLost, StepKind::kSlot,
        "grant iotda:servercertificate:queryList, or check in the console and follow the message"},
    Row{Reason::kInstanceNotFound, StepKind::kSlot,
        "create IoTDAInstance {instance}, or correct spec.instanceRef.name in a new object"},
    Row{Reason::kInstanceNotReady, StepKind::kSlot, "", kSeeInstance},
    Row{Reason::kCredentialsNotFound, StepKind::kSlot,
        "create what spec.credentials of IoTDAInstance {instance} refers to"},
    Row{Reason::kCredentialsInvalid, StepKind::kSlot, "correct what the message names", kSeeInstance},
    Row{Reason::kCredentialsRejected, StepKind::kSlot,
        "check the credentials, then spec.signing and spec.endpoint of IoTDAInstance {instance}; then retry",
        kRetryInstance},
    Row{Reason::kProjectNotResolved, StepKind::kSlot, "set spec.projectId of IoTDAInstance {instance}"},
    Row{Reason::kPermissionDenied, StepKind::kUpload, "grant the permission that the message names; then retry",
        kRetryInstance},
    Row{Reason::kThrottled, StepKind::kUpload, "wait, or retry now", kRetryInstance},
    Row{Reason::kPlatformUnavailable, StepKind::kUpload, "wait, or retry now", kRetryInstance},
    Row{Reason::kUploadRejected, StepKind::kUpload, "correct what the message names, or retry now", kRetry},
    Row{Reason::kBindingRejected, StepKind::kDomain, "correct what the message names, or retry now", kRetry},
    Row{Reason::kDuplicateInstance, StepKind::kSlot, "delete one of the two instances", "kubectl get iotdainstances"},
    Row{Reason::kTargetChanged, StepKind::kSlot,
        "restore spec.endpoint, spec.projectId and spec.instanceId of IoTDAInstance {instance}"},
    Row{Reason::kDomainConflict, StepKind::kDomain,
        "use another domain, or list the namespace or set adopt in spec.domains of IoTDAInstance {instance}"},
    Row{Reason::kNamespaceNotAllowed, StepKind::kSlot,
        "add namespace {ns} to spec.allowedNamespaces of IoTDAInstance {instance}"},
    Row{Reason::kManagementConflict, StepKind::kDomain,
        "find out what else manages this platform instance and stop it; then retry", kRetryInstance},
    Row{Reason::kWriteRefused, StepKind::kSlot, "check the admission policies and the permissions of the operator"},
};
// clang-format on

constexpr bool in_order() {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (kRows[i].reason != static_cast<Reason>(i)) return false;
  }
  return kRows.back().reason == Reason::kWriteRefused;
}
static_assert(in_order(), "each reason has a row, in the order of Reason");

std::string fill(std::string_view pattern, const AdviceContext& context) {
  const std::array<std::pair<std::string_view, const std::string*>, 4> places{{{"{ns}", &context.name.ns},
                                                                               {"{name}", &context.name.name},
                                                                               {"{secret}", &context.secret},
                                                                               {"{instance}", &context.instance}}};
  std::string text(pattern);
  for (const auto& [place, value] : places) {
    for (auto at = text.find(place); at != std::string::npos; at = text.find(place, at + value->size())) {
      text.replace(at, place.size(), *value);
    }
  }
  return text;
}

}  // namespace

StepKind step_of(Reason reason) {
  return kRows.at(static_cast<std::size_t>(reason)).step;
}

std::vector<std::string> advice_for(std::string_view reason, const AdviceContext& context) {
  std::vector<std::string> advice;
  const resources::ReasonRow* known = resources::find_reason(reason);
  if (known == nullptr) return advice;
  const Row& row = kRows.at(static_cast<std::size_t>(known->reason));
  for (const std::string_view line : {row.advice, row.command}) {
    if (!line.empty()) advice.push_back(fill(line, context));
  }
  return advice;
}

}  // namespace overview
