#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/time.h"
#include "planner/observation.h"

namespace forecast {

/// What the operator would do next for one instance.
struct Forecast {
  std::vector<std::string> actions;  ///< in their order; those that change the platform or the ownership of something
  std::vector<std::string> waits;    ///< objects that are not Ready after that, and why
  std::vector<std::string> assumptions;  ///< what it depends on
  bool rests = false;                    ///< false: still not at rest after many steps
};

/// Repeats the operator's own planner, on the assumption that each effect succeeds, until nothing is left to do.
/// `certificates` are those that refer to the instance, with what is known about their Secrets.
Forecast forecast(std::shared_ptr<const resources::Instance> instance,
                  std::vector<planner::CertificateView> certificates, base::SystemTime now);

}  // namespace forecast
