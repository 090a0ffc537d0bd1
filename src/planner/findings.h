#pragma once

#include <optional>
#include <vector>

#include "planner/observation.h"

// What the steps of a plan found, for the statuses.
namespace planner {

/// Why the work for an object does not progress. One element for each certificate of the observation.
using Blocked = std::vector<std::optional<Problem>>;

struct Findings {
  const Ledger& ledger;
  const DomainLedger& domains;
  const Blocked& blocked;   ///< why it is not uploaded
  const Blocked& unserved;  ///< why its domain does not serve it
};

/// The same for one object.
struct Situation {
  const Observation& o;
  const Ledger& ledger;
  const DomainLedger& domains;
  const CertificateView& view;
  const std::optional<Problem>& blocked;
  const std::optional<Problem>& unserved;
  const Slot* held;  ///< the certificate that the status is about; null: none is on the platform
  bool up_to_date;   ///< and it has the chain that the object wants
};

}  // namespace planner
