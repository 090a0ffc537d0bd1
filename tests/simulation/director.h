#pragma once

#include <string>
#include <string_view>

#include "base/time.h"

namespace simulation {

/// A call that a process is about to make.
struct CallSite {
  int process = 0;
  enum class Kind { kRead, kWrite, kAdd, kRemove, kLook, kBind } kind = Kind::kRead;  ///< from kAdd on: of the platform
  bool of_platform() const { return kind != Kind::kRead && kind != Kind::kWrite; }
  std::string_view verb;
};

/// What becomes of a call.
struct Fate {
  enum class Kind {
    kNormal,
    kLostBefore,   ///< no answer, and nothing was done
    kLostAfter,    ///< it was done, but the answer was lost, or is a 500
    kLate,         ///< add and bind only: no answer, and it is done later
    kRefused,      ///< a definite refusal, see `refusal`
    kCrashBefore,  ///< the process dies before the call has an effect
    kCrashAfter,   ///< the process dies after the effect, before the answer
    kCrashLate,    ///< likewise: the process dies, and it is done later
  };
  Kind kind = Kind::kNormal;
  unsigned refusal = 0;       ///< which; the number of refusals depends on the call
  bool slow_answer = false;   ///< other things happen between the effect and the answer
  bool garbled = false;       ///< of show: the PEM is empty
  base::Duration takes{};     ///< from sending to the answer, beside what every call takes
  base::Duration commit{};    ///< of kLate and kCrashLate: from now until it is done
  base::Duration list_lag{};  ///< from the effect until lists show it
};

/// How many kinds of definite refusals there are for a call.
unsigned refusals(CallSite::Kind kind);

/// Who waits longer gives up: the deadlines of the clients. A list may have several pages.
base::Duration deadline_of(CallSite::Kind kind);

/// Decides about calls. What it says must follow from the seed or the plan alone.
class Director {
 public:
  virtual ~Director() = default;
  virtual Fate fate(const CallSite& call) = 0;
};

/// Nothing goes wrong.
class CalmDirector final : public Director {
 public:
  Fate fate(const CallSite& /*call*/) override { return {}; }
};

const char* to_string(Fate::Kind kind);

}  // namespace simulation
