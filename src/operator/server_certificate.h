#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "iotda/platform.h"
#include "json/value.h"
#include "kube/api.h"
#include "operator/condition.h"

namespace controller {

inline constexpr std::string_view kGroup = "iotda.huaweicloud.com";
inline constexpr std::string_view kApiVersion = "iotda.huaweicloud.com/v1alpha1";
inline constexpr kube::Resource kServerCertificates{"iotda.huaweicloud.com", "v1alpha1", "servercertificates"};
inline constexpr std::string_view kCertificateFinalizer = "iotda.huaweicloud.com/server-certificate";
inline constexpr std::string_view kReconcileAnnotation = "iotda.huaweicloud.com/reconcile-requested-at";

/// metadata that both kinds need.
struct Metadata {
  kube::ObjectName name;
  std::string uid;
  std::string resource_version;
  std::int64_t generation = 0;
  base::SystemTime created{};
  bool deleting = false;
  std::vector<std::string> finalizers;
  std::string reconcile_token;  ///< value of kReconcileAnnotation; base::printable()

  bool has_finalizer(std::string_view finalizer) const;
};

Metadata parse_metadata(const json::Value& object);

/// One version of a Secret.
struct SecretVersion {
  std::string name;
  std::string uid;
  std::string resource_version;

  bool operator==(const SecretVersion&) const = default;
};

/// A domain name as it is compared: lower case, without the dot at the end.
std::string domain_key(std::string_view name);

/// spec.domainConfiguration.
struct DomainSpec {
  std::string name;  ///< domain_key()
  iotda::Ocsp ocsp;
  bool adopt = false;
};

/// spec.rotation.strategy.
enum class Rotation { kAuto, kMakeBeforeBreak, kBreakBeforeMake };

struct ServerCertificateStatus {
  std::int64_t observed_generation = -1;
  // held on the platform
  std::string server_certificate_id;
  std::string common_name;
  std::string effective_date;
  std::string expiry_date;
  std::string owner;
  std::string issuer;
  std::string fingerprint;
  std::string domain_configuration_id;
  std::string last_upload_time;
  // coming
  std::string pending_fingerprint;
  std::string pending_expiry;
  // seen
  std::vector<SecretVersion> observed_secrets;
  int validator_version = 0;
  std::string last_handled_reconcile_at;
  // went wrong
  std::optional<LastError> last_error;
  int attempts = 0;
  std::string next_attempt_time;

  Conditions conditions;

  bool operator==(const ServerCertificateStatus&) const = default;
};

/// A ServerCertificate as the API server has it. The spec is complete: the CRD's defaults are in it.
struct ServerCertificate {
  Metadata meta;

  std::string instance;
  std::string secret;
  std::string certificate_key;
  std::string private_key_key;
  std::string password_secret;  ///< empty for none
  std::string password_key;
  std::optional<DomainSpec> domain;
  Rotation rotation = Rotation::kAuto;
  bool adopt = true;
  bool retain = false;
  bool suspend = false;

  ServerCertificateStatus status;
};

ServerCertificate parse_server_certificate(const json::Value& object);

void bound(ServerCertificateStatus& status);

/// Body of a server-side apply of the whole status.
std::string status_apply_body(const ServerCertificate& object, const ServerCertificateStatus& status);

/// Body of a merge patch of the whole status, for an API server whose definition lacks a field: it leaves that out.
std::string status_merge_body(const ServerCertificate& object, const ServerCertificateStatus& status);

}  // namespace controller
