#include "simulator/authenticator.h"

#include <algorithm>
#include <chrono>
#include <openssl/crypto.h>
#include <utility>

#include "base/text.h"
#include "base/time_format.h"

namespace simulator {
namespace {

constexpr auto kMaxSkew = std::chrono::minutes(15);
constexpr int kFailuresBeforeLock = 5;
constexpr auto kLock = std::chrono::minutes(5);
/// Maximum number of access keys whose failures are remembered; far more than honest clients have.
constexpr std::size_t kMaxRemembered = 1000;
constexpr std::string_view kService = "iotdm";

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool scope_fits(std::string_view scope, std::string_view date, std::string_view region) {
  const auto parts = base::split(scope, '/');
  return parts.size() == 3 && parts[0] == date.substr(0, 8) && (region.empty() || parts[1] == region) &&
         parts[2] == kService;
}

/// The end of the message of a wrong signature: the canonical request on one line.
std::string echo(std::string canonical_request) {
  std::replace(canonical_request.begin(), canonical_request.end(), '\n', '|');
  return ", canonicalRequest:" + canonical_request;
}

}  // namespace

Authenticator::Authenticator(Credentials credentials, os::Clock& clock)
    : tokens_(std::move(credentials.tokens)),
      region_(std::move(credentials.region)),
      clock_(clock),
      identities_(clock),
      access_key_(std::move(credentials.access_key)),
      secret_key_(std::move(credentials.secret_key)) {}

std::optional<Refused> Authenticator::check(const server::Request& request, const Behaviour& behaviour) {
  if (const auto token = request.header("X-Auth-Token")) return check_token(*token);
  const auto header = request.header("Authorization");
  if (!header) return Refused{Refusal::kMissingToken};
  return check_signature(request, *header, behaviour);
}

std::optional<Refused> Authenticator::check_token(std::string_view token) const {
  const auto matches = [&](const base::Secret& accepted) { return same(accepted.view(), token); };
  if (std::any_of(tokens_.begin(), tokens_.end(), matches)) return std::nullopt;
  switch (identities_.state_of(Identities::Kind::kToken, token)) {
    case Identities::State::kValid:
      return std::nullopt;
    case Identities::State::kEnded:
      return Refused{Refusal::kTokenExpired};
    case Identities::State::kUnknown:
      break;
  }
  return Refused{Refusal::kInvalidToken};
}

std::optional<Refused> Authenticator::check_signature(const server::Request& request, std::string_view header,
                                                      const Behaviour& behaviour) {
  const auto authorization = parse_authorization(header);
  if (!authorization) return Refused{Refusal::kMalformedAuthorization};
  const Signing wanted = authorization->algorithm == Algorithm::kDerived ? Signing::kDerived : Signing::kStandard;
  if (behaviour.signing != Signing::kAny && behaviour.signing != wanted) return Refused{Refusal::kWrongAlgorithm};

  if (behaviour.lockout) {
    const os::MutexLock lock(mutex_);
    const auto found = failures_.find(authorization->access_key);
    if (found != failures_.end() && found->second.locked_until > clock_.boot_now()) {
      return Refused{Refusal::kAccessKeyLocked};
    }
  }
  auto refused = verify(request, *authorization, behaviour);

  const os::MutexLock lock(mutex_);
  if (!refused) {
    failures_.erase(authorization->access_key);
    return std::nullopt;
  }
  if (failures_.size() >= kMaxRemembered) failures_.clear();
  Failures& failures = failures_[authorization->access_key];
  counts_.most_failures_in_a_row = std::max(counts_.most_failures_in_a_row, ++failures.in_a_row);
  if (behaviour.lockout && failures.in_a_row > kFailuresBeforeLock) {
    ++counts_.lockouts;
    failures = {0, clock_.boot_now() + kLock};
  }
  return refused;
}

/// The error of a signature, apart from the rules about locks and algorithms.
std::optional<Refused> Authenticator::verify(const server::Request& request, const Authorization& authorization,
                                             const Behaviour& behaviour) const {
  const auto key = find_key(authorization.access_key);
  if (!key) return key.error();
  const auto is_signed = [&](const char* header) {
    const auto& names = authorization.signed_headers;
    return std::find(names.begin(), names.end(), header) != names.end();
  };
  const auto date = request.header("X-Sdk-Date");
  const auto time = date ? base::parse_compact(*date) : std::nullopt;
  if (!time || !is_signed("x-sdk-date")) return Refused{Refusal::kSignatureMismatch, "(X-Sdk-Date)"};
  const base::SystemTime now = clock_.system_now() + behaviour.skew;
  if (*time > now + kMaxSkew || *time < now - kMaxSkew) return Refused{Refusal::kSignatureExpired};
  const auto security_token = request.header("X-Security-Token");
  if (security_token && !is_signed("x-security-token")) {
    return Refused{Refusal::kSignatureMismatch, "(X-Security-Token is not signed)"};
  }
  if (!key->security_token.empty() && !same(key->security_token.view(), security_token.value_or(""))) {
    return Refused{Refusal::kSignatureMismatch, "(X-Security-Token)"};
  }
  if (authorization.algorithm == Algorithm::kDerived && !scope_fits(authorization.scope, *date, region_)) {
    return Refused{Refusal::kSignatureMismatch, "(credential scope)"};
  }
  const auto canonical = canonical_request(request, authorization.signed_headers);
  if (!canonical) return Refused{Refusal::kSignatureMismatch};
  if (!same(authorization.signature, signature(authorization, *date, *canonical, key->secret_key))) {
    return Refused{Refusal::kSignatureMismatch, behaviour.signature_echo ? echo(*canonical) : ""};
  }
  return std::nullopt;
}

base::Result<Authenticator::Key, Refused> Authenticator::find_key(std::string_view access_key) const {
  {
    const os::MutexLock lock(mutex_);
    if (!access_key_.empty() && access_key == access_key_) return Key{secret_key_.clone(), {}};
  }
  auto issued = identities_.find_key(access_key);
  if (!issued) return base::Err(Refused{Refusal::kUnknownAccessKey});
  if (issued->state != Identities::State::kValid) return base::Err(Refused{Refusal::kAccessKeyExpired});
  return Key{std::move(issued->secret_key), std::move(issued->security_token)};
}

void Authenticator::replace_access_key(std::string access_key, base::Secret secret_key) {
  const os::MutexLock lock(mutex_);
  access_key_ = std::move(access_key);
  secret_key_ = std::move(secret_key);
}

Authenticator::Counts Authenticator::counts() const {
  const os::MutexLock lock(mutex_);
  return counts_;
}

}  // namespace simulator
