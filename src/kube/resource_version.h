#pragma once

#include <string>
#include <string_view>
#include <tuple>

#include "base/ascii.h"

namespace kube {

/// True if resourceVersion `a` is newer than `b`. They are compared as numbers, which they are in every API server with
/// etcd; a value that is not a number counts as newer.
inline bool newer(const std::string& a, const std::string& b) {
  if (!base::consists_of(a, base::is_digit) || !base::consists_of(b, base::is_digit)) return a != b;
  return std::make_tuple(a.size(), std::string_view(a)) > std::make_tuple(b.size(), std::string_view(b));
}

}  // namespace kube
