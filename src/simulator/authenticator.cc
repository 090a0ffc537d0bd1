#include "simulator/authenticator.h"

#include <algorithm>
#include <chrono>
#include <openssl/crypto.h>

#include "base/text.h"
#include "base/time_format.h"
#include "simulator/signature.h"

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

/// The error of a signature, apart from the rules about locks and algorithms.
std::optional<Refused> verify(const server::Request& request, const Authorization& authorization,
                              const Credentials& credentials, base::SystemTime now) {
  if (credentials.access_key.empty() || authorization.access_key != credentials.access_key) {
    return Refused{Refusal::kUnknownAccessKey};
  }
  const auto is_signed = [&](const char* header) {
    const auto& names = authorization.signed_headers;
    return std::find(names.begin(), names.end(), header) != names.end();
  };
  const auto date = request.header("X-Sdk-Date");
  const auto time = date ? base::parse_compact(*date) : std::nullopt;
  if (!time || !is_signed("x-sdk-date")) return Refused{Refusal::kSignatureMismatch, "(X-Sdk-Date)"};
  if (*time > now + kMaxSkew || *time < now - kMaxSkew) return Refused{Refusal::kSignatureExpired};
  if (request.header("X-Security-Token") && !is_signed("x-security-token")) {
    return Refused{Refusal::kSignatureMismatch, "(X-Security-Token is not signed)"};
  }
  if (authorization.algorithm == Algorithm::kDerived && !scope_fits(authorization.scope, *date, credentials.region)) {
    return Refused{Refusal::kSignatureMismatch, "(credential scope)"};
  }
  const auto canonical = canonical_request(request, authorization.signed_headers);
  if (!canonical ||
      !same(authorization.signature, signature(authorization, *date, *canonical, credentials.secret_key))) {
    return Refused{Refusal::kSignatureMismatch};
  }
  return std::nullopt;
}

}  // namespace

std::optional<Refused> Authenticator::check(const server::Request& request, const Behaviour& behaviour) {
  if (const auto token = request.header("X-Auth-Token")) {
    const auto matches = [&](const base::Secret& accepted) { return same(accepted.view(), *token); };
    if (std::any_of(credentials_.tokens.begin(), credentials_.tokens.end(), matches)) return std::nullopt;
    return Refused{Refusal::kInvalidToken};
  }
  const auto header = request.header("Authorization");
  if (!header) return Refused{Refusal::kMissingToken};
  return check_signature(request, *header, behaviour);
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
  auto refused = verify(request, *authorization, credentials_, clock_.system_now());

  const os::MutexLock lock(mutex_);
  if (!refused) {
    failures_.erase(authorization->access_key);
    return std::nullopt;
  }
  if (failures_.size() >= kMaxRemembered) failures_.clear();
  Failures& failures = failures_[authorization->access_key];
  if (++failures.in_a_row > kFailuresBeforeLock) failures = {0, clock_.boot_now() + kLock};
  return refused;
}

}  // namespace simulator
