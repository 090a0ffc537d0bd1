#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/secret.h"
#include "kube/error.h"

namespace kube {

/// The bearer token of the configuration. One from a file is read again when it is a minute old or was refused: the
/// tokens of ServiceAccounts are replaced while the Pod runs. Thread-safe.
class BearerToken {
 public:
  /// What is shared of it is the one copy in the process.
  using Header = std::shared_ptr<const base::Secret>;

  /// `token` is that of the configuration; empty for none. `file` wins over it; empty for none.
  BearerToken(base::Secret token, std::string file, base::Clock& clock);

  /// The value of the Authorization header; null if there is no token to send. Fails with kUnauthorized if no token
  /// was ever read; a file that cannot be read later leaves the last one in use.
  Result<Header> authorization();
  /// The server refused the token: the next call reads it again.
  void refused();

 private:
  base::Clock& clock_;
  const std::string file_;
  base::Mutex mutex_;
  Header header_ GUARDED_BY(mutex_);
  base::BootTime read_at_ GUARDED_BY(mutex_);
  bool stale_ GUARDED_BY(mutex_) = true;
};

}  // namespace kube
