#pragma once

#include <compare>
#include <string>
#include <string_view>

// How Kubernetes names a type of resource and one object of it.
namespace meta {

/// A resource type. `group` is empty for the core group.
struct Resource {
  std::string_view group;
  std::string_view version;
  std::string_view plural;
};

struct ObjectName {
  std::string ns;  ///< empty for a cluster-scoped object
  std::string name;

  auto operator<=>(const ObjectName&) const = default;
  std::string to_string() const { return ns.empty() ? name : ns + "/" + name; }
};

}  // namespace meta
