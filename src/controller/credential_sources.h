#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>

#include "controller/store.h"
#include "controller/vocabulary.h"
#include "credentials/ports.h"
#include "credentials/provider.h"
#include "kube/api.h"
#include "os/mutex.h"

// Where the credentials of instances come from.
namespace controller {

/// Finds the credentials that the spec of an instance refers to. Those with one source share one provider, so that an
/// access key that the platform rejects is tried by one of them only. Thread-safe.
class CredentialSources {
 public:
  /// `ports` must outlive this. `allowed_namespaces` are those, besides the operator's own, that Secrets may be in.
  CredentialSources(kube::Api& api, Store& store, const credentials::Ports& ports, std::string operator_namespace,
                    std::set<std::string> allowed_namespaces);

  struct Found {
    std::shared_ptr<credentials::Provider> provider;  ///< null: there is a problem
    std::optional<Problem> problem;
    bool transient = false;  ///< the problem is one of the Kubernetes API: ask again soon
    std::string revision;    ///< of the Secret
  };
  /// Reads the Secret if it has changed. A changed spec ends a pause after a rejection.
  Found find(const Instance& instance, const credentials::Iam& iam, std::stop_token stop);
  /// Forgets what no instance uses any more.
  void forget_unused();

 private:
  struct Shared {
    std::string revision;
    std::shared_ptr<credentials::Provider> provider;
    std::map<std::string, std::int64_t> generations;  ///< of the instances, by name
  };
  Found find_source(const Instance& instance, const std::string& key, const credentials::Iam& iam,
                    std::stop_token stop);
  Found find_secret(const Instance& instance, const std::string& key, const credentials::Iam& iam,
                    std::stop_token stop);
  std::unique_ptr<credentials::Source> source_in(const json::Value& secret, const kube::ObjectName& name,
                                                 const Instance& instance, const credentials::Iam& iam) const;

  kube::Api& api_;
  Store& store_;
  const credentials::Ports& ports_;
  const std::string operator_namespace_;
  const std::set<std::string> allowed_namespaces_;

  os::Mutex reading_;  ///< held while a Secret is read; taken before mutex_
  os::Mutex mutex_;
  std::map<std::string, Shared> shared_ GUARDED_BY(mutex_);  // by source
};

}  // namespace controller
