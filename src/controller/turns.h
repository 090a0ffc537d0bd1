#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/time.h"
#include "meta/uid.h"

// A fair order of work between namespaces and objects.
namespace controller {

/// The order of work that one reconcile may not be able to complete. Namespaces take turns, and so do the objects of
/// each namespace; the one whose last turn is the oldest comes first. So many objects in one namespace do not delay
/// another namespace. Not thread-safe.
class Turns {
 public:
  struct Entry {
    meta::Uid uid;
    std::string ns;
  };
  /// Indexes into `entries`. Objects without a turn, or with one at the same time, keep their order.
  std::vector<std::size_t> order(const std::vector<Entry>& entries) const;
  void had(const Entry& entry, base::BootTime now);
  /// Forgets all other objects.
  void keep(const std::set<meta::Uid>& uids);

 private:
  std::map<meta::Uid, base::BootTime> objects_;
  std::map<std::string, base::BootTime> namespaces_;
};

}  // namespace controller
