#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace simulator {

<<<<<<< HEAD:src/simulator/query.h
=======
/// Percent-decoding (RFC 3986 §2.1). Invalid escapes are kept.
std::string percent_decode(std::string_view s);

/// Encodes all characters except the unreserved ones, with upper-case hex.
std::string percent_encode(std::string_view s);

>>>>>>> 53b1be7cb832345625f055befad79bad1c534825:src/simulator/percent.h
/// The decoded pairs of a query string in their order; a name without "=" has an empty value, "+" is a space.
using Query = std::vector<std::pair<std::string, std::string>>;
Query parse_query(std::string_view query);

/// The query part of a raw request target, without "?".
std::string_view query_of(std::string_view target);

/// The first value with that name.
std::optional<std::string_view> find(const Query& query, std::string_view name);

}  // namespace simulator
