#include "simulator/behaviour.h"

#include <array>
#include <chrono>
#include <optional>
#include <utility>

#include "json/writer.h"

namespace simulator {
namespace {

using std::chrono::milliseconds;
using Outcome = base::Result<void, std::string>;

template <class E, std::size_t N>
using Names = std::array<std::pair<E, std::string_view>, N>;

constexpr Names<ErrorSpelling, 5> kSpellings = {{{ErrorSpelling::kErrorCode, "error_code"},
                                                 {ErrorSpelling::kErrorCodeCamel, "errorCode"},
                                                 {ErrorSpelling::kCode, "code"},
                                                 {ErrorSpelling::kNested, "nested"},
                                                 {ErrorSpelling::kText, "text"}}};
constexpr Names<Signing, 3> kSignings = {
    {{Signing::kAny, "any"}, {Signing::kDerived, "derived"}, {Signing::kStandard, "standard"}}};
constexpr Names<bool, 2> kAcceptance = {{{true, "refused"}, {false, "accepted"}}};

Outcome wrong(std::string_view name, std::string_view expected) {
  return base::Err(std::string(name) + " must be " + std::string(expected));
}

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

Outcome read(base::Duration& to, std::string_view key, json::Value value) {
  const auto ms = value.integer();
  if (!ms || *ms < 0 || *ms > 3'600'000) return wrong(key, "0 to 3600000");
  to = milliseconds(*ms);
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

Outcome read(std::string& to, std::string_view key, json::Value value) {
  if (!value.string()) return wrong(key, "text");
  to = *value.string();
  return {};
}

Outcome read(std::set<Call>& to, std::string_view key, json::Value value) {
  if (!value.is_array()) return wrong(key, "a list of calls");
  std::set<Call> calls;
  for (const json::Value item : value.items()) {
    const auto call = call_named(item.string().value_or(""));
    if (!call) return wrong(key, "a list of calls; unknown: " + item.dump());
    calls.insert(*call);
  }
  to = std::move(calls);
  return {};
}

Outcome read(std::map<Refusal, ErrorAnswer>& to, json::Value value) {
  for (const auto& [key, changes] : value.members()) {
    const auto refusal = refusal_named(key);
    if (!refusal) return base::Err("errors has no " + std::string(key));
    const auto entry = to.try_emplace(*refusal, usual_answer(*refusal)).first;
    for (const auto& [member, changed] : changes.members()) {
      if (Outcome o = update(entry->second, member, changed); !o) return o;
    }
  }
  return {};
}

Outcome read(Behaviour& b, std::string_view key, json::Value value) {
  if (key == "signing") return read(b.signing, kSignings, key, value);
  if (key == "duplicate_add") return read(b.duplicates_refused, kAcceptance, key, value);
  if (key == "delete_bound") return read(b.delete_bound_refused, kAcceptance, key, value);
  if (key == "error_spelling") return read(b.error_spelling, kSpellings, key, value);
  if (key == "denied") return read(b.denied, key, value);
  if (key == "throttled") return read(b.throttled, key, value);
  if (key == "list_lag_ms") return read(b.list_lag, key, value);
  if (key == "late_commit_ms") return read(b.late_commit, key, value);
  if (key == "latency_ms") return read(b.latency, key, value);
  if (key == "get_status") return read(b.get_status, key, 200, 299, value);
  if (key == "errors") return read(b.errors, value);
  if (key == "lockout") {
    if (!value.boolean()) return wrong(key, "true or false");
    b.lockout = *value.boolean();
    return {};
  }
  return base::Err("there is no " + std::string(key));
}

std::int64_t in_ms(base::Duration d) {
  return std::chrono::duration_cast<milliseconds>(d).count();
}

void write(json::Writer& w, std::string_view key, const std::set<Call>& calls) {
  w.key(key).begin_array();
  for (const Call call : calls) w.value(name_of(call));
  w.end_array();
}

}  // namespace

ErrorAnswer Behaviour::answer_to(const Refused& refused) const {
  const auto found = errors.find(refused.why);
  ErrorAnswer answer = found != errors.end() ? found->second : usual_answer(refused.why);
  if (!refused.detail.empty()) answer.message += " " + refused.detail;
  return answer;
}

Outcome update(ErrorAnswer& answer, std::string_view key, json::Value value) {
  if (key == "status") return read(answer.status, key, 200, 599, value);
  if (key == "error_code") return read(answer.code, key, value);
  if (key == "error_msg") return read(answer.message, key, value);
  if (key == "retry_after") return read(answer.retry_after, key, 0, 86400, value);
  return base::Err("there is no " + std::string(key));
}

Outcome update(Behaviour& behaviour, json::Value changes) {
  if (!changes.is_object()) return base::Err(std::string("an object is expected"));
  Behaviour changed = behaviour;
  for (const auto& [key, value] : changes.members()) {
    if (Outcome o = read(changed, key, value); !o) return o;
  }
  behaviour = std::move(changed);
  return {};
}

std::string to_json(const Behaviour& b) {
  json::Writer w;
  w.begin_object()
      .member("signing", name(b.signing, kSignings))
      .member("lockout", b.lockout)
      .member("duplicate_add", name(b.duplicates_refused, kAcceptance))
      .member("delete_bound", name(b.delete_bound_refused, kAcceptance));
  write(w, "denied", b.denied);
  write(w, "throttled", b.throttled);
  w.member("list_lag_ms", in_ms(b.list_lag))
      .member("get_status", b.get_status)
      .member("error_spelling", name(b.error_spelling, kSpellings))
      .member("late_commit_ms", in_ms(b.late_commit))
      .member("latency_ms", in_ms(b.latency));
  w.key("errors").begin_object();
  for (int i = 0; i < kRefusals; ++i) {
    const auto refusal = static_cast<Refusal>(i);
    const ErrorAnswer answer = b.answer_to({refusal});
    w.key(name_of(refusal))
        .begin_object()
        .member("status", answer.status)
        .member("error_code", answer.code)
        .member("error_msg", answer.message)
        .member("retry_after", answer.retry_after)
        .end_object();
  }
  return w.end_object().end_object().take();
}

std::string spell(const ErrorAnswer& error, ErrorSpelling spelling, std::string_view request_id) {
  if (spelling == ErrorSpelling::kText) return error.message;
  const bool camel = spelling == ErrorSpelling::kErrorCodeCamel;
  const bool plain = spelling == ErrorSpelling::kCode || spelling == ErrorSpelling::kNested;
  const bool nested = spelling == ErrorSpelling::kNested;
  json::Writer w;
  w.begin_object();
  if (nested) w.key("error").begin_object();
  if (!error.code.empty()) w.member(plain ? "code" : camel ? "errorCode" : "error_code", error.code);
  w.member(plain ? "message" : camel ? "errorMsg" : "error_msg", error.message);
  if (error.code.starts_with("APIGW.")) w.member("request_id", request_id);
  if (nested) w.end_object();
  return w.end_object().take();
}

}  // namespace simulator
