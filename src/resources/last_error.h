#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "json/value.h"
#include "json/writer.h"

// Fields that the statuses of both kinds share, besides the conditions.
namespace resources {

/// `lastError` of both kinds: the last request that the platform rejected.
struct LastError {
  std::string time;  ///< RFC 3339
  std::string reason;
  std::string message;
  int http_status = 0;
  std::string error_code;
  std::string request_id;

  bool operator==(const LastError&) const = default;
};

LastError parse_last_error(const json::Value& value);
/// With `nulls`, empty members are written as null, which removes them in a merge patch. Otherwise they are left out,
/// as in a server-side apply.
void write_last_error(json::Writer& out, const LastError& error, bool nulls);

/// One member of a status: left out when empty, or null if `nulls`.
void write_optional(json::Writer& out, std::string_view name, const std::string& text, bool nulls);

/// Maximum length of a message. kubectl shows it in one line.
inline constexpr std::size_t kMaxMessage = 1024;
inline constexpr int kMaxNumber = 1'000'000;

/// Truncates to the limits of the CRDs. Call it before a status is compared: what the API server returns is then equal
/// to what was written.
void bound(std::string& text, std::size_t max);
void bound(int& number, int max);
void bound(LastError& error);

}  // namespace resources
