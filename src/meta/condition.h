#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "json/value.h"
#include "json/writer.h"

namespace meta {

/// Condition (meta/v1).
struct Condition {
  std::string type;
  bool status = false;
  std::string reason;
  std::string message;
  std::int64_t observed_generation = 0;
  std::string last_transition_time;  ///< RFC 3339

  bool operator==(const Condition&) const = default;
};

/// Condition types, as kstatus knows them: Ready always stands in a status, the other two only while they are true.
inline constexpr std::string_view kReady = "Ready";
inline constexpr std::string_view kReconciling = "Reconciling";
inline constexpr std::string_view kStalled = "Stalled";

/// Sorted by type.
using Conditions = std::vector<Condition>;

const Condition* find(const Conditions& conditions, std::string_view type);

/// Keeps the transition times of conditions whose status is what it was; the others get `now`.
void carry_transition_times(Conditions& conditions, const Conditions& before, const std::string& now);

Conditions parse_conditions(const json::Value& list);
void write_conditions(json::Writer& out, const Conditions& conditions);

}  // namespace meta
