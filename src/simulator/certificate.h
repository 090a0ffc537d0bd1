#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "simulator/refusal.h"

namespace simulator {

/// The private key of an upload; unchanged, so with its password.
struct PrivateKey {
  base::Secret pem;
  base::Secret password;
};

/// An uploaded certificate chain, and what the platform returns about its first certificate.
struct Certificate {
  std::string pem;
  std::string common_name;
  /// yyyyMMdd'T'HHmmss'Z'
  std::string effective_date;
  std::string expiry_date;
  /// "CN=…, O=…, C=CN"
  std::string owner;
  std::string issuer;
  /// "sha256:<hex>" over the DER of all certificates of the chain, one after the other.
  std::string fingerprint;
  bool expired = false;
  /// Nothing if there is none: for certificates that were uploaded through the admin API, or kept from an earlier run.
  std::shared_ptr<const PrivateKey> key{};
};

/// Reads a PEM chain, leaf first. `now` is used for `expired` only.
base::Result<Certificate, Refused> parse_certificate(std::string_view pem, base::SystemTime now);

/// Whether this is the private key of the first certificate of the chain. An empty password means none; it is ignored
/// for a key that is not encrypted.
base::Result<void, Refused> check_private_key(const Certificate& certificate, std::string_view private_key,
                                              std::string_view password);

}  // namespace simulator
