#pragma once

#include <string>
#include <thread>

#include "base/clock.h"
#include "base/result.h"
#include "simulator/platform.h"

namespace simulator {

/// Certificates, domain configurations and counters as JSON. The platform never shows a private key, so none is kept.
std::string to_json(const Snapshot& snapshot);

/// The error says what is wrong with the text. Instances get `quota`, even if they hold more.
base::Result<Snapshot, std::string> parse_snapshot(std::string_view text, int quota);

/// Keeps the platform's state in a file, which always holds one complete state: written beside it, then renamed.
class StateFile {
 public:
  StateFile(std::string path, Platform& platform, base::Clock& clock);

  /// Takes over what the file holds; a file that is not there is an empty state. Before start().
  base::Result<void, std::string> load(int quota);
  /// From now on a thread of this object writes the file at most twice a second, once there is something new.
  void start();
  /// Writes what is not yet written; a problem is logged.
  ~StateFile();
  StateFile(const StateFile&) = delete;
  StateFile& operator=(const StateFile&) = delete;

 private:
  void save();

  const std::string path_;
  Platform& platform_;
  base::Clock& clock_;
  std::jthread writer_;
};

}  // namespace simulator
