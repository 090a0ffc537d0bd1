#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"

namespace certificate {

/// What a block of a PEM text is, by the label of its BEGIN line.
enum class PemKind {
  kCertificate,
  kPrivateKey,      ///< PKCS#8
  kEncryptedKey,    ///< PKCS#8, encrypted
  kTraditionalKey,  ///< PKCS#1, SEC1 or DSA; encrypted if it has a header
  kParameters,      ///< of an elliptic curve, which openssl writes before the key
  kOpensshKey,
  kPublicKey,
  kRequest,  ///< a certificate signing request
  kPkcs7,
  kTrustedCertificate,  ///< OpenSSL's own, with trust settings behind the certificate
  kOther,
};

struct PemBlock {
  PemKind kind = PemKind::kOther;
  std::string label;     ///< as in the BEGIN line: content of the material, not to be shown
  std::size_t line = 0;  ///< of the BEGIN line, from 1
  std::string headers;   ///< "Proc-Type: 4,ENCRYPTED\nDEK-Info: …\n" of encrypted traditional keys; mostly empty
  base::Secret der;
};

/// The blocks that can be read, in their order, and what is wrong with the text: sentences for people that name lines
/// and kinds of defects, never content.
struct PemText {
  std::vector<PemBlock> blocks;
  std::vector<std::string> defects;
};

/// Reads a PEM text (RFC 7468, lax: lines of any length, CRLF, text between the blocks). Neither blocks nor defects if
/// there is no BEGIN line at all.
PemText read_pem(std::string_view text);

/// Why a text without any block cannot be PEM, as far as its form tells: binary, base64 of base64 … Empty if it does
/// not.
std::string explain_no_pem(std::string_view text);

}  // namespace certificate
