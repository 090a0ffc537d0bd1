#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <ucontext.h>

namespace simulation {

/// A function with a stack of its own that can stop in the middle and go on later: a process of the simulated world
/// stops at each of its calls, so that everything else can happen in between. Single-threaded.
class Fiber {
 public:
  Fiber();
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  /// Sets what the next resume() begins with; only while nothing is under way.
  void start(std::function<void()> body);
  /// Runs until the body suspends or ends. What the body throws comes out here, and the fiber is free again.
  void resume();
  /// Only from inside the body.
  void suspend();
  /// Started and not yet at its end.
  bool active() const { return static_cast<bool>(body_); }

 private:
  static void enter(unsigned low, unsigned high);
  void run();

  std::byte* const stack_;
  ucontext_t inside_{};
  ucontext_t outside_{};
  std::function<void()> body_;
  std::exception_ptr thrown_;
};

}  // namespace simulation
