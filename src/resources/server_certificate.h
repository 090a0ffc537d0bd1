#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "certificate/fingerprint.h"
#include "json/value.h"
#include "meta/condition.h"
#include "meta/metadata.h"
#include "platform/domain_configuration.h"
#include "platform/id.h"
#include "resources/last_error.h"

namespace resources {

using certificate::Fingerprint;
using meta::Uid;
using platform::CertificateId;
using platform::ConfigurationId;

inline constexpr std::string_view kGroup = "iotda.huaweicloud.com";
inline constexpr std::string_view kApiVersion = "iotda.huaweicloud.com/v1alpha1";
inline constexpr meta::Resource kServerCertificates{"iotda.huaweicloud.com", "v1alpha1", "servercertificates"};
/// Keeps a ServerCertificate until the operator has deleted what it has on the platform, or has left it there.
inline constexpr std::string_view kCertificateFinalizer = "iotda.huaweicloud.com/server-certificate";
/// Condition type: a certificate of the object is served. Each status has it.
inline constexpr std::string_view kAvailable = "Available";
/// A new value requests a reconciliation at once, on an IoTDAInstance with a new list of the platform. It is complete
/// when `status.lastHandledReconcileAt` has the same value.
inline constexpr std::string_view kReconcileAnnotation = "iotda.huaweicloud.com/reconcile-requested-at";

/// One version of a Secret.
struct SecretVersion {
  std::string name;
  Uid uid;
  std::string resource_version;

  bool operator==(const SecretVersion&) const = default;
};

/// The value of kReconcileAnnotation; empty for none.
std::string parse_reconcile_token(const json::Value& object);

/// spec.domainConfiguration.
struct DomainSpec {
  std::string name;  ///< base::host_key()
  platform::Ocsp ocsp;
  bool adopt = false;
};

/// spec.rotation.strategy.
enum class Rotation { kAuto, kMakeBeforeBreak, kBreakBeforeMake };

struct ServerCertificateStatus {
  std::int64_t observed_generation = -1;
  // held on the platform
  CertificateId server_certificate_id;
  std::string common_name;
  std::string effective_date;
  std::string expiry_date;
  std::string owner;
  std::string issuer;
  Fingerprint fingerprint;
  ConfigurationId domain_configuration_id;
  std::string last_upload_time;
  // to be uploaded
  Fingerprint pending_fingerprint;
  std::string pending_expiry;
  // observed
  std::vector<SecretVersion> observed_secrets;
  int validator_version = 0;
  std::string last_handled_reconcile_at;
  // errors
  std::optional<LastError> last_error;
  int attempts = 0;
  std::string next_attempt_time;

  meta::Conditions conditions;

  bool operator==(const ServerCertificateStatus&) const = default;
};

/// A ServerCertificate as the API server stores it. The spec is complete, because the CRD has defaults.
struct ServerCertificate {
  meta::Metadata meta;
  std::string reconcile_token;  ///< value of kReconcileAnnotation; base::printable()

  std::string instance;
  std::string secret;
  std::string certificate_key;
  std::string private_key_key;
  std::string password_secret;  ///< empty for none
  std::string password_key;
  std::optional<DomainSpec> domain;
  Rotation rotation = Rotation::kAuto;
  bool adopt = true;
  bool lend = true;  ///< its slot may be lent to the rotation of another object
  bool retain = false;
  bool suspend = false;

  ServerCertificateStatus status;
};

ServerCertificate parse_server_certificate(const json::Value& object);

void bound(ServerCertificateStatus& status);

/// Body of a server-side apply of the whole status.
std::string status_apply_body(const ServerCertificate& object, const ServerCertificateStatus& status);

/// Body of a merge patch of the whole status, for an API server whose CRD lacks a field: it ignores that field.
std::string status_merge_body(const ServerCertificate& object, const ServerCertificateStatus& status);

}  // namespace resources
