#include "cloud/answer.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "base/ascii.h"
#include "base/text.h"
#include "base/time_format.h"
#include "http/answer.h"
#include "json/value.h"

namespace cloud {
namespace {

constexpr std::array<std::string_view, 3> kCodeNames{"error_code", "errorCode", "code"};
constexpr std::array<std::string_view, 7> kTextNames{"error_msg", "errorMsg", "error_message",    "message",
                                                     "msg",       "error",    "error_description"};
constexpr std::array<std::string_view, 2> kRequestIdNames{"request_id", "requestId"};

/// Longest body that is read as JSON or quoted; a longer one is not an error of the platform.
constexpr std::size_t kMaxBody = 64U << 10U;

bool is_token(std::string_view s) {
  constexpr std::size_t longest = 64;
  return s.size() <= longest && base::consists_of(s, [](char c) {
           return base::is_alphanumeric(c) || std::string_view("._-").find(c) != std::string_view::npos;
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
  if (const auto date = base::parse_http_date(base::trim(headers.get("Retry-After").value_or("")))) {
    return std::clamp(*date - now, base::Duration::zero(), longest);
  }
  return http::retry_after(headers);
}

std::optional<base::Duration> clock_skew(const http::Headers& headers, base::SystemTime now) {
  const auto header = headers.get("Date");
  if (!header) return std::nullopt;
  const auto date = base::parse_http_date(base::trim(*header));
  if (!date) return std::nullopt;
  return now - *date;
}

}  // namespace cloud
