#include "resources/domain_ledger.h"

#include <algorithm>
#include <utility>

#include "base/invariant.h"

namespace resources {
namespace {

Domain entry(std::string name, DomainState state, const Owner& owner, ConfigurationId id, std::string since) {
  Domain domain;
  domain.name = std::move(name);
  domain.state = state;
  domain.served_once = state == DomainState::kActive;
  domain.owner = owner.name;
  domain.owner_uid = owner.uid;
  domain.retain = owner.retain;
  domain.id = std::move(id);
  domain.since = std::move(since);
  return domain;
}

void enter(Domain& domain, DomainState state, std::string since) {
  domain.state = state;
  domain.served_once = domain.served_once || state == DomainState::kActive;
  domain.since = std::move(since);
}

void give(Domain& domain, const Owner& owner) {
  domain.owner = owner.name;
  domain.owner_uid = owner.uid;
  domain.retain = owner.retain;
}

}  // namespace

Domain Domain::reserve(std::string name, const Owner& owner, bool served_once, std::string since) {
  Domain domain = entry(std::move(name), DomainState::kReserved, owner, "", std::move(since));
  domain.served_once = served_once;
  return domain;
}

Domain Domain::adopt(std::string name, const Owner& owner, ConfigurationId id, CertificateId former_certificate,
                     std::string since) {
  Domain domain = entry(std::move(name), DomainState::kActive, owner, std::move(id), std::move(since));
  domain.adopted = true;
  domain.former_certificate = std::move(former_certificate);
  return domain;
}

Domain Domain::recover(std::string name, const Owner& owner, ConfigurationId id, std::string since) {
  return entry(std::move(name), DomainState::kActive, owner, std::move(id), std::move(since));
}

void Domain::made(ConfigurationId its_id, std::string at) {
  base::must(state == DomainState::kReserved, "only a Reserved entry becomes Active");
  id = std::move(its_id);
  enter(*this, DomainState::kActive, std::move(at));
}

void Domain::identify(ConfigurationId its_id) {
  base::must(id.empty(), "the entry has no configuration id yet");
  id = std::move(its_id);
}

void Domain::removed_by_others(std::string at) {
  base::must(state == DomainState::kActive, "the entry is Active");
  enter(*this, DomainState::kReserved, std::move(at));
  id = {};
  former_certificate = {};
  adopted = false;
}

void Domain::hand_over(const Owner& heir) {
  base::must(state == DomainState::kReserved || state == DomainState::kActive, "the entry is Reserved or Active");
  give(*this, heir);
}

void Domain::leave(std::string at) {
  base::must(state == DomainState::kReserved || state == DomainState::kActive, "the entry is Reserved or Active");
  enter(*this, DomainState::kRetained, std::move(at));
}

void Domain::take_back(const Owner& heir, std::string at) {
  base::must(state == DomainState::kRetained, "only a Retained entry is taken back");
  give(*this, heir);
  enter(*this, DomainState::kActive, std::move(at));
}

void Domain::keep_name() {
  base::must(served_once, "only a name that was served once is kept");
  state = DomainState::kKept;
  adopted = false;
  id = {};
  former_certificate = {};
}

const Domain* find_domain(const DomainLedger& domains, std::string_view name) {
  const auto it = std::find_if(domains.begin(), domains.end(), [&](const Domain& d) { return d.name == name; });
  return it == domains.end() ? nullptr : &*it;
}

const Domain* find_used_domain(const DomainLedger& domains, std::string_view name) {
  const Domain* entry = find_domain(domains, name);
  return entry != nullptr && entry->is_used() ? entry : nullptr;
}

void put_domain(DomainLedger& domains, Domain entry) {
  std::erase_if(domains, [&](const Domain& d) { return d.name == entry.name; });
  domains.push_back(std::move(entry));
}

}  // namespace resources
