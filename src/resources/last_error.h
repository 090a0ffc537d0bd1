#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "json/value.h"
#include "json/writer.h"

// What the statuses of both kinds have in common besides conditions.
namespace resources {

/// `lastError` of both kinds: what the platform last refused.
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
/// For a merge patch, `nulls` removes the members that are empty; a server-side apply leaves them out.
void write_last_error(json::Writer& out, const LastError& error, bool nulls);

/// One member of a status: left out when empty, or null if `nulls`.
void write_optional(json::Writer& out, std::string_view name, const std::string& text, bool nulls);

/// Longest message that is written; kubectl shows it in one line.
inline constexpr std::size_t kMaxMessage = 1024;
inline constexpr int kMaxNumber = 1'000'000;

/// Cuts to the bounds of the CRDs. Done before a status is compared, so that what is read back is equal to it.
void bound(std::string& text, std::size_t max);
void bound(int& number, int max);
void bound(LastError& error);

}  // namespace resources
