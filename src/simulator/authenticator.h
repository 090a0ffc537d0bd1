#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "os/clock.h"
#include "os/mutex.h"
#include "server/message.h"
#include "simulator/behaviour.h"
#include "simulator/identities.h"
#include "simulator/refusal.h"
#include "simulator/signature.h"

namespace simulator {

/// The accepted credentials that were not issued by IAM.
struct Credentials {
  /// Accepted in X-Auth-Token.
  std::vector<base::Secret> tokens;
  /// The permanent access key. Empty: none is accepted.
  std::string access_key;
  base::Secret secret_key;
  /// The region that derived keys must be made for; empty for any.
  std::string region;
};

/// Verifies the token or the signature of a request: of the given credentials, or of what IAM issued. Thread-safe.
class Authenticator {
 public:
  struct Counts {
    /// How often an access key was locked.
    int lockouts = 0;
    /// The highest number of consecutive failures of one access key.
    int most_failures_in_a_row = 0;
  };

  Authenticator(Credentials credentials, os::Clock& clock);

  /// Nothing if the request is authentic.
  std::optional<Refused> check(const server::Request& request, const Behaviour& behaviour);
  /// Nothing if the token, as in X-Auth-Token, is valid.
  std::optional<Refused> check_token(std::string_view token) const;

  /// Replaces the permanent access key; with an empty one, none is accepted any more.
  void replace_access_key(std::string access_key, base::Secret secret_key);
  Identities& identities() { return identities_; }
  Counts counts() const;

 private:
  struct Failures {
    int in_a_row = 0;
    base::BootTime locked_until{};
  };
  struct Key {
    base::Secret secret_key;
    /// Empty for the permanent key.
    base::Secret security_token;
  };
  std::optional<Refused> check_signature(const server::Request& request, std::string_view header,
                                         const Behaviour& behaviour);
  std::optional<Refused> verify(const server::Request& request, const Authorization& authorization,
                                const Behaviour& behaviour) const;
  base::Result<Key, Refused> find_key(std::string_view access_key) const;

  const std::vector<base::Secret> tokens_;
  const std::string region_;
  os::Clock& clock_;
  Identities identities_;
  mutable os::Mutex mutex_;
  std::string access_key_ GUARDED_BY(mutex_);
  base::Secret secret_key_ GUARDED_BY(mutex_);
  std::map<std::string, Failures> failures_ GUARDED_BY(mutex_);  // by access key
  Counts counts_ GUARDED_BY(mutex_);
};

}  // namespace simulator
