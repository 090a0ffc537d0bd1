#include "simulator/call.h"

#include <array>
#include <vector>

#include "base/percent.h"
#include "base/text.h"
#include "simulator/query.h"

namespace simulator {
namespace {

struct Row {
  Call call;
  std::string_view name;
  std::string_view method;
  std::string_view collection;
  bool names_one;
};

constexpr std::string_view kCertificates = "server-certificates";
constexpr std::string_view kConfigurations = "domain-configurations";
constexpr std::array<Row, kCalls> kTable = {{
    {Call::kAdd, "add", "POST", kCertificates, false},
    {Call::kList, "list", "GET", kCertificates, false},
    {Call::kShow, "show", "GET", kCertificates, true},
    {Call::kDelete, "delete", "DELETE", kCertificates, true},
    {Call::kDomainCreate, "domain_create", "POST", kConfigurations, false},
    {Call::kDomainList, "domain_list", "GET", kConfigurations, false},
    {Call::kDomainShow, "domain_show", "GET", kConfigurations, true},
    {Call::kDomainUpdate, "domain_update", "PUT", kConfigurations, true},
    {Call::kDomainDelete, "domain_delete", "DELETE", kConfigurations, true},
}};

}  // namespace

std::string_view name_of(Call call) {
  for (const Row& r : kTable) {
    if (r.call == call) return r.name;
  }
  return {};
}

std::optional<Call> call_named(std::string_view name) {
  for (const Row& r : kTable) {
    if (r.name == name) return r.call;
  }
  return std::nullopt;
}

std::optional<Route> route(std::string_view method, std::string_view target) {
  // "", v5, iot, {project_id}, {collection}[, {id}]
  const std::vector<std::string> parts = base::split(target.substr(0, target.find('?')), '/');
  if (parts.size() < 5 || parts.size() > 6 || !parts[0].empty() || parts[1] != "v5" || parts[2] != "iot") {
    return std::nullopt;
  }
  const bool names_one = parts.size() == 6;
  if (parts[3].empty() || (names_one && parts[5].empty())) return std::nullopt;
  for (const Row& r : kTable) {
    if (r.method == method && r.collection == parts[4] && r.names_one == names_one) {
      return Route{r.call, base::percent_decode(parts[3]), names_one ? base::percent_decode(parts[5]) : ""};
    }
  }
  return std::nullopt;
}

}  // namespace simulator
