#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "json/value.h"
#include "simulator/call.h"
#include "simulator/refusal.h"

namespace simulator {

/// How an error is written into a body; all of these were seen.
enum class ErrorSpelling {
  kErrorCode,       ///< {"error_code", "error_msg"}
  kErrorCodeCamel,  ///< {"errorCode", "errorMsg"}
  kCode,            ///< {"code", "message"}
  kNested,          ///< {"error": {"code", "message"}}
  kText,            ///< the message alone, no JSON
};

enum class Signing { kAny, kDerived, kStandard };

/// What the platform does where its documentation is silent, or where real platforms differ. A value; the defaults
/// are documented behaviour or, failing that, what is hardest on a client.
struct Behaviour {
  Signing signing = Signing::kAny;
  /// More than 5 failed signatures in a row lock the access key for 5 minutes.
  bool lockout = true;
  bool duplicates_refused = false;
  bool delete_bound_refused = true;
  /// Calls that the user has no permission for, and calls that are throttled.
  std::set<Call> denied;
  std::set<Call> throttled;
  /// A change is seen by list only after this; show sees it at once.
  base::Duration list_lag{0};
  /// Status of a successful GET; the reference says 201.
  int get_status = 201;
  ErrorSpelling error_spelling = ErrorSpelling::kErrorCode;
  /// If positive, calls that change something get no answer, and the change happens after this.
  base::Duration late_commit{0};
  /// Every answer is held back for this.
  base::Duration latency{0};
  /// Answers that differ from usual_answer().
  std::map<Refusal, ErrorAnswer> errors;

  ErrorAnswer answer_to(const Refused& refused) const;
};

/// Changes the members that `changes` (an object, as to_json writes it) names. None are changed if there is an error:
/// an unknown name or a value that makes no sense, with a message that says which.
base::Result<void, std::string> update(Behaviour& behaviour, json::Value changes);

std::string to_json(const Behaviour& behaviour);

/// The body of an error. Bodies of the gateway also hold the request id.
std::string spell(const ErrorAnswer& error, ErrorSpelling spelling, std::string_view request_id);

/// Changes one member of `answer`: status, error_code, error_msg or retry_after. Errors as above.
base::Result<void, std::string> update(ErrorAnswer& answer, std::string_view key, json::Value value);

}  // namespace simulator
