// Any bytes as the content of a block of PEM: the first byte of the input says under which label they stand, how the
// lines of the text are joined and how often it is encoded, so that what is inside of base64 is reached at once.

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "certificate/inspect.h"
#include "support/base64.h"

namespace {

std::string replaced(const std::string& text, const std::string& by) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += by;
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr std::array<const char*, 8> kLabels{"CERTIFICATE",      "PRIVATE KEY",   "RSA PRIVATE KEY",
                                               "EC PRIVATE KEY",   "PKCS7",         "ENCRYPTED PRIVATE KEY",
                                               "X509 CERTIFICATE", "SOMETHING ELSE"};
  constexpr std::array<const char*, 4> kJoints{"\n", " ", "\\n", "\r"};
  const unsigned choice = data[0];
  const std::string label = kLabels.at(choice & 7U);
  const std::string body = test::base64_encode({reinterpret_cast<const char*>(data + 1), size - 1});
  std::string text = "-----BEGIN " + label + "-----\n";
  for (std::size_t at = 0; at < body.size(); at += 64) text += body.substr(at, 64) + "\n";
  text = replaced(text + "-----END " + label + "-----\n", kJoints.at((choice >> 3U) & 3U));
  for (unsigned layers = (choice >> 5U) & 3U; layers > 0; --layers) text = test::base64_encode(text);
  const base::SystemTime now(std::chrono::hours(490000));
  const certificate::Material material{text, text, std::string_view("CorrectHorse"), "mqtt.example.com", text};
  const certificate::Verdict verdict = certificate::inspect(material, now);
  if (verdict.valid()) std::abort();  // no text is certificate and key at once
  for (const certificate::Finding& finding : verdict.findings) {
    if (finding.reason.empty() || finding.message.empty()) std::abort();
  }
  return 0;
}
