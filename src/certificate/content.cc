#include "certificate/content.h"

#include <algorithm>
#include <array>
#include <openssl/x509.h>
#include <optional>
#include <string>

#include "base/base64.h"
#include "base/openssl.h"
#include "base/secret.h"
#include "base/text.h"

namespace certificate {
namespace {

using Request = base::Owned<X509_REQ, X509_REQ_free>;
using RevocationList = base::Owned<X509_CRL, X509_CRL_free>;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::size_t kMaxEncodings = 3;

unsigned byte(std::string_view s, std::size_t i) {
  return static_cast<unsigned char>(s[i]);
}

/// One value in DER, or in BER with indefinite length. The content can be truncated.
struct Value {
  unsigned tag = 0;
  std::string_view content;
  bool whole = false;  ///< the length is known, and the content is complete
};

/// Reads the first value of `rest` and removes it.
std::optional<Value> take(std::string_view& rest) {
  if (rest.size() < 2) return std::nullopt;
  Value value{byte(rest, 0), {}, true};
  std::size_t length = byte(rest, 1);
  std::size_t header = 2;
  if (length == 0x80) {  // indefinite length
    value.content = rest.substr(2);
    value.whole = false;
    rest = {};
    return value;
  }
  if (length > 0x80) {
    const std::size_t count = length & 0x7FU;
    if (count > 4 || rest.size() < 2 + count) return std::nullopt;
    length = 0;
    for (std::size_t i = 0; i < count; ++i) length = (length << 8U) | byte(rest, 2 + i);
    header += count;
  }
  value.whole = rest.size() - header >= length;
  value.content = rest.substr(header, length);
  rest.remove_prefix(std::min(header + length, rest.size()));
  return value;
}

constexpr unsigned kInteger = 0x02;
constexpr unsigned kBits = 0x03;
constexpr unsigned kOctets = 0x04;
constexpr unsigned kObject = 0x06;
constexpr unsigned kEnumerated = 0x0A;
constexpr unsigned kSequence = 0x30;
constexpr unsigned kTagged0 = 0xA0;

/// The first values inside a sequence.
struct Members {
  std::array<Value, 6> values{};
  std::size_t count = 0;

