#pragma once

#include <optional>
#include <set>
#include <stop_token>
#include <string>

#include "controller/store.h"
#include "controller/vocabulary.h"
#include "kube/api.h"

// The Secrets and ConfigMaps that the spec of an instance refers to.
namespace controller {

/// A Secret or ConfigMap, and what it is for.
struct Reference {
  const kube::Resource& resource;
  std::string purpose;  ///< for users: "credentials"
  kube::ObjectName name;

  bool is_secret() const { return &resource == &kube::kSecrets; }
  /// "Secret namespace/name".
  std::string what() const { return (is_secret() ? "Secret " : "ConfigMap ") + name.to_string(); }
};

/// Reads objects where this is allowed, and Secrets only after they have changed: a watch tells. Thread-safe.
class ReferencedObjects {
 public:
  /// `allowed_namespaces` are those, besides the operator's own, that the objects may be in.
  ReferencedObjects(kube::Api& api, Store& store, std::string operator_namespace,
                    std::set<std::string> allowed_namespaces);

  /// The name with the default namespace filled in.
  kube::ObjectName name_of(const kube::ObjectName& referenced) const { return store_.referenced(referenced); }
  /// The problem of an object in a namespace that is not allowed.
  std::optional<Problem> forbidden(const Reference& reference) const;

  struct Reading {
    enum class State { kUnchanged, kRead, kAbsent, kUnreadable };
    State state = State::kUnreadable;
    std::optional<json::Document> object;  ///< kRead
    std::string version;                   ///< kRead: differs for each content
    std::string error;                     ///< kUnreadable
  };
  /// `version`: of the content that the caller has, or empty.
  Reading read(const Reference& reference, const std::string& version, std::stop_token stop);

 private:
  kube::Api& api_;
  Store& store_;
  const std::string operator_namespace_;
  const std::set<std::string> allowed_namespaces_;
};

}  // namespace controller
