#include "iotda/meaning.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/text.h"
#include "http/answer.h"

namespace iotda {
namespace {

using Code = Error::Code;

struct KnownCode {
  std::string_view error_code;
  Meaning meaning;
};

/// Source: API reference of IoTDA and of API Gateway, "Error codes".
constexpr std::array<KnownCode, 21> kKnownCodes{{
    {"IOTDA.000001", {Code::kUnknown}},
    {"IOTDA.000002", {Code::kUnauthorized, Cause::kWrongSigning}},
    {"IOTDA.000004", {Code::kUnauthorized, Cause::kTokenExpired}},
    {"IOTDA.000006", {Code::kRejected, Cause::kInput}},
    {"IOTDA.000008", {Code::kRejected, Cause::kInput}},
    {"IOTDA.000017", {Code::kRejected}},
    {"IOTDA.000021", {Code::kForbidden, Cause::kWrongEndpoint}},
    {"IOTDA.000022", {Code::kForbidden, Cause::kNoPermission}},
    {"IOTDA.001000", {Code::kForbidden, Cause::kUnknownProject}},
    {"IOTDA.001006", {Code::kForbidden, Cause::kUnknownProject}},
    {"IOTDA.014301", {Code::kRejected, Cause::kInput}},
    {"IOTDA.014304", {Code::kRejected}},
    {"IOTDA.021101", {Code::kThrottled, Cause::kThrottled}},
    {"IOTDA.021102", {Code::kThrottled, Cause::kThrottled}},
    {"APIGW.0101", {Code::kForbidden, Cause::kWrongEndpoint}},
    {"APIGW.0301", {Code::kUnauthorized, Cause::kWrongKey}},
    {"APIGW.0302", {Code::kForbidden, Cause::kNoPermission}},
    {"APIGW.0303", {Code::kUnauthorized, Cause::kWrongKey}},
    {"APIGW.0305", {Code::kUnauthorized, Cause::kWrongKey}},
    {"APIGW.0307", {Code::kUnauthorized, Cause::kTokenExpired}},
    {"APIGW.0308", {Code::kThrottled, Cause::kThrottled}},
}};

std::optional<Meaning> meaning_of_code(std::string_view error_code) {
  const auto* const known = std::find_if(kKnownCodes.begin(), kKnownCodes.end(),
                                         [&](const KnownCode& k) { return k.error_code == error_code; });
  if (known == kKnownCodes.end()) return std::nullopt;
  return known->meaning;
}

bool has_any(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

// The codes for these are not documented: only `text` (lower case) distinguishes them.

bool says_quota(std::string_view text) {
  if (has_any(text, {"quota", "配额"})) return true;
  if (has_any(text, {"request", "length", "size", "character", "长度"})) return false;  // limits of another kind
  return has_any(text, {"limit", "maximum", "上限"}) && has_any(text, {"number", "count", "certificates", "数量"});
}

bool says_throttled(std::string_view text) {
  return has_any(text, {"rate limit", "throttl", "flow control", "too many requests", "request rate"});
}

bool says_unknown_instance(std::string_view text) {
  return has_any(text, {"instance"}) && has_any(text, {"not exist", "not found", "invalid", "unknown", "no such"});
}

/// "token expires", "decrypt token fail". What follows in an echo of the request has the names of its headers.
bool says_token(std::string_view text) {
  for (const std::string_view echo : {"canonical", "signedheaders", "x-sdk-date"})
    text = text.substr(0, text.find(echo));
  return has_any(text, {"token"}) && has_any(text, {"expire", "invalid", "not valid", "decrypt"});
}

bool says_clock(std::string_view text) {
  return has_any(text, {"expire", "timestamp", "time skew", "out of date", "request time"});
}

bool says_unknown_access_key(std::string_view text) {
  return has_any(text, {"ak not exist", "get secretkey failed", "access key does not exist", "ak does not exist"});
}

bool says_locked(std::string_view text) {
  return has_any(text, {"locked", "access failed to reach the limit"});
}

/// Not 303: it may say where the result of what was done is.
bool sends_elsewhere(int status) {
  return status == 301 || status == 302 || status == 307 || status == 308;
}

/// Status codes that alone show that the request was not executed, whoever sent them.
bool is_definite_of_anyone(int status) {
  return status == 405 || status == 413 || status == 414 || status == 415 || status == 431;
}

bool is_definite(int status) {
  return status == 404 || is_definite_of_anyone(status);
}

Meaning meaning_of_status(Call call, int status, const cloud::Answer& answer, std::string_view text) {
  if (status == 401) return {Code::kUnauthorized, Cause::kWrongKey};
  if (status == 403) {
    if (says_throttled(text)) return {Code::kThrottled, Cause::kThrottled};
    return {Code::kForbidden, says_unknown_instance(text) ? Cause::kUnknownInstance : Cause::kNoPermission};
  }
  if (status == 429) return {Code::kThrottled, Cause::kThrottled};
  if (status == 404 && call != Call::kAdd && call != Call::kList && call != Call::kCreateDomain) {
    return {Code::kNotFound};
  }
  if (status < 400 || status >= 500 || status == 408) return {Code::kUnknown};
  if (answer.error_code.empty() && !is_definite(status)) return {Code::kUnknown};
  if (says_unknown_instance(text)) return {Code::kRejected, Cause::kUnknownInstance};
  if (status == 404) return {Code::kRejected, Cause::kUnknownProject};
  return {Code::kRejected, call == Call::kAdd ? Cause::kInput : Cause::kNone};
}

}  // namespace

bool is_intolerable(base::Duration skew) {
  return std::chrono::abs(skew) > std::chrono::minutes(14);
}

Meaning meaning_of(const Asked& asked, const http::Response& response, const cloud::Answer& answer) {
  const std::string text = base::to_lower(answer.text);
  const int status = response.status;
  // Gateways of some regions omit the W.
  const std::string code =
      answer.error_code.starts_with("APIG.") ? "APIGW." + answer.error_code.substr(5) : answer.error_code;
  // Whatever it contains, it is not a response of the platform.
  if (status >= 300 && status < 400) {
    return {sends_elsewhere(status) ? Code::kNotSent : Code::kUnknown, Cause::kRedirect};
  }
  // A page for people is not the platform's: it says nothing of the credentials or of what was asked for.
  if (http::is_page(response) && !is_definite_of_anyone(status)) {
    return {status == 429 ? Code::kThrottled : Code::kUnknown, Cause::kPage};
  }
  const bool refused = status >= 400 && status < 500;

  if (refused && has_any(text, {"x-auth-token"})) return {Code::kUnauthorized, Cause::kWrongSigning};
  if ((asked.call == Call::kAdd || asked.call == Call::kCreateDomain) && refused && status != 401 && status != 429 &&
      says_quota(text) && !says_throttled(text)) {
    return {Code::kQuota, Cause::kQuota};
  }
  Meaning meaning = meaning_of_code(code).value_or(meaning_of_status(asked.call, status, answer, text));
  if (meaning.code == Code::kUnauthorized) {
    const auto skew = cloud::clock_skew(response.headers, asked.now);
    const bool clock_is_off = skew && is_intolerable(*skew);
    if (!clock_is_off && says_unknown_access_key(text)) {
      meaning.cause = Cause::kUnknownAccessKey;
    } else if (!clock_is_off && says_locked(text)) {
      meaning.cause = Cause::kLocked;
    } else if (!clock_is_off && meaning.cause == Cause::kWrongKey && says_token(text)) {
      meaning.cause = Cause::kTokenExpired;
    } else if (clock_is_off || (meaning.cause == Cause::kWrongKey && says_clock(text))) {
      meaning.cause = Cause::kClock;
    }
  }
  return meaning;
}

}  // namespace iotda
