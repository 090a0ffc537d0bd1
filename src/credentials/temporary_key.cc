#include "credentials/temporary_key.h"

#include <array>
#include <utility>

#include "base/time_format.h"
#include "json/value.h"

namespace credentials {
namespace {

struct Spelling {
  const char* object;
  const char* access_key;
  const char* secret_key;
  const char* security_token;
  const char* expires;
};

constexpr std::array<Spelling, 3> kSpellings{{
    {"credential", "access", "secret", "securitytoken", "expires_at"},
    {"credentials", "accessKeyId", "secretAccessKey", "securityToken", "expiration"},
    {"credentials", "access_key_id", "secret_access_key", "security_token", "expiration"},
}};

}  // namespace

Result<cloud::Credentials> read_temporary_key(http::Response response, const std::string& what, std::string origin) {
  const auto unusable = [&](const char* why) {
    return base::Err(Failure{Failure::Code::kUnavailable, what + ": the response " + why});
  };
  const auto document = json::Document::parse(response.body);
  base::wipe(response.body);
  if (!document) return unusable("is not JSON");
  for (const Spelling& spelling : kSpellings) {
    const json::Value value = (*document)[spelling.object];
    const auto access_key = value[spelling.access_key].string();
    if (!access_key) continue;
    cloud::Credentials credentials;
    credentials.access_key = *access_key;
    credentials.secret_key = base::Secret::copy_of(value[spelling.secret_key].string().value_or(""));
    credentials.security_token = base::Secret::copy_of(value[spelling.security_token].string().value_or(""));
    credentials.expires = base::parse_rfc3339(value[spelling.expires].string().value_or(""));
    credentials.origin = std::move(origin);
    if (credentials.access_key.empty() || credentials.secret_key.empty() || credentials.security_token.empty()) {
      return unusable("lacks a part of the access key");
    }
    if (!credentials.expires) return unusable("does not say when the access key expires");
    return credentials;
  }
  return unusable("has no access key");
}

}  // namespace credentials
