#pragma once

#include <atomic>
#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/value.h"
#include "os/clock.h"
#include "os/mutex.h"
#include "server/http_server.h"
#include "server/message.h"
#include "simulator/authenticator.h"
#include "simulator/behaviour.h"
#include "simulator/faults.h"
#include "simulator/identifiers.h"
#include "simulator/instance.h"
#include "simulator/operations.h"
#include "simulator/request_log.h"

namespace simulator {

/// One platform instance, as identified in requests.
struct Target {
  std::string project_id;
  /// The Instance-Id header; empty if there was none.
  std::string instance_id;
  auto operator<=>(const Target&) const = default;
};

/// A copy of the whole state.
using Snapshot = std::map<Target, Instance>;

/// The simulated platform: processes requests, with all state in memory. Uses no sockets and no files, and takes the
/// time from a clock. Thread-safe.
class Platform {
 public:
  struct Settings {
    Credentials credentials;
    /// If not empty, only these are served; with an instance id, requests can omit the header.
    std::string project_id;
    std::string instance_id;
    /// Server certificate quota of each instance.
    int quota = 2;
    Behaviour behaviour;
  };
  Platform(Settings settings, os::Clock& clock);

  /// Responds to one request of the API.
  server::Response handle(const server::Request& request);

  /// For devices that connect to the domain over MQTTS: the certificate that a domain configuration serves.
  std::optional<server::TlsIdentity> served(std::string_view domain_name);

  // For the other services of the platform.

  /// Accepts what IAM issues.
  Authenticator& authenticator() { return authenticator_; }
  /// Adds a request to another service to the log.
  void record(LoggedRequest request) { log_.add(std::move(request)); }

  // For the admin API.

  Behaviour behaviour() const;
  base::Result<void, std::string> change_behaviour(json::Value changes);
  void add_faults(std::vector<Fault> faults);
  void clear_faults();
  std::vector<Fault> faults() const;
  const RequestLog& log() const { return log_; }
  Snapshot snapshot();
  /// Uploads and deletes without the API, like a user in the console. The quota applies.
  base::Result<Held, Refused> add_foreign(const Target& target, Certificate certificate);
  bool remove_foreign(std::string_view id);

  // For persistence.

  /// Call before the first request only.
  void restore(Snapshot snapshot);
  /// Blocks until the state differs from `seen` or stop is requested, and returns the number of the state.
  std::uint64_t wait_for_change(std::uint64_t seen, std::stop_token stop);

 private:
  struct Late {
    Target target;
    Effect effect;
  };
  /// Nothing: the call is executed later, and there is no response.
  using Answer = std::optional<base::Result<Reply, ErrorAnswer>>;

  Answer perform(const Route& route, const server::Request& request, const Behaviour& behaviour,
                 const std::optional<Fault>& fault);
  std::optional<Refused> admit(const Route& route, const server::Request& request, const Behaviour& behaviour,
                               Target& target);
  base::Result<Reply, Refused> apply(const Target& target, const Effect& effect) REQUIRES(mutex_);
  void apply_late() REQUIRES(mutex_);
  Instance& instance(const Target& target) REQUIRES(mutex_);
  void changed() REQUIRES(mutex_);

  const std::string project_id_;
  const std::string instance_id_;
  const int quota_;
  os::Clock& clock_;
  Authenticator authenticator_;
  RequestLog log_;
  std::atomic<std::uint64_t> version_ = 0;
  mutable os::Mutex mutex_;
  os::ConditionVariable changed_;
  std::shared_ptr<const Behaviour> behaviour_ GUARDED_BY(mutex_);
  Faults faults_ GUARDED_BY(mutex_);
  Identifiers identifiers_ GUARDED_BY(mutex_);
  Snapshot instances_ GUARDED_BY(mutex_);
  std::multimap<base::BootTime, Late> late_ GUARDED_BY(mutex_);
};

}  // namespace simulator
