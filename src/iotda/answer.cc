#include "iotda/answer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include "base/text.h"
#include "json/value.h"

namespace iotda {
namespace {

constexpr std::array<std::string_view, 3> kCodeNames{"error_code", "errorCode", "code"};
constexpr std::array<std::string_view, 7> kTextNames{"error_msg", "errorMsg", "error_message",    "message",
                                                     "msg",       "error",    "error_description"};
constexpr std::array<std::string_view, 2> kRequestIdNames{"request_id", "requestId"};

/// Longest body that is read as JSON or quoted; a longer one is not an error of the platform.
constexpr std::size_t kMaxBody = 64U << 10U;

bool is_token(std::string_view s) {
  constexpr std::size_t longest = 64;
  return !s.empty() && s.size() <= longest && std::all_of(s.begin(), s.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._-").find(c) != std::string_view::npos;
  });
}

std::string text_of(json::Value v) {
  return v.string_or("");
}

/// The codes of other parts of the platform are numbers; an HTTP status that is repeated in the body is not a code.
std::string code_of(json::Value v) {
  if (const auto number = v.integer(); number && (*number < 100 || *number > 599)) return std::to_string(*number);
  const std::string code = v.string_or("");
  return is_token(code) ? code : "";
}

/// The first member with one of the names, in this object or in nested objects.
template <class Names, class Read>
std::string find(json::Value value, const Names& names, const Read& read, int depth = 3) {
  for (const std::string_view name : names) {
    if (std::string found = read(value[name]); !found.empty()) return found;
  }
  if (depth == 0) return {};
  for (const auto& [key, inner] : value.members()) {
    if (std::string found = find(inner, names, read, depth - 1); !found.empty()) return found;
  }
  for (const json::Value inner : value.items()) {
    if (std::string found = find(inner, names, read, depth - 1); !found.empty()) return found;
  }
  return {};
}

/// IMF-fixdate of RFC 9110 §5.6.7, the only form that is still in use: "Sun, 06 Nov 1994 08:49:37 GMT".
std::optional<base::SystemTime> parse_http_date(std::string_view s) {
  constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  constexpr std::string_view form = "Sun, 06 Nov 1994 08:49:37 GMT";
  if (s.size() != form.size() || !s.ends_with(" GMT")) return std::nullopt;
  const auto number = [&](std::size_t at, std::size_t width) {
    int value = -1;
    const char* const end = s.data() + at + width;
    return std::from_chars(s.data() + at, end, value).ptr == end ? value : -1;
  };
  using namespace std::chrono;
  const auto* const month_name = std::find(months.begin(), months.end(), s.substr(8, 3));
  const auto month_number = static_cast<unsigned>(month_name - months.begin()) + 1;
  const year_month_day date{year{number(12, 4)}, month{month_number}, day{static_cast<unsigned>(number(5, 2))}};
  const int h = number(17, 2);
  const int m = number(20, 2);
  const int sec = number(23, 2);
  // SystemTime holds the years 1678 to 2261; dates of messages are close to the present.
  if (!date.ok() || date.year() < year{1970} || date.year() > year{2261}) return std::nullopt;
  if (h < 0 || h > 23 || m < 0 || m > 59 || sec < 0 || sec > 60) return std::nullopt;
  return sys_days{date} + hours{h} + minutes{m} + seconds{sec};
}

}  // namespace

std::string request_id_of(const http::Headers& headers, const Confidences& withheld) {
  for (const std::string_view name : {"X-Request-Id", "X-IAM-Trace-Id"}) {
    if (const auto value = headers.get(name)) {
      if (std::string id = request_id_or_empty(base::trim(*value), withheld); !id.empty()) return id;
    }
  }
  return {};
}

Answer read_answer(const http::Response& response, const Confidences& withheld) {
  Answer answer;
  answer.request_id = request_id_of(response.headers, withheld);
  if (response.body.size() > kMaxBody) return answer;
  const auto document = json::Document::parse(response.body);
  if (!document || !(document->root().is_object() || document->root().is_array())) {
    answer.text = response.body;
    return answer;
  }
  answer.error_code = find(document->root(), kCodeNames, code_of);
  answer.text = find(document->root(), kTextNames, text_of);
  if (answer.request_id.empty()) {
    answer.request_id = request_id_or_empty(find(document->root(), kRequestIdNames, text_of), withheld);
  }
  return answer;
}

std::optional<base::Duration> retry_after(const http::Headers& headers, base::SystemTime now) {
  constexpr base::Duration longest = std::chrono::hours(1);
  const auto header = headers.get("Retry-After");
  if (!header) return std::nullopt;
  const std::string_view value = base::trim(*header);
  if (const auto date = parse_http_date(value)) return std::clamp(*date - now, base::Duration::zero(), longest);
  const bool digits = !value.empty() && value.find_first_not_of("0123456789") == std::string_view::npos;
  if (!digits) return std::nullopt;
  int seconds = 0;
  if (std::from_chars(value.data(), value.data() + value.size(), seconds).ec != std::errc{}) return longest;
  return std::min<base::Duration>(std::chrono::seconds(seconds), longest);
}

std::optional<base::Duration> clock_skew(const http::Headers& headers, base::SystemTime now) {
  const auto header = headers.get("Date");
  if (!header) return std::nullopt;
  const auto date = parse_http_date(base::trim(*header));
  if (!date) return std::nullopt;
  return now - *date;
}

}  // namespace iotda
