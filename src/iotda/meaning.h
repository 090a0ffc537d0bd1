#pragma once

#include <optional>

#include "base/time.h"
#include "cloud/answer.h"
#include "http/transport.h"
#include "iotda/error.h"
#include "iotda/platform.h"

namespace iotda {

/// Known causes of an error; each has its advice.
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

/// The meaning of an unsuccessful response: by its error code first, by its status second, and by its text if nothing
/// else distinguishes it. Pure.
Meaning meaning_of(const Asked& asked, const http::Response& response, const cloud::Answer& answer);

/// True for a clock skew that the platform does not accept: 15 minutes, allowing for the rounding of a Date header.
bool is_intolerable(base::Duration skew);

}  // namespace iotda
