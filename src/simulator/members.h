#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "base/time.h"
#include "json/value.h"
#include "json/writer.h"

/// Reads and writes the members of the settings in the admin API. Every error is a message that names the member.
namespace simulator::members {

using Outcome = base::Result<void, std::string>;

/// The text of each value of an enumeration.
template <class E, std::size_t N>
using Names = std::array<std::pair<E, std::string_view>, N>;

Outcome wrong(std::string_view key, std::string_view expected);
Outcome unknown(std::string_view key);

Outcome read(bool& to, std::string_view key, json::Value value);
Outcome read(std::string& to, std::string_view key, json::Value value);
Outcome read(int& to, std::string_view key, std::int64_t min, std::int64_t max, json::Value value);
/// Milliseconds, at most one hour.
Outcome read(base::Duration& to, std::string_view key, json::Value value);
/// Milliseconds between `min` and `max`.
Outcome read(base::Duration& to, std::string_view key, std::int64_t min, std::int64_t max, json::Value value);
std::int64_t in_ms(base::Duration d);

template <class E, std::size_t N>
Outcome read(E& to, const Names<E, N>& names, std::string_view key, json::Value value) {
  std::string expected;
  for (const auto& [e, name] : names) {
    if (value.string() == name) {
      to = e;
      return {};
    }
    expected += (expected.empty() ? "" : " or ") + std::string(name);
  }
  return wrong(key, expected);
}

template <class E, std::size_t N>
std::string_view name(E e, const Names<E, N>& names) {
  for (const auto& [candidate, text] : names) {
    if (candidate == e) return text;
  }
  return {};
}

/// A list of calls; `named` finds the call with a name.
template <class Call>
Outcome read(std::set<Call>& to, std::optional<Call> (*named)(std::string_view), std::string_view key,
             json::Value value) {
  if (!value.is_array()) return wrong(key, "a list of calls");
  std::set<Call> calls;
  for (const json::Value item : value.items()) {
    const auto call = named(item.string().value_or(""));
    if (!call) return wrong(key, "a list of calls; unknown: " + item.dump());
    calls.insert(*call);
  }
  to = std::move(calls);
  return {};
}

template <class Call>
void write(json::Writer& w, std::string_view key, const std::set<Call>& calls) {
  w.key(key).begin_array();
  for (const Call call : calls) w.value(name_of(call));
  w.end_array();
}

/// Changes the members in `changes` with read_one(settings, key, value). On an error, nothing is changed.
template <class Settings, class ReadOne>
Outcome update(Settings& settings, json::Value changes, const ReadOne& read_one) {
  if (!changes.is_object()) return base::Err(std::string("an object is expected"));
  Settings changed = settings;
  for (const auto& [key, value] : changes.members()) {
    if (Outcome o = read_one(changed, key, value); !o) return o;
  }
  settings = std::move(changed);
  return {};
}

}  // namespace simulator::members
