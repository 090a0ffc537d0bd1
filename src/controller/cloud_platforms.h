#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "controller/credential_sources.h"
#include "controller/platform_provider.h"
#include "controller/route_sources.h"
#include "controller/store.h"
#include "credentials/ports.h"
#include "credentials/provider.h"
#include "http/route.h"
#include "http/transport.h"
#include "http/url.h"
#include "iotda/client.h"
#include "kube/api.h"
#include "os/mutex.h"

// Clients of the platform instances in Huawei Cloud.
namespace controller {

/// Makes a transport to a platform endpoint.
using TransportFactory = std::function<base::Result<std::unique_ptr<http::Transport>, http::Error>(
    const http::Origin& endpoint, const http::Route& route)>;

/// Called after each request for credentials or for a project, for metrics. Status 0 means no response.
using CredentialsObserver = std::function<void(credentials::Service service, int status)>;

/// The PlatformProvider for Huawei Cloud. Instances with one endpoint share its connections, and those with one source
/// of credentials share the credentials.
class CloudPlatforms final : public PlatformProvider {
 public:
  /// `ports` without `send`, which uses the transports. `allowed_namespaces`: from which credentials and CA
  /// certificates may be read, besides the namespace of the operator.
  CloudPlatforms(kube::Api& api, Store& store, credentials::Ports ports, TransportFactory transports,
                 std::string operator_namespace, std::set<std::string> allowed_namespaces, iotda::CallObserver observer,
                 CredentialsObserver credentials_observer);

  PlatformAccess access(const Instance& instance, std::stop_token stop) override;
  void forget(const std::string& instance) override;

  /// When the credentials in use were fetched and when they expire, by instance; only those with a known end.
  std::map<std::string, CredentialsLifetime> credentials_lifetimes() const;

 private:
  using TransportKey = std::pair<std::string, std::string>;
  /// The client of an instance and what it was made from.
  struct Client {
    meta::Uid uid;
    std::int64_t generation = 0;
    std::string project_id;
    std::string route;
    std::shared_ptr<credentials::Provider> provider;
    std::shared_ptr<iotda::Platform> platform;
  };

  /// What IAM said about the project of an instance.
  struct Project {
    std::string id;
    std::optional<Problem> problem;
    base::BootTime again{};  ///< when it is asked again after a problem
    std::string revision;    ///< of the access that it was asked with
  };

  void hold(const Instance& instance, const std::shared_ptr<credentials::Provider>& provider) EXCLUDES(mutex_);
  std::string project_of(const Instance& instance, const credentials::Iam& iam, credentials::Provider& provider,
                         PlatformAccess& access, std::stop_token stop);
  std::shared_ptr<iotda::Platform> client_of(const Instance& instance, const http::Origin& endpoint,
                                             const http::Route& route,
                                             const std::shared_ptr<credentials::Provider>& provider,
                                             PlatformAccess& access);
  base::Result<http::Response, http::Error> send(credentials::Service service, const http::Origin& to,
                                                 const http::Route& route, const http::Request& request,
                                                 std::stop_token stop);
  std::shared_ptr<cloud::Pace> pace(const http::Origin& endpoint, const credentials::Provider* provider);
  std::shared_ptr<http::Transport> transport(const http::Origin& endpoint, const http::Route& route,
                                             std::optional<Problem>& problem);

  credentials::Ports ports_;
  const TransportFactory make_transport_;
  const iotda::CallObserver observer_;
  const CredentialsObserver credentials_observer_;
  ReferencedObjects objects_;
  RouteSources routes_;
  CredentialSources sources_;

  mutable os::Mutex mutex_;
  std::map<std::string, Client> clients_ GUARDED_BY(mutex_);  // by name of the instance
  std::map<meta::Uid, Project> projects_ GUARDED_BY(mutex_);  // by uid of the instance
  std::map<TransportKey, std::weak_ptr<http::Transport>> transports_ GUARDED_BY(mutex_);
  /// By endpoint and credentials.
  std::map<std::pair<std::string, const credentials::Provider*>, std::weak_ptr<cloud::Pace>> paces_ GUARDED_BY(mutex_);
};

}  // namespace controller
