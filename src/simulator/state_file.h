#pragma once

#include <string>
#include <thread>

#include "base/result.h"
#include "os/clock.h"
#include "simulator/platform.h"

namespace simulator {

/// Certificates, domain configurations and counters as JSON. Private keys are not included.
std::string to_json(const Snapshot& snapshot);

/// The error says what is wrong with the text. Instances get `quota`, even if they hold more.
base::Result<Snapshot, std::string> parse_snapshot(std::string_view text, int quota);

/// Keeps the state of the platform in a file, which is always complete: it is written to a temporary file, then
/// renamed.
class StateFile {
 public:
  StateFile(std::string path, Platform& platform, os::Clock& clock);

  /// Loads the content of the file; a missing file is an empty state. Call before start().
  base::Result<void, std::string> load(int quota);
  /// Starts a thread that writes the file after changes, at most twice a second.
  void start();
  /// Writes pending changes; an error is logged.
  ~StateFile();
  StateFile(const StateFile&) = delete;
  StateFile& operator=(const StateFile&) = delete;

 private:
  void save();

  const std::string path_;
  Platform& platform_;
  os::Clock& clock_;
  std::jthread writer_;
};

}  // namespace simulator
