#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "json/value.h"
#include "simulator/call.h"
#include "simulator/refusal.h"

namespace simulator {

/// Something that goes wrong once.
struct Fault {
  enum class Action {
    kStatus,       ///< `answer` instead of doing the call; after doing it if `after`.
    kDelay,        ///< The answer comes after `delay`; the call is done at once.
    kDropBefore,   ///< The connection ends; nothing is done.
    kDropAfter,    ///< The call is done, then the connection ends without an answer.
    kPartialBody,  ///< The call is done, then the connection ends within the answer's body.
    kLateCommit,   ///< No answer comes; the call is done after `delay`.
  };
  /// None: any call.
  std::optional<Call> call;
  /// Hits the nth matching call from now on.
  int nth = 1;
  Action action = Action::kStatus;
  ErrorAnswer answer = {500, "IOTDA.000001", "Internal server error.", 0};
  bool after = false;
  base::Duration delay{0};
};

/// The faults that are still to come. Not thread-safe.
class Faults {
 public:
  void add(std::vector<Fault> faults);
  void clear() { pending_.clear(); }
  const std::vector<Fault>& pending() const { return pending_; }

  /// To be asked once for each call that comes in. Two that are due at one call hit this one and the next.
  std::optional<Fault> take(Call call);

 private:
  std::vector<Fault> pending_;
};

/// Reads a list of {"call", "nth", "action", "status", "error_code", "error_msg", "retry_after", "after", "delay_ms"}.
base::Result<std::vector<Fault>, std::string> parse_faults(json::Value list);

std::string to_json(const std::vector<Fault>& faults);

}  // namespace simulator
