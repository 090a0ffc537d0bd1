#pragma once

#include <optional>

// Resource usage of the process.
namespace controller {

/// Values of /proc for this process.
struct ProcessUsage {
  double cpu_seconds = 0;
  double resident_bytes = 0;
  double virtual_bytes = 0;
  std::optional<double> start_time_seconds;  ///< none: the start of the machine is not known
  double threads = 0;
};

/// None if /proc cannot be read.
std::optional<ProcessUsage> process_usage();

}  // namespace controller
