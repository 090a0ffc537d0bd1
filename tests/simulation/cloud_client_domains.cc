#include "cloud_call.h"

namespace simulation {
namespace {

iotda::Result<void> without_id(const iotda::Result<iotda::ConfigurationId>& answer) {
  if (!answer.ok()) return base::Err(answer.error());
  return {};
}

}  // namespace

iotda::Result<std::vector<iotda::DomainConfiguration>> CloudClient::list_domain_configurations(
    std::stop_token /*stop*/) {
  using R = iotda::Result<std::vector<iotda::DomainConfiguration>>;
  World& world = process_.world();
  ++world.lists;
  return call<std::vector<iotda::DomainConfiguration>>(
      CallSite::Kind::kLook, "list domain configurations", "", nullptr, world.cloud.permissions.domains,
      [&](const Way& /*way*/) -> R {
        process_.domains_seen = {world.story.steps(), world.clock.boot_now()};
        return world.cloud.domains.listed();
      });
}

/// On its way until it takes effect, so that one that nobody waits for is the same as one that somebody does.
iotda::Result<iotda::ConfigurationId> CloudClient::change_domain(PendingBinding::Kind kind,
                                                                 const iotda::DomainConfiguration& wanted,
                                                                 const Way& way, bool known) {
  World& world = process_.world();
  Cloud& cloud = world.cloud;
  const std::uint64_t ticket = way.late ? 0 : cloud.next_ticket();
  cloud.domains.pending().push_back(
      {kind, wanted, world.clock.boot_now() + way.delay, way.fate.list_lag, ticket, !known});
  if (way.late) return base::Err(platform_silence(false));
  process_.wait(way.delay);
  world.settle_platform();
  auto landed = cloud.landed_changes.extract(ticket);
  if (landed.empty()) return base::Err(platform_silence(false));  // the process ends before
  return std::move(landed.mapped());
}

iotda::Result<iotda::ConfigurationId> CloudClient::create_domain_configuration(const iotda::DomainConfiguration& wanted,
                                                                               const iotda::SendGuard& guard,
                                                                               std::stop_token /*stop*/) {
  World& world = process_.world();
  ++world.other_calls;
  bool known = true;
  const iotda::SendGuard sent = [&] {
    if (!guard()) return false;
    known = world.referee.domains().create_sent(process_, wanted);
    return true;
  };
  return call<iotda::ConfigurationId>(
      CallSite::Kind::kBind, "create domain configuration",
      wanted.domain_name + " for " + wanted.server_certificate_id.str(), &sent, world.cloud.permissions.create_domain,
      [&](const Way& way) { return change_domain(PendingBinding::Kind::kCreate, wanted, way, known); });
}

iotda::Result<void> CloudClient::update_domain_configuration(const iotda::DomainConfiguration& wanted,
                                                             const iotda::SendGuard& guard, std::stop_token /*stop*/) {
  World& world = process_.world();
  ++world.other_calls;
  const iotda::SendGuard sent = [&] {
    if (!guard()) return false;
    world.referee.domains().update_sent(process_, wanted);
    return true;
  };
  return without_id(call<iotda::ConfigurationId>(
      CallSite::Kind::kBind, "update domain configuration",
      wanted.domain_name + " (" + wanted.id.str() + ") to " + wanted.server_certificate_id.str(), &sent,
      world.cloud.permissions.update_domain,
      [&](const Way& way) { return change_domain(PendingBinding::Kind::kUpdate, wanted, way); }));
}

iotda::Result<void> CloudClient::remove_domain_configuration(const iotda::ConfigurationId& id,
                                                             const iotda::SendGuard& guard, std::stop_token /*stop*/) {
  World& world = process_.world();
  ++world.other_calls;
  const iotda::SendGuard sent = [&] {
    if (!guard()) return false;
    world.referee.domains().remove_sent(process_, id);
    return true;
  };
  return without_id(call<iotda::ConfigurationId>(
      CallSite::Kind::kBind, "delete domain configuration", id.str(), &sent, world.cloud.permissions.remove_domain,
      [&](const Way& way) {
        return change_domain(PendingBinding::Kind::kRemove, {id, "", "", std::nullopt}, way);
      }));
}

}  // namespace simulation
