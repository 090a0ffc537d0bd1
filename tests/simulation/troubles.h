#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kube/api.h"

namespace simulation {

/// What is the matter with calls of the API server about one object, while all others go well.
struct ObjectTrouble {
  enum class Call { kGet, kFinalizer, kStatus };
  std::string resource;  ///< plural
  kube::ObjectName name;
  Call call = Call::kGet;
  kube::Error error;
  int times = -1;  ///< how many calls fail; -1: all
};

class Troubles {
 public:
  void add(ObjectTrouble trouble) { all_.push_back(std::move(trouble)); }
  void clear() { all_.clear(); }
  const std::vector<ObjectTrouble>& all() const { return all_; }

  /// What such a call gets instead of an answer.
  std::optional<kube::Error> about(const kube::Resource& resource, const kube::ObjectName& name, std::string_view verb,
                                   std::string_view subresource);

 private:
  std::vector<ObjectTrouble> all_;
};

std::string to_string(const ObjectTrouble& trouble);

}  // namespace simulation
