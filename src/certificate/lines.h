#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace certificate {

/// The corrected form of a line of a PEM text: several lines if line breaks were lost.
struct MeantLines {
  std::vector<std::string_view> lines;  ///< views of the line
  std::string message;                  ///< what is wrong with the line; empty if nothing is
  std::string hint;
};

/// Splits a line in which line breaks are written as \n, were replaced with carriage returns or spaces, or are missing
/// around a BEGIN or END line. `inside`: the line is inside a block.
MeantLines meant_lines(std::string_view line, bool inside);

/// Decodes a URL-encoded text (%20, %0A); empty if it is not URL-encoded, or if the result is not PEM.
std::string decoded_url(std::string_view text);

}  // namespace certificate
