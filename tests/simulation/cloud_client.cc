#include "cloud_client.h"

#include "cloud_call.h"
#include "material.h"

namespace simulation {

using Code = iotda::Error::Code;

iotda::Error platform_error(Code code, int status, std::string error_code, std::string message,
                            std::optional<base::Duration> retry_after) {
  return {code, status, std::move(error_code), std::move(message), "req", retry_after};
}

iotda::Error platform_refusal(unsigned which) {
  switch (which) {
    case 0:
      return platform_error(Code::kThrottled, 429, "APIGW.0308", "throttled", std::chrono::seconds(20));
    case 1:
      return platform_error(Code::kUnauthorized, 401, "APIGW.0301", "signature");
    case 2:
      return platform_error(Code::kForbidden, 403, "IOTDA.000022", "no permission");
    case 3:
      return platform_error(Code::kNotSent, 0, "", "no connection");
    case 4:
      return platform_error(Code::kRejected, 400, "IOTDA.014301", "invalid certificate content");
    default:
      return platform_error(Code::kQuota, 400, "IOTDA.000100", "quota");
  }
}

iotda::Error platform_silence(bool with_answer) {
  return with_answer ? platform_error(Code::kUnknown, 500, "IOTDA.000001", "internal error")
                     : platform_error(Code::kUnknown, 0, "", "timeout");
}

iotda::Error platform_unknown_id() {
  return platform_error(Code::kNotFound, 404, "IOTDA.014305", "no such id");
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
    world.settle_platform();
    known = world.referee.add_sent(process_, chain, upload.private_key);
    return true;
  };
  R result = call<iotda::ServerCertificate>(
      CallSite::Kind::kAdd, "add", chain_label(chain), &sent, world.cloud.permissions.add, [&](const Way& way) -> R {
        Cloud& cloud = world.cloud;
        const std::uint64_t ticket = way.late ? 0 : cloud.next_ticket();
        cloud.pending().push_back({chain, world.clock.boot_now() + way.delay, way.fate.list_lag, !known, ticket});
        if (way.late) return base::Err(platform_silence(false));
        process_.wait(way.delay);
        world.settle_platform();
        const auto arrived = cloud.landed.extract(ticket);
        const std::string id = arrived.empty() ? "" : arrived.mapped();
        if (const CloudCertificate* added = cloud.find(id)) return described(*added);
        return base::Err(platform_refusal(cloud.alive() >= cloud.variant.quota ? 5 : 4));
      });
  if (!result.ok() && result.error().code == Code::kRejected) world.referee.places().refused(chain);
  return result;
}

iotda::Result<std::vector<iotda::ServerCertificate>> CloudClient::list(std::stop_token /*stop*/) {
  using R = iotda::Result<std::vector<iotda::ServerCertificate>>;
  World& world = process_.world();
  ++world.lists;
  return call<std::vector<iotda::ServerCertificate>>(
      CallSite::Kind::kLook, "list", "", nullptr, world.cloud.permissions.list, [&](const Way& /*way*/) -> R {
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
      CallSite::Kind::kLook, "show", id, nullptr, world.cloud.permissions.show, [&](const Way& way) -> R {
        const Cloud& cloud = world.cloud;
        const CloudCertificate* there = cloud.find(id);
        const bool lags = there != nullptr && world.clock.boot_now() < there->born + cloud.variant.show_lag;
        if (there == nullptr || !there->alive() || lags) return base::Err(platform_unknown_id());
        iotda::ServerCertificate shown = described(*there);
        const Spelling spelling = way.fate.garbled ? Spelling::kEmpty : cloud.variant.spelling;
        shown.certificate_pem = spelt(chains()[static_cast<std::size_t>(there->chain)].certificate_pem, spelling);
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
    const resources::Instance* instance = world.cluster.instance(kInstance);
    sent_for = instance != nullptr ? instance->meta.uid : "";
    return true;
  };
  const auto act = [&](const Way& way) -> iotda::Result<void> {
    CloudCertificate* there = world.cloud.find(id);
    if (there == nullptr || !there->alive()) return base::Err(platform_unknown_id());
    if (world.cloud.binding_of(id) != nullptr) {
      world.referee.bound_removed(process_, *world.cloud.binding_of(id));
      if (world.cloud.variant.refuses_to_delete_bound) {
        return base::Err(platform_error(Code::kRejected, 400, "IOTDA.014304", "in use"));
      }
    }
    world.effect([&] { world.cloud.remove(*there, way.fate.list_lag, /*by_others=*/false); });
    return {};
  };
  iotda::Result<void> result =
      call<void>(CallSite::Kind::kRemove, "delete", id, &sent, world.cloud.permissions.remove, act);
  if (result.ok()) process_.removed[id] = sent_for;
  return result;
}

}  // namespace simulation
