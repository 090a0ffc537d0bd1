#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace test {

enum class KeyType { kP256, kP384, kP521, kSecp256k1, kRsa1024, kRsa2048, kRsaPss, kDsa, kEd25519 };

/// A private key. Cheap to copy.
class Key {
 public:
  /// EC keys take microseconds, RSA keys about 100 ms, DSA keys longer.
  static Key make(KeyType type = KeyType::kP256);

  /// PKCS#8: "-----BEGIN PRIVATE KEY-----".
  std::string pkcs8() const;
  /// PKCS#8, encrypted with AES-256 and PBKDF2: "-----BEGIN ENCRYPTED PRIVATE KEY-----".
  std::string encrypted_pkcs8(std::string_view password, int rounds = 2048) const;
  /// The same with scrypt in place of PBKDF2; `n` is a power of two.
  std::string scrypt_pkcs8(std::string_view password, unsigned n, unsigned r, unsigned p) const;
  /// PKCS#1 ("RSA PRIVATE KEY") or SEC1 ("EC PRIVATE KEY"); not for Ed25519.
  std::string traditional() const;
  /// The same with "Proc-Type: 4,ENCRYPTED".
  std::string encrypted_traditional(std::string_view password) const;
  /// "-----BEGIN PUBLIC KEY-----".
  std::string public_pem() const;

  evp_pkey_st* get() const { return key_.get(); }

 private:
  explicit Key(evp_pkey_st* key);
  std::shared_ptr<evp_pkey_st> key_;
};

struct CertificateSpec {
  std::string common_name = "device.example.com";
  /// Further parts of the subject, before the common name, in this order: {"O", "Acme"}. UTF-8.
  std::vector<std::pair<std::string, std::string>> subject;
  std::vector<std::string> dns_names;
  std::vector<std::string> ip_addresses;
  /// As in ASN.1 GeneralizedTime, so that any date can be made: "20200101000000Z".
  std::string not_before = "20200101000000Z";
  std::string not_after = "21200101000000Z";
  bool ca = false;
  /// Extensions as openssl.cnf writes them; empty: none. Their defaults are those of a server or, with `ca`, of a CA.
  std::optional<std::string> basic_constraints;
  std::optional<std::string> key_usage;
  std::optional<std::string> extended_key_usage;
  std::string name_constraints;
  /// As in ASN.1: 2 is X.509 version 3. Any other version has no extensions.
  long version = 2;
  std::optional<std::int64_t> serial;  ///< random without it
  std::string digest = "SHA256";
};

/// A certificate and its key.
struct Identity {
  std::string certificate;  ///< PEM of this certificate alone
  Key key;
  std::string common_name;

  std::string key_pem() const { return key.pkcs8(); }
};

/// GeneralizedTime of `t`, for CertificateSpec.
std::string asn1_time(base::SystemTime t);

/// A self-signed certificate.
Identity self_signed(const CertificateSpec& spec, const Key& key = Key::make());
/// A certificate signed by `issuer`.
Identity issue(const CertificateSpec& spec, const Identity& issuer, const Key& key = Key::make());

/// The usual case: a root, an intermediate under it and a leaf under that.
struct Chain {
  Identity root;
  Identity intermediate;
  Identity leaf;

  /// Leaf, then intermediate.
  std::string bundle() const { return leaf.certificate + intermediate.certificate; }
};
Chain make_chain(const CertificateSpec& leaf = {});

/// For a TLS server on a loopback address: names localhost, 127.0.0.1 and ::1. Trust it with its own certificate.
Identity loopback_server();

/// The DER of the first certificate in a PEM text.
std::string der_of(std::string_view certificate_pem);

}  // namespace test
