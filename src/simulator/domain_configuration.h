#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "json/value.h"
#include "json/writer.h"
#include "simulator/refusal.h"

namespace simulator {

/// The server_certificate_config of a domain configuration, with the defaults of the reference.
struct Ocsp {
  bool stapling_enable = false;
  std::string server_ca_id;
  bool ssl_enable = true;
};

/// What makes the platform serve a certificate on a custom domain.
struct DomainConfiguration {
  std::string id;
  std::string domain_name;
  std::string server_certificate_id;
  Ocsp ocsp;
};

/// What an update may change, each as a whole; the rest of a configuration stays as it is.
struct DomainChanges {
  std::optional<std::string> server_certificate_id;
  std::optional<Ocsp> ocsp;

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
