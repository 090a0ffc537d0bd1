#include "cloud_client.h"

#include <array>

#include "material.h"
#include "process.h"
#include "violation.h"
#include "world.h"

namespace simulation {
namespace {

using Code = iotda::Error::Code;

iotda::Error error(Code code, int status, std::string error_code, std::string message,
                   std::optional<base::Duration> retry_after = {}) {
  return {code, status, std::move(error_code), std::move(message), "req", retry_after};
}

/// Definite refusals; the first four fit every call, the others only an add.
iotda::Error refusal(unsigned which) {
  switch (which) {
    case 0:
      return error(Code::kThrottled, 429, "APIGW.0308", "throttled", std::chrono::seconds(20));
    case 1:
      return error(Code::kUnauthorized, 401, "APIGW.0301", "signature");
    case 2:
      return error(Code::kForbidden, 403, "IOTDA.000022", "no permission");
    case 3:
      return error(Code::kNotSent, 0, "", "no connection");
    case 4:
      return error(Code::kRejected, 400, "IOTDA.014301", "invalid certificate content");
    default:
      return error(Code::kQuota, 400, "IOTDA.000100", "quota");
  }
}

iotda::Error lost(bool with_answer) {
  return with_answer ? error(Code::kUnknown, 500, "IOTDA.000001", "internal error")
                     : error(Code::kUnknown, 0, "", "timeout");
}

iotda::Error not_found() {
  return error(Code::kNotFound, 404, "IOTDA.014305", "no such id");
}

bool happens(Fate::Kind kind) {
  return kind != Fate::Kind::kLostBefore && kind != Fate::Kind::kRefused && kind != Fate::Kind::kCrashBefore;
}

bool crashes(Fate::Kind kind) {
  return kind == Fate::Kind::kCrashBefore || kind == Fate::Kind::kCrashAfter || kind == Fate::Kind::kCrashLate;
}

}  // namespace

template <class T>
iotda::Result<T> CloudClient::call(CallSite::Kind kind, const char* verb, const std::string& what,
                                   const iotda::SendGuard* guard, bool allowed,
                                   const std::function<iotda::Result<T>(const Fate&)>& act) {
  World& world = process_.world();
  const Fate fate = process_.at_call({process_.index(), kind, verb});
  const auto tell = [&](const std::string& outcome) {
    world.story.tell([&] { return process_.name() + "   platform: " + verb + " " + what + " → " + outcome; });
  };
  if (guard != nullptr && !(*guard)()) {
    tell("not sent");
    return base::Err(error(Code::kNotSent, 0, "", "not sent"));
  }
  world.cloud.settle();
  iotda::Result<T> result = base::Err(lost((fate.refusal & 1U) != 0));
  if (!world.cloud.permissions.valid) {
    result = base::Err(refusal(1));
    tell("401");
  } else if (!allowed) {
    result = base::Err(refusal(2));
    tell("403");
  } else if (happens(fate.kind)) {
    result = act(fate);
    tell(fate.kind != Fate::Kind::kNormal ? to_string(fate.kind)
         : result.ok()                    ? "ok"
                                          : "error: " + result.error().message);
  } else {
    if (fate.kind == Fate::Kind::kRefused) result = base::Err(refusal(fate.refusal));
    if (!result.ok() && result.error().code == Code::kForbidden) world.referee.list_was_denied();
    tell(fate.kind == Fate::Kind::kRefused ? result.error().message : to_string(fate.kind));
  }
  if (crashes(fate.kind)) throw Crash{};
  if (fate.slow_answer) process_.await_answer();
  if (result.ok() && fate.kind != Fate::Kind::kNormal) return base::Err(lost((fate.refusal & 1U) != 0));
  return result;
}

iotda::Result<iotda::ServerCertificate> CloudClient::add(const iotda::Upload& upload, const iotda::SendGuard& guard,
                                                         base::Duration /*deadline*/, std::stop_token /*stop*/) {
  using R = iotda::Result<iotda::ServerCertificate>;
  World& world = process_.world();
  const int chain = chain_of_pem(upload.certificate_pem);
  ++world.adds;
  // The referee sees every add that is sent, whatever becomes of it.
  bool known = true;
  const iotda::SendGuard sent = [&] {
    if (!guard()) return false;
    world.cloud.settle();
    known = world.referee.add_sent(process_, chain, upload.private_key);
    return true;
  };
  return call<iotda::ServerCertificate>(
      CallSite::Kind::kAdd, "add", chain_label(chain), &sent, true, [&](const Fate& fate) -> R {
        Cloud& cloud = world.cloud;
        if (fate.kind == Fate::Kind::kLate || fate.kind == Fate::Kind::kCrashLate) {
          cloud.pending().push_back({chain, world.clock.boot_now() + fate.commit, fate.list_lag, !known});
          return base::Err(lost(false));
        }
        if (cloud.alive() >= cloud.variant.quota) return base::Err(refusal(5));
        if (cloud.variant.refuses_duplicates) {
          for (const CloudCertificate& there : cloud.certificates()) {
            if (there.alive() && there.chain == chain) return base::Err(refusal(4));
          }
        }
        CloudCertificate& added = cloud.add(chain, true, fate.list_lag);
        added.orphaned = !known;
        return described(added);
      });
}

iotda::Result<std::vector<iotda::ServerCertificate>> CloudClient::list(std::stop_token /*stop*/) {
  using R = iotda::Result<std::vector<iotda::ServerCertificate>>;
  World& world = process_.world();
  return call<std::vector<iotda::ServerCertificate>>(
      CallSite::Kind::kLook, "list", "", nullptr, world.cloud.permissions.list, [&](const Fate& /*fate*/) -> R {
        const base::BootTime now = world.clock.boot_now();
        std::vector<iotda::ServerCertificate> listed;
        for (const CloudCertificate& there : world.cloud.certificates()) {
          const bool shown = now >= there.listed_from && (there.alive() || now < there.listed_until);
          if (shown) listed.insert(listed.begin(), described(there));
        }
        return listed;
      });
}

iotda::Result<iotda::ServerCertificate> CloudClient::show(const std::string& id, std::stop_token /*stop*/) {
  using R = iotda::Result<iotda::ServerCertificate>;
  World& world = process_.world();
  ++world.other_calls;
  return call<iotda::ServerCertificate>(
      CallSite::Kind::kLook, "show", id, nullptr, world.cloud.permissions.show, [&](const Fate& /*fate*/) -> R {
        const CloudCertificate* there = world.cloud.find(id);
        if (there == nullptr || !there->alive()) return base::Err(not_found());
        iotda::ServerCertificate shown = described(*there);
        shown.certificate_pem = chains()[static_cast<std::size_t>(there->chain)].certificate_pem;
        return shown;
      });
}

iotda::Result<void> CloudClient::remove(const std::string& id, const iotda::SendGuard& guard,
                                        std::stop_token /*stop*/) {
  World& world = process_.world();
  ++world.other_calls;
  std::string sent_for;
  const iotda::SendGuard sent = [&] {
    if (!guard()) return false;
    world.referee.remove_sent(process_, id);
    const controller::Instance* instance = world.cluster.instance(kInstance);
    sent_for = instance != nullptr ? instance->meta.uid : "";
    return true;
  };
  iotda::Result<void> result = call<void>(CallSite::Kind::kRemove, "delete", id, &sent, world.cloud.permissions.remove,
                                          [&](const Fate& fate) -> iotda::Result<void> {
                                            CloudCertificate* there = world.cloud.find(id);
                                            if (there == nullptr || !there->alive()) return base::Err(not_found());
                                            if (world.cloud.binding_of(id) != nullptr) {
                                              world.referee.bound_removed(process_, *world.cloud.binding_of(id));
                                              if (world.cloud.variant.refuses_to_delete_bound) {
                                                return base::Err(error(Code::kRejected, 400, "IOTDA.014304", "in use"));
                                              }
                                            }
                                            world.cloud.remove(*there, fate.list_lag, /*by_others=*/false);
                                            return {};
                                          });
  if (result.ok()) process_.removed[id] = sent_for;
  return result;
}

iotda::Result<std::vector<iotda::DomainConfiguration>> CloudClient::list_domain_configurations(
    std::stop_token /*stop*/) {
  using R = iotda::Result<std::vector<iotda::DomainConfiguration>>;
  World& world = process_.world();
  ++world.other_calls;
  return call<std::vector<iotda::DomainConfiguration>>(
      CallSite::Kind::kLook, "list domain configurations", "", nullptr, world.cloud.permissions.domains,
      [&](const Fate& /*fate*/) -> R {
        process_.domains_seen = world.story.steps();
        std::vector<iotda::DomainConfiguration> all;
        for (const Binding& b : world.cloud.bindings()) {
          all.push_back({b.id, b.id + ".example.com", b.certificate_id, std::nullopt});
        }
        return all;
      });
}

iotda::Result<std::string> CloudClient::create_domain_configuration(const iotda::DomainConfiguration& wanted,
                                                                    const iotda::SendGuard& /*guard*/,
                                                                    std::stop_token /*stop*/) {
  throw Violation("a domain configuration is made that no object names: " + wanted.domain_name);
}

iotda::Result<void> CloudClient::update_domain_configuration(const iotda::DomainConfiguration& wanted,
                                                             const iotda::SendGuard& /*guard*/,
                                                             std::stop_token /*stop*/) {
  throw Violation("a domain configuration of the console is changed: " + wanted.id);
}

iotda::Result<void> CloudClient::remove_domain_configuration(const std::string& id, const iotda::SendGuard& /*guard*/,
                                                             std::stop_token /*stop*/) {
  throw Violation("a domain configuration of the console is removed: " + id);
}

}  // namespace simulation
