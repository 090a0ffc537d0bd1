#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.h"
#include "os/clock.h"
#include "os/mutex.h"
#include "server/message.h"
#include "simulator/behaviour.h"
#include "simulator/refusal.h"

namespace simulator {

/// The accepted credentials.
struct Credentials {
  /// Accepted in X-Auth-Token.
  std::vector<base::Secret> tokens;
  /// Empty: no signature is accepted.
  std::string access_key;
  base::Secret secret_key;
  /// The region that derived keys must be made for; empty for any.
  std::string region;
};

/// Verifies the token or the signature of a request. Thread-safe.
class Authenticator {
 public:
  Authenticator(Credentials credentials, os::Clock& clock) : credentials_(std::move(credentials)), clock_(clock) {}

  /// Nothing if the request is authentic.
  std::optional<Refused> check(const server::Request& request, const Behaviour& behaviour);

 private:
  struct Failures {
    int in_a_row = 0;
    base::BootTime locked_until{};
  };
  std::optional<Refused> check_signature(const server::Request& request, std::string_view header,
                                         const Behaviour& behaviour);

  const Credentials credentials_;
  os::Clock& clock_;
  os::Mutex mutex_;
  std::map<std::string, Failures> failures_ GUARDED_BY(mutex_);  // by access key
};

}  // namespace simulator
