#include "controller/reconcile_requests.h"

#include <algorithm>

namespace controller {

ReconcileRequests::Verdict ReconcileRequests::judge(std::vector<Request> requests, base::BootTime now) {
  Verdict verdict;
  std::erase_if(objects_, [&](const auto& entry) { return entry.second.tokens(now) >= kBurst; });
  std::erase_if(served_, [&](const auto& entry) { return entry.second + kInstanceBurst * kInstanceRefill < now; });
  std::erase_if(requests, [&](const Request& request) {
    const auto own = objects_.find(request.uid);
    const auto next = own == objects_.end() ? std::nullopt : own->second.next(now);
    if (next) verdict.waiting.emplace(request.uid, *next);
    return next.has_value();
  });
  while (!requests.empty()) {
    if (const auto next = instance_.next(now)) {
      for (const Request& request : requests) verdict.waiting.emplace(request.uid, *next);
      break;
    }
    const auto last = [&](const Request& request) {
      const auto served = served_.find(request.ns);
      return served == served_.end() ? base::BootTime::min() : served->second;
    };
    const auto first = std::min_element(requests.begin(), requests.end(),
                                        [&](const Request& a, const Request& b) { return last(a) < last(b); });
    instance_.spend(now);
    objects_.try_emplace(first->uid, kBurst, kRefill).first->second.spend(now);
    served_[first->ns] = now;
    verdict.granted.insert(first->uid);
    requests.erase(first);
  }
  return verdict;
}

}  // namespace controller
