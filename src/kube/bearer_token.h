#pragma once

#include <memory>
#include <string>

#include "base/secret.h"
#include "kube/error.h"
#include "os/clock.h"
#include "os/mutex.h"

namespace kube {

/// The bearer token of the configuration. A token from a file is read again if it is a minute old or was rejected,
/// because tokens of ServiceAccounts are replaced while the Pod runs. Thread-safe.
class BearerToken {
 public:
  /// The shared value is the only copy in the process.
  using Header = std::shared_ptr<const base::Secret>;

  /// `token` is the token in the configuration; empty for none. `file` takes precedence over it; empty for none.
  BearerToken(base::Secret token, std::string file, os::Clock& clock);

  /// The value of the Authorization header; null if there is no token to send. Fails with kUnauthorized if no token was
  /// ever read; if a file cannot be read later, the previous token stays in use.
  Result<Header> authorization();
  /// The server rejected the token: the next call reads it again.
  void refused();

 private:
  os::Clock& clock_;
  const std::string file_;
  os::Mutex mutex_;
  Header header_ GUARDED_BY(mutex_);
  base::BootTime read_at_ GUARDED_BY(mutex_);
  bool stale_ GUARDED_BY(mutex_) = true;
};

}  // namespace kube
