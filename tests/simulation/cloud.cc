#include "cloud.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "material.h"

namespace simulation {
namespace {

using Code = iotda::Error::Code;

iotda::Error unknown_id() {
  return platform_error(Code::kNotFound, 404, "IOTDA.014303", "no such id");
}

std::optional<iotda::Error> error_of(Domains::Refusal refusal) {
  switch (refusal) {
    case Domains::Refusal::kNone:
      return std::nullopt;
    case Domains::Refusal::kQuota:
      return platform_error(Code::kQuota, 400, "IOTDA.014310", "quota of domain configurations");
    case Domains::Refusal::kTaken:
      return platform_error(Code::kRejected, 400, "IOTDA.000006", "the domain name is taken");
    case Domains::Refusal::kUnknownId:
      return unknown_id();
    case Domains::Refusal::kUnknownCertificate:
      return platform_error(Code::kRejected, 400, "IOTDA.000006", "no such certificate");
  }
  std::abort();
}

}  // namespace

std::string to_string(const Permissions& may) {
  if (!may.valid) return "do nothing, they are invalid";
  return std::string(may.list ? "list, " : "") + (may.show ? "show, " : "") + (may.add ? "add, " : "") +
         (may.remove ? "delete, " : "") + (may.domains ? "list domains, " : "") +
         (may.create_domain ? "create domains, " : "") + (may.update_domain ? "update domains, " : "") +
         (may.remove_domain ? "delete domains, " : "") + "no more";
}

void Cloud::settle() {
  const base::BootTime now = clock_.boot_now();
  const auto arrive = [&](const auto& call, auto& answers) {
    if (call.commit > now) return false;
    auto answer = carry_out(call);
    if (call.ticket != 0) answers.emplace(call.ticket, std::move(answer));
    return true;
  };
  std::erase_if(pending_, [&](const PendingAdd& call) { return arrive(call, landed); });
  std::erase_if(domains.pending(), [&](const PendingBinding& call) { return arrive(call, landed_changes); });
}

iotda::Result<iotda::CertificateId> Cloud::carry_out(const PendingAdd& call) {
  if (alive() >= variant.quota) return base::Err(platform_error(Code::kQuota, 400, "IOTDA.014300", "quota"));
  const bool twice = std::any_of(certificates_.begin(), certificates_.end(),
                                 [&](const CloudCertificate& c) { return c.alive() && c.chain == call.chain; });
  if (variant.refuses_duplicates && twice) {
    return base::Err(platform_error(Code::kRejected, 400, "IOTDA.014302", "the certificate exists"));
  }
  CloudCertificate& arrived = add(call.chain, true, call.lag);
  arrived.orphaned = call.orphaned;
  arrived.listed_from += call.commit - arrived.born;  // maybe a while ago
  arrived.born = call.commit;
  return arrived.id;
}

iotda::Result<iotda::ConfigurationId> Cloud::carry_out(const PendingBinding& call) {
  iotda::ConfigurationId id = call.wanted.id;
  const auto done = [&](Domains::Refusal refusal) -> iotda::Result<iotda::ConfigurationId> {
    if (auto error = error_of(refusal)) return base::Err(std::move(*error));
    return id;
  };
  if (call.kind == PendingBinding::Kind::kRemove) {
    auto removed = done(domains.remove(id, call.lag));
    if (removed.ok() && call.ticket == 0) domains.find(id)->removed_late = true;
    return removed;
  }
  const CloudCertificate* named = find(call.wanted.server_certificate_id);
  if (named == nullptr || !named->alive()) return done(Domains::Refusal::kUnknownCertificate);
  if (call.kind == PendingBinding::Kind::kUpdate) return done(domains.update(call.wanted, call.lag));
  const Domains::Refusal refusal = domains.create(call.wanted, /*ours=*/true, call.lag, &id);
  if (Binding* made = domains.find(id)) made->orphaned = call.orphaned;
  return done(refusal);
}

std::vector<iotda::ServerCertificate> Cloud::list() const {
  const base::BootTime now = clock_.boot_now();
  std::vector<iotda::ServerCertificate> listed;
  for (const CloudCertificate& there : certificates_) {
    const bool shown = now >= there.listed_from && (there.alive() || now < there.listed_until);
    if (shown) listed.insert(listed.begin(), described(there));
  }
  return listed;
}

iotda::Result<iotda::ServerCertificate> Cloud::show(const iotda::CertificateId& id, Spelling spelling) const {
  const CloudCertificate* there = find(id);
  const bool lags = there != nullptr && clock_.boot_now() < there->born + variant.show_lag;
  if (there == nullptr || !there->alive() || lags) return base::Err(unknown_id());
  iotda::ServerCertificate shown = described(*there);
  shown.certificate_pem = spelt(chains()[static_cast<std::size_t>(there->chain)].certificate_pem, spelling);
  return shown;
}

iotda::Result<void> Cloud::remove(const iotda::CertificateId& id, base::Duration lag) {
  CloudCertificate* there = find(id);
  if (there == nullptr || !there->alive()) return base::Err(unknown_id());
  if (variant.refuses_to_delete_bound && binding_of(id) != nullptr) {
    return base::Err(platform_error(Code::kRejected, 400, "IOTDA.014304", "in use"));
  }
  remove(*there, lag, /*by_others=*/false);
  return {};
}

std::optional<base::BootTime> Cloud::next_arrival() const {
  std::optional<base::BootTime> next;
  for (const PendingAdd& add_on_its_way : pending_) {
    next = std::min(next.value_or(add_on_its_way.commit), add_on_its_way.commit);
  }
  for (const PendingBinding& call : domains.pending()) next = std::min(next.value_or(call.commit), call.commit);
  return next;
}

CloudCertificate* Cloud::find(const iotda::CertificateId& id) {
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
  certificate.id = iotda::CertificateId("id-" + std::to_string(++ids_));
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

void Cloud::bind(const std::string& name, const iotda::CertificateId& certificate_id, base::Duration lag) {
  (void)domains.create({"", name, certificate_id, std::nullopt}, /*ours=*/false, lag);
}

iotda::Error platform_error(Code code, int status, std::string error_code, std::string message,
                            std::optional<base::Duration> retry_after) {
  return {code, status, std::move(error_code), std::move(message), "req", retry_after};
}

iotda::ServerCertificate described(const CloudCertificate& certificate) {
  const Chain& chain = chains()[static_cast<std::size_t>(certificate.chain)];
  const std::string name = "CN=" + chain.label + ".example.com";
  return {certificate.id, chain.label + ".example.com", chain.not_before, chain.not_after, name, name, "", "req"};
}

}  // namespace simulation
