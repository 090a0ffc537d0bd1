#pragma once

#include <algorithm>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "certificate/inspect.h"
#include "iotda/platform.h"

namespace controller {

/// A platform in memory that behaves as tests/contract says; and answers can be lost.
class FakePlatform final : public iotda::Platform {
 public:
  struct Certificate {
    iotda::CertificateId id;
    std::string pem;
    certificate::Fingerprint fingerprint;
    bool listed = true;
  };
  struct Fault {
    iotda::Error error;
    bool after_effect = false;
  };

  // What a test looks at and sets.
  std::vector<Certificate> certificates;
  std::size_t quota = 2;
  std::size_t most_alive = 0;
  int adds = 0;
  int lists = 0;
  int removes = 0;
  std::deque<std::optional<Fault>> add_faults;  ///< for the next adds, in order
  std::deque<std::optional<Fault>> remove_faults;
  std::optional<iotda::Error> unsendable;  ///< adds fail before their guard is asked, as without credentials
  std::optional<iotda::Error> list_error;
  std::optional<iotda::Error> domains_error;
  std::vector<iotda::DomainConfiguration> domains;
  std::size_t domain_quota = 1;
  bool refuses_to_delete_bound = false;            ///< undocumented; as it is, a test sees the harm of such a delete
  std::deque<std::optional<Fault>> domain_faults;  ///< for the next changes of domain configurations, in order
  int updates = 0;
  std::function<void()> before_add;
  std::function<void()> before_remove;
  std::function<void()> before_list;
  std::function<void(const std::stop_token&)> before_show;
  std::function<void()> after_add;
  std::function<void()> before_list_domains;
  bool domains_hidden = false;                                   ///< the list lags behind what was made
  std::vector<iotda::DomainConfiguration> domains_still_listed;  ///< gone, but the list lags
  int shows_unknown = 0;                                         ///< so often show says that it does not know the id
  std::function<std::string(std::string)> respell{};             ///< of the PEM that show gives back
  bool odd_dates = false;                                        ///< in a form that cannot be read
  bool new_ones_are_listed = true;
  std::vector<iotda::CertificateId> still_listed;  ///< ids that are gone, but the list lags

  iotda::CertificateId put(const std::string& pem) {
    certificates.insert(certificates.begin(), {iotda::CertificateId("id" + std::to_string(next_++)), pem,
                                               certificate::fingerprint_of_pem(pem).value_or(""), new_ones_are_listed});
    most_alive = std::max(most_alive, certificates.size());
    return certificates.front().id;
  }
  std::size_t alive(const certificate::Fingerprint& fingerprint) const {
    return static_cast<std::size_t>(std::count_if(certificates.begin(), certificates.end(),
                                                  [&](const Certificate& c) { return c.fingerprint == fingerprint; }));
  }

  iotda::Result<iotda::ServerCertificate> add(const iotda::Upload& upload, const iotda::SendGuard& guard,
                                              base::Duration /*deadline*/, std::stop_token /*stop*/) override {
    if (before_add) before_add();
    if (unsendable) return base::Err(*unsendable);
    if (!guard()) return base::Err(iotda::Error{iotda::Error::Code::kHeldBack, 0, "", "not sent", "", {}});
    ++adds;
    const auto fault = next(add_faults);
    if (fault && !fault->after_effect) return base::Err(fault->error);
    if (certificates.size() >= quota) {
      return base::Err(iotda::Error{iotda::Error::Code::kQuota, 400, "IOTDA.000100", "quota", "req-quota", {}});
    }
    const iotda::CertificateId id = put(std::string(upload.certificate_pem));
    if (after_add) after_add();
    if (fault) return base::Err(fault->error);
    return described(id);
  }

  iotda::Result<std::vector<iotda::ServerCertificate>> list(std::stop_token /*stop*/) override {
    ++lists;
    if (before_list) before_list();
    if (list_error) return base::Err(*list_error);
    std::vector<iotda::ServerCertificate> all;
    for (const Certificate& c : certificates) {
      if (c.listed) all.push_back(described(c.id));
    }
    for (const iotda::CertificateId& id : still_listed) {
      if (!has(id)) all.push_back(described(id));
    }
    return all;
  }

  iotda::Result<iotda::ServerCertificate> show(const iotda::CertificateId& id, std::stop_token stop) override {
    if (before_show) before_show(stop);
    if (shows_unknown > 0 && shows_unknown--) return base::Err(not_found());
    for (const Certificate& c : certificates) {
      if (c.id != id) continue;
      iotda::ServerCertificate shown = described(id);
      shown.certificate_pem = respell ? respell(c.pem) : c.pem;
      return shown;
    }
    return base::Err(not_found());
  }

  iotda::Result<void> remove(const iotda::CertificateId& id, const iotda::SendGuard& guard,
                             std::stop_token /*stop*/) override {
    if (before_remove) before_remove();
    if (!guard()) return base::Err(iotda::Error{iotda::Error::Code::kHeldBack, 0, "", "not sent", "", {}});
    ++removes;
    const auto fault = next(remove_faults);
    if (fault && !fault->after_effect) return base::Err(fault->error);
    const bool bound = refuses_to_delete_bound && is_bound(id);
    const auto removed = std::erase_if(certificates, [&](const Certificate& c) { return c.id == id && !bound; });
    if (fault) return base::Err(fault->error);
    if (bound) return base::Err(rejected("IOTDA.014304", "a domain configuration uses it"));
    if (removed == 0) return base::Err(not_found());
    return {};
  }

