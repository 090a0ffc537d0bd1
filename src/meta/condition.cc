#include "meta/condition.h"

#include <algorithm>

namespace meta {

const Condition* find(const Conditions& conditions, std::string_view type) {
  const auto it =
      std::find_if(conditions.begin(), conditions.end(), [&](const Condition& c) { return c.type == type; });
  return it == conditions.end() ? nullptr : &*it;
}

void carry_transition_times(Conditions& conditions, const Conditions& before, const std::string& now) {
  for (Condition& c : conditions) {
    const Condition* old = find(before, c.type);
    c.last_transition_time = old != nullptr && old->status == c.status ? old->last_transition_time : now;
  }
}

Conditions parse_conditions(const json::Value& list) {
  Conditions out;
  for (const json::Value& item : list.items()) {
    Condition c;
    c.type = item["type"].string_or("");
    c.status = item["status"].string_or("") == "True";
    c.reason = item["reason"].string_or("");
    c.message = item["message"].string_or("");
    c.observed_generation = item["observedGeneration"].integer_or(0);
    c.last_transition_time = item["lastTransitionTime"].string_or("");
    out.push_back(std::move(c));
  }
  std::sort(out.begin(), out.end(), [](const Condition& a, const Condition& b) { return a.type < b.type; });
  return out;
}

void write_conditions(json::Writer& out, const Conditions& conditions) {
  out.key("conditions").begin_array();
  for (const Condition& c : conditions) {
    out.begin_object()
        .member("type", c.type)
        .member("status", c.status ? "True" : "False")
        .member("reason", c.reason)
        .member("message", c.message)
        .member("observedGeneration", c.observed_generation)
        .member("lastTransitionTime", c.last_transition_time)
        .end_object();
  }
  out.end_array();
}

}  // namespace meta
