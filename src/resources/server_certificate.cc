#include "resources/server_certificate.h"

#include <utility>

#include "base/text.h"
#include "base/time_format.h"
#include "json/writer.h"
#include "platform/id.h"

namespace resources {

std::string parse_reconcile_token(const json::Value& object) {
  const json::Value token = object.path("metadata.annotations")[kReconcileAnnotation];
  return base::truncate(base::printable(token.string().value_or("")), 256);
}

namespace {

ServerCertificateStatus parse_status(const json::Value& s) {
  ServerCertificateStatus status;
  status.observed_generation = s["observedGeneration"].integer_or(-1);
  status.server_certificate_id = CertificateId(s["serverCertificateId"].string_or(""));
  status.common_name = s["commonName"].string_or("");
  status.effective_date = s["effectiveDate"].string_or("");
  status.expiry_date = s["expiryDate"].string_or("");
  status.owner = s["certificateOwner"].string_or("");
  status.issuer = s["certificateIssuer"].string_or("");
  status.fingerprint = Fingerprint(s["fingerprint"].string_or(""));
  status.domain_configuration_id = ConfigurationId(s["domainConfigurationId"].string_or(""));
  status.last_upload_time = s["lastUploadTime"].string_or("");
  status.pending_fingerprint = Fingerprint(s.path("pending.fingerprint").string_or(""));
  status.pending_expiry = s.path("pending.expiryDate").string_or("");
  for (const json::Value& seen : s["observedSecrets"].items()) {
    status.observed_secrets.push_back(
        {seen["name"].string_or(""), Uid(seen["uid"].string_or("")), seen["resourceVersion"].string_or("")});
  }
  status.validator_version = static_cast<int>(s["validatorVersion"].integer_or(0));
  status.last_handled_reconcile_at = s["lastHandledReconcileAt"].string_or("");
  if (s["lastError"]) status.last_error = parse_last_error(s["lastError"]);
  status.attempts = static_cast<int>(s["attempts"].integer_or(0));
  status.next_attempt_time = s["nextAttemptTime"].string_or("");
  status.conditions = meta::parse_conditions(s["conditions"]);
  return status;
}

void write_number(json::Writer& out, std::string_view name, int number, bool nulls) {
  if (number != 0) {
    out.member(name, number);
  } else if (nulls) {
    out.key(name).null();
  }
}

void write_status(json::Writer& out, const ServerCertificateStatus& s, bool nulls) {
  out.key("status").begin_object();
  out.member("observedGeneration", s.observed_generation);
  write_optional(out, "serverCertificateId", s.server_certificate_id.str(), nulls);
  write_optional(out, "commonName", s.common_name, nulls);
  write_optional(out, "effectiveDate", s.effective_date, nulls);
  write_optional(out, "expiryDate", s.expiry_date, nulls);
  write_optional(out, "certificateOwner", s.owner, nulls);
  write_optional(out, "certificateIssuer", s.issuer, nulls);
  write_optional(out, "fingerprint", s.fingerprint.str(), nulls);
  write_optional(out, "domainConfigurationId", s.domain_configuration_id.str(), nulls);
  write_optional(out, "lastUploadTime", s.last_upload_time, nulls);
  if (!s.pending_fingerprint.empty()) {
    out.key("pending").begin_object();
    out.member("fingerprint", s.pending_fingerprint.str());
    write_optional(out, "expiryDate", s.pending_expiry, nulls);
    out.end_object();
  } else if (nulls) {
    out.key("pending").null();
  }
  if (!s.observed_secrets.empty()) {
    out.key("observedSecrets").begin_array();
    for (const SecretVersion& seen : s.observed_secrets) {
      out.begin_object().member("name", seen.name);
      write_optional(out, "uid", seen.uid.str(), false);
      write_optional(out, "resourceVersion", seen.resource_version, false);
      out.end_object();
    }
    out.end_array();
  } else if (nulls) {
    out.key("observedSecrets").null();
  }
  write_number(out, "validatorVersion", s.validator_version, nulls);
  write_optional(out, "lastHandledReconcileAt", s.last_handled_reconcile_at, nulls);
  if (s.last_error) {
    write_last_error(out, *s.last_error, nulls);
  } else if (nulls) {
    out.key("lastError").null();
  }
  write_number(out, "attempts", s.attempts, nulls);
  write_optional(out, "nextAttemptTime", s.next_attempt_time, nulls);
  write_conditions(out, s.conditions);
  out.end_object();
}

DomainSpec parse_domain(const json::Value& v) {
  DomainSpec domain;
  domain.name = base::host_key(v["domainName"].string_or(""));
  domain.ocsp = {v.path("ocsp.staplingEnabled").boolean_or(false), v.path("ocsp.serverCaId").string_or(""),
                 v.path("ocsp.sslEnabled").boolean_or(true)};
  domain.adopt = v["adoptionPolicy"].string_or("") == "IfExists";
  return domain;
}

Rotation parse_rotation(std::string_view strategy) {
  if (strategy == "MakeBeforeBreak") return Rotation::kMakeBeforeBreak;
  if (strategy == "BreakBeforeMake") return Rotation::kBreakBeforeMake;
  return Rotation::kAuto;
}

}  // namespace

ServerCertificate parse_server_certificate(const json::Value& object) {
  const json::Value spec = object["spec"];
  ServerCertificate c;
  c.meta = meta::parse_metadata(object);
  c.reconcile_token = parse_reconcile_token(object);
  c.instance = spec.path("instanceRef.name").string_or("default");
  c.secret = spec.path("secretRef.name").string_or("");
  c.certificate_key = spec.path("secretRef.certificateKey").string_or("tls.crt");
  c.private_key_key = spec.path("secretRef.privateKeyKey").string_or("tls.key");
  c.password_secret = spec.path("privateKeyPasswordSecretRef.name").string_or("");
  c.password_key = spec.path("privateKeyPasswordSecretRef.key").string_or("password");
  if (const json::Value domain = spec["domainConfiguration"]) c.domain = parse_domain(domain);
  c.rotation = parse_rotation(spec.path("rotation.strategy").string_or(""));
  c.lend = spec.path("rotation.lend").string_or("Allowed") != "Never";
  c.adopt = spec["adoptionPolicy"].string_or("IfMatching") != "Never";
  c.retain = spec["deletionPolicy"].string_or("Delete") == "Retain";
  c.suspend = spec["suspend"].boolean_or(false);
  c.status = parse_status(object["status"]);
  return c;
}

namespace {

std::string status_body(const ServerCertificate& object, const ServerCertificateStatus& status, bool nulls) {
  json::Writer out;
  out.begin_object().member("apiVersion", kApiVersion).member("kind", "ServerCertificate");
  out.key("metadata").begin_object();
  out.member("name", object.meta.name.name).member("namespace", object.meta.name.ns);
  // The status must not be written to a new object of the same name.
  out.member("uid", object.meta.uid.str());
  out.end_object();
  write_status(out, status, nulls);
  out.end_object();
  return out.take();
}

}  // namespace

std::string status_apply_body(const ServerCertificate& object, const ServerCertificateStatus& status) {
  return status_body(object, status, false);
}

std::string status_merge_body(const ServerCertificate& object, const ServerCertificateStatus& status) {
  return status_body(object, status, true);
}

void bound(ServerCertificateStatus& s) {
  std::string id = s.server_certificate_id.str();
  bound(id, platform::kMaxId);
  s.server_certificate_id = CertificateId(std::move(id));
  bound(s.common_name, 256);
  bound(s.owner, 512);
  bound(s.issuer, 512);
  bound(s.attempts, kMaxNumber);
  if (s.last_error) bound(*s.last_error);
  for (meta::Condition& c : s.conditions) bound(c.message, kMaxMessage);
}

}  // namespace resources
