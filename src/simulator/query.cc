#include "simulator/query.h"

#include <algorithm>

#include "base/percent.h"
#include "base/text.h"

namespace simulator {
namespace {

std::string decode_form(std::string_view s) {
  std::string spaced(s);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  return base::percent_decode(spaced);
}

}  // namespace

Query parse_query(std::string_view query) {
  Query pairs;
  for (const std::string& part : base::split(query, '&')) {
    if (part.empty()) continue;
    const std::string_view view = part;
    const auto equals = view.find('=');
    pairs.emplace_back(decode_form(view.substr(0, equals)),
                       equals == std::string_view::npos ? "" : decode_form(view.substr(equals + 1)));
  }
  return pairs;
}

std::string_view query_of(std::string_view target) {
  const auto mark = target.find('?');
  return mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
}

std::optional<std::string_view> find(const Query& query, std::string_view name) {
  for (const auto& [n, value] : query) {
    if (n == name) return value;
  }
  return std::nullopt;
}

}  // namespace simulator
