#include "certificate/pem.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/base64.h"
#include "base/text.h"

namespace certificate {
namespace {

constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kEnd = "-----END ";
constexpr std::string_view kDashes = "-----";

constexpr std::array<std::pair<std::string_view, PemKind>, 15> kLabels{{
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
}};

PemKind kind_of(std::string_view label) {
  for (const auto& [known, kind] : kLabels) {
    if (known == label) return kind;
  }
  return PemKind::kOther;
}

std::string at_line(std::size_t line) {
  return "line " + std::to_string(line) + ": ";
}

/// "CERTIFICATE" for "-----BEGIN CERTIFICATE-----" with `start` "-----BEGIN ".
std::optional<std::string_view> label_of(std::string_view line, std::string_view start) {
  if (!line.starts_with(start) || !line.ends_with(kDashes) || line.size() <= start.size() + kDashes.size()) {
    return std::nullopt;
  }
  return line.substr(start.size(), line.size() - start.size() - kDashes.size());
}

bool is_base64(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/' || c == '=';
}

/// One pass over the lines; inside a block, or between blocks.
class Reader {
 public:
  PemText read(std::string_view text) {
    while (!text.empty()) {
      ++line_;
      const std::size_t end = std::min(text.find('\n'), text.size());
      std::string_view line = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      while (line.ends_with('\r') || line.ends_with(' ') || line.ends_with('\t')) line.remove_suffix(1);
      if (inside_) {
        take_inside(line);
      } else {
        take_outside(line);
      }
    }
    if (inside_) defect(block_.line, "the block that begins here has no END line: it is cut off");
    return std::move(result_);
  }

 private:
  void take_outside(std::string_view line) {
    if (const auto label = label_of(line, kBegin)) {
      begin(*label);
    } else if (line.find("-----BEGIN") != std::string_view::npos) {
      defect(line_, line.find("\\n") != std::string_view::npos
                        ? "line breaks are written as the two characters \\n: write real ones"
                        : "the BEGIN line is malformed: it must be -----BEGIN …----- alone on its line, without spaces "
                          "before it");
    } else if (line.find("-----END") != std::string_view::npos) {
      defect(line_, "an END line without its BEGIN line");
    }
  }

  void take_inside(std::string_view line) {
    if (const auto label = label_of(line, kEnd)) {
      if (*label == block_.label) {
        finish();
      } else {
        defect(line_, "the END line is not that of the block that begins on line " + std::to_string(block_.line));
        inside_ = false;
      }
    } else if (line.find("-----BEGIN") != std::string_view::npos) {
      defect(block_.line, "the block that begins here has no END line before the next block begins on line " +
                              std::to_string(line_));
      inside_ = false;
      take_outside(line);
    } else if (line.find("-----END") != std::string_view::npos) {
      defect(line_, "the END line is malformed: it must be -----END …----- alone on its line");
      inside_ = false;
    } else if (body_.empty() && line.find(": ") != std::string_view::npos) {
      block_.headers.append(line);
      block_.headers += '\n';
    } else {
      take_base64(base::trim(line));
    }
  }

  void take_base64(std::string_view line) {
    if (bad_line_ == 0 && !std::all_of(line.begin(), line.end(), is_base64)) bad_line_ = line_;
    body_.append(line);
  }

  void begin(std::string_view label) {
    inside_ = true;
    block_ = PemBlock{kind_of(label), std::string(label), line_, {}, {}};
    body_ = base::Secret();
    bad_line_ = 0;
  }

  void finish() {
    inside_ = false;
    const std::string begins = std::to_string(block_.line);
    if (bad_line_ != 0) {
      return defect(bad_line_, "a character that is not base64, in the block that begins on line " + begins);
    }
    if (body_.empty()) return defect(block_.line, "the block that begins here is empty");
    auto der = base::base64_decode_secret(body_.view());
    if (!der) {
      return defect(line_, "the base64 of the block that begins on line " + begins +
                               " is incomplete: characters are missing or too many");
    }
    block_.der = std::move(*der);
    result_.blocks.push_back(std::move(block_));
  }

  void defect(std::size_t line, std::string_view what) { result_.defects.push_back(at_line(line) + std::string(what)); }

  PemText result_;
  std::size_t line_ = 0;
  bool inside_ = false;
  PemBlock block_;
  base::Secret body_;
  std::size_t bad_line_ = 0;
};

}  // namespace

PemText read_pem(std::string_view text) {
  return Reader().read(text);
}

std::string explain_no_pem(std::string_view text) {
  const std::string_view content = base::trim(text);
  if (content.empty()) return "it is empty";
  const bool sequence_of_der =
      text.size() > 1 && text[0] == '\x30' && (static_cast<unsigned char>(text[1]) & 0x80U) != 0;
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) return "it is UTF-16: save it as plain ASCII";
  if (sequence_of_der || text.find('\0') != std::string_view::npos) {
    return "it is binary (DER, PKCS#12 or a Java key store), not PEM: convert it with openssl";
  }
  // What every PEM text begins with, "-----BEGIN ", in base64.
  if (content.starts_with("LS0tLS1CRUdJTi")) {
    return "it is base64 of a PEM text: it was encoded twice; encode it once, or use `stringData`";
  }
  return {};
}

}  // namespace certificate
