#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace simulator {

/// The decoded pairs of a query string in their order; a name without "=" has an empty value, "+" is a space.
using Query = std::vector<std::pair<std::string, std::string>>;
Query parse_query(std::string_view query);

/// The query part of a raw request target, without "?".
std::string_view query_of(std::string_view target);

/// The first value with that name.
std::optional<std::string_view> find(const Query& query, std::string_view name);

}  // namespace simulator
