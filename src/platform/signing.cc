#include "platform/signing.h"

namespace platform {

std::string_view to_string(Signing signing) {
  return signing == Signing::kDerived ? "Derived" : "Standard";
}

std::optional<Signing> parse_signing(std::string_view text) {
  for (const Signing signing : {Signing::kDerived, Signing::kStandard}) {
    if (text == to_string(signing)) return signing;
  }
  return std::nullopt;
}

}  // namespace platform
