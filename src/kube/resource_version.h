#pragma once

#include <string>
#include <string_view>
#include <tuple>

namespace kube {

/// True if resourceVersion `a` is newer than `b`. They are compared as numbers, which they are in every API server with
/// etcd; a value that is not a number counts as newer.
inline bool newer(const std::string& a, const std::string& b) {
  const auto is_number = [](const std::string& s) {
    return !s.empty() && s.find_first_not_of("0123456789") == std::string::npos;
  };
  if (!is_number(a) || !is_number(b)) return a != b;
  return std::make_tuple(a.size(), std::string_view(a)) > std::make_tuple(b.size(), std::string_view(b));
}

}  // namespace kube
