#pragma once

#include <cstddef>
#include <optional>

#include "base/clock.h"
#include "base/openssl.h"
#include "certificate/bundle.h"
#include "certificate/inspect.h"

namespace certificate {

/// What the checks judge: the material as far as it could be read. A check does without what is not there, because that
/// was found wrong before. Checks are pure; they add what they find to a list and change nothing else.
struct Evidence {
  const Material& material;
  base::SystemTime now;
  Bundle bundle{};
  base::PublicOrPrivateKey key{};
  std::size_t key_line = 0;
  std::optional<std::size_t> key_owner{};  ///< index of the certificate that the key belongs to
  bool key_of_authority = false;           ///< the key belongs to a certificate in ca.crt
  Bundle authorities{};                    ///< of ca.crt, as far as it can be read
  std::size_t leaf = 0;                    ///< index of the certificate that is meant to be served

  bool has_chain() const { return bundle.complete(); }
  X509* certificate(std::size_t i) const { return bundle.entries[i].certificate.get(); }
  std::size_t line(std::size_t i) const { return bundle.entries[i].line; }
};

}  // namespace certificate
