#pragma once

#include <optional>

#include "base/clock.h"
#include "http/transport.h"
#include "iotda/answer.h"
#include "iotda/error.h"
#include "iotda/platform.h"

namespace iotda {

/// Known reasons for an error; each has its advice.
enum class Cause {
  kNone,
  kWrongSigning,
  kClock,
  kUnknownAccessKey,
  kLocked,
  kWrongKey,
  kTokenExpired,
  kWrongEndpoint,
  kRedirect,
  kNoPermission,
  kUnknownProject,
  kUnknownInstance,
  kThrottled,
  kQuota,
  kInput,
  kPage,
};

struct Meaning {
  Error::Code code = Error::Code::kUnknown;
  Cause cause = Cause::kNone;
};

/// What an answer that is no success means: by its error code first, its status second, its text where nothing else
/// tells. Pure.
Meaning meaning_of(const Asked& asked, const http::Response& response, const Answer& answer);

/// True for a skew that the platform does not tolerate: 15 minutes, with room for the rounding of a Date header.
bool is_intolerable(base::Duration skew);

}  // namespace iotda
