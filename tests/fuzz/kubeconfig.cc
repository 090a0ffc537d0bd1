// A kubeconfig file.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

#include "kube/config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const int file = memfd_create("kubeconfig", MFD_CLOEXEC);
  if (file < 0 || write(file, data, size) != static_cast<ssize_t>(size)) std::abort();
  const auto config = kube::load_kubeconfig("/proc/self/fd/" + std::to_string(file));
  if (!config.ok() && config.error().message.empty()) std::abort();
  close(file);
  return 0;
}
