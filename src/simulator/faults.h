#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "json/value.h"
#include "simulator/call.h"
#include "simulator/refusal.h"

namespace simulator {

/// A fault that occurs once.
struct Fault {
  enum class Action {
    kStatus,       ///< Responds with `answer` instead of executing the call; after executing it if `after` is set.
    kDelay,        ///< The call is executed immediately; the response is sent after `delay`.
    kDropBefore,   ///< The connection is closed; the call is not executed.
    kDropAfter,    ///< The call is executed, then the connection is closed without a response.
    kPartialBody,  ///< The call is executed, then the connection is closed within the body of the response.
    kLateCommit,   ///< There is no response; the call is executed after `delay`.
  };
  /// None: any call.
  std::optional<Call> call;
  /// Applies to the nth matching call from now on.
  int nth = 1;
  Action action = Action::kStatus;
  ErrorAnswer answer = {500, "IOTDA.000001", "Internal server error.", 0};
  bool after = false;
  base::Duration delay{0};
};

/// The pending faults. Not thread-safe.
class Faults {
 public:
  void add(std::vector<Fault> faults);
  void clear() { pending_.clear(); }
  const std::vector<Fault>& pending() const { return pending_; }

  /// Call once for each incoming call. If two faults are due for one call, they apply to this call and the next.
  std::optional<Fault> take(Call call);

 private:
  std::vector<Fault> pending_;
};

/// Reads a list of {"call", "nth", "action", "status", "error_code", "error_msg", "retry_after", "after", "delay_ms"}.
base::Result<std::vector<Fault>, std::string> parse_faults(json::Value list);

std::string to_json(const std::vector<Fault>& faults);

}  // namespace simulator
