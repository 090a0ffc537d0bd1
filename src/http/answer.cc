#include "http/answer.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>

#include "base/ascii.h"
#include "base/number.h"
#include "base/text.h"

namespace http {

bool is_page(const Response& response) {
  const std::string type = base::to_lower(response.headers.get("Content-Type").value_or(""));
  return type.starts_with("text/html") || base::trim(response.body).starts_with('<');
}

std::optional<base::Duration> retry_after(const Headers& headers) {
  constexpr int longest = 3600;
  const std::string_view digits = base::trim(headers.get("Retry-After").value_or(""));
  if (!base::consists_of(digits, base::is_digit)) return std::nullopt;
  // What does not fit in an int is longer as well.
  return std::chrono::seconds(std::min(base::parse_integer<int>(digits).value_or(longest), longest));
}

}  // namespace http