  iotda::Result<std::vector<iotda::DomainConfiguration>> list_domain_configurations(std::stop_token /*stop*/) override {
    if (before_list_domains) before_list_domains();
    if (domains_error) return base::Err(*domains_error);
    std::vector<iotda::DomainConfiguration> listed;
    if (!domains_hidden) listed = domains;
    for (const auto& gone : domains_still_listed) {
      const auto same = [&](const auto& there) { return there.id == gone.id; };
      if (std::none_of(domains.begin(), domains.end(), same)) listed.push_back(gone);
    }
    return listed;
  }

  iotda::Result<iotda::ConfigurationId> create_domain_configuration(const iotda::DomainConfiguration& wanted,
                                                                    const iotda::SendGuard& guard,
                                                                    std::stop_token /*stop*/) override {
    if (!guard()) return base::Err(iotda::Error{iotda::Error::Code::kHeldBack, 0, "", "not sent", "", {}});
    const auto fault = next(domain_faults);
    if (fault && !fault->after_effect) return base::Err(fault->error);
    if (!has(wanted.server_certificate_id)) return base::Err(rejected("IOTDA.000006", "no such certificate"));
    const auto same = [&](const auto& there) { return there.domain_name == wanted.domain_name; };
    if (std::any_of(domains.begin(), domains.end(), same)) {
      return base::Err(rejected("IOTDA.000006", "the domain name is taken"));
    }
    if (domains.size() >= domain_quota) {
      return base::Err(iotda::Error{iotda::Error::Code::kQuota, 400, "IOTDA.014310", "quota", "req-quota", {}});
    }
    domains.push_back(wanted);
    domains.back().id = iotda::ConfigurationId("domain" + std::to_string(next_++));
    domains.back().ocsp = wanted.ocsp.value_or(iotda::Ocsp{});
    if (fault) return base::Err(fault->error);
    return domains.back().id;
  }

  iotda::Result<void> update_domain_configuration(const iotda::DomainConfiguration& wanted,
                                                  const iotda::SendGuard& guard, std::stop_token /*stop*/) override {
    if (!guard()) return base::Err(iotda::Error{iotda::Error::Code::kHeldBack, 0, "", "not sent", "", {}});
    ++updates;
    const auto fault = next(domain_faults);
    if (fault && !fault->after_effect) return base::Err(fault->error);
    for (iotda::DomainConfiguration& there : domains) {
      if (there.id != wanted.id) continue;
      if (!has(wanted.server_certificate_id)) return base::Err(rejected("IOTDA.000006", "no such certificate"));
      there.server_certificate_id = wanted.server_certificate_id;
      if (wanted.ocsp) there.ocsp = wanted.ocsp;
      if (fault) return base::Err(fault->error);
      return {};
    }
    return base::Err(not_found());
  }

  iotda::Result<void> remove_domain_configuration(const iotda::ConfigurationId& id, const iotda::SendGuard& guard,
                                                  std::stop_token /*stop*/) override {
    if (!guard()) return base::Err(iotda::Error{iotda::Error::Code::kHeldBack, 0, "", "not sent", "", {}});
    const auto fault = next(domain_faults);
    if (fault && !fault->after_effect) return base::Err(fault->error);
    if (std::erase_if(domains, [&](const auto& d) { return d.id == id; }) == 0) return base::Err(not_found());
    if (fault) return base::Err(fault->error);
    return {};
  }

 private:
  static iotda::Error not_found() { return {iotda::Error::Code::kNotFound, 404, "IOTDA.014303", "no such id", "", {}}; }
  static iotda::Error rejected(const char* code, const char* message) {
    return {iotda::Error::Code::kRejected, 400, code, message, "", {}};
  }

  bool has(const iotda::CertificateId& id) const {
    return std::any_of(certificates.begin(), certificates.end(), [&](const Certificate& c) { return c.id == id; });
  }
  bool is_bound(const iotda::CertificateId& id) const {
    return std::any_of(domains.begin(), domains.end(), [&](const auto& d) { return d.server_certificate_id == id; });
  }

  static std::optional<Fault> next(std::deque<std::optional<Fault>>& faults) {
    if (faults.empty()) return std::nullopt;
    auto fault = faults.front();
    faults.pop_front();
    return fault;
  }

  iotda::ServerCertificate described(const iotda::CertificateId& id) const {
    if (odd_dates) return {id, "device.example.com", {}, {}, "CN=device.example.com", "CN=ca", "", "req"};
    const base::SystemTime day(std::chrono::sys_days(std::chrono::year(2026) / 1 / 1));
    return {id,   "device.example.com", day, day + std::chrono::hours(24 * 365), "CN=device.example.com", "CN=ca", "",
            "req"};
  }

  int next_ = 1;
};

}  // namespace controller
