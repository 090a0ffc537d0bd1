#pragma once

#include <stop_token>

#include "cloud/credentials.h"
#include "credentials/failure.h"

namespace credentials {

/// One way to get credentials. Called by one thread at a time.
class Source {
 public:
  virtual ~Source() = default;
  /// Gets the credentials anew. Blocks for the calls that this takes, each with a time limit.
  virtual Result<cloud::Credentials> fetch(std::stop_token stop) = 0;
  /// Whether a later fetch() can return other credentials. If not, credentials that the platform has rejected are not
  /// fetched again.
  virtual bool renews() const = 0;
};

}  // namespace credentials
