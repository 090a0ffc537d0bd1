#include "user.h"

#include <array>
#include <utility>

#include "material.h"
#include "world.h"

namespace simulation {
namespace {

const kube::ObjectName kInstanceName{"", kInstance};

const Chain& at(int chain) {
  return chains()[static_cast<std::size_t>(chain)];
}

std::string secret_manifest(const std::string& name, const Content& content) {
  std::string certificate;
  std::string key;
  switch (content.kind) {
    case Content::Kind::kGarbage:
      certificate = key = "Z2FyYmFnZQ==";
      break;
    case Content::Kind::kMismatch:
      certificate = at(content.chain).certificate_base64;
      key = at(content.chain == 0 ? 1 : 0).key_base64;
      break;
    case Content::Kind::kGood:
      certificate = at(content.chain).certificate_base64;
      key = at(content.chain).key_base64;
      break;
    default:
      break;
  }
  return R"({"apiVersion":"v1","kind":"Secret","metadata":{"namespace":")" + secret_name(name).ns + R"(","name":")" +
         secret_name(name).name + R"("},"data":{"tls.crt":")" + certificate + R"(","tls.key":")" + key + R"("}})";
}

}  // namespace

kube::ObjectName object_name(const std::string& name) {
  return {name == "d" ? kOtherNamespace : "prod", name};
}
kube::ObjectName secret_name(const std::string& name) {
  return {object_name(name).ns, name + "-tls"};
}

int Content::usable(base::SystemTime t, const std::string& domain) const {
  return kind == Kind::kGood && at(chain).in_date(t) && at(chain).covers(domain) ? chain : -1;
}

void User::create_instance() {
  world_.story.tell([] { return std::string("user: creates the instance"); });
  world_.cluster.api().put(
      R"({"apiVersion":"iotda.huaweicloud.com/v1alpha1","kind":"IoTDAInstance","metadata":{"name":"default"},"spec":{)"
      R"("endpoint":"https://platform.example.com","region":"r","projectId":"p","credentials":{"type":"AccessKey",)"
      R"("secretRef":{"name":"credentials"}},"signing":"Auto","quota":{"serverCertificates":)" +
      std::to_string(world_.setup.quota) + R"(,"domainConfigurations":)" + std::to_string(world_.setup.domain_quota) +
      R"(},"domains":[)" + world_.setup.domain_rules + "]}}");
  world_.changed_by_user();
}

void User::create(const std::string& name, const Spec& spec) {
  world_.story.tell([&] {
    return "user: creates " + name + (spec.retain ? ", Retain" : "") + (spec.adopt ? "" : ", adopts nothing") +
           (spec.domain.empty() ? "" : ", domain " + spec.domain) + ", " + spec.strategy;
  });
  const std::string domain = spec.domain.empty()
                                 ? ""
                                 : R"(,"domainConfiguration":{"domainName":")" + spec.domain +
                                       R"(","adoptionPolicy":")" + (spec.adopt_domain ? "IfExists" : "Never") + R"("})";
  world_.cluster.api().put(
      R"({"apiVersion":"iotda.huaweicloud.com/v1alpha1","kind":"ServerCertificate","metadata":{"namespace":")" +
      object_name(name).ns + R"(","name":")" + name + R"("},"spec":{"secretRef":{"name":")" + secret_name(name).name +
      R"("},"deletionPolicy":")" + (spec.retain ? "Retain" : "Delete") + R"(","adoptionPolicy":")" +
      (spec.adopt ? "IfMatching" : "Never") + R"(","rotation":{"strategy":")" + spec.strategy + R"("})" + domain +
      "}}");
  world_.changed_by_user();
}

void User::wish(const std::string& name, const std::string& domain, bool adopt, bool stapling) {
  if (domain.empty()) {
    edit(name, R"({"spec":{"domainConfiguration":null}})");
    return;
  }
  edit(name, R"({"spec":{"domainConfiguration":{"domainName":")" + domain + R"(","adoptionPolicy":")" +
                 (adopt ? "IfExists" : "Never") + R"(","ocsp":{"staplingEnabled":)" + (stapling ? "true" : "false") +
                 "}}}}");
}

void User::remove(const std::string& name) {
  world_.story.tell([&] { return "user: deletes " + name; });
  world_.cluster.api().remove(resources::kServerCertificates, object_name(name));
  world_.changed_by_user();
}

