#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace simulator {

/// The calls of the API.
enum class Call {
  kAdd,
  kList,
  kShow,
  kDelete,
  kDomainCreate,
  kDomainList,
  kDomainShow,
  kDomainUpdate,
  kDomainDelete,
};
inline constexpr int kCalls = static_cast<int>(Call::kDomainDelete) + 1;

/// The name in the admin API: "add", "list", "show", "delete", "domain_create", …
std::string_view name_of(Call call);
std::optional<Call> call_named(std::string_view name);

struct Route {
  Call call = Call::kAdd;
  std::string project_id;
  /// Id of the certificate or the configuration, if the path has one.
  std::string id;
};

/// Finds the call for a method and a raw request target. Nothing if the API has no such call.
std::optional<Route> route(std::string_view method, std::string_view target);

}  // namespace simulator
