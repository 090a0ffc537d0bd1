#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "base/time.h"

namespace kube {

/// An error of the API server or of the connection to it. `message` is the text of the server, for users.
struct Error {
  enum class Code {
    kNotFound,       ///< 404, for the requested object
    kNotServed,      ///< 404, for anything else: the API server does not know this path
    kConflict,       ///< 409 Conflict: the resourceVersion is not the current one
    kAlreadyExists,  ///< 409 AlreadyExists
    kGone,           ///< 410 Gone or Expired, as status or inside a watch
    kUnauthorized,   ///< 401
    kForbidden,      ///< 403
    kInvalid,        ///< 400, 405, 415, 422: the same request fails again
    kThrottled,      ///< 429
    kServer,         ///< 5xx; the request may have been processed
    kTransport,      ///< no response; see nothing_sent
    kCancelled,
    kBadAnswer,  ///< not JSON, not the requested object, or the page of a proxy
  };
  Code code = Code::kTransport;
  int status = 0;
  std::string message;
  /// From Retry-After, if the server sends it.
  std::optional<base::Duration> retry_after;
  bool nothing_sent = false;
};

template <class T>
using Result = base::Result<T, Error>;

}  // namespace kube
