#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace simulator {

/// The calls that the platform offers.
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

/// "add", "list", "show", "delete", "domain_create", … on the admin side.
std::string_view name_of(Call call);
std::optional<Call> call_named(std::string_view name);

struct Route {
  Call call = Call::kAdd;
  std::string project_id;
  /// Of the certificate or the configuration, where the path names one.
  std::string id;
};

/// Finds the call for a method and a raw request target. None where the gateway has no API.
std::optional<Route> route(std::string_view method, std::string_view target);

}  // namespace simulator
