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

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "json/value.h"
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

/// One instance of the platform, as requests name it.
struct Target {
  std::string project_id;
  /// The Instance-Id header; empty where there was none.
  std::string instance_id;
  auto operator<=>(const Target&) const = default;
};

/// Everything that is held; a copy.
using Snapshot = std::map<Target, Instance>;

/// The platform: a request in, an answer out, with all its state in memory. Knows no sockets and no files, and takes
/// its time from a clock. Thread-safe.
class Platform {
 public:
  struct Settings {
    Credentials credentials;
    /// Only these are served if not empty; with an instance id a request may leave the header out.
    std::string project_id;
    std::string instance_id;
    /// Server certificates of each instance.
    int quota = 2;
    Behaviour behaviour;
  };
  Platform(Settings settings, base::Clock& clock);

  /// Answers one request of the API.
  server::Response handle(const server::Request& request);

  /// What devices get that connect to the domain over MQTTS: the certificate that a domain configuration serves.
  std::optional<server::TlsIdentity> served(std::string_view domain_name);

  // What the admin side needs.

  Behaviour behaviour() const;
  base::Result<void, std::string> change_behaviour(json::Value changes);
  void add_faults(std::vector<Fault> faults);
  void clear_faults();
  std::vector<Fault> faults() const;
  const RequestLog& log() const { return log_; }
  Snapshot snapshot();
  /// Adds and removes behind the API's back, as a person in the console would. The quota holds.
  base::Result<Held, Refused> add_foreign(const Target& target, Certificate certificate);
  bool remove_foreign(std::string_view id);

  // What persistence needs.

  /// Before the first request only.
  void restore(Snapshot snapshot);
  /// Blocks until the state is another than at `seen` or stop is requested, and returns the number of the state.
  std::uint64_t wait_for_change(std::uint64_t seen, std::stop_token stop);

 private:
  struct Late {
    Target target;
    Effect effect;
  };
  /// None: the call is done later, and no answer comes.
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
  base::Clock& clock_;
  Authenticator authenticator_;
  RequestLog log_;
  std::atomic<std::uint64_t> version_ = 0;
  mutable base::Mutex mutex_;
  base::ConditionVariable changed_;
  std::shared_ptr<const Behaviour> behaviour_ GUARDED_BY(mutex_);
  Faults faults_ GUARDED_BY(mutex_);
  Identifiers identifiers_ GUARDED_BY(mutex_);
  Snapshot instances_ GUARDED_BY(mutex_);
  std::multimap<base::BootTime, Late> late_ GUARDED_BY(mutex_);
};

}  // namespace simulator
