#include "operator/condition.h"

#include <algorithm>

#include "base/text.h"

namespace controller {

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

LastError parse_last_error(const json::Value& value) {
  return {value["time"].string_or(""),      value["reason"].string_or(""),
          value["message"].string_or(""),   static_cast<int>(value["httpStatus"].integer_or(0)),
          value["errorCode"].string_or(""), value["requestId"].string_or("")};
}

void write_last_error(json::Writer& out, const LastError& error, bool nulls) {
  out.key("lastError").begin_object();
  out.member("time", error.time).member("reason", error.reason).member("message", error.message);
  if (error.http_status != 0) {
    out.member("httpStatus", error.http_status);
  } else if (nulls) {
    out.key("httpStatus").null();
  }
  write_optional(out, "errorCode", error.error_code, nulls);
  write_optional(out, "requestId", error.request_id, nulls);
  out.end_object();
}

void write_optional(json::Writer& out, std::string_view name, const std::string& text, bool nulls) {
  if (!text.empty()) {
    out.member(name, text);
  } else if (nulls) {
    out.key(name).null();
  }
}

void bound(std::string& text, std::size_t max) {
  if (text.size() > max) text = base::truncate(text, max);
}

void bound(int& number, int max) {
  number = std::clamp(number, 0, max);
}

void bound(LastError& error) {
  bound(error.http_status, 999);
  bound(error.reason, 128);
  bound(error.message, kMaxMessage);
  bound(error.error_code, 64);
  bound(error.request_id, 128);
}

}  // namespace controller
