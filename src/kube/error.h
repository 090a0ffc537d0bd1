#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace kube {

/// What the API server (or the way to it) said. `message` is the server's own text, made for people.
struct Error {
  enum class Code {
    kNotFound,       ///< 404, about the one object that was asked for
    kNotServed,      ///< 404, about anything else: the API server does not know this path
    kConflict,       ///< 409 Conflict: the resourceVersion is not the current one
    kAlreadyExists,  ///< 409 AlreadyExists
    kGone,           ///< 410 Gone or Expired, as status or inside a watch
    kUnauthorized,   ///< 401
    kForbidden,      ///< 403
    kInvalid,        ///< 400, 405, 415, 422: the same request fails again
    kThrottled,      ///< 429
    kServer,         ///< 5xx; the request may have been acted on
    kTransport,      ///< no answer; see nothing_sent
    kCancelled,
    kBadAnswer,  ///< no JSON, not the object that was asked for, or the page of something in between
  };
  Code code = Code::kTransport;
  int status = 0;
  std::string message;
  /// From Retry-After, where the server says so.
  std::optional<base::Duration> retry_after;
  bool nothing_sent = false;
};

template <class T>
using Result = base::Result<T, Error>;

}  // namespace kube
