#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "json/value.h"
#include "json/writer.h"

namespace controller {

/// metav1.Condition.
struct Condition {
  std::string type;
  bool status = false;
  std::string reason;
  std::string message;
  std::int64_t observed_generation = 0;
  std::string last_transition_time;  ///< RFC 3339

  bool operator==(const Condition&) const = default;
};

/// Condition types; Ready and Available always stand in a status, the others only while true (kstatus).
inline constexpr std::string_view kReady = "Ready";
inline constexpr std::string_view kAvailable = "Available";
inline constexpr std::string_view kReconciling = "Reconciling";
inline constexpr std::string_view kStalled = "Stalled";

/// Sorted by type.
using Conditions = std::vector<Condition>;

const Condition* find(const Conditions& conditions, std::string_view type);

/// Keeps the transition times of conditions whose status is what it was; the others get `now`.
void carry_transition_times(Conditions& conditions, const Conditions& before, const std::string& now);

/// Longest message that is written; kubectl shows it in one line.
inline constexpr std::size_t kMaxMessage = 1024;

Conditions parse_conditions(const json::Value& list);
void write_conditions(json::Writer& out, const Conditions& conditions);

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

/// Cuts to the bounds of the CRDs. Done before a status is compared, so that what is read back is equal to it.
void bound(std::string& text, std::size_t max);
void bound(int& number, int max);
inline constexpr int kMaxNumber = 1'000'000;
void bound(LastError& error);

}  // namespace controller
