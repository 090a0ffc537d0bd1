#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "controller/platform_provider.h"
#include "controller/store.h"
#include "kube/event_recorder.h"
#include "runtime/leader_election.h"
#include "runtime/work_queue.h"

// The metrics of the process.
namespace controller {

/// The metrics of this process in the text format of Prometheus. The names are those of controller-runtime, which
/// common dashboards use, and iotda_* for the platform. Thread-safe.
class Metrics final : public runtime::WorkQueue::Observer {
 public:
  Metrics();
  ~Metrics() override;

  void waited(double seconds) override;
  void worked(double seconds) override;

  enum class Result { kSuccess, kError, kRequeueAfter };
  void reconciled(Result result, double seconds);
  void kube_request(std::string_view method, int status);
  void platform_request(std::string_view call, int status);
  void credentials_request(std::string_view service, int status);
  void active_workers(int change);

  /// Values that are read only by a scrape. The referents must outlive the last scrape().
  struct Sources {
    const Store& store;
    const runtime::WorkQueue& queue;
    const runtime::Leadership& leadership;
    const kube::EventRecorder& events;
    std::map<std::string, CredentialsLifetime> credentials;  ///< by instance; only those with a known end
    int workers;
  };
  std::string scrape(const Sources& sources) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace controller
