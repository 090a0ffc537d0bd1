#include "simulator/behaviour.h"

#include <cstdint>

#include "json/writer.h"
#include "simulator/members.h"

namespace simulator {
namespace {

using members::in_ms;
using members::name;
using members::Names;
using members::Outcome;
using members::read;
using members::unknown;
using members::write;

/// How far the clock of the platform can be off.
constexpr std::int64_t kMaxSkewMs = 86'400'000;

constexpr Names<ErrorSpelling, 5> kSpellings = {{{ErrorSpelling::kErrorCode, "error_code"},
                                                 {ErrorSpelling::kErrorCodeCamel, "errorCode"},
                                                 {ErrorSpelling::kCode, "code"},
                                                 {ErrorSpelling::kNested, "nested"},
                                                 {ErrorSpelling::kText, "text"}}};
constexpr Names<Signing, 3> kSignings = {
    {{Signing::kAny, "any"}, {Signing::kDerived, "derived"}, {Signing::kStandard, "standard"}}};
constexpr Names<bool, 2> kAcceptance = {{{true, "refused"}, {false, "accepted"}}};

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
  if (key == "denied") return read(b.denied, call_named, key, value);
  if (key == "throttled") return read(b.throttled, call_named, key, value);
  if (key == "list_lag_ms") return read(b.list_lag, key, value);
  if (key == "late_commit_ms") return read(b.late_commit, key, value);
  if (key == "latency_ms") return read(b.latency, key, value);
  if (key == "get_status") return read(b.get_status, key, 200, 299, value);
  if (key == "errors") return read(b.errors, value);
  if (key == "lockout") return read(b.lockout, key, value);
  if (key == "signature_echo") return read(b.signature_echo, key, value);
  if (key == "skew_ms") return read(b.skew, key, -kMaxSkewMs, kMaxSkewMs, value);
  return unknown(key);
}

}  // namespace

ErrorAnswer Behaviour::answer_to(const Refused& refused) const {
  const auto found = errors.find(refused.why);
  ErrorAnswer answer = found != errors.end() ? found->second : usual_answer(refused.why);
  if (!refused.detail.empty()) answer.message += (refused.detail.starts_with(',') ? "" : " ") + refused.detail;
  return answer;
}

Outcome update(ErrorAnswer& answer, std::string_view key, json::Value value) {
  if (key == "status") return read(answer.status, key, 200, 599, value);
  if (key == "error_code") return read(answer.code, key, value);
  if (key == "error_msg") return read(answer.message, key, value);
  if (key == "retry_after") return read(answer.retry_after, key, 0, 86400, value);
  return unknown(key);
}

Outcome update(Behaviour& behaviour, json::Value changes) {
  return members::update(behaviour, changes,
                         [](Behaviour& b, std::string_view key, json::Value value) { return read(b, key, value); });
}

std::string to_json(const Behaviour& b) {
  json::Writer w;
  w.begin_object()
      .member("signing", name(b.signing, kSignings))
      .member("lockout", b.lockout)
      .member("signature_echo", b.signature_echo)
      .member("duplicate_add", name(b.duplicates_refused, kAcceptance))
      .member("delete_bound", name(b.delete_bound_refused, kAcceptance));
  write(w, "denied", b.denied);
  write(w, "throttled", b.throttled);
  w.member("list_lag_ms", in_ms(b.list_lag))
      .member("get_status", b.get_status)
      .member("error_spelling", name(b.error_spelling, kSpellings))
      .member("late_commit_ms", in_ms(b.late_commit))
      .member("latency_ms", in_ms(b.latency))
      .member("skew_ms", in_ms(b.skew));
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
