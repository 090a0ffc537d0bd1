#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "base/time.h"
#include "certificate/bundle.h"

namespace certificate {

/// How the certificates of a bundle are related, as indices into it.
struct Path {
  std::vector<std::size_t> members;       ///< the leaf, its issuer, the issuer of that …
  std::vector<std::size_t> repeated;      ///< identical to an earlier one
  std::vector<std::size_t> alternatives;  ///< certify a member, or have the same name as one (cross-signed)
  std::vector<std::size_t> strangers;     ///< all others
  /// Has the name of the issuer of the last member, but did not sign it. One of the strangers.
  std::optional<std::size_t> impostor;

  std::size_t last() const { return members.back(); }
};

/// Follows names and signatures from the certificate `leaf`. If there are several paths, the one with the fewest
/// certificates that have expired or are not CA certificates is used; of these the longest; then the one whose next
/// certificate comes after the current one in the bundle, the nearest first. Verifies at most one signature for each
/// pair of certificates with matching names.
Path find_path(const Bundle& bundle, std::size_t leaf, base::SystemTime now);

enum class Signature {
  kGood,
  kBad,
  kUnknown,  ///< of a kind that OpenSSL cannot verify as it is
};

/// Whether the key of `issuer` signed `certificate`.
Signature signature_by(X509* certificate, X509* issuer);

/// Whether OpenSSL can verify the signature with the key of `issuer` alone.
bool can_be_checked(X509* certificate, X509* issuer);

/// Whether `certificate` names the subject of `issuer` as its issuer.
bool names_as_issuer(const X509* certificate, const X509* issuer);

/// Whether subject and issuer are the same. The certificate is either the end of a chain, or signed with another key of
/// the CA.
bool is_self_issued(X509* certificate);

/// Whether it is signed with its own key: the end of every chain.
bool is_self_signed(X509* certificate);

}  // namespace certificate
