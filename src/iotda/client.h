#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "cloud/pace.h"
#include "cloud/signer.h"
#include "credentials/provider.h"
#include "http/transport.h"
#include "http/url.h"
#include "iotda/platform.h"
#include "os/clock.h"
#include "platform/signing.h"

namespace iotda {

using platform::Signing;

/// Derived, but Standard for the shared domain `iotda.{region}.myhuaweicloud.com`.
Signing default_signing(const http::Origin& endpoint);

/// The region in the endpoint, or empty: the label after `iotda-app` (dedicated) or `iotda` (shared).
std::string region_of(const http::Origin& endpoint);

struct Target {
  http::Origin endpoint;
  std::string region;
  std::string project_id;
  std::string instance_id;  ///< the Instance-Id header; empty for none
  Signing signing = Signing::kDerived;
};

/// Called after each call, for metrics. `call` is add, list, show, delete, list_domains …; status 0 means no response.
using CallObserver = std::function<void(std::string_view call, int status)>;

/// What a client uses and can share with others; all must outlive it.
struct Shared {
  credentials::Provider& provider;
  cloud::Pace& pace;
  http::Transport& transport;
  os::Clock& clock;
};
std::unique_ptr<Platform> make_client(Target target, const Shared& shared, CallObserver observer);

}  // namespace iotda
