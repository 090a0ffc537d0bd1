#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "controller/store.h"
#include "controller/watch_handlers.h"
#include "kube/api.h"
#include "os/clock.h"
#include "os/mutex.h"
#include "runtime/reflector.h"

// The watches of the controller.
namespace controller {

/// Where Secrets and ServerCertificates are watched. An empty list means the whole cluster.
struct WatchScope {
  std::vector<std::string> namespaces;              ///< of ServerCertificates and their Secrets
  std::vector<std::string> credentials_namespaces;  ///< Secrets only; the operator's own among them

  bool covers(const std::string& ns) const;
};

/// All reflectors, with one thread each. Secrets are listed last, because the objects determine which of them are
/// needed. Namespaces are watched only if an IoTDAInstance selects them by label.
class Watches {
 public:
  Watches(kube::Api& api, Store& store, os::Clock& clock, const WatchScope& scope);

  /// Starts and returns.
  void start();
  /// Stops all threads and waits for them.
  void stop();
  /// Waits until everything is listed. False if it was stopped before that.
  bool wait_synced(std::stop_token stop);
  bool synced() const;
  /// One line for each watch that is not synced, or whose data has been old for a while; empty if there is none.
  std::string trouble() const;

 private:
  struct Watch {
    std::string what;
    std::unique_ptr<StoreHandler> handler;
    std::unique_ptr<runtime::Reflector> reflector;
    enum class When { kAtOnce, kWithObjects, kWhenSelected } when = When::kAtOnce;
  };
  void add(std::string what, const kube::Resource& resource, const runtime::ReflectorOptions& options,
           std::unique_ptr<StoreHandler> handler, Watch::When when = Watch::When::kAtOnce);
  bool needed(const Watch& watch) const;
  bool synced(bool with_secrets) const;
  bool wait(const std::function<bool()>& condition, const std::stop_token& stop);
  void run(const Watch& watch, const std::stop_token& stop);
  std::function<void()> notifier();

  kube::Api& api_;
  Store& store_;
  os::Clock& clock_;
  std::vector<Watch> watches_;
  mutable os::Mutex mutex_;
  os::ConditionVariable changed_;
  std::vector<std::jthread> threads_;
};

}  // namespace controller
