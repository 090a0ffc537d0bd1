#include "simulator/members.h"

#include <chrono>

namespace simulator::members {

using std::chrono::milliseconds;

Outcome wrong(std::string_view key, std::string_view expected) {
  return base::Err(std::string(key) + " must be " + std::string(expected));
}

Outcome unknown(std::string_view key) {
  return base::Err("there is no " + std::string(key));
}

Outcome read(bool& to, std::string_view key, json::Value value) {
  if (!value.boolean()) return wrong(key, "true or false");
  to = *value.boolean();
  return {};
}

Outcome read(std::string& to, std::string_view key, json::Value value) {
  if (!value.string()) return wrong(key, "text");
  to = *value.string();
  return {};
}

Outcome read(int& to, std::string_view key, std::int64_t min, std::int64_t max, json::Value value) {
  const auto number = value.integer();
  if (!number || *number < min || *number > max) {
    return wrong(key, std::to_string(min) + " to " + std::to_string(max));
  }
  to = static_cast<int>(*number);
  return {};
}

Outcome read(base::Duration& to, std::string_view key, json::Value value) {
  return read(to, key, 0, 3'600'000, value);
}

Outcome read(base::Duration& to, std::string_view key, std::int64_t min, std::int64_t max, json::Value value) {
  int ms = 0;
  if (Outcome o = read(ms, key, min, max, value); !o) return o;
  to = milliseconds(ms);
  return {};
}

std::int64_t in_ms(base::Duration d) {
  return std::chrono::duration_cast<milliseconds>(d).count();
}

}  // namespace simulator::members
