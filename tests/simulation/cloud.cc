#include "cloud.h"

#include <algorithm>

#include "material.h"

namespace simulation {

std::string to_string(const Permissions& may) {
  if (!may.valid) return "do nothing, they are invalid";
  return std::string(may.list ? "list, " : "") + (may.show ? "show, " : "") + (may.add ? "add, " : "") +
         (may.remove ? "delete, " : "") + (may.domains ? "list domains, " : "") +
         (may.create_domain ? "create domains, " : "") + (may.update_domain ? "update domains, " : "") +
         (may.remove_domain ? "delete domains, " : "") + "no more";
}

void Cloud::settle() {
  const base::BootTime now = clock_.boot_now();
  std::erase_if(pending_, [&](const PendingAdd& add_on_its_way) {
    if (add_on_its_way.commit > now) return false;
    std::string id;
    const bool twice = variant.refuses_duplicates &&
                       std::any_of(certificates_.begin(), certificates_.end(), [&](const CloudCertificate& c) {
                         return c.alive() && c.chain == add_on_its_way.chain;
                       });
    if (alive() < variant.quota && !twice) {
      CloudCertificate& arrived = add(add_on_its_way.chain, true, add_on_its_way.lag);
      arrived.orphaned = add_on_its_way.orphaned;
      arrived.born = add_on_its_way.commit;  // maybe a while ago
      arrived.listed_from += arrived.born - now;
      id = arrived.id;
    }
    if (add_on_its_way.ticket != 0) landed[add_on_its_way.ticket] = id;
    return true;
  });
  std::erase_if(domains.pending(), [&](const PendingBinding& call) {
    if (call.commit > now) return false;
    const Domains::Refusal refusal = carry_out(call);
    if (call.ticket != 0) landed_domains[call.ticket] = refusal;
    return true;
  });
}

Domains::Refusal Cloud::carry_out(const PendingBinding& call) {
  const CloudCertificate* named = find(call.wanted.server_certificate_id);
  if (call.kind == PendingBinding::Kind::kRemove) return domains.remove(call.wanted.id, call.lag);
  if (named == nullptr || !named->alive()) return Domains::Refusal::kUnknownCertificate;
  if (call.kind == PendingBinding::Kind::kUpdate) return domains.update(call.wanted, call.lag);
  std::string id;
  const Domains::Refusal refusal = domains.create(call.wanted, /*ours=*/true, call.lag, &id);
  if (Binding* made = domains.find(id)) made->orphaned = call.orphaned;
  return refusal;
}

std::optional<base::BootTime> Cloud::next_arrival() const {
  std::optional<base::BootTime> next;
  for (const PendingAdd& add_on_its_way : pending_) {
    next = std::min(next.value_or(add_on_its_way.commit), add_on_its_way.commit);
  }
  for (const PendingBinding& call : domains.pending()) next = std::min(next.value_or(call.commit), call.commit);
  return next;
}

CloudCertificate* Cloud::find(const std::string& id) {
  const auto found =
      std::find_if(certificates_.begin(), certificates_.end(), [&](const CloudCertificate& c) { return c.id == id; });
  return found == certificates_.end() ? nullptr : &*found;
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
}

void Cloud::bind(const std::string& name, const std::string& certificate_id, base::Duration lag) {
  (void)domains.create({"", name, certificate_id, std::nullopt}, /*ours=*/false, lag);
}

iotda::ServerCertificate described(const CloudCertificate& certificate) {
  const Chain& chain = chains()[static_cast<std::size_t>(certificate.chain)];
  const std::string name = "CN=" + chain.label + ".example.com";
  return {certificate.id, chain.label + ".example.com", chain.not_before, chain.not_after, name, name, "", "req"};
}

}  // namespace simulation
