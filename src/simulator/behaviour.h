#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "json/value.h"
#include "simulator/call.h"
#include "simulator/refusal.h"

namespace simulator {

/// How an error is written into a body; all of these occur in practice.
enum class ErrorSpelling {
  kErrorCode,       ///< {"error_code", "error_msg"}
  kErrorCodeCamel,  ///< {"errorCode", "errorMsg"}
  kCode,            ///< {"code", "message"}
  kNested,          ///< {"error": {"code", "message"}}
  kText,            ///< only the message, not JSON
};

enum class Signing { kAny, kDerived, kStandard };

/// The behaviour of the platform where its documentation is silent, or where platforms differ. A value; the defaults
/// are the documented behaviour or, without documentation, the hardest one for a client.
struct Behaviour {
  Signing signing = Signing::kAny;
  /// More than 5 consecutive invalid signatures lock the access key for 5 minutes.
  bool lockout = true;
  /// The response to a wrong signature contains the canonical request, with the values of the signed headers.
  bool signature_echo = true;
  bool duplicates_refused = false;
  bool delete_bound_refused = true;
  /// Calls that the user has no permission for, and calls that are throttled.
  std::set<Call> denied;
  std::set<Call> throttled;
  /// A change becomes visible in list after this delay, in show immediately.
  base::Duration list_lag{0};
  /// Status of a successful GET; the API reference has 201.
  int get_status = 201;
  ErrorSpelling error_spelling = ErrorSpelling::kErrorCode;
  /// If positive, calls that change something get no response, and take effect after this delay.
  base::Duration late_commit{0};
  /// Every response is delayed by this.
  base::Duration latency{0};
  /// How far the clock of the platform is ahead.
  base::Duration skew{0};
  /// Responses that differ from usual_answer().
  std::map<Refusal, ErrorAnswer> errors;

  ErrorAnswer answer_to(const Refused& refused) const;
};

/// Changes the members in `changes` (an object as written by to_json). On an error, nothing is changed: an unknown name
/// or an invalid value, with a message that names it.
base::Result<void, std::string> update(Behaviour& behaviour, json::Value changes);

std::string to_json(const Behaviour& behaviour);

/// The body of an error. The bodies of the gateway also contain the request id.
std::string spell(const ErrorAnswer& error, ErrorSpelling spelling, std::string_view request_id);

/// Changes one member of `answer`: status, error_code, error_msg or retry_after. Errors as above.
base::Result<void, std::string> update(ErrorAnswer& answer, std::string_view key, json::Value value);

}  // namespace simulator
