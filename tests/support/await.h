#pragma once

#include <functional>
#include <thread>

namespace test {

/// Lets other threads run until `condition` holds; a test that hangs here is ended by its timeout.
inline void await(const std::function<bool()>& condition) {
  while (!condition()) std::this_thread::yield();
}

}  // namespace test
