#include "planner/draft.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

#include "base/time_format.h"

namespace planner {

Draft::Draft(const Observation& observation)
    : o(observation),
      ledger(o.instance ? o.instance->status.slots.value_or(Ledger{}) : Ledger{}),
      domains(o.instance ? o.instance->status.domains : DomainLedger{}),
      wake(o),
      blocked(o.certificates.size()),
      unserved(o.certificates.size()),
      calls(o.instance && !standstill(o)) {}

const Attempt& Draft::fresh_attempt() {
  return o.fresh_attempts.at(used_attempts_++);
}

bool Draft::due(base::BootTime t) {
  if (t <= o.boot_now) return true;
  wake.at(t);
  return false;
}

bool Draft::in_trouble(const Attempt& attempt) {
  const auto trouble = o.delete_troubles.find(attempt);
  return trouble != o.delete_troubles.end() && !due(trouble->second.next_attempt);
}

bool Draft::domain_in_trouble(const std::string& name) {
  const auto trouble = o.domain_troubles.find(name);
  return trouble != o.domain_troubles.end() && !due(trouble->second.next_attempt);
}

bool Draft::in_trouble(const Uid& uid, Effect effect) {
  const auto trouble = o.object_troubles.find({uid, effect});
  return trouble != o.object_troubles.end() && !due(trouble->second.next_attempt);
}

bool Draft::failed_to_read(const Uid& uid) const {
  return o.object_troubles.contains({uid, Effect::kRead});
}

bool Draft::add_gate_shut() {
  return o.add_gate && !due(o.add_gate->until);
}

Action Draft::offer(Action action) {
  if (o.resting.empty()) return action;
  const auto rest = o.resting.find(key_of(action));
  if (rest != o.resting.end() && !due(rest->second)) return {};
  return action;
}

Action Draft::written_if_changed() {
  const InstanceStatus& status = o.instance->status;
  if (ledger == status.slots.value_or(Ledger{}) && domains == status.domains) return {};
  Action action = offer(WriteLedger{ledger, domains, {}});
  if (!acts(action)) {
    ledger_rests = true;
    ledger = status.slots.value_or(Ledger{});
    domains = status.domains;
  }
  return action;
}

std::string Draft::now_text() const {
  return base::to_rfc3339(o.now);
}

std::string Draft::time_text(base::BootTime t) const {
  return base::to_rfc3339(o.now + (t - o.boot_now));
}

const CertificateView* Draft::view_of(const Uid& uid) const {
  for (const CertificateView& view : o.certificates) {
    if (view.object->meta.uid == uid) return &view;
  }
  return nullptr;
}

const PlatformCertificate* Draft::unclaimed(const Fingerprint& fingerprint) const {
  for (const PlatformCertificate* there : foreign_certificates(o, ledger)) {
    if (there->fingerprint == fingerprint) return there;
  }
  return nullptr;
}

bool Draft::has_place(const Uid& uid) const {
  return std::any_of(ledger.begin(), ledger.end(), [&](const Slot& slot) {
    return slot.owner_uid == uid && (slot.held() || slot.state == SlotState::kEarmarked);
  });
}

std::vector<std::size_t> Draft::by_priority() const {
  std::vector<std::size_t> order(o.certificates.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto rank = [&](std::size_t i) {
    const meta::Metadata& meta = o.certificates[i].object->meta;
    return std::make_tuple(!has_place(meta.uid), meta.created, meta.name);
  };
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return rank(a) < rank(b); });
  return order;
}

bool Draft::have_fresh_domains() const {
  return o.domains && !o.domains->outdated && o.boot_now - o.domains->ended <= kInventoryMaxAge;
}

bool Draft::seen_just_now() const {
  if (o.inventory_denied) return true;
  return o.inventory && o.boot_now - o.inventory->ended <= kInventoryMaxAge;
}

}  // namespace planner