void User::set_secret(const std::string& name, Content content) {
  world_.story.tell([&] { return "user: Secret of " + name + ": " + to_string(content); });
  testing_support::FakeKubeApi& api = world_.cluster.api();
  if (content.kind != Content::Kind::kMissing) {
    api.put(secret_manifest(name, content));
  } else if (this->content(name).kind != Content::Kind::kMissing) {
    api.remove(kube::kSecrets, secret_name(name));
  }
  contents_[name].push_back({world_.clock.boot_now(), content});
  world_.changed_by_user();
}

void User::edit(const std::string& name, const std::string& merge_patch) {
  world_.story.tell([&] { return "user: patches " + name + ": " + merge_patch; });
  world_.cluster.api().edit(resources::kServerCertificates, object_name(name), merge_patch);
  world_.changed_by_user();
}

void User::edit_instance(const std::string& merge_patch, const char* subresource) {
  world_.story.tell([&] { return "user: patches the instance: " + merge_patch; });
  world_.cluster.api().edit(resources::kInstances, kInstanceName, merge_patch, subresource);
  world_.changed_by_user();
}

void User::force_remove(const std::string& name) {
  const auto found = world_.cluster.certificates().find(object_name(name));
  if (found == world_.cluster.certificates().end()) return;
  const bool deleting = found->second.meta.deleting;
  world_.referee.finalizer_taken_away(found->second.meta.uid);
  if (!found->second.meta.finalizers.empty()) edit(name, R"({"metadata":{"finalizers":null}})");
  if (!deleting) remove(name);
}

void User::lose_ledger(bool whole_status) {
  world_.referee.ledger_is_lost();
  edit_instance(whole_status ? R"({"status":null})" : R"({"status":{"slots":null}})", "status");
  ledger_lost_ = true;
  ledger_lost_at_ = world_.clock.boot_now();
  for (CloudCertificate& there : world_.cloud.certificates()) there.orphaned = true;
  for (Binding& there : world_.cloud.domains.all()) there.orphaned = true;
  for (PendingAdd& add : world_.cloud.pending()) add.orphaned = true;
  for (PendingBinding& call : world_.cloud.domains.pending()) call.orphaned = true;
}

void User::contradict() {
  std::vector<std::string> ready;
  for (const auto& [name, object] : world_.cluster.certificates()) {
    const meta::Condition* condition = meta::find(object.status.conditions, meta::kReady);
    if (condition != nullptr && condition->status) ready.push_back(name.name);
  }
  for (const std::string& name : ready) {
    world_.story.tell([&] { return "another operator writes that " + name + " is not Ready"; });
    world_.cluster.api().edit(
        resources::kServerCertificates, object_name(name),
        R"({"status":{"conditions":[{"type":"Ready","status":"False","reason":"InstanceNotReady",)"
        R"("message":"","observedGeneration":1,"lastTransitionTime":"2026-06-01T00:00:00Z"}]}})",
        "status");
  }
  world_.changed_by_user();
}

void User::back_up() {
  std::map<std::string, Content> contents;
  for (const auto& [name, past] : contents_) contents[name] = past.back().content;
  restore_ = [this, contents, restore = world_.cluster.back_up()] {
    world_.story.tell([] { return std::string("user: RESTORES the API server's storage from a backup"); });
    world_.changed_by_user();
    restore();
    const base::BootTime now = world_.clock.boot_now();
    for (auto& [name, past] : contents_) {
      const auto then = contents.find(name);
      past.push_back({now, then == contents.end() ? Content{} : then->second});
    }
    ledger_lost_ = true;
    ledger_lost_at_ = now;
    world_.referee.restored();
  };
}

void User::restore() {
  std::exchange(restore_, nullptr)();
}

Content User::content(const std::string& name) const {
  const auto past = contents_.find(name);
  return past == contents_.end() ? Content{} : past->second.back().content;
}

std::string to_string(const Content& content) {
  switch (content.kind) {
    case Content::Kind::kMissing:
      return "deleted";
    case Content::Kind::kGarbage:
      return "garbage";
    case Content::Kind::kEmpty:
      return "empty";
    case Content::Kind::kMismatch:
      return chain_label(content.chain) + " with the key of another";
    case Content::Kind::kGood:
      return chain_label(content.chain);
  }
  return "";
}

}  // namespace simulation
