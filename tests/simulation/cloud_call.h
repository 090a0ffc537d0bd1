#pragma once

#include <algorithm>
#include <string>
#include <utility>

#include "cloud_client.h"
#include "process.h"
#include "violation.h"
#include "world.h"

namespace simulation {

/// Definite refusals; the first four fit every call, the others only one that changes something.
iotda::Error platform_refusal(unsigned which);
/// No answer, or one that says nothing of what was done.
iotda::Error platform_silence(bool with_answer);

/// The call happens, whatever becomes of its answer.
inline bool happens(Fate::Kind kind) {
  return kind != Fate::Kind::kLostBefore && kind != Fate::Kind::kRefused && kind != Fate::Kind::kCrashBefore;
}
inline bool crashes(Fate::Kind kind) {
  return kind == Fate::Kind::kCrashBefore || kind == Fate::Kind::kCrashAfter || kind == Fate::Kind::kCrashLate;
}

template <class T>
iotda::Result<T> CloudClient::call(CallSite::Kind kind, const char* verb, const std::string& what,
                                   const iotda::SendGuard* guard, bool allowed,
                                   const std::function<iotda::Result<T>(const Way&)>& act) {
  World& world = process_.world();
  const Fate fate = process_.at_call({process_.index(), kind, verb});
  const auto tell = [&](const std::string& outcome) {
    world.story.tell([&] { return process_.name() + "   platform: " + verb + " " + what + " → " + outcome; });
  };
  if (process_.cancelled() || (guard != nullptr && !(*guard)())) {
    tell("not sent");
    return base::Err(platform_error(iotda::Error::Code::kHeldBack, 0, "", "not sent"));
  }
  world.traffic.platform(process_, verb);
  if (guard != nullptr && !process_.leading()) throw Violation(std::string(verb) + " is sent without the Lease");
  const base::Duration takes = fate.takes + world.setup.cloud.latency;
  const bool changes = kind == CallSite::Kind::kAdd || kind == CallSite::Kind::kBind;
  const bool in_time = takes < deadline_of(kind);
  const bool late = changes && (fate.kind == Fate::Kind::kLate || fate.kind == Fate::Kind::kCrashLate || !in_time);
  // The answer takes as long as the request.
  const base::Duration delay = late ? (in_time ? fate.commit : takes) : std::min(takes, deadline_of(kind)) / 2;

  world.settle_platform();
  iotda::Result<T> result = base::Err(platform_silence((fate.refusal & 1U) != 0));
  if (!changes || late || !happens(fate.kind)) process_.wait(late ? std::min(takes, deadline_of(kind)) : delay);
  world.settle_platform();
  if (!world.cloud.permissions.valid) {
    result = base::Err(platform_refusal(1));
    tell("401");
  } else if (!allowed) {
    result = base::Err(platform_refusal(2));
    tell("403");
  } else if (happens(fate.kind)) {
    result = act({fate, delay, late});
    tell(fate.kind != Fate::Kind::kNormal ? to_string(fate.kind)
         : !in_time                       ? "timeout"
         : result.ok()                    ? "ok"
                                          : "error: " + result.error().message);
  } else {
    if (fate.kind == Fate::Kind::kRefused) result = base::Err(platform_refusal(fate.refusal));
    tell(fate.kind == Fate::Kind::kRefused ? result.error().message : to_string(fate.kind));
  }
  if (!result.ok() && result.error().code == iotda::Error::Code::kForbidden) world.referee.list_was_denied();
  if (crashes(fate.kind)) throw Crash{};
  if (!late) process_.wait(std::min(takes, deadline_of(kind)) - delay);
  if (fate.slow_answer) process_.await_answer();
  if (process_.cancelled()) return base::Err(platform_error(iotda::Error::Code::kCancelled, 0, "", "cancelled"));
  if ((result.ok() && fate.kind != Fate::Kind::kNormal) || !in_time) {
    return base::Err(platform_silence(in_time && (fate.refusal & 1U) != 0));
  }
  return result;
}

}  // namespace simulation
