#pragma once

#include <optional>
#include <string>
#include <vector>

#include "json/value.h"
#include "meta/condition.h"
#include "meta/metadata.h"
#include "platform/signing.h"
#include "resources/domain_ledger.h"
#include "resources/last_error.h"
#include "resources/ledger.h"
#include "resources/server_certificate.h"
#include "resources/tenancy.h"

namespace resources {

inline constexpr meta::Resource kInstances{"iotda.huaweicloud.com", "v1alpha1", "iotdainstances"};
/// `ATTEMPT=absent` or `ATTEMPT=ID` says how an upload in doubt ended, `ATTEMPT=recorded` or `ATTEMPT=absent` what the
/// platform has of a lost ledger, and `ATTEMPT=ID` allows to delete a certificate that is known from a status only.
inline constexpr std::string_view kResolveAnnotation = "iotda.huaweicloud.com/resolve-upload";
/// `ATTEMPT` removes a slot from the ledger whose certificate was deleted in the console (`Retained` or `Deleting`).
inline constexpr std::string_view kForgetAnnotation = "iotda.huaweicloud.com/forget-slot";
/// `DOMAIN` releases a domain name that is kept for a namespace. It does not name an attempt, so remove it afterwards.
inline constexpr std::string_view kReleaseDomainAnnotation = "iotda.huaweicloud.com/release-domain";
/// Keeps an IoTDAInstance while its ledger has slots or domain configurations, other than retained ones.
inline constexpr std::string_view kInstanceFinalizer = "iotda.huaweicloud.com/instance";

/// A certificate on the platform that the operator does not manage.
struct ForeignCertificate {
  CertificateId id;
  std::string common_name;
  std::string expiry_date;

  bool operator==(const ForeignCertificate&) const = default;
};

struct InstanceStatus {
  std::int64_t observed_generation = -1;
  // target
  std::string endpoint;
  std::string project_id;
  std::string instance_id;
  // quota
  int limit = 0;
  std::optional<int> used;  ///< none: there was never a response of the platform
  int foreign_count = 0;

  std::optional<Ledger> slots;  ///< none: never written, or lost
  DomainLedger domains;
  std::vector<ForeignCertificate> foreign;
  std::string inventory;  ///< Remote or Ledger; empty until known
  std::optional<platform::Signing> signing;
  std::string last_handled_reconcile_at;
  std::optional<LastError> last_error;
  std::string next_attempt_time;
  meta::Conditions conditions;

  bool operator==(const InstanceStatus&) const = default;
};

/// Where the credentials of an IoTDAInstance come from.
struct CredentialsSpec {
  std::string type = "AccessKey";  ///< AccessKey, Token, Ambient, or one source of Ambient
  meta::ObjectName secret;         ///< empty ns: the namespace of the operator; empty name: none
  // For OIDC.
  std::string identity_provider;  ///< id of an identity provider of IAM
  std::string provider_urn;       ///< with agency_urn: a trust agency
  std::string agency_urn;

  bool in_secret() const { return type == "AccessKey" || type == "Token"; }
};

/// The proxy to the platform and to IAM.
struct ProxySpec {
  std::string url;          ///< without credentials; empty: as the environment says
  meta::ObjectName secret;  ///< as CredentialsSpec::secret
};

/// CA certificates in a ConfigMap or a Secret.
struct CaBundleRef {
  std::string kind;       ///< ConfigMap or Secret; empty: none
  meta::ObjectName name;  ///< as CredentialsSpec::secret
  std::string key = "ca.crt";

  bool in_secret() const { return kind == "Secret"; }
};

/// An IoTDAInstance as the API server stores it. The spec is complete, because the CRD has defaults.
struct Instance {
  meta::Metadata meta;
  std::string reconcile_token;  ///< value of kReconcileAnnotation; base::printable()

  std::string endpoint;
  std::string region;
  std::string project_id;  ///< empty: that of the region, see project()
  std::string instance_id;
  CredentialsSpec credentials;
  std::string iam_endpoint;                  ///< empty: that of the region
  std::optional<platform::Signing> signing;  ///< none: Auto, as the endpoint needs it
  ProxySpec proxy;
  std::string ca_bundle;
  CaBundleRef ca_bundle_ref;
  int quota = 2;
  int domain_quota = 1;
  AllowedNamespaces allowed;
  std::vector<DomainRule> domain_rules;
  bool suspend = false;

  // Annotations.
  std::string resolve_upload;  ///< how a user resolved an upload in doubt: "<attempt>=absent" or "<attempt>=<id>"
  Attempt forget_slot;         ///< the attempt of an entry that a user wants to remove
  std::string release_domain;  ///< base::host_key(): a name whose reservation ends

  InstanceStatus status;

  const std::string& name() const { return meta.name.name; }
  /// The Secrets that the spec refers to. An empty ns stands for the namespace of the operator.
  std::vector<meta::ObjectName> secrets() const;
  /// The project in the spec, or the one that was looked up once; empty: not known yet.
  const std::string& project() const { return project_id.empty() ? status.project_id : project_id; }
};

Instance parse_instance(const json::Value& object);

void bound(InstanceStatus& status);

/// Body of a merge patch of the whole status. It contains the resourceVersion of `object`, so the API server rejects it
/// if the object has changed since. This compare-and-swap protects the ledger against a second writer.
std::string status_patch_body(const Instance& object, const InstanceStatus& status);

}  // namespace resources
