#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace certificate {

/// The kind of a PEM block, by the label of its BEGIN line.
enum class PemKind {
  kCertificate,
  kPrivateKey,      ///< PKCS#8
  kEncryptedKey,    ///< PKCS#8, encrypted
  kTraditionalKey,  ///< PKCS#1, SEC1 or DSA; encrypted if it has a header
  kParameters,      ///< of an elliptic curve, written by openssl before the key
  kOpensshKey,
  kPublicKey,
  kRequest,  ///< a certificate signing request
  kPkcs7,
  kTrustedCertificate,  ///< the format of OpenSSL, with trust settings after the certificate
  kOther,
};

PemKind kind_of(std::string_view label);

/// A line of a PEM text: a BEGIN or END line, a line that is probably meant to be one but is wrong, or another line.
struct ArmorLine {
  enum class Type { kNone, kBegin, kEnd };
  Type type = Type::kNone;
  std::string label;    ///< the label of a correct line; the probable label of a wrong line, or empty
  std::string message;  ///< what is wrong; empty for a correct line
  std::string hint;     ///< what was expected

  bool wrong() const { return !message.empty(); }
};

/// `line` must not include its line break and trailing white space. A line is wrong if its letters are BEGIN or END and
/// a known label, but not its dashes, spaces, quotes or case. Messages do not quote the line.
ArmorLine read_armor(std::string_view line);

}  // namespace certificate
