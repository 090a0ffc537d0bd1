#include "simulator/instance.h"

#include <algorithm>
#include <utility>

namespace simulator {
namespace {

constexpr std::size_t kDomainQuota = 1;
constexpr std::size_t kMaxRemoved = 64;

template <class Container>
auto with_id(Container& configurations, std::string_view id) {
  return std::find_if(configurations.begin(), configurations.end(),
                      [&](const DomainConfiguration& c) { return c.id == id; });
}

Refused unknown_reference(std::string_view id) {
  return {Refusal::kInvalidInput, "There is no server certificate " + std::string(id) + "."};
}

}  // namespace

base::Result<Held, Refused> Instance::add(Certificate certificate, std::string id, base::BootTime now,
                                          bool refuse_duplicates) {
  const auto same = [&](const auto& entry) { return entry.second->certificate.fingerprint == certificate.fingerprint; };
  if (refuse_duplicates && std::any_of(held_.begin(), held_.end(), same)) {
    return base::Err(Refused{Refusal::kDuplicateCertificate});
  }
  if (held_.size() >= static_cast<std::size_t>(quota_)) {
    return base::Err(Refused{Refusal::kCertificateQuotaExceeded, "(" + std::to_string(quota_) + ")"});
  }
  auto held = std::make_shared<const HeldCertificate>(HeldCertificate{id, std::move(certificate), now});
  held_.emplace(std::move(id), held);
  counters_.max_certificates = std::max(counters_.max_certificates, static_cast<int>(held_.size()));
  return Held(std::move(held));
}

Held Instance::find(std::string_view id) const {
  const auto found = held_.find(id);
  return found != held_.end() ? found->second : nullptr;
}

base::Result<void, Refused> Instance::remove(std::string_view id, base::BootTime now, bool refuse_bound) {
  const auto found = held_.find(id);
  if (found == held_.end()) return base::Err(Refused{Refusal::kUnknownCertificate});
  const auto bound = [&](const DomainConfiguration& c) { return c.server_certificate_id == id; };
  if (refuse_bound && std::any_of(configurations_.begin(), configurations_.end(), bound)) {
    return base::Err(Refused{Refusal::kCertificateBound});
  }
  if (removed_.size() >= kMaxRemoved) removed_.erase(removed_.begin());
  removed_.push_back({found->second, now});
  held_.erase(found);
  return {};
}

std::vector<Held> Instance::certificates() const {
  std::vector<Held> out;
  for (const auto& [id, held] : held_) out.push_back(held);
  return out;
}

std::vector<Held> Instance::listed(base::BootTime now, base::Duration lag) const {
  std::vector<Held> out;
  for (const auto& [id, held] : held_) {
    if (held->added + lag <= now) out.push_back(held);
  }
  for (const Removed& r : removed_) {
    if (r.held->added + lag <= now && r.when + lag > now) out.push_back(r.held);
  }
  std::sort(out.begin(), out.end(), [](const Held& a, const Held& b) { return a->id > b->id; });
  return out;
}

base::Result<void, Refused> Instance::create(DomainConfiguration configuration) {
  if (!find(configuration.server_certificate_id)) {
    return base::Err(unknown_reference(configuration.server_certificate_id));
  }
  if (configurations_.size() >= kDomainQuota) return base::Err(Refused{Refusal::kDomainQuotaExceeded});
  configurations_.push_back(std::move(configuration));
  return {};
}

const DomainConfiguration* Instance::find_configuration(std::string_view id) const {
  const auto found = with_id(configurations_, id);
  return found != configurations_.end() ? &*found : nullptr;
}

base::Result<void, Refused> Instance::update(DomainConfiguration configuration) {
  const auto found = with_id(configurations_, configuration.id);
  if (found == configurations_.end()) return base::Err(Refused{Refusal::kUnknownConfiguration});
  if (!find(configuration.server_certificate_id)) {
    return base::Err(unknown_reference(configuration.server_certificate_id));
  }
  *found = std::move(configuration);
  return {};
}

base::Result<void, Refused> Instance::remove_configuration(std::string_view id) {
  const auto found = with_id(configurations_, id);
  if (found == configurations_.end()) return base::Err(Refused{Refusal::kUnknownConfiguration});
  configurations_.erase(found);
  return {};
}

void Instance::restore(std::vector<Held> certificates, std::vector<DomainConfiguration> configurations,
                       Counters counters) {
  for (Held& held : certificates) held_.emplace(held->id, held);
  configurations_ = std::move(configurations);
  counters_ = counters;
}

}  // namespace simulator
