#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "certificate/armor.h"
#include "certificate/finding.h"

namespace certificate {

struct PemBlock {
  PemKind kind = PemKind::kOther;
  std::string label;     ///< as in the BEGIN line: part of the input, not to be shown
  std::size_t line = 0;  ///< of the BEGIN line, from 1
  std::string headers;   ///< "Proc-Type: 4,ENCRYPTED\nDEK-Info: …\n" of encrypted traditional keys; mostly empty
  base::Secret der;
};

/// The blocks that can be read, in their order, and the findings about the text: an error for each defect (at most
/// kMaxPemDefects, the last of which counts the others), and a warning for each kind of oddity that strict parsers
/// reject (WindowsLineEnds, PemWhitespace, TextOutsideBlocks). If the correction of a defect is obvious, the corrected
/// block is included as well.
struct PemText {
  std::vector<PemBlock> blocks;
  Findings findings;
  bool lost = false;  ///< a block is probably missing because it could not be read

  /// The text was correct as it is.
  bool intact() const { return !has_errors(findings); }
};

inline constexpr std::size_t kMaxPemDefects = 16;

/// Parses the PEM text of `part` (RFC 7468, lax: lines of any length, CRLF, white space in blocks and text between
/// them). A text without any block gets an error that says what it is instead, as far as its form shows that.
PemText read_pem(std::string_view text, Part part, Source source = Source::kObject);

}  // namespace certificate
