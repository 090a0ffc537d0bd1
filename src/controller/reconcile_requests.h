#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/time.h"
#include "base/token_bucket.h"

namespace controller {

/// The annotation reconcile-requested-at on ServerCertificates: who may edit one can set it as often as they like, and
/// each time the Secret is read and what the platform has refused is tried again. So many of them are acted on at once,
/// then one in a while, for each object and for all objects of an instance together; the others wait. Whose namespace
/// had none for the longest time comes first. Not thread-safe.
class ReconcileRequests {
 public:
  static constexpr double kBurst = 5;
  static constexpr base::Duration kRefill = std::chrono::minutes(1);
  static constexpr double kInstanceBurst = 20;
  static constexpr base::Duration kInstanceRefill = std::chrono::seconds(10);

  struct Request {
    std::string uid;
    std::string ns;
  };
  /// What became of the requests that there are.
  struct Verdict {
    std::set<std::string> granted;                  ///< uids
    std::map<std::string, base::BootTime> waiting;  ///< by uid: not before that time
  };
  Verdict judge(std::vector<Request> requests, base::BootTime now);

 private:
  std::map<std::string, base::TokenBucket> objects_;  ///< by uid; those that are not full
  base::TokenBucket instance_{kInstanceBurst, kInstanceRefill};
  std::map<std::string, base::BootTime> served_;  ///< by namespace: when it had one last
};

}  // namespace controller
