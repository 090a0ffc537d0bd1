#pragma once

#include <cstddef>
#include <string>

namespace os {

/// `bytes` random bytes from the kernel as lower-case hex. Thread-safe.
std::string random_hex(std::size_t bytes);

/// A random number in [0, 1), for jitter. Thread-safe.
double random_unit();

}  // namespace os
