#include "controller/progress.h"

#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>

#include "base/backoff.h"
#include "base/tagged.h"

namespace controller {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr base::Backoff::Policy kPause{seconds(1), minutes(1)};
/// An action that is carried out more often in a minute rests.
constexpr int kMostInAMinute = 30;
/// Actions that were not carried out for longer are forgotten.
constexpr base::Duration kMemory = minutes(10);

class Digest {
 public:
  Digest& add(std::string_view text) { return mix(std::hash<std::string_view>()(text)); }
  template <class Tag>
  Digest& add(const base::Tagged<Tag>& id) {
    return add(id.view());
  }
  Digest& add(std::size_t number) { return mix(std::hash<std::size_t>()(number)); }
  template <class Keys>
  Digest& add_keys(const Keys& map) {
    add(map.size());
    for (const auto& [key, value] : map) add(key);
    return *this;
  }
  std::size_t value() const { return value_; }

 private:
  Digest& mix(std::size_t hash) {
    value_ ^= hash + 0x9e3779b97f4a7c15ULL + (value_ << 6U) + (value_ >> 2U);
    return *this;
  }
  std::size_t value_ = 0;
};

void add_objects(Digest& d, const Observation& o) {
  if (o.instance) d.add(o.instance->meta.uid).add(o.instance->meta.resource_version);
  for (const CertificateView& view : o.certificates) {
    d.add(view.object->meta.uid).add(view.object->meta.resource_version).add(view.secret.current ? 1 : 0);
    d.add(view.secret.recorded ? 1 : 0);
    for (const SecretVersion& version : view.secret.versions) d.add(version.name).add(version.resource_version);
    for (const auto* rejection : {&view.rejection, &view.binding_rejection}) {
      d.add(*rejection ? static_cast<std::size_t>((*rejection)->attempts) : 0);
    }
  }
}

void add_platform(Digest& d, const Observation& o) {
  // A new inventory counts as a change only if the previous one was too old.
  const auto fresh = [&](const auto& look) { return look && o.boot_now - look->ended <= planner::kInventoryMaxAge; };
  d.add(fresh(o.inventory) ? 1 : 0).add(fresh(o.domains) && !o.domains->outdated ? 1 : 0);
  d.add(o.inventory_denied ? 1 : 0).add(o.inventory_wanted ? 1 : 0).add(o.inventory_tried ? 1 : 0);
  if (o.inventory) {
    for (const PlatformCertificate& there : o.inventory->certificates) d.add(there.id).add(there.fingerprint);
  }
  if (o.domains) {
    for (const auto& there : o.domains->configurations) d.add(there.id).add(there.server_certificate_id);
  }
  d.add(o.domains_problem ? std::string(name_of(o.domains_problem->reason)) : "");
  d.add(o.gate ? static_cast<std::size_t>(o.gate->failures) : 0);
  d.add(o.add_gate ? static_cast<std::size_t>(o.add_gate->failures) : 0);
  for (const auto& [id, when] : o.tombstones) d.add(id);
  for (const auto& [id, when] : o.domain_tombstones) d.add(id);
}

void add_memory(Digest& d, const Observation& o) {
  const auto failures = [&](const auto& troubles) {
    for (const auto& [key, trouble] : troubles) d.add(static_cast<std::size_t>(trouble.failures));
  };
  failures(o.delete_troubles);
  failures(o.domain_troubles);
  failures(o.object_troubles);
  d.add_keys(o.rights).add_keys(o.domain_rights).add_keys(o.domains_made).add_keys(o.unshown);
  for (const auto& [attempt, outcome] : o.outcomes) d.add(attempt).add(static_cast<std::size_t>(outcome.kind));
  const auto doubts = [&](const auto& of) {
    for (const auto& [key, doubt] : of) d.add(key).add(static_cast<std::size_t>(std::min(doubt.misses, 2)));
  };
  doubts(o.doubts);
  doubts(o.domain_doubts);
  for (const Attempt& attempt : o.vanished) d.add(attempt);
  for (const auto* names : {&o.domains_refused, &o.domains_gone}) {
    for (const std::string& name : *names) d.add(name);
  }
}

}  // namespace

std::size_t digest(const Observation& o) {
  Digest d;
  add_objects(d, o);
  add_platform(d, o);
  add_memory(d, o);
  return d.value();
}

void Progress::did(const Action& action, const Observation& before) {
  last_ = key_of(action);
  digest_ = judged_ ? *judged_ : digest(before);
  Count& count = counts_[last_];
  if (before.boot_now - count.since > minutes(1)) count = {before.boot_now, 0};
  ++count.times;
}

bool Progress::judge(const Observation& after) {
  judged_.reset();
  if (last_.empty()) return false;
  judged_ = digest(after);
  const std::string key = std::exchange(last_, {});
  const base::BootTime now = after.boot_now;
  std::erase_if(rests_, [&](const auto& entry) { return entry.second.until + kMemory < now; });
  std::erase_if(counts_, [&](const auto& entry) { return entry.second.since + kMemory < now; });
  if (*judged_ != digest_ && counts_[key].times < kMostInAMinute) {
    rests_.erase(key);
    return false;
  }
  Rest& rest = rests_[key];
  ++rest.failures;
  rest.until = now + base::backoff_delay(kPause, rest.failures);
  return true;
}

std::map<std::string, base::BootTime> Progress::resting(base::BootTime now) const {
  std::map<std::string, base::BootTime> resting;
  for (const auto& [key, rest] : rests_) {
    if (rest.until > now) resting.emplace(key, rest.until);
  }
  return resting;
}

}  // namespace controller
