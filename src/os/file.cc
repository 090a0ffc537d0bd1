#include "os/file.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace os {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

std::string describe(const std::string& path, int error) {
  return path + ": " + std::generic_category().message(error);
}

}  // namespace

base::Result<base::Secret, std::string> read_file(const std::string& path, std::size_t max) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return base::Err(describe(path, errno));
  base::Secret content;
  std::array<char, 16384> piece{};
  ssize_t n = 0;
  while ((n = ::read(file.get(), piece.data(), piece.size())) != 0) {
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return base::Err(describe(path, errno));
    content.append({piece.data(), static_cast<std::size_t>(n)});
    base::wipe(piece.data(), static_cast<std::size_t>(n));
    if (content.size() > max) return base::Err(path + ": longer than " + std::to_string(max) + " bytes");
  }
  return content;
}

}  // namespace os
