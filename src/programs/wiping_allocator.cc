// Replaces the global operators new and delete for the whole program, libraries in C++ included: a block is wiped when
// it is freed. Private keys and passwords pass through buffers of libraries (HTTP, TLS, JSON) that know nothing of
// secrets; this way no copy of theirs outlives its use, wherever it was made.
#include <cstdlib>
#include <cstring>
#include <malloc.h>
#include <new>

namespace {

/// From this size on, glibc maps a block of its own (process_hardening.cc) and gives it back to the kernel, which wipes
/// it; touching all of it here would make its unused pages resident.
constexpr std::size_t kMappedFrom = std::size_t{128} * 1024;

void* take(std::size_t size) {
  while (true) {
    if (void* p = std::malloc(size == 0 ? 1 : size)) return p;
    const std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) throw std::bad_alloc();
    handler();
  }
}

void* take_aligned(std::size_t size, std::size_t alignment) {
  void* p = nullptr;
  if (posix_memalign(&p, alignment, size) != 0) throw std::bad_alloc();
  return p;
}

void give(void* p) {
  if (p == nullptr) return;
  const std::size_t size = malloc_usable_size(p);
  if (size < kMappedFrom) explicit_bzero(p, size);
  std::free(p);
}

}  // namespace

void* operator new(std::size_t size) {
  return take(size);
}
void* operator new[](std::size_t size) {
  return take(size);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return take_aligned(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return take_aligned(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* p) noexcept {
  give(p);
}
void operator delete[](void* p) noexcept {
  give(p);
}
void operator delete(void* p, std::size_t /*size*/) noexcept {
  give(p);
}
void operator delete[](void* p, std::size_t /*size*/) noexcept {
  give(p);
}
void operator delete(void* p, std::align_val_t /*alignment*/) noexcept {
  give(p);
}
void operator delete[](void* p, std::align_val_t /*alignment*/) noexcept {
  give(p);
}
void operator delete(void* p, std::size_t /*size*/, std::align_val_t /*alignment*/) noexcept {
  give(p);
}
void operator delete[](void* p, std::size_t /*size*/, std::align_val_t /*alignment*/) noexcept {
  give(p);
}
