#pragma once

namespace controller {

/// What /proc says of this process. Zeros where it says nothing.
struct ProcessUsage {
  double cpu_seconds = 0;
  double resident_bytes = 0;
  double virtual_bytes = 0;
  double start_time_seconds = 0;
  double threads = 0;
};

ProcessUsage process_usage();

}  // namespace controller
