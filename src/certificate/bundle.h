#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/openssl.h"
#include "certificate/finding.h"
#include "certificate/fingerprint.h"

namespace certificate {

/// More certificates than in any real chain, and the maximum that TLS in Java accepts.
inline constexpr std::size_t kMaxChainLength = 10;

/// The certificates of a PEM text, in its order.
struct Bundle {
  struct Entry {
    base::X509Certificate certificate;
    std::size_t line = 0;  ///< of its BEGIN line
  };
  std::vector<Entry> entries;  ///< the first kMaxChainLength
  std::size_t count = 0;       ///< of all certificates; those after the first kMaxChainLength were not parsed
  Fingerprint fingerprint;     ///< empty if not all can be read
  bool repaired = false;       ///< the text was corrected before it was read
  Findings findings;           ///< about the text and its blocks

  /// Every certificate of the text was read; the text can contain other blocks too.
  bool complete() const { return !fingerprint.empty(); }
  bool too_long() const { return count > kMaxChainLength; }
};

Bundle read_bundle(std::string_view pem, Source source = Source::kObject);

}  // namespace certificate
