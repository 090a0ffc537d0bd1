#pragma once

#include <string>

#include "director.h"
#include "kube/api.h"

namespace simulation {

class Process;

/// One process's way to the API server, with what can go wrong on it.
class ApiClient final : public kube::Api {
 public:
  explicit ApiClient(Process& process) : process_(process) {}

  kube::Result<json::Document> get(const kube::Resource& resource, const kube::ObjectName& name,
                                   std::stop_token stop) override;
  kube::Result<json::Document> patch(const kube::Resource& resource, const kube::ObjectName& name, std::string body,
                                     const kube::PatchOptions& options, std::stop_token stop) override;

  // Not used by a Reconciler.
  kube::Result<json::Document> list(const kube::Resource& resource, const kube::ListOptions& options,
                                    std::stop_token stop) override;
  kube::Result<json::Document> create(const kube::Resource& resource, std::string_view ns, std::string body,
                                      std::stop_token stop) override;
  kube::Result<json::Document> replace(const kube::Resource& resource, const kube::ObjectName& name, std::string body,
                                       std::stop_token stop) override;
  kube::Result<void> watch(const kube::Resource& resource, const kube::WatchOptions& options,
                           const kube::WatchSink& sink, std::stop_token stop) override;

 private:
  template <class Act>
  kube::Result<json::Document> call(CallSite::Kind kind, const char* verb, const kube::Resource& resource,
                                    const kube::ObjectName& name, std::string_view subresource, const Act& act);

  Process& process_;
};

}  // namespace simulation
