#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/secret.h"
#include "base/time.h"
#include "cloud/credentials.h"
#include "http/transport.h"
#include "os/mutex.h"
#include "platform/signing.h"

namespace cloud {

/// The path of a request target for signing: decoded, each segment encoded again, ending with '/'.
std::string canonical_uri(std::string_view target);

/// The query of a request target for signing: decoded, sorted by key and value, encoded again.
std::string canonical_query(std::string_view target);

/// The text that is hashed and signed: method, path, query, the headers of `signed_headers` (lower case, sorted, joined
/// by ';') and the hash of the body. Contains the security token.
base::Secret canonical_request(const http::Request& request, std::string_view signed_headers);

/// The derived key of V11-HMAC-SHA256: HKDF (RFC 5869) with the access key as salt, in lower-case hex.
/// `info` is "{date}/{region}/{service}".
base::Secret derive_key(const Credentials& credentials, std::string_view info);

using platform::Signing;

/// Authorises requests. Thread-safe. Source: API signing guide of Huawei Cloud.
class Signer {
 public:
  /// `region` and `service` are part of the derived key; the standard algorithm does not use them.
  explicit Signer(Signing signing, std::string region = {}, std::string service = "iotdm");

  /// With a token: sets X-Auth-Token. With an access key: sets X-Sdk-Date to `now`, X-Security-Token if the key has
  /// one, and Authorization. Signs those of Content-Type, Host, Instance-Id, X-Project-Id, X-Sdk-Date and
  /// X-Security-Token that the request has; other headers are not protected. The platform rejects a date that differs
  /// by more than 15 minutes, so call this right before sending, also for each repetition.
  void authorise(http::Request& request, const std::shared_ptr<const Credentials>& credentials, base::SystemTime now)
      EXCLUDES(mutex_);

 private:
  base::Secret derived_key(const std::shared_ptr<const Credentials>& credentials, const std::string& info)
      EXCLUDES(mutex_);

  const Signing signing_;
  const std::string region_;
  const std::string service_;

  os::Mutex mutex_;
  // What key_ was derived from: a date, which changes once a day, and credentials.
  std::string key_info_ GUARDED_BY(mutex_);
  std::shared_ptr<const Credentials> key_of_ GUARDED_BY(mutex_);
  base::Secret key_ GUARDED_BY(mutex_);
};

}  // namespace cloud
