#pragma once

// Resource usage of the process.
namespace controller {

/// Values of /proc for this process; 0 if a value is not available.
struct ProcessUsage {
  double cpu_seconds = 0;
  double resident_bytes = 0;
  double virtual_bytes = 0;
  double start_time_seconds = 0;
  double threads = 0;
};

ProcessUsage process_usage();

}  // namespace controller
