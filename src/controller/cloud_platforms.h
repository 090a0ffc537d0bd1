#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "controller/platform_provider.h"
#include "controller/store.h"
#include "http/transport.h"
#include "http/url.h"
#include "iotda/client.h"
#include "iotda/credentials.h"
#include "kube/api.h"
#include "os/clock.h"
#include "os/mutex.h"

// Clients of the platform instances in Huawei Cloud.
namespace controller {

/// Makes a transport to a platform endpoint that trusts the root certificates of the system and those in `ca_pem`.
using TransportFactory = std::function<base::Result<std::unique_ptr<http::Transport>, http::Error>(
    const http::Origin& endpoint, const std::string& ca_pem)>;

/// The PlatformProvider for Huawei Cloud. Instances with the same endpoint share its connections, and those with the
/// same Secret share the credentials.
class CloudPlatforms final : public PlatformProvider {
 public:
  /// `allowed_namespaces`: from which credentials may be read, besides the namespace of the operator.
  CloudPlatforms(kube::Api& api, Store& store, os::Clock& clock, TransportFactory transports,
                 std::string operator_namespace, std::set<std::string> allowed_namespaces,
                 iotda::CallObserver observer);

  PlatformAccess access(const Instance& instance, std::stop_token stop) override;
  void forget(const std::string& instance) override;

 private:
  struct Cached {
    Uid uid;
    PlatformAccess access;
  };
  struct SharedCredentials {
    std::string resource_version;
    std::shared_ptr<const iotda::Credentials> credentials;
  };
  using TransportKey = std::pair<std::string, std::string>;

  PlatformAccess make(const Instance& instance, const std::string& revision, std::stop_token stop);
  std::shared_ptr<const iotda::Credentials> credentials(const Instance& instance, PlatformAccess& access,
                                                        std::stop_token stop);
  std::shared_ptr<http::Transport> transport(const http::Origin& endpoint, const std::string& ca_pem,
                                             std::optional<Problem>& problem);

  kube::Api& api_;
  Store& store_;
  os::Clock& clock_;
  const TransportFactory make_transport_;
  const std::string operator_namespace_;
  const std::set<std::string> allowed_namespaces_;
  const iotda::CallObserver observer_;

  os::Mutex reading_;  ///< held while credentials are read; taken before mutex_
  os::Mutex mutex_;
  std::map<std::string, Cached> cached_ GUARDED_BY(mutex_);
  std::map<kube::ObjectName, SharedCredentials> credentials_ GUARDED_BY(mutex_);
  std::map<TransportKey, std::weak_ptr<http::Transport>> transports_ GUARDED_BY(mutex_);
};

}  // namespace controller
