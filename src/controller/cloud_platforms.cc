#include "controller/cloud_platforms.h"

#include <utility>

#include "base/time_format.h"
#include "credentials/iam.h"

namespace controller {
namespace {

/// What a client needs for as long as it lives.
struct Connected {
  std::shared_ptr<http::Transport> transport;
  std::shared_ptr<credentials::Provider> provider;
  std::shared_ptr<cloud::Pace> pace;
  std::unique_ptr<iotda::Platform> platform;
};

platform::Signing signing_of(const Instance& instance, const http::Origin& endpoint) {
  return instance.signing.value_or(iotda::default_signing(endpoint));
}

Problem problem_of(const credentials::Failure& failure) {
  using Code = credentials::Failure::Code;
  switch (failure.code) {
    case Code::kAbsent:
      return {Reason::kCredentialsNotFound, failure.message};
    case Code::kInvalid:
      return {Reason::kCredentialsInvalid, failure.message};
    case Code::kRejected:
      return {Reason::kCredentialsRejected, failure.message};
    case Code::kAmbiguous:
      return {Reason::kProjectNotResolved, failure.message};
    case Code::kUnavailable:
      break;
  }
  return {Reason::kPlatformUnavailable, failure.message};
}

/// IAM and STS of the region, unless the spec or the environment names others.
credentials::Iam iam_of(const Instance& instance, const http::Origin& endpoint, http::Route route,
                        const credentials::Ports& ports) {
  const std::string region = instance.region.empty() ? iotda::region_of(endpoint) : instance.region;
  const auto named = [&](std::string url, const char* variable, const char* service) {
    if (url.empty()) url = ports.environment(variable).value_or("");
    if (url.empty()) url = std::string("https://") + service + "." + region + ".myhuaweicloud.com";
    return http::parse_origin(url).value_or(http::Origin{true, "invalid", 443});
  };
  return {named(instance.iam_endpoint, "HUAWEICLOUD_SDK_IAM_ENDPOINT", "iam"),
          named("", "HUAWEICLOUD_SDK_STS_ENDPOINT", "sts"), region, std::move(route)};
}

/// For the condition. A Secret is not mentioned: the spec names it.
std::string description_of(const Instance& instance, const credentials::Provider::State& state) {
  if (instance.credentials.type == "AccessKey" || state.origin.empty()) return {};
  return state.origin + (state.expires ? ", until " + base::to_rfc3339(*state.expires) : "");
}

}  // namespace

CloudPlatforms::CloudPlatforms(kube::Api& api, Store& store, credentials::Ports ports, TransportFactory transports,
                               std::string operator_namespace, std::set<std::string> allowed_namespaces,
                               iotda::CallObserver observer, CredentialsObserver credentials_observer)
    : ports_(std::move(ports)),
      make_transport_(std::move(transports)),
      observer_(std::move(observer)),
      credentials_observer_(std::move(credentials_observer)),
      objects_(api, store, std::move(operator_namespace), std::move(allowed_namespaces)),
      routes_(objects_, ports_.clock),
      sources_(objects_, ports_) {
  ports_.send = [this](credentials::Service service, const http::Origin& to, const http::Route& route,
                       const http::Request& request,
                       std::stop_token stop) { return send(service, to, route, request, std::move(stop)); };
}

base::Result<http::Response, http::Error> CloudPlatforms::send(credentials::Service service, const http::Origin& to,
                                                               const http::Route& route, const http::Request& request,
                                                               std::stop_token stop) {
  std::optional<Problem> problem;
  const auto shared = transport(to, route, problem);
  if (!shared) return base::Err(http::Error{http::Error::Code::kInvalid, problem->message});
  auto response = shared->send(request, std::move(stop));
  credentials_observer_(service, response ? response->status : 0);
  return response;
}

PlatformAccess CloudPlatforms::access(const Instance& instance, std::stop_token stop) {
  PlatformAccess access;
  access.revision = std::to_string(instance.meta.generation);
  const auto endpoint = http::parse_origin(instance.endpoint);
  if (!endpoint || (!endpoint->tls && !http::is_loopback(endpoint->host))) {
    access.problem = Problem{Reason::kCredentialsInvalid, "spec.endpoint must be https://host[:port]"};
    return access;
  }
  access.signing = signing_of(instance, *endpoint);
  const RouteSources::Found route = routes_.find(instance, stop);
  access.revision += "/" + route.revision();
  if (route.problem) access.retry = ports_.clock.boot_now() + RouteSources::kMaxAge;
  if (!route.route) {
    access.problem = route.problem;
    access.transient = route.transient;
    return access;
  }
  const credentials::Iam iam = iam_of(instance, *endpoint, *route.route, ports_);
  const CredentialSources::Found found = sources_.find(instance, iam, stop);
  access.revision += "/" + found.revision;
  if (!found.provider) {
    access.problem = found.problem;
    access.transient = found.transient;
    return access;
  }
  hold(instance, found.provider);
  const auto prepared = found.provider->prepare(stop);
  const credentials::Provider::State state = found.provider->state();
  const std::optional<credentials::Failure> failure = prepared ? state.failure : std::optional(prepared.error());
  if (failure && failure->retry_after) access.retry = ports_.clock.boot_now() + *failure->retry_after;
  if (!prepared) {
    access.problem = problem_of(*failure);
    return access;
  }
  if (failure && state.former_in_use) {
    access.warning = problem_of(*failure);
    access.warning->message += "; the former credentials stay in use";
  } else if (route.problem) {
    access.warning = route.problem;
  }
  access.credentials = description_of(instance, state);
  access.project_id = project_of(instance, iam, *found.provider, access, std::move(stop));
  if (!access.project_id.empty())
    access.platform = client_of(instance, *endpoint, *route.route, found.provider, access);
  return access;
}

/// Keeps the provider while the instance refers to it, also without a client: it knows when rejected credentials may be
/// tried again. Former ones of the instance are wiped if nobody else uses them.
void CloudPlatforms::hold(const Instance& instance, const std::shared_ptr<credentials::Provider>& provider) {
  {
    const os::MutexLock lock(mutex_);
    Client& known = clients_[instance.name()];
    if (known.uid == instance.meta.uid && known.provider == provider) return;
    known = {};
    known.uid = instance.meta.uid;
    known.provider = provider;
  }
  sources_.forget_unused();
}

void CloudPlatforms::forget(const std::string& instance) {
  {
    const os::MutexLock lock(mutex_);
    if (const auto it = clients_.find(instance); it != clients_.end()) {
      projects_.erase(it->second.uid);
      clients_.erase(it);
    }
    std::erase_if(transports_, [](const auto& entry) { return entry.second.expired(); });
    std::erase_if(paces_, [](const auto& entry) { return entry.second.expired(); });
  }
  sources_.forget_unused();
}

std::map<std::string, CredentialsLifetime> CloudPlatforms::credentials_lifetimes() const {
  std::map<std::string, std::shared_ptr<credentials::Provider>> providers;
  {
    const os::MutexLock lock(mutex_);
    for (const auto& [instance, client] : clients_) providers[instance] = client.provider;
  }
  std::map<std::string, CredentialsLifetime> lifetimes;
  for (const auto& [instance, provider] : providers) {
    if (provider == nullptr) continue;
    const credentials::Provider::State state = provider->state();
    if (state.expires) lifetimes[instance] = {state.fetched, *state.expires};
  }
  return lifetimes;
}

/// The project in the spec, or that in the status, or that which IAM names. Empty: there is a problem.
std::string CloudPlatforms::project_of(const Instance& instance, const credentials::Iam& iam,
                                       credentials::Provider& provider, PlatformAccess& access, std::stop_token stop) {
  if (!instance.project().empty()) return instance.project();
  const auto report = [&](const Project& project) {
    if (project.id.empty()) {
      access.problem = project.problem;
      access.retry = project.again;
    }
    return project.id;
  };
  {
    const os::MutexLock lock(mutex_);
    const Project& known = projects_[instance.meta.uid];
    const bool waits = known.revision == access.revision && ports_.clock.boot_now() < known.again;
    if (!known.id.empty() || waits) return report(known);
  }
  Project project{{}, {}, {}, access.revision};
  auto pass = provider.pass(stop);
  auto found = pass ? credentials::project_of_region(ports_, iam, pass->shared(), std::move(stop))
                    : credentials::Result<std::string>(base::Err(pass.error()));
  if (found) {
    pass->accepted();
    project.id = *found;
  } else {
    const credentials::Failure& failure = found.error();
    if (pass && failure.code == credentials::Failure::Code::kRejected) (void)pass->rejected(failure.message);
    project.problem = problem_of(failure);
    project.again = ports_.clock.boot_now() + failure.retry_after.value_or(std::chrono::minutes(1));
  }
  const os::MutexLock lock(mutex_);
  return report(projects_[instance.meta.uid] = std::move(project));
}

std::shared_ptr<iotda::Platform> CloudPlatforms::client_of(const Instance& instance, const http::Origin& endpoint,
                                                           const http::Route& route,
                                                           const std::shared_ptr<credentials::Provider>& provider,
                                                           PlatformAccess& access) {
  const std::string fingerprint = route.fingerprint();
  {
    const os::MutexLock lock(mutex_);
    const auto it = clients_.find(instance.name());
    if (it != clients_.end() && it->second.platform != nullptr && it->second.uid == instance.meta.uid &&
        it->second.generation == instance.meta.generation && it->second.project_id == access.project_id &&
        it->second.route == fingerprint && it->second.provider == provider) {
      return it->second.platform;
    }
  }
  auto connected = std::make_shared<Connected>();
  connected->transport = transport(endpoint, route, access.problem);
  if (!connected->transport) return nullptr;
  connected->provider = provider;
  connected->pace = pace(endpoint, provider.get());
  const std::string region = instance.region.empty() ? iotda::region_of(endpoint) : instance.region;
  connected->platform =
      iotda::make_client({endpoint, region, access.project_id, instance.instance_id, signing_of(instance, endpoint)},
                         {*provider, *connected->pace, *connected->transport, ports_.clock}, observer_);
  std::shared_ptr<iotda::Platform> platform(connected, connected->platform.get());
  const os::MutexLock lock(mutex_);
  clients_[instance.name()] = {instance.meta.uid, instance.meta.generation, access.project_id, fingerprint, provider,
                               platform};
  return platform;
}

std::shared_ptr<cloud::Pace> CloudPlatforms::pace(const http::Origin& endpoint, const credentials::Provider* provider) {
  const os::MutexLock lock(mutex_);
  std::weak_ptr<cloud::Pace>& known = paces_[{endpoint.to_string(), provider}];
  if (auto alive = known.lock()) return alive;
  auto made = std::make_shared<cloud::Pace>(ports_.clock);
  known = made;
  return made;
}

std::shared_ptr<http::Transport> CloudPlatforms::transport(const http::Origin& endpoint, const http::Route& route,
                                                           std::optional<Problem>& problem) {
  const TransportKey key{endpoint.to_string(), route.fingerprint()};
  const os::MutexLock lock(mutex_);
  if (const auto it = transports_.find(key); it != transports_.end()) {
    if (auto alive = it->second.lock()) return alive;
  }
  auto made = make_transport_(endpoint, route);
  if (!made.ok()) {
    problem =
        Problem{Reason::kCredentialsInvalid, (endpoint.tls ? "cannot use spec.caBundle: " : "") + made.error().message};
    return nullptr;
  }
  std::shared_ptr<http::Transport> shared = std::move(*made);
  transports_[key] = shared;
  return shared;
}

}  // namespace controller
