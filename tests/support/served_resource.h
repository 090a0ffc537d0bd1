#pragma once

#include <string>

#include "kube/api.h"

namespace testing_support {

/// A type that the API server knows, as its CustomResourceDefinition declares it.
struct ServedResource {
  kube::Resource resource;
  std::string kind;
  bool namespaced = true;
  /// Status is written through the subresource only, and metadata.generation counts the other changes.
  bool status_subresource = true;
  /// JSON of members that an object gets where it lacks them, the defaults of the schema; empty for none.
  std::string defaults;
};

}  // namespace testing_support
