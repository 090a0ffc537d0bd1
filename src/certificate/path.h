#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "certificate/bundle.h"

namespace certificate {

/// How the certificates of a bundle hang together, as indices into it.
struct Path {
  std::vector<std::size_t> members;       ///< the leaf, who issued it, who issued that one …
  std::vector<std::size_t> repeated;      ///< the same as an earlier one
  std::vector<std::size_t> alternatives;  ///< certify a member or stand for one all the same (cross-signed)
  std::vector<std::size_t> strangers;     ///< all others
  /// Has the name of the issuer of the last member, but has not signed it. One of the strangers.
  std::optional<std::size_t> impostor;

  std::size_t last() const { return members.back(); }
};

/// Follows names and signatures from the certificate `leaf`. Of several ways up, the one with the fewest certificates
/// that are expired or not of a CA is taken, of these the longest, then the one whose next certificate stands behind
/// in the bundle, the nearest first. Costs at most a verification of a signature for each pair of certificates whose
/// names fit.
Path find_path(const Bundle& bundle, std::size_t leaf, base::SystemTime now);

enum class Signature {
  kGood,
  kBad,
  kUnknown,  ///< of a kind that OpenSSL cannot check as it is
};

/// Whether `issuer`, by its key, has signed `certificate`.
Signature signature_by(X509* certificate, X509* issuer);

/// The signature is of a kind that OpenSSL checks with no more than the key of `issuer`.
bool can_be_checked(X509* certificate, X509* issuer);

/// The subject of `issuer` is whom `certificate` names as its issuer.
bool names_as_issuer(const X509* certificate, const X509* issuer);

/// Subject and issuer are the same. That may be the end of a chain, or another key of a CA has signed it.
bool is_self_issued(X509* certificate);

/// Issued by itself, with its own key: the end of every chain.
bool is_self_signed(X509* certificate);

}  // namespace certificate
