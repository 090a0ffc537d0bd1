#include "controller/process_metrics.h"

#include <fstream>
#include <sstream>
#include <string>
#include <unistd.h>

namespace controller {
namespace {

std::optional<double> boot_time_seconds() {
  std::ifstream stat("/proc/stat");
  std::string word;
  double value = 0;
  while (stat >> word) {
    if (word == "btime" && stat >> value) return value;
  }
  return std::nullopt;
}

}  // namespace

std::optional<ProcessUsage> process_usage() {
  ProcessUsage usage;
  std::ifstream file("/proc/self/stat");
  std::string line;
  std::getline(file, line);
  // The command in parentheses can contain spaces, so fields are counted after it; state is the 3rd one (proc(5)).
  const auto end = line.rfind(')');
  if (end == std::string::npos) return std::nullopt;
  std::istringstream fields(line.substr(end + 1));
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  std::string field;
  for (int number = 3; fields >> field; ++number) {
    const double value = number == 3 ? 0 : std::stod(field);
    if (number == 14 || number == 15) usage.cpu_seconds += value / ticks;
    if (number == 20) usage.threads = value;
    if (number == 22) {
      if (const auto boot = boot_time_seconds()) usage.start_time_seconds = *boot + value / ticks;
    }
    if (number == 23) usage.virtual_bytes = value;
    if (number == 24) {
      usage.resident_bytes = value * static_cast<double>(sysconf(_SC_PAGESIZE));
      break;
    }
  }
  return usage;
}

}  // namespace controller
