#pragma once

#include <string>
#include <string_view>

namespace base {

/// Lower-case hex of raw bytes.
std::string to_hex(std::string_view bytes);

}  // namespace base
