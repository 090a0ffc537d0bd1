#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/time.h"

namespace controller {

/// The order of work that there may be too much of for one visit: each namespace has its turn, and within it each
/// object, whoever had none for the longest time first. So many objects of one namespace take nothing from another.
/// Not thread-safe.
class Turns {
 public:
  struct Entry {
    std::string uid;
    std::string ns;
  };
  /// Indexes into `entries`. Where nobody has had a turn yet, or at the same time, their order stands.
  std::vector<std::size_t> order(const std::vector<Entry>& entries) const;
  void had(const Entry& entry, base::BootTime now);
  /// What is none of these is forgotten.
  void keep(const std::set<std::string>& uids);

 private:
  std::map<std::string, base::BootTime> objects_;  ///< by uid
  std::map<std::string, base::BootTime> namespaces_;
};

}  // namespace controller
