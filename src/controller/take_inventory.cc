#include "controller/take_inventory.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <utility>

#include "base/time_format.h"
#include "controller/list_domains.h"
#include "controller/platform_certificates.h"
#include "controller/platform_failures.h"
#include "controller/refusals.h"
#include "controller/reports.h"
#include "planner/assessment.h"

namespace controller {
namespace {

/// How long an inventory waits for the platform to show chains. Those that arrive later are there for the next one.
constexpr base::Duration kShowTime = std::chrono::seconds(1);

bool concerned_with_domains(const Round& r) {
  const DomainLedger& domains = r.o.instance->status.domains;
  return std::any_of(domains.begin(), domains.end(), [](const Domain& entry) { return entry.is_used(); }) ||
         std::any_of(r.o.certificates.begin(), r.o.certificates.end(),
                     [](const CertificateView& view) { return view.object->domain.has_value(); });
}

/// A certificate that is missing in the list may only be missing for a while, so the platform is asked for its id.
/// False if it does not say.
bool look_for_the_missing(Round& r, const Inventory& inventory, base::BootTime until) {
  for (const Slot& entry : r.o.instance->status.slots.value_or(Ledger{})) {
    const auto listed = [&](const PlatformCertificate& c) { return c.id == entry.id; };
    const auto& there = inventory.certificates;
    if (entry.state != SlotState::kActive || std::any_of(there.begin(), there.end(), listed)) continue;
    const auto since = base::parse_rfc3339(entry.since);
    if (!since || r.o.now - *since < r.o.timing.settling) continue;
    const auto shown = r.show(r.access.platform, entry.id, until, r.stop);
    if (!shown) r.memory.awaited = true;
    if (!shown || shown->ok() || lacks_permission(shown->error())) continue;
    if (shown->error().code != iotda::Error::Code::kNotFound) {
      shut_gate(r, shown->error());
      return false;
    }
    if (!r.memory.vanished.insert(entry.attempt).second) continue;
    note_drift(r, inventory.began, r.certificate(entry.owner_uid),
               "certificate " + entry.id.str() + " was deleted on the platform by another party");
  }
  return true;
}

void count_misses(Round& r, const Inventory& inventory) {
  for (auto& [attempt, doubt] : r.memory.doubts) {
    const Slot* entry = r.slot(attempt);
    if (entry == nullptr || inventory.began < doubt.first_seen) continue;
    // A certificate whose chain cannot be read may be the one in doubt.
    const bool maybe =
        std::any_of(inventory.certificates.begin(), inventory.certificates.end(), [&](const PlatformCertificate& c) {
          const bool ours = find_id(r.o.instance->status.slots.value_or(Ledger{}), c.id) != nullptr;
          return (!ours || c.fingerprint == entry->fingerprint) &&
                 likeness(r.o, *entry, c) != planner::Likeness::kOther;
        });
    if (!maybe) ++doubt.misses;
  }
}

}  // namespace

Step take_inventory(Round& r) {
  Inventory inventory{r.clock.boot_now(), {}, {}};
  r.memory.inventory_tried = inventory.began;
  r.memory.reconcile_token = r.o.instance->reconcile_token;
  if (concerned_with_domains(r) && !list_domains(r)) return Step::kDone;
  auto listed = r.access.platform->list(r.stop);
  if (!listed.ok()) {
    if (lacks_permission(listed.error())) {
      deny_inventory(r);
    } else {
      shut_gate(r, listed.error());
    }
    return Step::kDone;
  }
  std::map<CertificateId, base::BootTime> unshown;
  const base::BootTime until = r.clock.boot_now() + kShowTime;
  r.memory.awaited = false;
  for (const iotda::ServerCertificate& there : *listed) {
    Fingerprint fingerprint;
    const Chain chain = read_chain(r, there, until, fingerprint);
    if (chain == Chain::kStop) return Step::kDone;
    if (chain == Chain::kNotShown) {
      const auto before = r.memory.unshown.find(there.id);
      const base::BootTime since = before == r.memory.unshown.end() ? inventory.began : before->second;
      unshown[there.id] = since;
      // A list that lags shows certificates that were deleted.
      if (inventory.began - since >= r.o.timing.settling) continue;
    }
    PlatformCertificate seen = described(there, fingerprint);
    seen.awaited = chain == Chain::kAwaited;
    r.memory.awaited = r.memory.awaited || seen.awaited;
    if (!fingerprint.empty()) r.memory.known[there.id] = seen;
    inventory.certificates.push_back(std::move(seen));
  }
  r.memory.unshown = std::move(unshown);
  std::erase_if(r.memory.unread, [&](const auto& entry) {
    return r.memory.known.contains(entry.first) ||
           std::none_of(listed->begin(), listed->end(), [&](const auto& there) { return there.id == entry.first; });
  });
  std::erase_if(r.memory.known, [&](const auto& entry) {
    const auto listed_id = [&](const PlatformCertificate& c) { return c.id == entry.first; };
    return std::none_of(inventory.certificates.begin(), inventory.certificates.end(), listed_id) &&
           find_id(r.o.instance->status.slots.value_or(Ledger{}), entry.first) == nullptr;
  });
  count_misses(r, inventory);
  if (!look_for_the_missing(r, inventory, until)) return Step::kDone;
  r.memory.inventory_denied = false;
  inventory.ended = r.clock.boot_now();
  if (r.memory.domains && r.memory.domains->began >= inventory.began) r.memory.domains->ended = inventory.ended;
  r.memory.inventory = std::move(inventory);
  open_gate(r);
  return Step::kDone;
}

}  // namespace controller
