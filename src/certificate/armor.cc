#include "certificate/armor.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/ascii.h"
#include "base/text.h"

namespace certificate {
namespace {

using Type = ArmorLine::Type;

constexpr std::string_view kDashes = "-----";

constexpr std::array<std::pair<std::string_view, PemKind>, 19> kLabels{{
    {"CERTIFICATE", PemKind::kCertificate},
    {"X509 CERTIFICATE", PemKind::kCertificate},
    {"TRUSTED CERTIFICATE", PemKind::kTrustedCertificate},
    {"PRIVATE KEY", PemKind::kPrivateKey},
    {"ENCRYPTED PRIVATE KEY", PemKind::kEncryptedKey},
    {"RSA PRIVATE KEY", PemKind::kTraditionalKey},
    {"EC PRIVATE KEY", PemKind::kTraditionalKey},
    {"DSA PRIVATE KEY", PemKind::kTraditionalKey},
    {"EC PARAMETERS", PemKind::kParameters},
    {"OPENSSH PRIVATE KEY", PemKind::kOpensshKey},
    {"PUBLIC KEY", PemKind::kPublicKey},
    {"RSA PUBLIC KEY", PemKind::kPublicKey},
    {"CERTIFICATE REQUEST", PemKind::kRequest},
    {"NEW CERTIFICATE REQUEST", PemKind::kRequest},
    {"PKCS7", PemKind::kPkcs7},
    {"PKCS #7 SIGNED DATA", PemKind::kPkcs7},
    {"CMS", PemKind::kPkcs7},
    {"X509 CRL", PemKind::kOther},
    {"ANY PRIVATE KEY", PemKind::kPrivateKey},
}};

std::string_view word_of(Type type) {
  return type == Type::kBegin ? "BEGIN" : "END";
}

/// "CERTIFICATE" for "-----BEGIN CERTIFICATE-----" if `word` is "BEGIN"; empty if it is not such a line.
std::string_view exact_label(std::string_view line, std::string_view word) {
  if (!line.starts_with(kDashes) || !line.ends_with(kDashes)) return {};
  line.remove_prefix(kDashes.size());
  if (!line.starts_with(word)) return {};
  line.remove_prefix(word.size());
  if (!line.starts_with(' ') || line.size() <= 1 + kDashes.size()) return {};
  line = line.substr(1, line.size() - 1 - kDashes.size());
  const bool inner = !line.starts_with(' ') && !line.ends_with(' ') && line.find('-') == std::string_view::npos;
  return inner ? line : std::string_view();
}

bool is_ascii(char c) {
  return static_cast<unsigned char>(c) < 0x80U;
}

/// The letters and digits in upper case, without anything else.
std::string compact(std::string_view s) {
  std::string out;
  for (const char c : s) {
    if (base::is_letter(c)) out += static_cast<char>(c & ~0x20);
    if (base::is_digit(c)) out += c;
  }
  return out;
}

/// The longest known label at the start of `letters`, ignoring spaces.
std::string_view label_in(std::string_view letters) {
  std::string_view best;
  for (const auto& [label, kind] : kLabels) {
    if (letters.starts_with(compact(label)) && label.size() > best.size()) best = label;
  }
  return best;
}

/// Without a dash of any kind and without a quote, "begin certificate" can be prose.
bool has_marks(std::string_view line) {
  return line.find("--") != std::string_view::npos || line.find("\xE2\x80") != std::string_view::npos;
}

std::string what_is_wrong(std::string_view line, Type type, std::string_view label) {
  const std::string name = std::string(word_of(type)) + " line";
  if (line.find("\\n") != std::string_view::npos) {
    return "line breaks are written as the two characters \\n";
  }
  if (line.starts_with("\xEF\xBB\xBF")) return "there is a byte order mark before the " + name;
  if (!std::all_of(line.begin(), line.end(), is_ascii)) {
    return "the " + name + " contains typographic dashes, quotes or spaces";
  }
  if (line.find_first_of("\"'`") != std::string_view::npos) return "there are quotation marks around the " + name;
  if (line.front() == ' ' || line.front() == '\t') return "the " + name + " is indented";
  const std::size_t leading = std::min(line.find_first_not_of('-'), line.size());
  if (leading != kDashes.size()) {
    return "the " + name + " begins with " + std::to_string(leading) + " dashes instead of five";
  }
  const std::size_t last = line.find_last_not_of('-');
  const std::size_t trailing = last == std::string_view::npos ? 0 : line.size() - 1 - last;
  const std::string_view inner = line.substr(leading, line.size() - leading - trailing);
  if (inner.find('-') != std::string_view::npos) return "there is other text on the same line as the " + name;
  if (trailing != kDashes.size()) {
    return trailing == 0 ? "the " + name + " does not end with five dashes"
                         : "the " + name + " ends with " + std::to_string(trailing) + " dashes instead of five";
  }
  if (label.empty()) return "the " + name + " is malformed";
  if (inner != base::trim(inner)) return "the " + name + " contains an extra space";
  if (std::any_of(inner.begin(), inner.end(), base::is_lower)) {
    return "the " + name + " is not in upper case";
  }
  return "the " + name + " has a missing or an extra space";
}

std::string what_was_expected(Type type, std::string_view label) {
  return "expected " + std::string(kDashes) + std::string(word_of(type)) + " " +
         (label.empty() ? "…" : std::string(label)) + std::string(kDashes) + " on a line of its own";
}

}  // namespace

PemKind kind_of(std::string_view label) {
  for (const auto& [known, kind] : kLabels) {
    if (known == label) return kind;
  }
  return PemKind::kOther;
}

ArmorLine read_armor(std::string_view line) {
  for (const Type type : {Type::kBegin, Type::kEnd}) {
    const std::string_view label = exact_label(line, word_of(type));
    if (label.empty()) continue;
    // An unknown label is accepted, a known one with other spaces is not.
    const std::string letters = compact(label);
    const std::string_view known = label_in(letters);
    if (known == label || compact(known) != letters) return {type, std::string(label), {}, {}};
  }
  if (!has_marks(line)) return {};
  // If the whole text is on one line, its beginning decides.
  const std::string letters = compact(line.substr(0, 256));
  const auto at = [&](Type type) { return std::min(letters.find(word_of(type)), letters.size()); };
  if (at(Type::kBegin) == letters.size() && at(Type::kEnd) == letters.size()) return {};
  const Type type = at(Type::kBegin) <= at(Type::kEnd) ? Type::kBegin : Type::kEnd;
  const std::string_view label = label_in(std::string_view(letters).substr(at(type) + word_of(type).size()));
  const bool surely =
      line.find("-----BEGIN") != std::string_view::npos || line.find("-----END") != std::string_view::npos;
  if (label.empty() && !surely) return {};
  return {type, std::string(label), what_is_wrong(line, type, label), what_was_expected(type, label)};
}

}  // namespace certificate
