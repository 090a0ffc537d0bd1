#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "platform/domain_configuration.h"
#include "platform/id.h"

namespace iotda {

/// An unsuccessful response of the platform, or a missing response. Classified by error_code first, by status second.
struct Error {
  enum class Code {
    /// nothing reached the platform: no connection, TLS failure, a redirect, no credentials, the endpoint is left alone
    /// for a while, or the operator is stopping
    kNotSent,
    kHeldBack,      ///< the guard returned false, so nothing was sent
    kRejected,      ///< a definite rejection of this input (400 with a platform code, 413, 404 on upload)
    kQuota,         ///< a definite rejection because the quota is reached
    kNotFound,      ///< 404 on show and delete
    kUnauthorized,  ///< 401, or a signature of the wrong kind: the credentials or `signing` are wrong
    kForbidden,     ///< 403: no permission, wrong domain, not subscribed
    kThrottled,     ///< 429, or 403 with a throttling code
    kUnknown,       ///< timeout, reset, 5xx, not JSON: the platform may have executed the call
    kCancelled,     ///< stopped by the operator after sending: same as kUnknown
  };
  Code code = Code::kUnknown;
  int http_status = 0;     ///< 0 if there was no response
  std::string error_code;  ///< "IOTDA.000006", "APIGW.0301", or empty
  std::string message;     ///< for users: what happened, and for known mistakes the cause and the solution
  std::string request_id;  ///< X-Request-Id, or empty
  std::optional<base::Duration> retry_after;
};

template <class T>
using Result = base::Result<T, Error>;

using platform::CertificateId;
using platform::ConfigurationId;
using platform::DomainConfiguration;
using platform::is_usable_id;
using platform::kMaxId;
using platform::Ocsp;

/// Maximum number of accepted list entries: twice the highest quota that an IoTDAInstance can have.
inline constexpr std::size_t kMaxListed = 100;

/// Maximum size of an accepted response: a page of a list, or a chain of 64 KiB in JSON, is much smaller.
inline constexpr std::size_t kMaxAnswer = std::size_t{1} << 20U;

/// A server certificate as add, list and show return it; the private key never comes back.
struct ServerCertificate {
  CertificateId id;
  std::string common_name;
  std::optional<base::SystemTime> effective;
  std::optional<base::SystemTime> expiry;
  std::string owner;  ///< subject
  std::string issuer;
  std::string certificate_pem;  ///< show only
  std::string request_id;       ///< of the response
};

/// What add sends. The views must outlive the call.
struct Upload {
  std::string_view certificate_pem;
  std::string_view private_key;
  std::string_view private_key_password;  ///< empty for none
};

/// Called when everything is prepared, right before the request is signed and sent; if it returns false, nothing is
/// sent (kHeldBack).
using SendGuard = std::function<bool()>;

/// The server certificates of one IoTDA instance. Calls block; thread-safe. Nothing is retried. Source: API reference
/// of IoTDA, "Server Certificates" and "Domain Configurations".
class Platform {
 public:
  virtual ~Platform() = default;

  /// Uploads a certificate. Not idempotent: sent once, on a connection of its own. `deadline` limits the whole call.
  virtual Result<ServerCertificate> add(const Upload& upload, const SendGuard& guard, base::Duration deadline,
                                        std::stop_token stop) = 0;
  /// All pages, newest first, without PEM.
  virtual Result<std::vector<ServerCertificate>> list(std::stop_token stop) = 0;
  virtual Result<ServerCertificate> show(const CertificateId& id, std::stop_token stop) = 0;
  virtual Result<void> remove(const CertificateId& id, const SendGuard& guard, std::stop_token stop) = 0;

  virtual Result<std::vector<DomainConfiguration>> list_domain_configurations(std::stop_token stop) = 0;
  /// Returns the id of the new configuration; the id of `wanted` is ignored.
  virtual Result<ConfigurationId> create_domain_configuration(const DomainConfiguration& wanted, const SendGuard& guard,
                                                              std::stop_token stop) = 0;
  /// Sets certificate and OCSP of the configuration with the id of `wanted`; its domain name cannot be changed.
  virtual Result<void> update_domain_configuration(const DomainConfiguration& wanted, const SendGuard& guard,
                                                   std::stop_token stop) = 0;
  virtual Result<void> remove_domain_configuration(const ConfigurationId& id, const SendGuard& guard,
                                                   std::stop_token stop) = 0;
};

}  // namespace iotda
