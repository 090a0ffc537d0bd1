#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace certificate {

/// A line of a PEM text as it is meant: several where line breaks were lost.
struct MeantLines {
  std::vector<std::string_view> lines;  ///< views of the line
  std::string message;                  ///< what is wrong with the line; empty if nothing is
  std::string hint;
};

/// Splits a line in which line breaks were written as \n, became carriage returns or spaces, or are missing around a
/// BEGIN or END line. `inside`: the line stands in a block.
MeantLines meant_lines(std::string_view line, bool inside);

/// The text that was encoded as in a URL (%20, %0A); empty if it was not, or is no PEM then.
std::string decoded_url(std::string_view text);

}  // namespace certificate
