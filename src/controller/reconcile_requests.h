#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/time.h"
#include "base/token_bucket.h"
#include "meta/uid.h"

// Limits how often users can request a reconciliation.
namespace controller {

/// Requests by the annotation reconcile-requested-at on ServerCertificates. A user can set it as often as they like,
/// and each request reads the Secret and sends again what the platform has rejected. Therefore the rate is limited, for
/// each object and for all objects of an instance together; the other requests wait. The namespace whose last request
/// is the oldest comes first. Not thread-safe.
class ReconcileRequests {
 public:
  static constexpr double kBurst = 5;
  static constexpr base::Duration kRefill = std::chrono::minutes(1);
  static constexpr double kInstanceBurst = 20;
  static constexpr base::Duration kInstanceRefill = std::chrono::seconds(10);

  struct Request {
    meta::Uid uid;
    std::string ns;
  };
  /// The result for all current requests.
  struct Verdict {
    std::set<meta::Uid> granted;
    std::map<meta::Uid, base::BootTime> waiting;  ///< not before that time
  };
  Verdict judge(std::vector<Request> requests, base::BootTime now);

 private:
  std::map<meta::Uid, base::TokenBucket> objects_;  ///< those that are not full
  base::TokenBucket instance_{kInstanceBurst, kInstanceRefill};
  std::map<std::string, base::BootTime> served_;  ///< by namespace: when it had one last
};

}  // namespace controller
