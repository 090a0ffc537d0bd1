// Replaces free and realloc for the whole program, including all libraries: OpenSSL, the operators new and delete of
// the C++ library, glibc itself. A block is wiped when it is freed. Private keys, passwords and tokens pass through
// buffers of libraries that do not handle secrets; with this, no copy outlives its use, wherever it was made. The
// blocks are allocated by glibc, through the names that it provides for this (see "Replacing malloc" in its manual:
// calls of malloc inside libc use the functions that are linked here).
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

extern "C" {
void* __libc_malloc(std::size_t size);  // NOLINT(bugprone-reserved-identifier): glibc's
void __libc_free(void* block);          // NOLINT(bugprone-reserved-identifier)
}

namespace {

/// From this size on, whole pages are returned to the kernel, which wipes them: wiping them here would make pages
/// resident that never were.
constexpr std::size_t kManyPages = std::size_t{128} * 1024;

void wipe(char* block, std::size_t size) {
  if (size < kManyPages) return explicit_bzero(block, size);
  const auto page = static_cast<std::size_t>(getpagesize());
  const std::size_t before = (page - reinterpret_cast<std::uintptr_t>(block) % page) % page;
  const std::size_t pages = (size - before) / page * page;
  if (madvise(block + before, pages, MADV_DONTNEED) != 0) return explicit_bzero(block, size);
  explicit_bzero(block, before);
  explicit_bzero(block + before + pages, size - before - pages);
}

}  // namespace

extern "C" void free(void* block) {
  if (block == nullptr) return;
  const int error = errno;  // POSIX requires that errno is kept
  wipe(static_cast<char*>(block), malloc_usable_size(block));
  __libc_free(block);
  errno = error;
}

/// Not with realloc of glibc, which leaves the old block, or the rest of it, unwiped.
extern "C" void* realloc(void* block, std::size_t size) {
  if (block == nullptr) return __libc_malloc(size);
  if (size == 0) {
    free(block);
    return nullptr;
  }
  const std::size_t old = malloc_usable_size(block);
  if (size <= old && size >= old / 2) {
    wipe(static_cast<char*>(block) + size, old - size);
    return block;
  }
  void* moved = __libc_malloc(size);
  if (moved == nullptr) return nullptr;
  std::memcpy(moved, block, size < old ? size : old);
  free(block);
  return moved;
}
