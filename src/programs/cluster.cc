#include "cluster.h"

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <utility>

#include "base/text.h"
#include "controller/secret_reader.h"
#include "http/cpprest_transport.h"
#include "http/proxy_rules.h"
#include "kube/client.h"
#include "kube/config.h"

namespace programs {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing writes the environment
  return value == nullptr ? "" : value;
}

/// Where kubectl looks. Files that do not exist are left out.
std::vector<std::string> usual_kubeconfigs() {
  std::vector<std::string> files = base::split(environment("KUBECONFIG"), ':');
  std::erase_if(files, [](const std::string& file) { return file.empty(); });
  if (files.empty()) files.push_back(environment("HOME") + "/.kube/config");
  std::erase_if(files, [](const std::string& file) { return !std::filesystem::exists(file); });
  return files;
}

base::Result<kube::Config, kube::ConfigError> config_of(const ClusterOptions& options) {
  if (!options.kubeconfig.empty()) return kube::load_kubeconfig(options.kubeconfig, options.context);
  const std::vector<std::string> files = usual_kubeconfigs();
  if (files.empty() && options.context.empty()) return kube::in_cluster_config();
  if (files.empty()) return base::Err(kube::ConfigError{"there is no kubeconfig; set --kubeconfig"});
  return kube::load_kubeconfig(files, options.context);
}

http::ProxyEnvironment proxy_environment() {
  const auto either = [](const char* name, const char* in_lower_case) {
    const std::string value = environment(name);
    return value.empty() ? environment(in_lower_case) : value;
  };
  return {either("HTTPS_PROXY", "https_proxy"), either("HTTP_PROXY", "http_proxy"), either("NO_PROXY", "no_proxy")};
}

std::string why_not(const kube::Resource& resource, const std::string& ns, const kube::Error& error) {
  const std::string name = std::string(resource.plural) + "." + std::string(resource.group);
  const std::string where = ns.empty() ? "in all namespaces" : "in namespace " + ns;
  switch (error.code) {
    case kube::Error::Code::kForbidden:
      return "no permission to list " + name + " " + where + ": " + error.message;
    case kube::Error::Code::kNotServed:
    case kube::Error::Code::kNotFound:
      return "the cluster does not have " + name + "; install the CustomResourceDefinitions: kubectl apply -f crds";
    default:
      return "cannot list " + name + ": " + error.message;
  }
}

/// Calls `take` for each object, page by page.
template <class Take>
kube::Result<void> list_all(kube::Api& api, const kube::Resource& resource, const std::string& ns, Take take) {
  kube::ListOptions options;
  options.ns = ns;
  do {
    const auto page = api.list(resource, options, std::stop_token());
    if (!page) return base::Err(page.error());
    for (const json::Value& item : page->root()["items"].items()) take(item);
    options.continue_token = page->root().path("metadata.continue").string_or("");
  } while (!options.continue_token.empty());
  return {};
}

}  // namespace

base::Result<Cluster, std::string> Cluster::connect(const ClusterOptions& options) {
  auto config = config_of(options);
  if (!config.ok()) return base::Err(config.error().message);
  const auto proxies = http::ProxyRules::make(proxy_environment());
  if (!proxies.ok()) return base::Err(proxies.error());
  if (!config->proxy) config->proxy = proxies->proxy_for(config->origin);

  Cluster cluster;
  cluster.ns_ = config->ns.empty() ? "default" : config->ns;
  cluster.clock_ = std::make_unique<os::RealClock>();
  auto transport =
      http::make_cpprest_transport({config->origin, std::move(config->tls), config->proxy}, *cluster.clock_);
  if (!transport.ok()) return base::Err("cannot use the kubeconfig: " + transport.error().message);
  cluster.transport_ = std::move(*transport);
  cluster.api_ = kube::make_client(*config, *cluster.transport_, *cluster.transport_, *cluster.clock_,
                                   [](std::string_view, int, base::Duration) {});
  return cluster;
}

base::Result<overview::Objects, std::string> Cluster::read(const std::string& ns, bool events) const {
  overview::Objects objects;
  const auto certificates = list_all(*api_, resources::kServerCertificates, ns, [&](const json::Value& item) {
    objects.certificates.push_back(resources::parse_server_certificate(item));
  });
  if (!certificates.ok()) return base::Err(why_not(resources::kServerCertificates, ns, certificates.error()));
  const auto instances = list_all(*api_, resources::kInstances, "", [&](const json::Value& item) {
    objects.instances.push_back(resources::parse_instance(item));
  });
  if (!instances.ok()) {
    const std::string why = why_not(resources::kInstances, "", instances.error());
    if (instances.error().code != kube::Error::Code::kForbidden) return base::Err(why);
    objects.unread.push_back(why);
  }
  if (!events) return objects;
  const auto told = list_all(*api_, kube::kEvents, ns, [&](const json::Value& item) {
    if (auto event = overview::parse_event(item)) objects.events.push_back(std::move(*event));
  });
  if (!told.ok()) objects.unread.push_back(why_not(kube::kEvents, ns, told.error()));
  return objects;
}

std::optional<planner::SecretView> Cluster::read_secrets(const resources::ServerCertificate& object) const {
  auto reading = controller::read_secrets(*api_, object, certificate::inspect, clock_->system_now(), std::stop_token());
  return reading.ok() ? std::optional(std::move(reading->view)) : std::nullopt;
}

bool Cluster::allows(const resources::Instance& instance, const std::string& ns) const {
  meta::Labels labels;
  if (const auto found = api_->get(kube::kNamespaces, {"", ns}, std::stop_token()); found.ok()) {
    for (const auto& [key, value] : found->root().path("metadata.labels").members()) {
      labels.emplace(key, value.string_or(""));
    }
  }
  return instance.allowed.allows(ns, labels);
}

}  // namespace programs
