#include "controller/secret_reader.h"

#include <algorithm>
#include <optional>

#include "base/base64.h"
#include "planner/assessment.h"

namespace controller {
namespace {

std::string place(const std::string& ns, const std::string& secret, const std::string& key) {
  return "Secret " + ns + "/" + secret + ", key " + key;
}

/// Where this part of the material comes from, for messages.
std::string place_of(const ServerCertificate& object, certificate::Part part) {
  const std::string& ns = object.meta.name.ns;
  switch (part) {
    case certificate::Part::kCertificate:
      return place(ns, object.secret, object.certificate_key);
    case certificate::Part::kPassword:
      if (!object.password_secret.empty()) return place(ns, object.password_secret, object.password_key);
      break;
    case certificate::Part::kPrivateKey:
      break;
  }
  return place(ns, object.secret, object.private_key_key);
}

/// Not checked here but by each plan, because they depend on the time.
bool about_dates(const certificate::Finding& finding) {
  const Reason reason = planner::reason_of(finding);
  return reason == Reason::kCertificateExpired || reason == Reason::kCertificateNotYetValid;
}

/// Reads one Secret and notes its version. No document if the Secret does not exist.
kube::Result<std::optional<json::Document>> get_secret(kube::Api& api, const kube::ObjectName& name, SecretView& view,
                                                       std::stop_token stop) {
  auto got = api.get(kube::kSecrets, name, std::move(stop));
  if (!got.ok()) {
    if (got.error().code != kube::Error::Code::kNotFound) return base::Err(got.error());
    view.versions.push_back({name.name, "", ""});
    view.problem = Problem{Reason::kSecretNotFound, "Secret " + name.to_string() +
                                                        " does not exist; create it, or correct the name "
                                                        "in the spec"};
    return std::optional<json::Document>();
  }
  const json::Value meta = (*got)["metadata"];
  view.versions.push_back({name.name, Uid(meta["uid"].string_or("")), meta["resourceVersion"].string_or("")});
  return std::optional<json::Document>(std::move(*got));
}

/// The value of one key of a Secret, or a problem.
std::optional<base::Secret> value_of(const json::Document& secret, const kube::ObjectName& name, const std::string& key,
                                     std::optional<Problem>& problem) {
  const auto encoded = secret["data"][key].string();
  if (!encoded) {
    if (!problem) {
      problem = Problem{Reason::kSecretKeyMissing, "Secret " + name.to_string() + " has no key " + key +
                                                       "; add it, or correct the key in the spec"};
    }
    return std::nullopt;
  }
  auto decoded = base::base64_decode_secret(*encoded);
  return decoded ? std::move(decoded) : base::Secret();
}

/// The temporary certificate of cert-manager gets no slot, because the one from the CA will replace it soon.
bool is_temporary(const certificate::Finding& finding) {
  return finding.reason == certificate::kTemporaryCertificate;
}

void judge(const ServerCertificate& object, const SecretMaterial& material, const Inspect& inspect,
           base::SystemTime now, SecretView& view) {
  certificate::Material input{material.certificate_pem, material.private_key.view(), std::nullopt};
  if (object.domain) {
    input.host = object.domain->name;
    input.stapling = object.domain->ocsp.stapling;
  }
  if (!object.password_secret.empty()) input.password = material.password.view();
  input.authorities = material.authorities;
  certificate::Verdict verdict = inspect(input, now);
  view.facts = std::move(verdict.facts);
  const certificate::Findings& all = verdict.findings;
  const auto told = [&](const certificate::Finding& finding) {
    return place_of(object, finding.part) + ": " + certificate::describe(finding);
  };
  certificate::Findings errors;
  for (const certificate::Finding& finding : all) {
    if (finding.severity == certificate::Severity::kWarning) {
      view.warnings.push_back(finding.reason + ": " + told(finding));
    } else if (!about_dates(finding)) {
      errors.push_back(finding);
    }
  }
  const auto temporary = std::find_if(all.begin(), all.end(), is_temporary);
  if (errors.empty() && temporary != all.end()) {
    view.problem = Problem{planner::reason_of(*temporary), told(*temporary)};
    view.warnings.clear();
  }
  if (errors.empty()) return;

  const certificate::Finding& worst = errors.front();
  view.problem = Problem{planner::reason_of(worst), told(worst)};
  if (errors.size() == 1) return;
  view.problem->message += " (and " + std::to_string(errors.size() - 1) + " more: ";
  for (std::size_t i = 1; i < errors.size(); ++i) view.problem->message += (i > 1 ? ", " : "") + errors[i].reason;
  view.problem->message += ")";
}

}  // namespace

SecretSource source_of(const ServerCertificate& object) {
  return {object.meta.name.ns,
          object.secret,
          object.certificate_key,
          object.private_key_key,
          object.password_secret,
          object.password_key,
          object.domain ? object.domain->name : "",
          object.domain ? std::optional(object.domain->ocsp.stapling) : std::nullopt};
}

kube::Result<SecretReading> read_secrets(kube::Api& api, const ServerCertificate& object, const Inspect& inspect,
                                         base::SystemTime now, std::stop_token stop) {
  SecretReading reading;
  SecretView& view = reading.view;
  view.current = true;
  const kube::ObjectName name{object.meta.name.ns, object.secret};
  auto secret = get_secret(api, name, view, stop);
  if (!secret.ok()) return base::Err(secret.error());
  if (*secret) {
    if (auto pem = value_of(**secret, name, object.certificate_key, view.problem)) {
      reading.material.certificate_pem = std::string(pem->view());
    }
    if (const auto authorities = (**secret)["data"]["ca.crt"].string()) {
      reading.material.authorities = base::base64_decode(*authorities).value_or("");
    }
    if (auto key = value_of(**secret, name, object.private_key_key, view.problem)) {
      reading.material.private_key = std::move(*key);
    }
  }
  if (!object.password_secret.empty()) {
    const kube::ObjectName password_name{object.meta.name.ns, object.password_secret};
    std::optional<json::Document> other;
    const bool same = password_name == name;  // the password may be in the same Secret
    if (!same) {
      auto got = get_secret(api, password_name, view, stop);
      if (!got.ok()) return base::Err(got.error());
      other = std::move(*got);
    }
    const std::optional<json::Document>& holder = same ? *secret : other;
    if (holder) {
      if (auto password = value_of(*holder, password_name, object.password_key, view.problem)) {
        reading.material.password = std::move(*password);
      }
    }
  }
  if (!view.problem) judge(object, reading.material, inspect, now, view);
  return reading;
}

}  // namespace controller
