#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "http/route.h"
#include "http/transport.h"
#include "http/url.h"
#include "os/clock.h"

namespace credentials {

/// The services that credentials come from.
enum class Service { kIam, kSts, kInstanceMetadata, kPodIdentity };

/// "iam", "sts", "instance_metadata" or "pod_identity", for metrics.
std::string_view name_of(Service service);

/// What sources need of the machine. The functions are thread-safe.
struct Ports {
  /// The value of an environment variable; nothing if it is not set or empty.
  std::function<std::optional<std::string>(const char* name)> environment;
  /// The content of a file, or what is wrong with it.
  std::function<base::Result<base::Secret, std::string>(const std::string& path)> read_file;
  /// Sends a request to a server of this service.
  std::function<base::Result<http::Response, http::Error>(Service service, const http::Origin& to,
                                                          const http::Route& route, const http::Request& request,
                                                          std::stop_token stop)>
      send;
  os::Clock& clock;
};

/// Where IAM and STS of a region are.
struct Iam {
  http::Origin iam;
  http::Origin sts;
  std::string region;
  http::Route route;
};

}  // namespace credentials
