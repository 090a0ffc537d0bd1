#pragma once

#include <cstddef>
#include <string>
#include <string_view>

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

PemKind kind_of(std::string_view label);

/// A line of a PEM text as its armour: a BEGIN or END line, one that is meant to be such a line but is not, or none.
struct ArmorLine {
  enum class Type { kNone, kBegin, kEnd };
  Type type = Type::kNone;
  std::string label;    ///< of a right line as it stands there; of a wrong one what it is likely to mean, or empty
  std::string message;  ///< what is wrong; empty for a right line
  std::string hint;     ///< what was expected

  bool wrong() const { return !message.empty(); }
};

/// `line` is without its line break and the space before that. A wrong line is one whose letters say BEGIN or END and a
/// known label, whatever its dashes, spaces, quotes and case are; nothing of it is quoted.
ArmorLine read_armor(std::string_view line);

}  // namespace certificate
