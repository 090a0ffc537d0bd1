#include "validate/references.h"

#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "http/url.h"

namespace validate {
namespace {

constexpr const char* kAddOrAllow = "add it, correct the name, or set --allow-missing-refs if it is created elsewhere";

class ReferenceCheck {
 public:
  ReferenceCheck(const std::vector<Input>& inputs, const Catalog& catalog, Report& report)
      : inputs_(inputs), catalog_(catalog), report_(report) {
    for (const SecretEntry& secret : catalog.secrets) secrets_.insert({secret.id.ns, secret.id.name});
    for (const SecretEntry& secret : catalog.secrets) secret_names_.insert(secret.id.name);
    for (const InstanceEntry& instance : catalog.instances) instances_.insert(instance.id.name);
    for (const Identity& id : catalog.refused_secrets) {
      secrets_.insert({id.ns, id.name});
      secret_names_.insert(id.name);
    }
    for (const Identity& id : catalog.refused_instances) instances_.insert(id.name);
  }

  void missing() {
    for (const CertificateEntry& c : catalog_.certificates) {
      const auto need_secret = [&](const std::string& name, std::size_t line) {
        if (name.empty() || secrets_.contains({c.id.ns, name})) return;
        error("ServerCertificate", c.id, line, "SecretNotFound",
              "Secret " + c.id.ns + "/" + name + " is not in the given files", kAddOrAllow);
      };
      need_secret(c.object.secret, c.secret_line);
      need_secret(c.object.password_secret, c.password_line);
      if (!instances_.contains(c.object.instance)) {
        error("ServerCertificate", c.id, c.instance_line, "InstanceNotFound",
              "IoTDAInstance " + c.object.instance + " is not in the given files", kAddOrAllow);
      }
    }
    for (const InstanceEntry& i : catalog_.instances) {
      const auto need_secret = [&](const meta::ObjectName& secret, const std::string& what, std::size_t line) {
        const auto& [ns, name] = secret;
        const bool there = ns.empty() ? secret_names_.contains(name) : secrets_.contains({ns, name});
        if (there || name.empty()) return;
        std::string message = "Secret " + name;
        message += " with the credentials" + what + " is not in the given files";
        error("IoTDAInstance", i.id, line, "CredentialsNotFound", message, kAddOrAllow);
      };
      need_secret(i.object.credentials.secret, "", i.credentials_line);
      need_secret(i.object.proxy.secret, " of the proxy", i.proxy_line);
    }
  }

  void duplicates() {
    std::map<std::tuple<std::string, std::string, std::string, std::string>, const CertificateEntry*> by_secret;
    std::map<std::pair<std::string, std::string>, const CertificateEntry*> by_domain;
    for (const CertificateEntry& c : catalog_.certificates) {
      const auto [same, first] =
          by_secret.try_emplace({c.object.instance, c.id.ns, c.object.secret, c.object.certificate_key}, &c);
      if (!first) {
        error("ServerCertificate", c.id, c.secret_line, "DuplicateCertificate",
              "ServerCertificate " + full_name(*same->second) + " uses the same Secret and IoTDAInstance",
              "remove one of the two");
      }
      if (c.domain().empty()) continue;
      const auto [other, only] = by_domain.try_emplace({c.object.instance, c.domain()}, &c);
      if (!only) {
        error("ServerCertificate", c.id, c.id.line, "DomainConflict",
              "ServerCertificate " + full_name(*other->second) + " already uses the domain " + c.domain() +
                  " on this IoTDAInstance",
              "a domain can serve only one certificate");
      }
    }
    std::map<std::tuple<std::string, std::string, std::string>, const InstanceEntry*> by_target;
    for (const InstanceEntry& i : catalog_.instances) {
      const auto origin = http::parse_origin(i.object.endpoint);
      const auto [same, first] = by_target.try_emplace(
          {origin ? origin->to_string() : i.object.endpoint, i.object.project_id, i.object.instance_id}, &i);
      if (first) continue;
      error("IoTDAInstance", i.id, i.id.line, "DuplicateInstance",
            "IoTDAInstance " + same->second->id.name + " is for the same platform instance", "remove one of the two");
    }
  }

  void quotas() {
    std::map<std::string, int> wanted;
    std::map<std::string, std::set<std::string>> domains;
    for (const CertificateEntry& c : catalog_.certificates) {
      ++wanted[c.object.instance];
      if (!c.domain().empty()) domains[c.object.instance].insert(c.domain());
    }
    check_domains(domains);
    for (const InstanceEntry& i : catalog_.instances) {
      const int count = wanted[i.id.name];
      if (count <= i.object.quota) continue;
      error("IoTDAInstance", i.id, i.id.line, "QuotaExceeded",
            std::to_string(count) + " ServerCertificates use this instance, which has " +
                std::to_string(i.object.quota) + " slots",
            "remove some, or raise spec.quota.serverCertificates if the platform allows more");
    }
  }

 private:
  /// For instances that are not in the input, the default quota is assumed.
  void check_domains(const std::map<std::string, std::set<std::string>>& domains) {
    const int usual = resources::Instance().domain_quota;
    std::map<std::string, int> limits;
    for (const InstanceEntry& i : catalog_.instances) limits[i.id.name] = i.object.domain_quota;
    std::map<std::string, std::set<std::string>> seen;
    for (const CertificateEntry& c : catalog_.certificates) {
      const auto found = limits.find(c.object.instance);
      const int limit = found != limits.end() ? found->second : usual;
      if (c.domain().empty() || !seen[c.object.instance].insert(c.domain()).second ||
          seen[c.object.instance].size() <= static_cast<std::size_t>(limit)) {
        continue;
      }
      error("ServerCertificate", c.id, c.id.line, "QuotaExceeded",
            "domain " + c.domain() + " is one of " + std::to_string(domains.at(c.object.instance).size()) +
                " on IoTDAInstance " + c.object.instance + ", which has a quota of " + std::to_string(limit),
            "use another instance, or one domain name with a certificate that covers all devices");
    }
  }

  static std::string full_name(const CertificateEntry& c) { return c.id.ns + "/" + c.id.name; }

  void error(std::string_view kind, const Identity& id, std::size_t line, const char* reason, std::string message,
             std::string hint) {
    Issue issue = issue_about(inputs_, kind, id);
    issue.line = line;
    issue.reason = reason;
    issue.message = std::move(message);
    issue.hint = std::move(hint);
    report_.add(std::move(issue));
  }

  const std::vector<Input>& inputs_;
  const Catalog& catalog_;
  Report& report_;
  std::set<std::pair<std::string, std::string>> secrets_;
  std::set<std::string> secret_names_;
  std::set<std::string> instances_;
};

}  // namespace

void check_references(const std::vector<Input>& inputs, const Catalog& catalog, bool allow_missing, Report& report) {
  ReferenceCheck check(inputs, catalog, report);
  if (!allow_missing) check.missing();
  check.duplicates();
  check.quotas();
}

}  // namespace validate
