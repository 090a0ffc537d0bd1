#include "simulator/percent.h"

#include <algorithm>

#include "base/text.h"

namespace simulator {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
         c == '.' || c == '~';
}

std::string decode_form(std::string_view s) {
  std::string spaced(s);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  return percent_decode(spaced);
}

}  // namespace

std::string percent_decode(std::string_view s) {
  std::string out;
  out.reserve(s.size());
  for (std::size_t i = 0; i < s.size(); ++i) {
    const bool escape = s[i] == '%' && i + 2 < s.size() && hex_digit(s[i + 1]) >= 0 && hex_digit(s[i + 2]) >= 0;
    out += escape ? static_cast<char>(hex_digit(s[i + 1]) * 16 + hex_digit(s[i + 2])) : s[i];
    if (escape) i += 2;
  }
  return out;
}

std::string percent_encode(std::string_view s) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  out.reserve(s.size());
  for (const char c : s) {
    if (unreserved(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += digits[byte >> 4U];
    out += digits[byte & 0xFU];
  }
  return out;
}

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
