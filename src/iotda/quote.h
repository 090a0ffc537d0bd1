#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace iotda {

/// What was sent in confidence, a private key or its password; empty ones count for nothing.
using Confidences = std::vector<std::string_view>;

/// What of the platform's text can be shown to people: one line of at most 160 bytes, of words that are written as
/// words are, in ASCII letters, and of short numbers. All else is "…": ids, tokens, what is encoded. The gateway may
/// echo the canonical request, and nobody knows whether the platform ever echoes its input: what begins like that is
/// cut off. Nothing is left if a few letters in a row, forwards or backwards, whatever their case and whatever stands
/// between them, are those of something in `withheld`: a mistyped password is nearly one.
std::string quotable(std::string_view text, const Confidences& withheld);

/// The code if it has the form that codes of Huawei Cloud have ("IOTDA.000006", "104902") and is not like something in
/// `withheld`, or empty.
std::string code_or_empty(std::string_view code, const Confidences& withheld);

/// The same for a request id: lower-case letters, digits, '_' and '-'.
std::string request_id_or_empty(std::string_view id, const Confidences& withheld);

}  // namespace iotda
