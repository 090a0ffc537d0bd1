#include "cloud.h"

#include <algorithm>

#include "material.h"

namespace simulation {

void Cloud::settle() {
  const base::BootTime now = clock_.boot_now();
  std::erase_if(pending_, [&](const PendingAdd& add_on_its_way) {
    if (add_on_its_way.commit > now) return false;
    if (alive() < variant.quota) {
      CloudCertificate& landed = add(add_on_its_way.chain, true, add_on_its_way.lag);
      landed.orphaned = add_on_its_way.orphaned;
      landed.born = add_on_its_way.commit;  // maybe a while ago
      landed.listed_from += landed.born - now;
    }
    return true;
  });
}

CloudCertificate* Cloud::find(const std::string& id) {
  const auto found =
      std::find_if(certificates_.begin(), certificates_.end(), [&](const CloudCertificate& c) { return c.id == id; });
  return found == certificates_.end() ? nullptr : &*found;
}

const Binding* Cloud::binding_of(const std::string& id) const {
  const auto found =
      std::find_if(bindings_.begin(), bindings_.end(), [&](const Binding& b) { return b.certificate_id == id; });
  return found == bindings_.end() ? nullptr : &*found;
}

std::size_t Cloud::alive() const {
  return static_cast<std::size_t>(
      std::count_if(certificates_.begin(), certificates_.end(), [](const CloudCertificate& c) { return c.alive(); }));
}

CloudCertificate& Cloud::add(int chain, bool ours, base::Duration lag) {
  const base::BootTime now = clock_.boot_now();
  CloudCertificate certificate;
  certificate.id = "id-" + std::to_string(++ids_);
  certificate.chain = chain;
  certificate.ours = ours;
  certificate.born = now;
  certificate.listed_from = now + std::min(lag, variant.list_lag);
  certificates_.push_back(std::move(certificate));
  return certificates_.back();
}

void Cloud::remove(CloudCertificate& certificate, base::Duration lag, bool by_others) {
  certificate.removed = clock_.boot_now();
  certificate.listed_until = *certificate.removed + std::min(lag, variant.list_lag);
  certificate.removed_by_others = by_others;
  std::erase_if(bindings_, [&](const Binding& b) { return b.certificate_id == certificate.id; });
}

void Cloud::bind(const std::string& certificate_id, std::uint64_t step) {
  bindings_.push_back({"domain-" + std::to_string(++domains_), certificate_id, clock_.boot_now(), step});
}

iotda::ServerCertificate described(const CloudCertificate& certificate) {
  const Chain& chain = chains()[static_cast<std::size_t>(certificate.chain)];
  const std::string name = "CN=" + chain.label + ".example.com";
  return {certificate.id, chain.label + ".example.com", chain.not_before, chain.not_after, name, name, "", "req"};
}

}  // namespace simulation
