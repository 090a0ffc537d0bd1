#pragma once

#include <string>
#include <string_view>

namespace base {

/// Percent-encodes all but the unreserved characters of RFC 3986 §2.3, with upper-case hex.
std::string percent_encode(std::string_view s);

/// Percent-decoding (RFC 3986 §2.1). A '%' that is not followed by two hex digits stands for itself.
std::string percent_decode(std::string_view s);

}  // namespace base
