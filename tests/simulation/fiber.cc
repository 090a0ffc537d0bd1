#include "fiber.h"

#include <cstdint>
#include <cstdlib>
#include <sys/mman.h>
#include <utility>

namespace simulation {
namespace {

constexpr std::size_t kStackSize = 512UL * 1024;

/// Mapped, so that only the pages that are used cost anything.
std::byte* map_stack() {
  void* memory = mmap(nullptr, kStackSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) std::abort();
  return static_cast<std::byte*>(memory);
}

}  // namespace

Fiber::Fiber() : stack_(map_stack()) {}

Fiber::~Fiber() {
  munmap(stack_, kStackSize);
}

void Fiber::start(std::function<void()> body) {
  body_ = std::move(body);
  getcontext(&inside_);
  inside_.uc_stack.ss_sp = stack_;
  inside_.uc_stack.ss_size = kStackSize;
  inside_.uc_link = &outside_;
  // makecontext passes ints only.
  const auto self = reinterpret_cast<std::uintptr_t>(this);
  makecontext(&inside_, reinterpret_cast<void (*)()>(&Fiber::enter), 2, static_cast<unsigned>(self & 0xffffffffU),
              static_cast<unsigned>(self >> 32U));
}

void Fiber::enter(unsigned low, unsigned high) {
  reinterpret_cast<Fiber*>((std::uintptr_t{high} << 32U) | low)->run();
}

void Fiber::run() {
  try {
    body_();
  } catch (...) {
    thrown_ = std::current_exception();
  }
  body_ = nullptr;
}

void Fiber::resume() {
  swapcontext(&outside_, &inside_);
  if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
}

void Fiber::suspend() {
  swapcontext(&inside_, &outside_);
}

}  // namespace simulation
