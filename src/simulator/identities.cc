#include "simulator/identities.h"

#include <algorithm>
#include <utility>

#include "base/sha256.h"
#include "os/random.h"

namespace simulator {
namespace {

// Half the number of characters. Tokens of the platform have some kilobytes, which headers must have room for.
constexpr std::size_t kTokenBytes = 1024;
constexpr std::size_t kSessionBytes = 32;
constexpr std::size_t kSecurityTokenBytes = 512;
constexpr std::size_t kAccessKeyBytes = 10;
constexpr std::size_t kSecretKeyBytes = 20;

std::string upper_hex(std::size_t bytes) {
  std::string text = os::random_hex(bytes);
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c; });
  return text;
}

}  // namespace

base::Secret Identities::issue(Kind kind, base::Duration lifetime) {
  base::Secret text(os::random_hex(kind == Kind::kToken ? kTokenBytes : kSessionBytes));
  const os::MutexLock lock(mutex_);
  auto& ends = ends_[kind];
  if (ends.size() >= kMaxRemembered) ends.clear();
  ends.emplace(base::sha256_hex(text.view()), clock_.boot_now() + lifetime);
  return text;
}

TemporaryKey Identities::issue_key(base::Duration lifetime) {
  TemporaryKey key{"HST" + upper_hex(kAccessKeyBytes), base::Secret(os::random_hex(kSecretKeyBytes)),
                   base::Secret(os::random_hex(kSecurityTokenBytes))};
  const os::MutexLock lock(mutex_);
  if (keys_.size() >= kMaxRemembered) keys_.clear();
  keys_.emplace(key.access_key, Key{key.secret_key.clone(), key.security_token.clone(), clock_.boot_now() + lifetime});
  return key;
}

Identities::State Identities::state_of(Kind kind, std::string_view text) const {
  const os::MutexLock lock(mutex_);
  const auto ends = ends_.find(kind);
  if (ends == ends_.end()) return State::kUnknown;
  const auto found = ends->second.find(base::sha256_hex(text));
  return found == ends->second.end() ? State::kUnknown : state_at(found->second);
}

std::optional<Identities::KnownKey> Identities::find_key(std::string_view access_key) const {
  const os::MutexLock lock(mutex_);
  const auto found = keys_.find(access_key);
  if (found == keys_.end()) return std::nullopt;
  const Key& key = found->second;
  return KnownKey{state_at(key.end), key.secret_key.clone(), key.security_token.clone()};
}

void Identities::revoke(Kind kind) {
  const os::MutexLock lock(mutex_);
  for (auto& [hash, end] : ends_[kind]) end = base::BootTime::min();
}

void Identities::revoke_keys() {
  const os::MutexLock lock(mutex_);
  for (auto& [access_key, key] : keys_) key.end = base::BootTime::min();
}

Identities::State Identities::state_at(base::BootTime end) const {
  return clock_.boot_now() < end ? State::kValid : State::kEnded;
}

}  // namespace simulator
