#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "iotda/platform.h"
#include "os/clock.h"
#include "os/mutex.h"

namespace controller {

/// Has the platform show certificates beside the work on an instance: a platform that is slow to show what others have
/// put there keeps nobody's certificate waiting. Thread-safe.
class ChainReader {
 public:
  using Shown = iotda::Result<iotda::ServerCertificate>;

  explicit ChainReader(os::Clock& clock);
  /// Cancels the calls under way.
  ~ChainReader();

  /// The platform's answer; none if it does not come until `until`, while it is still waited for: the same question,
  /// asked again, gets it then.
  std::optional<Shown> show(const std::shared_ptr<iotda::Platform>& platform, const std::string& id,
                            base::BootTime until, std::stop_token stop);

 private:
  /// By platform, too: with other credentials or at another place it is another question.
  using Question = std::pair<std::shared_ptr<iotda::Platform>, std::string>;
  struct Asked {
    bool under_way = false;
    std::optional<Shown> answer;
    base::BootTime since;
  };

  void work(const std::stop_token& stop);
  std::optional<Question> next() REQUIRES(mutex_);

  os::Clock& clock_;
  os::Mutex mutex_;
  os::ConditionVariable changed_;
  std::map<Question, Asked> asked_ GUARDED_BY(mutex_);
  std::vector<std::jthread> threads_;
};

}  // namespace controller
