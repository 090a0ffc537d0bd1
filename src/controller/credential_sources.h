#pragma once

#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "controller/referenced_objects.h"
#include "controller/vocabulary.h"
#include "credentials/ports.h"
#include "credentials/provider.h"
#include "os/mutex.h"

// Where the credentials of instances come from.
namespace controller {

/// Finds the credentials that the spec of an instance refers to. Those with one source share one provider, so that an
/// access key that the platform rejects is tried by one of them only. Thread-safe.
class CredentialSources {
 public:
  /// Both must outlive this.
  CredentialSources(ReferencedObjects& objects, const credentials::Ports& ports);

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
  std::unique_ptr<credentials::Source> source_in(const json::Value& secret, const std::string& origin,
                                                 const Instance& instance, const credentials::Iam& iam) const;

  ReferencedObjects& objects_;
  const credentials::Ports& ports_;

  os::Mutex reading_;  ///< held while a Secret is read; taken before mutex_
  os::Mutex mutex_;
  std::map<std::string, Shared> shared_ GUARDED_BY(mutex_);  // by source
};

}  // namespace controller
