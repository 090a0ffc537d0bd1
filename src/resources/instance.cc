#include "resources/instance.h"

#include "base/text.h"
#include "json/writer.h"

namespace resources {
namespace {

constexpr std::size_t kMaxForeign = 16;

InstanceStatus parse_status(const json::Value& s) {
  InstanceStatus status;
  status.observed_generation = s["observedGeneration"].integer_or(-1);
  status.endpoint = s.path("target.endpoint").string_or("");
  status.project_id = s.path("target.projectId").string_or("");
  status.instance_id = s.path("target.instanceId").string_or("");
  status.limit = static_cast<int>(s.path("quota.limit").integer_or(0));
  if (const auto used = s.path("quota.used").integer()) status.used = static_cast<int>(*used);
  status.foreign_count = static_cast<int>(s.path("quota.foreign").integer_or(0));
  if (s["slots"].is_array()) status.slots = parse_ledger(s["slots"]);
  status.domains = parse_domains(s["domains"]);
  for (const json::Value& f : s["foreign"].items()) {
    status.foreign.push_back({CertificateId(f["serverCertificateId"].string_or("")), f["commonName"].string_or(""),
                              f["expiryDate"].string_or("")});
  }
  status.inventory = s["inventory"].string_or("");
  status.signing = platform::parse_signing(s["signing"].string_or(""));
  status.last_handled_reconcile_at = s["lastHandledReconcileAt"].string_or("");
  if (s["lastError"]) status.last_error = parse_last_error(s["lastError"]);
  status.next_attempt_time = s["nextAttemptTime"].string_or("");
  status.conditions = meta::parse_conditions(s["conditions"]);
  return status;
}

void write_status(json::Writer& out, const InstanceStatus& s) {
  out.key("status").begin_object();
  out.member("observedGeneration", s.observed_generation);
  out.key("target").begin_object();
  write_optional(out, "endpoint", s.endpoint, true);
  write_optional(out, "projectId", s.project_id, true);
  write_optional(out, "instanceId", s.instance_id, true);
  out.end_object();
  out.key("quota").begin_object();
  out.member("limit", s.limit);
  if (s.used) {
    out.member("used", *s.used).member("foreign", s.foreign_count);
    out.member("summary", std::to_string(*s.used) + "/" + std::to_string(s.limit));
  } else {
    for (const char* unknown : {"used", "foreign", "summary"}) out.key(unknown).null();
  }
  out.end_object();
  if (s.slots) write_ledger(out, *s.slots);
  write_domains(out, s.domains);
  out.key("foreign").begin_array();
  for (const ForeignCertificate& f : s.foreign) {
    out.begin_object().member("serverCertificateId", f.id.str());
    write_optional(out, "commonName", f.common_name, false);
    write_optional(out, "expiryDate", f.expiry_date, false);
    out.end_object();
  }
  out.end_array();
  write_optional(out, "inventory", s.inventory, true);
  write_optional(out, "signing", std::string(s.signing ? to_string(*s.signing) : ""), true);
  write_optional(out, "lastHandledReconcileAt", s.last_handled_reconcile_at, true);
  if (s.last_error) {
    write_last_error(out, *s.last_error, true);
  } else {
    out.key("lastError").null();
  }
  write_optional(out, "nextAttemptTime", s.next_attempt_time, true);
  write_conditions(out, s.conditions);
  out.end_object();
}

meta::ObjectName parse_reference(const json::Value& reference) {
  return {reference["namespace"].string_or(""), reference["name"].string_or("")};
}

}  // namespace

std::vector<meta::ObjectName> Instance::secrets() const {
  std::vector<meta::ObjectName> names;
  if (credentials.in_secret()) names.push_back(credentials.secret);
  if (!proxy.secret.name.empty()) names.push_back(proxy.secret);
  if (ca_bundle_ref.in_secret()) names.push_back(ca_bundle_ref.name);
  return names;
}

Instance parse_instance(const json::Value& object) {
  const json::Value spec = object["spec"];
  Instance i;
  i.meta = meta::parse_metadata(object);
  i.reconcile_token = parse_reconcile_token(object);
  i.endpoint = spec["endpoint"].string_or("");
  i.region = spec["region"].string_or("");
  i.project_id = spec["projectId"].string_or("");
  i.instance_id = spec["instanceId"].string_or("");
  const json::Value credentials = spec["credentials"];
  i.credentials = {credentials["type"].string_or("AccessKey"), parse_reference(credentials["secretRef"]),
                   credentials.path("oidc.identityProviderId").string_or(""),
                   credentials.path("oidc.providerUrn").string_or(""),
                   credentials.path("oidc.agencyUrn").string_or("")};
  i.iam_endpoint = spec["iamEndpoint"].string_or("");
  i.signing = platform::parse_signing(spec["signing"].string_or("Auto"));
  i.proxy = {spec.path("proxy.url").string_or(""), parse_reference(spec.path("proxy.secretRef"))};
  i.ca_bundle = spec["caBundle"].string_or("");
  const json::Value ca = spec["caBundleRef"];
  i.ca_bundle_ref = {ca["kind"].string_or(""), parse_reference(ca), ca["key"].string_or("ca.crt")};
  i.quota = static_cast<int>(spec.path("quota.serverCertificates").integer_or(2));
  i.domain_quota = static_cast<int>(spec.path("quota.domainConfigurations").integer_or(1));
  i.allowed = parse_allowed_namespaces(spec["allowedNamespaces"]);
  i.domain_rules = parse_domain_rules(spec["domains"]);
  i.suspend = spec["suspend"].boolean_or(false);
  const json::Value annotations = object.path("metadata.annotations");
  i.resolve_upload = annotations[kResolveAnnotation].string_or("");
  i.forget_slot = Attempt(annotations[kForgetAnnotation].string_or(""));
  i.release_domain = base::host_key(annotations[kReleaseDomainAnnotation].string_or(""));
  i.status = parse_status(object["status"]);
  return i;
}

std::string status_patch_body(const Instance& object, const InstanceStatus& status) {
  json::Writer out;
  out.begin_object();
  out.key("metadata").begin_object();
  out.member("uid", object.meta.uid.str()).member("resourceVersion", object.meta.resource_version).end_object();
  write_status(out, status);
  out.end_object();
  return out.take();
}

void bound(InstanceStatus& s) {
  if (s.foreign.size() > kMaxForeign) s.foreign.resize(kMaxForeign);
  for (ForeignCertificate& f : s.foreign) bound(f.common_name, 256);
  bound(s.limit, kMaxNumber);
  if (s.used) bound(*s.used, kMaxNumber);
  bound(s.foreign_count, kMaxNumber);
  if (s.last_error) bound(*s.last_error);
  for (meta::Condition& c : s.conditions) bound(c.message, kMaxMessage);
}

}  // namespace resources
