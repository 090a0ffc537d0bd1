#pragma once

#include <memory>

#include "http/transport.h"

namespace programs {

/// For tests: a transport that kills the process, like `kill -9`, at a given point. The environment variable
/// IOTDA_FAIL_POINT sets it: `before|after METHOD PART NTH`, the NTH request (from 1) with that method whose target
/// contains PART, before it is sent or after its response has arrived. Without the variable it only forwards requests.
std::unique_ptr<http::Transport> with_fail_point(std::unique_ptr<http::Transport> transport);

}  // namespace programs
