#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace os {

/// Reads a file, which can contain a secret. The error is for users and names the file and the cause: "/run/token: No
/// such file or directory". A file of more than `max` bytes is an error too.
base::Result<base::Secret, std::string> read_file(const std::string& path, std::size_t max = 1U << 20U);

}  // namespace os
