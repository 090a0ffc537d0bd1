#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "base/time.h"

namespace credentials {

/// Why there is no material.
struct Failure {
  enum class Code {
    kAbsent,       ///< this source is not configured here, so another one can be tried
    kInvalid,      ///< the configuration cannot be used: nothing was sent
    kRejected,     ///< IAM or the platform rejected it, and it is not time to try again
    kUnavailable,  ///< no usable response: it can work later without a change
    kAmbiguous,    ///< IAM names no project for the region, or several
  };
  Code code = Code::kUnavailable;
  std::string message;  ///< for users: what is wrong and what to do; contains no secrets
  std::optional<base::Duration> retry_after{};
};

template <class T>
using Result = base::Result<T, Failure>;

}  // namespace credentials
