#pragma once

#include <memory>

#include "http/transport.h"

namespace programs {

/// For tests: a transport after which the process dies, as by `kill -9`, at a named boundary. The environment variable
/// IOTDA_FAIL_POINT names it: `before|after METHOD PART NTH`, the NTH request (from 1) with that method whose target
/// holds PART, before it is sent or after its answer is there. Without the variable it only passes on.
std::unique_ptr<http::Transport> with_fail_point(std::unique_ptr<http::Transport> transport);

}  // namespace programs
