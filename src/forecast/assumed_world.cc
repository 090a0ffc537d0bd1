#include "forecast/assumed_world.h"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include "base/time_format.h"
#include "meta/condition.h"

namespace forecast {

using planner::Attempt;
using planner::CertificateId;
using planner::ConfigurationId;
using planner::Fingerprint;
using planner::Slot;

AssumedWorld::AssumedWorld(std::shared_ptr<const resources::Instance> instance,
                           std::vector<planner::CertificateView> certificates, base::SystemTime now) {
  o_.now = now;
  // So late that nothing is in doubt any more because of a change just before.
  o_.boot_now = base::BootTime(std::chrono::hours(1000));
  o_.instance_name = instance->name();
  o_.signing = instance->status.signing.value_or(platform::Signing::kDerived);
  o_.project_id = instance->project();
  o_.instance = std::move(instance);
  o_.certificates = std::move(certificates);
  o_.inventory_denied = o_.instance->status.inventory == "Ledger";
  find_what_is_there();
  list();
  advance({});
}

void AssumedWorld::find_what_is_there() {
  for (const Slot& slot : o_.instance->status.slots.value_or(planner::Ledger{})) {
    if (slot.open() || slot.state == planner::SlotState::kPresumed) {
      o_.doubts[slot.attempt] = {o_.boot_now - std::chrono::hours(1), 2};
    }
    if (!slot.id.empty()) certificates_.push_back({slot.id, slot.fingerprint, "", "", "", "", ""});
  }
  for (const resources::ForeignCertificate& foreign : o_.instance->status.foreign) {
    // Its chain is not known, but no object has it: the operator would have taken it over.
    certificates_.push_back(
        {foreign.id, Fingerprint("foreign " + foreign.id.str()), foreign.common_name, "", foreign.expiry_date, "", ""});
  }
  for (const planner::CertificateView& view : o_.certificates) {
    const resources::ServerCertificate& object = *view.object;
    const meta::Condition* available = meta::find(object.status.conditions, planner::kAvailable);
    if (!object.domain || available == nullptr || !available->status) continue;
    configurations_.push_back({object.status.domain_configuration_id, object.domain->name,
                               object.status.server_certificate_id, object.domain->ocsp});
  }
  for (planner::PlatformCertificate& there : certificates_) {
    for (const planner::CertificateView& view : o_.certificates) {
      const resources::ServerCertificateStatus& status = view.object->status;
      if (status.server_certificate_id != there.id) continue;
      there.common_name = status.common_name;
      there.effective_date = status.effective_date;
      there.expiry_date = status.expiry_date;
    }
    o_.known[there.id] = there;
  }
}

void AssumedWorld::list() {
  if (!o_.inventory_denied) o_.inventory = {o_.boot_now, o_.boot_now, certificates_};
  o_.inventory_tried = o_.boot_now;
  o_.inventory_wanted = false;
  o_.domains = {o_.boot_now, o_.boot_now, false, configurations_};
}

CertificateId AssumedWorld::served(std::string_view domain) const {
  for (const platform::DomainConfiguration& there : configurations_) {
    if (there.domain_name == domain) return there.server_certificate_id;
  }
  return {};
}

void AssumedWorld::apply(const planner::Action& action) {
  std::visit([this](const auto& one) { apply_one(one); }, action);
  advance(std::chrono::milliseconds(1));
}

void AssumedWorld::advance(base::Duration time) {
  o_.boot_now += time;
  o_.now += time;
  list();
  o_.fresh_attempts.clear();
  for (std::size_t i = 0; i < std::min(o_.certificates.size() + 1, resources::kMaxSlots); ++i) {
    o_.fresh_attempts.emplace_back("forecast-" + std::to_string(++made_));
  }
}

std::vector<planner::CertificateView>::iterator AssumedWorld::find(const planner::Uid& uid) {
  return std::find_if(o_.certificates.begin(), o_.certificates.end(),
                      [&](const planner::CertificateView& view) { return view.object->meta.uid == uid; });
}

void AssumedWorld::write(const planner::Ledger& ledger, const planner::DomainLedger& domains) {
  auto instance = std::make_shared<resources::Instance>(*o_.instance);
  instance->status.slots = ledger;
  instance->status.domains = domains;
  o_.instance = std::move(instance);
}

void AssumedWorld::apply_one(const planner::ReadSecrets& action) {
  for (const planner::Uid& uid : action.uids) {
    if (const auto view = find(uid); view != o_.certificates.end()) view->secret.current = true;
  }
}

void AssumedWorld::apply_one(const planner::SetCertificateFinalizer& action) {
  const auto view = find(action.uid);
  if (view == o_.certificates.end()) return;
  auto object = std::make_shared<resources::ServerCertificate>(*view->object);
  std::erase(object->meta.finalizers, planner::kCertificateFinalizer);
  if (action.present) object->meta.finalizers.emplace_back(planner::kCertificateFinalizer);
  const bool gone = object->meta.deleting && object->meta.finalizers.empty();
  view->object = std::move(object);
  if (gone) o_.certificates.erase(view);
}

void AssumedWorld::apply_one(const planner::SetInstanceFinalizer& action) {
  auto instance = std::make_shared<resources::Instance>(*o_.instance);
  std::erase(instance->meta.finalizers, planner::kInstanceFinalizer);
  if (action.present) instance->meta.finalizers.emplace_back(planner::kInstanceFinalizer);
  o_.instance = std::move(instance);
}

void AssumedWorld::apply_one(const planner::WriteLedger& action) {
  for (const planner::Domain& entry : action.domains) {
    const planner::Domain* before = resources::find_domain(o_.instance->status.domains, entry.name);
    if (entry.state == planner::DomainState::kReserved && (before == nullptr || before->state != entry.state)) {
      o_.domain_rights[entry.name] = o_.boot_now + o_.timing.send_window;
    }
  }
  write(action.ledger, action.domains);
  for (const Attempt& attempt : action.reserved) o_.rights[attempt] = o_.boot_now + o_.timing.send_window;
}

void AssumedWorld::apply_one(const planner::TakeInventory& /*action*/) {
  list();
}

void AssumedWorld::apply_one(const planner::Upload& action) {
  o_.rights.erase(action.attempt);
  const auto view = find(action.uid);
  const Slot* slot = resources::find_attempt(*o_.instance->status.slots, action.attempt);
  if (view == o_.certificates.end() || slot == nullptr || !view->secret.facts) return;
  const certificate::Facts& facts = *view->secret.facts;
  const CertificateId id("new-" + std::to_string(++made_));
  certificates_.push_back({id, slot->fingerprint, facts.common_name, base::to_rfc3339(facts.not_before),
                           base::to_rfc3339(facts.not_after), "", ""});
  o_.known[id] = certificates_.back();
  o_.outcomes[action.attempt] = {planner::AddOutcome::Kind::kAdded, id};
}

void AssumedWorld::apply_one(const planner::BeginDelete& action) {
  write(action.ledger, o_.instance->status.domains);
}

void AssumedWorld::apply_one(const planner::Delete& action) {
  const Slot* slot = resources::find_attempt(*o_.instance->status.slots, action.attempt);
  if (slot != nullptr) {
    const CertificateId id = slot->id;
    std::erase_if(certificates_, [&](const planner::PlatformCertificate& there) { return there.id == id; });
    o_.tombstones[id] = o_.boot_now;
  }
  write(action.ledger, o_.instance->status.domains);
}

void AssumedWorld::apply_one(const planner::Serve& action) {
  const auto view = find(action.uid);
  const Slot* slot = resources::find_attempt(*o_.instance->status.slots, action.attempt);
  if (view == o_.certificates.end() || slot == nullptr || !view->object->domain) return;
  const resources::DomainSpec& domain = *view->object->domain;
  platform::DomainConfiguration configuration{action.configuration_id, domain.name, slot->id, domain.ocsp};
  if (configuration.id.empty()) {
    configuration.id = ConfigurationId("new-" + std::to_string(++made_));
    o_.domain_rights.erase(domain.name);
    o_.domains_made[domain.name] = configuration.id;
  }
  std::erase_if(configurations_, [&](const auto& there) { return there.domain_name == domain.name; });
  configurations_.push_back(std::move(configuration));
  o_.bound[slot->id] = o_.boot_now;
}

void AssumedWorld::apply_one(const planner::RemoveDomain& action) {
  std::erase_if(configurations_, [&](const platform::DomainConfiguration& there) {
    if (there.domain_name == action.name) o_.domain_tombstones[there.id] = o_.boot_now;
    return there.domain_name == action.name;
  });
  write(o_.instance->status.slots.value_or(planner::Ledger{}), action.domains);
}

}  // namespace forecast
