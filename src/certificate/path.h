#pragma once

#include <cstddef>
#include <optional>
#include <vector>

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

/// Follows names and signatures from the certificate `leaf`. Of two that could be next, the one that stands behind in
/// the bundle is taken, the nearest first. Costs at most a verification of a signature for each pair of certificates
/// whose names fit.
Path find_path(const Bundle& bundle, std::size_t leaf);

/// Issued by itself: the end of every chain.
bool is_self_signed(X509* certificate);

}  // namespace certificate
