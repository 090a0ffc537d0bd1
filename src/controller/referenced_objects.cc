#include "controller/referenced_objects.h"

#include <utility>

namespace controller {

ReferencedObjects::ReferencedObjects(kube::Api& api, Store& store, std::string operator_namespace,
                                     std::set<std::string> allowed_namespaces)
    : api_(api),
      store_(store),
      operator_namespace_(std::move(operator_namespace)),
      allowed_namespaces_(std::move(allowed_namespaces)) {}

std::optional<Problem> ReferencedObjects::forbidden(const Reference& reference) const {
  const std::string& ns = reference.name.ns;
  if (ns == operator_namespace_ || allowed_namespaces_.contains(ns)) return std::nullopt;
  return Problem{Reason::kCredentialsInvalid, "reading " + reference.purpose + " is not allowed from namespace " + ns +
                                                  "; move " + reference.what() + " to namespace " +
                                                  operator_namespace_ +
                                                  ", or start the operator with --credentials-namespaces " + ns};
}

ReferencedObjects::Reading ReferencedObjects::read(const Reference& reference, const std::string& version,
                                                   std::stop_token stop) {
  using State = Reading::State;
  const Store::Moment asked = store_.moment();
  if (reference.is_secret()) {
    const SecretRecord record = store_.secret(reference.name);
    // The watch tells when it is created.
    if (record.state == SecretRecord::State::kAbsent) return {State::kAbsent, {}, {}, {}};
    const bool known = record.state == SecretRecord::State::kPresent;
    if (known && version == record.uid.str() + "/" + record.resource_version) return {State::kUnchanged, {}, {}, {}};
  }
  auto got = api_.get(reference.resource, reference.name, std::move(stop));
  if (!got.ok()) {
    if (got.error().code != kube::Error::Code::kNotFound) return {State::kUnreadable, {}, {}, got.error().message};
    if (reference.is_secret()) store_.read_secret(reference.name, std::nullopt, asked);
    return {State::kAbsent, {}, {}, {}};
  }
  const json::Value metadata = (*got)["metadata"];
  const SecretVersion read{reference.name.name, meta::Uid(metadata["uid"].string_or("")),
                           metadata["resourceVersion"].string_or("")};
  if (reference.is_secret()) store_.read_secret(reference.name, read, asked);
  return {State::kRead, std::move(*got), read.uid.str() + "/" + read.resource_version, {}};
}

}  // namespace controller
