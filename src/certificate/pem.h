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
  std::string label;     ///< as in the BEGIN line: content of the material, not to be shown
  std::size_t line = 0;  ///< of the BEGIN line, from 1
  std::string headers;   ///< "Proc-Type: 4,ENCRYPTED\nDEK-Info: …\n" of encrypted traditional keys; mostly empty
  base::Secret der;
};

/// The blocks that can be read, in their order, and what is wrong with the text: an error for each defect (at most
/// kMaxPemDefects, the last of which counts the others), a warning for each kind of oddity that strict readers refuse
/// (WindowsLineEnds, PemWhitespace, TextOutsideBlocks). Where it is obvious how a defect is repaired, the block is
/// there besides, as it is meant.
struct PemText {
  std::vector<PemBlock> blocks;
  Findings findings;
  bool lost = false;  ///< something is meant as a block and is not among them

  /// Everything was right as it stands.
  bool intact() const { return !has_errors(findings); }
};

inline constexpr std::size_t kMaxPemDefects = 16;

/// Reads the PEM text of `part` (RFC 7468, lax: lines of any length, CRLF, space in and text between the blocks). A
/// text without any block has an error that says what it is instead, as far as its form tells.
PemText read_pem(std::string_view text, Part part, Source source = Source::kObject);

}  // namespace certificate
