#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>

#include "controller/referenced_objects.h"
#include "controller/vocabulary.h"
#include "http/route.h"
#include "os/clock.h"
#include "os/mutex.h"

// Through which proxy the servers of an instance are reached, and which CA certificates are trusted.
namespace controller {

/// Reads what spec.proxy, spec.caBundle and spec.caBundleRef of instances refer to. Thread-safe.
class RouteSources {
 public:
  /// A ConfigMap is not watched: what was read is used for this long.
  static constexpr base::Duration kMaxAge = std::chrono::minutes(1);

  RouteSources(ReferencedObjects& objects, os::Clock& clock);

  struct Found {
    std::optional<http::Route> route;  ///< none: there is a problem
    std::optional<Problem> problem;    ///< with a route: an object cannot be used, and its former content stays in use
    bool transient = false;            ///< the problem is one of the Kubernetes API: ask again soon
    std::string revision() const { return route ? route->fingerprint() : ""; }
  };
  /// Reads a Secret if it has changed, and a ConfigMap if kMaxAge has passed.
  Found find(const Instance& instance, std::stop_token stop);

 private:
  /// An object, and how a part of a route is made from it. `make` returns what is wrong with the object if it cannot.
  struct Source {
    Reference reference;
    std::string key;  ///< what else the part of the route depends on
    std::function<base::Result<http::Route, std::string>(const json::Value& object)> make;
  };
  /// The part of the route that was made last.
  struct Held {
    std::string version;
    base::BootTime read_at{};
    std::optional<http::Route> route;
    std::optional<Problem> problem;  ///< of a later version
  };
  Found find_proxy(const Instance& instance, std::stop_token stop);
  Found find_ca(const Instance& instance, std::stop_token stop);
  Found read(const Source& source, std::stop_token stop);
  void take(const Source& source, ReferencedObjects::Reading now, Held& held) const;

  ReferencedObjects& objects_;
  os::Clock& clock_;

  os::Mutex reading_;  ///< held during requests: one at a time
  std::map<std::string, Held> held_ GUARDED_BY(reading_);
};

}  // namespace controller
