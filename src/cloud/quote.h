#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cloud {

/// Confidential parts of a request, a private key or its password; empty ones are ignored.
using Confidences = std::vector<std::string_view>;

/// The part of a text of the platform that can be shown: one line of at most 160 bytes, with plain words in ASCII
/// letters and short numbers. Everything else becomes "…": ids, tokens, encoded data. The gateway can echo the
/// canonical request, and the platform might echo its input: text that begins like this is cut off. The result is empty
/// if a few consecutive letters, forwards or backwards, ignoring case and other characters in between, match a part of
/// `withheld`: a mistyped password is almost a password.
std::string quotable(std::string_view text, const Confidences& withheld);

/// The code if it has the form of codes of Huawei Cloud ("IOTDA.000006", "104902") and does not resemble a part of
/// `withheld`; otherwise empty.
std::string code_or_empty(std::string_view code, const Confidences& withheld);

/// The same for a request id: lower-case letters, digits, '_' and '-'.
std::string request_id_or_empty(std::string_view id, const Confidences& withheld);

}  // namespace cloud
