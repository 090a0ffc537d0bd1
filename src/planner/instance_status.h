#pragma once

#include "planner/observation.h"

// The status of an IoTDAInstance.
namespace planner {

/// The status with these ledgers. `rebuilt`: the ledger replaces one that was lost, so it is written even if it is
/// empty.
InstanceStatus instance_status(const Observation& o, const Ledger& ledger, const DomainLedger& domains,
                               bool rebuilt = false);

}  // namespace planner
