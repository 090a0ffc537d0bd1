#pragma once

#include <cstddef>
#include <optional>

#include "base/openssl.h"
#include "base/time.h"
#include "certificate/bundle.h"
#include "certificate/inspect.h"

namespace certificate {

/// The input of the checks: the certificates and the key, as far as they could be read. A check ignores missing parts,
/// because the error was already found. Checks are pure; they append findings to a list and change nothing else.
struct Evidence {
  const Material& material;
  base::SystemTime now;
  Bundle bundle{};
  base::PublicOrPrivateKey key{};
  std::size_t key_line = 0;
  std::optional<std::size_t> key_owner{};  ///< index of the certificate that the key matches
  bool key_of_authority = false;           ///< the key matches a certificate in ca.crt
  Bundle authorities{};                    ///< the content of ca.crt, as far as it can be read
  std::size_t leaf = 0;                    ///< index of the certificate to serve

  bool has_chain() const { return bundle.complete(); }
  X509* certificate(std::size_t i) const { return bundle.entries[i].certificate.get(); }
  std::size_t line(std::size_t i) const { return bundle.entries[i].line; }
};

}  // namespace certificate
