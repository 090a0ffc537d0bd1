#include "domains.h"

#include <algorithm>

namespace simulation {

const Binding* Domains::find(const iotda::ConfigurationId& id) const {
  const auto found = std::find_if(all_.begin(), all_.end(), [&](const Binding& b) { return b.id == id; });
  return found == all_.end() ? nullptr : &*found;
}

const Binding* Domains::named(const std::string& name) const {
  const auto found =
      std::find_if(all_.begin(), all_.end(), [&](const Binding& b) { return b.there && b.name == name; });
  return found == all_.end() ? nullptr : &*found;
}

const Binding* Domains::serving(const iotda::CertificateId& certificate_id) const {
  const auto found = std::find_if(all_.begin(), all_.end(),
                                  [&](const Binding& b) { return b.there && b.certificate_id == certificate_id; });
  return found == all_.end() ? nullptr : &*found;
}

std::size_t Domains::count() const {
  return static_cast<std::size_t>(std::count_if(all_.begin(), all_.end(), [](const Binding& b) { return b.there; }));
}

std::vector<iotda::DomainConfiguration> Domains::listed() const {
  const base::BootTime now = clock_.boot_now();
  std::vector<iotda::DomainConfiguration> shown;
  for (const Binding& b : all_) {
    const auto earlier =
        std::find_if(b.earlier.begin(), b.earlier.end(), [&](const Binding::Shown& e) { return now < e.until; });
    if (earlier == b.earlier.end()) {
      if (b.there) shown.push_back({b.id, b.name, b.certificate_id, b.ocsp});
    } else if (earlier->there) {
      shown.push_back({b.id, b.name, earlier->certificate_id, earlier->ocsp});
    }
  }
  return shown;
}

/// To be called before the change.
void Domains::change(Binding& binding, base::Duration lag) {
  const base::BootTime now = clock_.boot_now();
  binding.since = now;
  binding.step = step;
  binding.listed_from = std::max(binding.listed_from, now + std::min(lag, list_lag));
  std::erase_if(binding.earlier, [&](const Binding::Shown& e) { return e.until <= now; });
  if (binding.listed_from > now) {
    binding.earlier.push_back({binding.listed_from, binding.certificate_id, binding.ocsp, binding.there});
  }
}

Domains::Refusal Domains::create(const iotda::DomainConfiguration& wanted, bool ours, base::Duration lag,
                                 iotda::ConfigurationId* id) {
  if (named(wanted.domain_name) != nullptr) return Refusal::kTaken;
  if (count() >= quota) return Refusal::kQuota;
  Binding made;
  made.id = iotda::ConfigurationId("domain-" + std::to_string(++ids_));
  made.name = wanted.domain_name;
  made.there = false;
  change(made, lag);
  made.there = true;
  made.certificate_id = wanted.server_certificate_id;
  made.served.insert(made.certificate_id);
  made.ocsp = wanted.ocsp.value_or(iotda::Ocsp{});
  made.ours = ours;
  if (id != nullptr) *id = made.id;
  all_.push_back(std::move(made));
  return Refusal::kNone;
}

Domains::Refusal Domains::update(const iotda::DomainConfiguration& wanted, base::Duration lag) {
  Binding* found = find(wanted.id);
  if (found == nullptr || !found->there) return Refusal::kUnknownId;
  change(*found, lag);
  found->certificate_id = wanted.server_certificate_id;
  found->served.insert(found->certificate_id);
  found->ocsp = wanted.ocsp.value_or(found->ocsp);
  return Refusal::kNone;
}

Domains::Refusal Domains::remove(const iotda::ConfigurationId& id, base::Duration lag) {
  Binding* found = find(id);
  if (found == nullptr || !found->there) return Refusal::kUnknownId;
  change(*found, lag);
  found->there = false;
  return Refusal::kNone;
}

}  // namespace simulation
