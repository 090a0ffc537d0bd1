#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"
#include "base/time.h"
#include "os/clock.h"
#include "os/mutex.h"

namespace simulator {

/// A temporary access key: its signatures are valid together with its security token only.
struct TemporaryKey {
  std::string access_key;
  base::Secret secret_key;
  base::Secret security_token;
};

/// What IAM and the metadata service issued: tokens, temporary access keys and metadata sessions. Each is valid until
/// it expires or is revoked. Thread-safe.
class Identities {
 public:
  enum class State { kUnknown, kValid, kEnded };
  enum class Kind { kToken, kSession };
  /// A key as it is checked.
  struct KnownKey {
    State state;
    base::Secret secret_key;
    base::Secret security_token;
  };

  explicit Identities(os::Clock& clock) : clock_(clock) {}

  base::Secret issue(Kind kind, base::Duration lifetime);
  TemporaryKey issue_key(base::Duration lifetime);

  State state_of(Kind kind, std::string_view text) const;
  std::optional<KnownKey> find_key(std::string_view access_key) const;

  void revoke(Kind kind);
  void revoke_keys();

 private:
  /// Maximum number of each kind that is remembered; far more than tests issue.
  static constexpr std::size_t kMaxRemembered = 10'000;
  struct Key {
    base::Secret secret_key;
    base::Secret security_token;
    base::BootTime end;
  };

  State state_at(base::BootTime end) const;

  os::Clock& clock_;
  mutable os::Mutex mutex_;
  std::map<Kind, std::map<std::string, base::BootTime>> ends_ GUARDED_BY(mutex_);  // by the hash of the text
  std::map<std::string, Key, std::less<>> keys_ GUARDED_BY(mutex_);                // by access key
};

}  // namespace simulator
