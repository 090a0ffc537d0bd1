#include "certificate/limits.h"

#include <string>

namespace certificate {
namespace {

/// The length as the platform counts it: code units of UTF-16. In PEM each byte is one.
std::size_t length_of(std::string_view utf8) {
  std::size_t length = 0;
  for (const char c : utf8) {
    const auto b = static_cast<unsigned char>(c);
    if ((b & 0xC0U) != 0x80U) length += b >= 0xF0 ? 2 : 1;
  }
  return length;
}

Finding too_large(Part part, std::string_view text, std::size_t limit, std::string hint) {
  return {Severity::kError,
          part,
          "TooLarge",
          0,
          "the content has " + std::to_string(length_of(text)) + " characters; the platform accepts at most " +
              std::to_string(limit),
          std::move(hint)};
}

}  // namespace

bool certificate_fits(std::string_view text) {
  return length_of(text) <= kMaxCertificateLength;
}
bool private_key_fits(std::string_view text) {
  return length_of(text) <= kMaxPrivateKeyLength;
}

namespace {

/// Whether there is only one block, and it is too long on its own.
bool one_long_block(std::string_view text, std::size_t limit) {
  const std::size_t begin = text.find("-----BEGIN ");
  const std::size_t end = text.rfind("-----END ");
  return begin != std::string_view::npos && end != std::string_view::npos && begin == text.rfind("-----BEGIN ") &&
         end > begin && end - begin > limit;
}

}  // namespace

void check_limits(const Evidence& e, Findings& findings) {
  if (!certificate_fits(e.material.certificate_pem)) {
    findings.push_back(too_large(Part::kCertificate, e.material.certificate_pem, kMaxCertificateLength,
                                 one_long_block(e.material.certificate_pem, kMaxCertificateLength)
                                     ? "reissue it with fewer names, or with a wildcard"
                                     : "remove root certificates and certificates that are not part of the chain"));
  }
  if (!private_key_fits(e.material.private_key)) {
    findings.push_back(too_large(Part::kPrivateKey, e.material.private_key, kMaxPrivateKeyLength,
                                 one_long_block(e.material.private_key, kMaxPrivateKeyLength)
                                     ? "use a smaller key: RSA 2048 to 4096 or EC P-256"
                                     : "keep only the private key"));
  }
}

}  // namespace certificate
