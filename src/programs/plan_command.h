#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "cluster.h"

namespace programs {

/// `plan [INSTANCE]`.
struct PlanCommand {
  ClusterOptions cluster;
  std::string instance;              ///< empty: all
  std::vector<std::string> offline;  ///< saved objects, instead of the API server
};

CLI::App* add_plan(CLI::App& app, PlanCommand& command);

/// Returns the exit code: 0, or 2 if the objects cannot be read.
int run_plan(const PlanCommand& command);

}  // namespace programs
