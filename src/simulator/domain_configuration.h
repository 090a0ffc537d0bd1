#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "json/value.h"
#include "json/writer.h"
#include "simulator/refusal.h"

namespace simulator {

/// What makes the platform serve a certificate on a custom domain.
struct DomainConfiguration {
  std::string id;
  std::string domain_name;
  std::string server_certificate_id;
  bool ocsp_stapling_enable = false;
  std::string ocsp_server_ca_id;
  bool ocsp_ssl_enable = true;
};

/// What an update may change; the rest of a configuration stays as it is.
struct DomainChanges {
  std::optional<std::string> server_certificate_id;
  std::optional<bool> ocsp_stapling_enable;
  std::optional<std::string> ocsp_server_ca_id;
  std::optional<bool> ocsp_ssl_enable;

  DomainConfiguration applied_to(DomainConfiguration current) const;
};

/// The body of a create; the id is left empty.
base::Result<DomainConfiguration, Refused> read_new_domain(json::Value body);

/// The body of an update. Errors: a member that it may not change.
base::Result<DomainChanges, Refused> read_domain_changes(json::Value body);

/// A configuration as the platform shows it.
void write_members(json::Writer& w, const DomainConfiguration& configuration);
std::string to_json(const DomainConfiguration& configuration);

}  // namespace simulator
