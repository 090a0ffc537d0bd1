// Replaces free and realloc for the whole program, all libraries included: OpenSSL, the C++ library's operators new and
// delete, glibc itself. A block is wiped when it is freed. Private keys, passwords and tokens pass through buffers of
// libraries that know nothing of secrets; this way no copy of theirs outlives its use, wherever it was made. The blocks
// themselves are glibc's, under the names that it has for this (also in the manual's "Replacing malloc": what calls
// malloc from inside libc calls what is linked here).
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

/// From this size on whole pages are given back to the kernel, which wipes them: to touch them here would make resident
/// what never was.
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
  const int error = errno;  // as POSIX wants it: errno stays
  wipe(static_cast<char*>(block), malloc_usable_size(block));
  __libc_free(block);
  errno = error;
}

/// Never in glibc's way, which leaves the old block, or the rest of it, as it was.
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
