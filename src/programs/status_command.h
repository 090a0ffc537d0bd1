#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "cluster.h"

namespace programs {

/// `status [NAME]`.
struct StatusCommand {
  ClusterOptions cluster;
  std::string name;  ///< of a ServerCertificate; empty: all
  std::string ns;    ///< empty: that of the context
  bool all_namespaces = false;
  std::string output = "text";
  bool watch = false;

  static constexpr int kAllReady = 0;
  static constexpr int kNotReady = 1;
  static constexpr int kUnknown = 2;
};

CLI::App* add_status(CLI::App& app, StatusCommand& command);

/// Returns the exit code. With `watch`, returns only when the objects cannot be read at the start.
int run_status(const StatusCommand& command);

}  // namespace programs
