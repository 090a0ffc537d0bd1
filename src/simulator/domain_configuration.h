#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "json/value.h"
#include "json/writer.h"
#include "simulator/refusal.h"

namespace simulator {

/// A domain configuration: the platform serves a certificate on a custom domain.
struct DomainConfiguration {
  std::string id;
  std::string domain_name;
  std::string server_certificate_id;
  bool ocsp_stapling_enable = false;
  std::string ocsp_server_ca_id;
  bool ocsp_ssl_enable = true;
};

/// The members that an update can change; all others are kept.
struct DomainChanges {
  std::optional<std::string> server_certificate_id;
  std::optional<bool> ocsp_stapling_enable;
  std::optional<std::string> ocsp_server_ca_id;
  std::optional<bool> ocsp_ssl_enable;

  DomainConfiguration applied_to(DomainConfiguration current) const;
};

/// The body of a create; the id is left empty.
base::Result<DomainConfiguration, Refused> read_new_domain(json::Value body);

/// The body of an update. Errors: a member that cannot be changed.
base::Result<DomainChanges, Refused> read_domain_changes(json::Value body);

/// A configuration as returned by the platform.
void write_members(json::Writer& w, const DomainConfiguration& configuration);
std::string to_json(const DomainConfiguration& configuration);

}  // namespace simulator
