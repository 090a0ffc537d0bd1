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

// Reads certificate chains from the platform in threads of its own.
namespace controller {

/// Requests certificates from the platform concurrently with the work on an instance, so that a platform that is slow
/// to show certificates of other parties does not delay uploads. Thread-safe.
class ChainReader {
 public:
  using Shown = iotda::Result<iotda::ServerCertificate>;

  explicit ChainReader(os::Clock& clock);
  /// Cancels the requests in progress.
  ~ChainReader();

  /// The response of the platform; none if it has not arrived at `until`. The request continues, and a later call with
  /// the same arguments returns its response.
  std::optional<Shown> show(const std::shared_ptr<iotda::Platform>& platform, const iotda::CertificateId& id,
                            base::BootTime until, std::stop_token stop);

 private:
  /// The platform is part of it: with other credentials, or from another endpoint, the response can differ.
  using Question = std::pair<std::shared_ptr<iotda::Platform>, iotda::CertificateId>;
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
