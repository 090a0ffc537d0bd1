#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace base {

/// The content of a file, which may be a secret. The error names the file and the cause, for people:
/// "/run/token: No such file or directory". A file over `max` bytes is an error too.
Result<Secret, std::string> read_file(const std::string& path, std::size_t max = 1U << 20U);

}  // namespace base
