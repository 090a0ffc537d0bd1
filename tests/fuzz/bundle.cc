// A certificate, a key, a password and a domain, with a zero byte between them.

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "certificate/inspect.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  std::array<std::string_view, 4> parts{};
  for (std::string_view& part : parts) {
    part = rest.substr(0, rest.find('\0'));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
  }
  certificate::Material material{parts[0], parts[1], std::nullopt, parts[3]};
  if (!parts[2].empty()) material.password = parts[2];
  const certificate::Verdict verdict = certificate::inspect(material, base::SystemTime(std::chrono::hours(490000)));
  if (verdict.valid() && !verdict.facts) std::abort();
  for (const certificate::Finding& finding : verdict.findings) {
    if (finding.reason.empty() || finding.message.empty()) std::abort();
  }
  return 0;
}