  explicit Members(std::string_view content) {
    while (count < values.size()) {
      const auto value = take(content);
      if (!value) return;
      values.at(count++) = *value;
    }
  }
  bool are(std::initializer_list<unsigned> tags) const {
    return count >= tags.size() && std::equal(tags.begin(), tags.end(), values.begin(),
                                              [](unsigned tag, const Value& value) { return tag == value.tag; });
  }
  bool begins_with_object(std::size_t i) const {
    return values.at(i).tag == kSequence && Members(values.at(i).content).are({kObject});
  }
};

template <class Owner, class Parse>
bool parses_as(Parse parse, std::string_view der) {
  const base::ErrorQueueGuard errors;
  const unsigned char* at = base::bytes(der);
  return Owner(parse(nullptr, &at, static_cast<long>(der.size()))) != nullptr;
}

/// Three structures with the same outer form.
Form signed_form(std::string_view der) {
  if (parses_as<base::X509Certificate>(d2i_X509, der)) return Form::kCertificate;
  if (parses_as<Request>(d2i_X509_REQ, der)) return Form::kRequest;
  if (parses_as<RevocationList>(d2i_X509_CRL, der)) return Form::kRevocationList;
  return Form::kCertificate;
}

bool is_base64_or_space(char c) {
  return base::is_base64(c) || c == '-' || c == '_' || c == '\n' || c == '\r' || c == ' ' || c == '\t';
}

/// The data that `text` encodes in base64, if it is too long for a coincidence. The URL alphabet is accepted too.
std::optional<base::Secret> decoded(std::string_view text) {
  if (!std::all_of(text.begin(), text.end(), is_base64_or_space)) return std::nullopt;
  std::string compact;
  compact.reserve(text.size() + 4);
  for (const char c : text) {
    if (c == '\n' || c == '\r' || c == ' ' || c == '\t') continue;
    compact += c == '-' ? '+' : c == '_' ? '/' : c;
  }
  constexpr std::size_t kShortest = 24;
  std::optional<base::Secret> bytes;
  if (compact.size() >= kShortest) {
    while (compact.size() % 4 != 0) compact += '=';
    bytes = base::base64_decode_secret(compact);
  }
  base::wipe(compact);
  return bytes;
}

bool is_utf16(std::string_view bytes) {
  if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF")) return true;
  if (bytes.size() < 8) return false;
  // In UTF-16 of plain text every second byte is zero.
  std::array<std::size_t, 2> zeros{};
  const std::string_view head = bytes.substr(0, 512);
  for (std::size_t i = 0; i < head.size(); ++i) {
    if (head[i] == '\0') ++zeros.at(i % 2);
  }
  const std::size_t most = std::max(zeros[0], zeros[1]);
  const std::size_t least = std::min(zeros[0], zeros[1]);
  return most * 10 >= head.size() / 2 * 9 && least * 10 <= head.size() / 2;
}

bool is_tar(std::string_view bytes) {
  return bytes.size() >= 512 && bytes.substr(257, 5) == "ustar";
}

Form form_of(std::string_view bytes) {
  if (base::trim(bytes).empty()) return Form::kEmpty;
  if (is_utf16(bytes)) return Form::kUtf16;
  if (bytes.starts_with("\x1F\x8B")) return Form::kGzip;
  if (bytes.starts_with("PK\x03\x04")) return Form::kZip;
  if (bytes.starts_with("\xFE\xED\xFE\xED") || bytes.starts_with("\xCE\xCE\xCE\xCE")) return Form::kJavaKeyStore;
  if (is_tar(bytes)) return Form::kTar;
  if (bytes.front() == '\x30') {
    if (const Form der = form_of_der(bytes); der != Form::kBinary) return der;
    if (bytes.size() > 1 && (byte(bytes, 1) & 0x80U) != 0) return Form::kBinary;
  }
  if (!is_text(bytes)) return Form::kBinary;
  if (bytes.find("-----BEGIN") != std::string_view::npos) return Form::kPem;
  return Form::kText;
}

}  // namespace

Form form_of_der(std::string_view bytes) {
  std::string_view rest = bytes;
  const auto outer = take(rest);
  if (!outer || outer->tag != kSequence) return Form::kBinary;
  const Members m(outer->content);
  if (m.are({kSequence, kSequence, kBits})) return m.begins_with_object(1) ? signed_form(bytes) : Form::kBinary;
  if (m.are({kSequence, kBits})) return m.begins_with_object(0) ? Form::kPublicKey : Form::kBinary;
  if (m.are({kSequence, kOctets})) return m.begins_with_object(0) ? Form::kEncryptedKey : Form::kBinary;
  if (m.are({kInteger, kSequence, kOctets})) return m.begins_with_object(1) ? Form::kPkcs8Key : Form::kBinary;
  if (m.are({kInteger, kSequence})) return m.begins_with_object(1) ? Form::kPkcs12 : Form::kBinary;
  if (m.are({kObject, kTagged0})) return Form::kPkcs7;
  if (m.are({kInteger, kOctets})) return Form::kEcKey;
  if (m.are({kInteger, kInteger, kInteger, kInteger, kInteger, kInteger})) {
    // A DSA key has six numbers, an RSA key nine.
    std::string_view inside = outer->content;
    std::size_t numbers = 0;
    while (take(inside)) ++numbers;
    return numbers <= 6 ? Form::kDsaKey : Form::kRsaKey;
  }
  if (m.are({kInteger, kInteger}) && m.count == 2) return Form::kRsaPublicKey;
  if (m.are({kEnumerated, kTagged0})) return Form::kOcspResponse;
  return Form::kBinary;
}

bool is_whole_der(std::string_view bytes) {
  const auto value = take(bytes);
  return value && value->whole && bytes.empty();
}

bool names_its_curve(std::string_view sec1) {
  const auto outer = take(sec1);
  return outer && Members(outer->content).are({kInteger, kOctets, kTagged0});
}

base::Secret as_pkcs8_version_1(std::string_view der) {
  base::Secret out;
  const auto outer = take(der);
  if (!outer || !outer->whole || outer->tag != kSequence) return out;
  std::string_view rest = outer->content;
  const auto version = take(rest);
  if (!version || version->tag != kInteger || version->content != "\x01") return out;
  const std::string_view from = rest;
  const auto algorithm = take(rest);
  const auto key = take(rest);
  if (!algorithm || !key || algorithm->tag != kSequence || key->tag != kOctets || !key->whole) return out;
  const std::string_view kept = from.substr(0, from.size() - rest.size());
  const std::size_t size = 3 + kept.size();
  out.append("\x30");
  if (size >= 0x80) out.append("\x82");
  const auto length = [&](std::size_t value) {
    const char c = static_cast<char>(value & 0xFFU);
    out.append({&c, 1});
  };
  if (size >= 0x80) length(size >> 8U);
  length(size);
  out.append(std::string_view("\x02\x01\x00", 3));
  out.append(kept);
  return out;
}

Recognised recognise(std::string_view bytes) {
  Recognised found;
  base::Secret inside;
  for (;;) {
    if (bytes.starts_with(kByteOrderMark)) bytes.remove_prefix(kByteOrderMark.size());
    found.form = form_of(bytes);
    if (found.form != Form::kText || found.encodings == kMaxEncodings) return found;
    auto next = decoded(bytes);
    if (!next) return found;
    // Plain letters are also valid base64, so the decoded data must be of a known form.
    std::string_view view = next->view();
    if (view.starts_with(kByteOrderMark)) view.remove_prefix(kByteOrderMark.size());
    const Form form = form_of(view);
    if (form == Form::kBinary || form == Form::kEmpty || (form == Form::kText && !decoded(view))) return found;
    ++found.encodings;
    inside = std::move(*next);
    bytes = inside.view();
  }
}

std::string_view name_of(Form form) {
  switch (form) {
    case Form::kEmpty:
      return "empty";
    case Form::kPem:
      return "PEM";
    case Form::kCertificate:
      return "a certificate in DER";
    case Form::kRequest:
      return "a certificate request (CSR)";
    case Form::kRevocationList:
      return "a certificate revocation list (CRL)";
    case Form::kPkcs7:
      return "PKCS#7 (.p7b)";
    case Form::kPkcs12:
      return "PKCS#12 (.p12, .pfx)";
    case Form::kPkcs8Key:
      return "a private key (PKCS#8)";
    case Form::kEncryptedKey:
      return "an encrypted private key (PKCS#8)";
    case Form::kRsaKey:
      return "an RSA private key (PKCS#1)";
    case Form::kEcKey:
      return "an EC private key (SEC1)";
    case Form::kDsaKey:
      return "a DSA private key";
    case Form::kPublicKey:
    case Form::kRsaPublicKey:
      return "a public key";
    case Form::kOcspResponse:
      return "an OCSP response";
    case Form::kJavaKeyStore:
      return "a Java keystore";
    case Form::kUtf16:
      return "UTF-16 text";
    case Form::kGzip:
      return "gzip data";
    case Form::kZip:
      return "a zip archive";
    case Form::kTar:
      return "a tar archive";
    case Form::kBinary:
      return "binary";
    case Form::kText:
      break;
  }
  return "text";
}

bool is_text(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size();) {
    const unsigned first = byte(bytes, i);
    if (first == 0) return false;
    const std::size_t length = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0;
    if (length == 0 || first > 0xF4 || i + length > bytes.size()) return false;
    for (std::size_t k = 1; k < length; ++k) {
      if ((byte(bytes, i + k) & 0xC0U) != 0x80U) return false;
    }
    if (length == 3) {
      const unsigned second = byte(bytes, i + 1);
      if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second >= 0xA0)) return false;
    }
    if (length == 4) {
      const unsigned second = byte(bytes, i + 1);
      if ((first == 0xF0 && second < 0x90) || (first == 0xF4 && second >= 0x90)) return false;
    }
    i += length;
  }
  return true;
}

}  // namespace certificate
