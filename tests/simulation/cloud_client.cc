#include "cloud_client.h"

#include "cloud_call.h"
#include "material.h"

namespace simulation {

using Code = iotda::Error::Code;

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
        auto landed = cloud.landed.extract(ticket);
        if (landed.empty()) return base::Err(platform_silence(false));  // the process ends before
        const iotda::Result<iotda::CertificateId>& id = landed.mapped();
        if (!id.ok()) return base::Err(id.error());
        return described(*cloud.find(*id));
      });
  const bool refused = !result.ok() && (result.error().code == Code::kRejected || result.error().code == Code::kQuota);
  if (refused) world.referee.places().refused(chain);
  return result;
}

iotda::Result<std::vector<iotda::ServerCertificate>> CloudClient::list(std::stop_token /*stop*/) {
  World& world = process_.world();
  ++world.lists;
  return call<std::vector<iotda::ServerCertificate>>(CallSite::Kind::kLook, "list", "", nullptr,
                                                     world.cloud.permissions.list,
                                                     [&](const Way& /*way*/) { return world.cloud.list(); });
}

iotda::Result<iotda::ServerCertificate> CloudClient::show(const iotda::CertificateId& id, std::stop_token /*stop*/) {
  World& world = process_.world();
  ++world.other_calls;
  return call<iotda::ServerCertificate>(
      CallSite::Kind::kLook, "show", id.str(), nullptr, world.cloud.permissions.show, [&](const Way& way) {
        return world.cloud.show(id, way.fate.garbled ? Spelling::kEmpty : world.cloud.variant.spelling);
      });
}

iotda::Result<void> CloudClient::remove(const iotda::CertificateId& id, const iotda::SendGuard& guard,
                                        std::stop_token /*stop*/) {
  World& world = process_.world();
  ++world.other_calls;
  meta::Uid sent_for;
  base::BootTime sent_at;
  const iotda::SendGuard sent = [&] {
    if (!guard()) return false;
    sent_at = world.clock.boot_now();
    world.referee.remove_sent(process_, id);
    const resources::Instance* instance = world.cluster.instance(kInstance);
    sent_for = instance != nullptr ? instance->meta.uid : "";
    return true;
  };
  const auto act = [&](const Way& way) {
    const CloudCertificate* there = world.cloud.find(id);
    const Binding* binding = world.cloud.binding_of(id);
    if (there != nullptr && there->alive() && binding != nullptr)
      world.referee.bound_removed(process_, *binding, sent_at);
    iotda::Result<void> removed;
    world.effect([&] { removed = world.cloud.remove(id, way.fate.list_lag); });
    return removed;
  };
  iotda::Result<void> result =
      call<void>(CallSite::Kind::kRemove, "delete", id.str(), &sent, world.cloud.permissions.remove, act);
  if (result.ok()) process_.removed[id] = sent_for;
  return result;
}

}  // namespace simulation
