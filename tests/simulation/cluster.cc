#include "cluster.h"

#include <cstdlib>

namespace simulation {

Cluster::Cluster(os::Clock& clock) : api_(clock) {
  api_.record_calls(false);
  api_.serve({resources::kServerCertificates, "ServerCertificate", true, true,
              R"({"spec":{"instanceRef":{"name":"default"}},"status":{"observedGeneration":-1}})"});
  api_.serve({resources::kInstances, "IoTDAInstance", false, true, R"({"status":{"observedGeneration":-1}})"});
}

void Cluster::sync() {
  const std::uint64_t now = api_.version();
  if (now == seen_) return;
  for (const Kind kind : kKinds) {
    for (const std::string& line : api_.changes_after(resource_of(kind), seen_)) take(kind, line);
  }
  seen_ = now;
}

std::function<void()> Cluster::back_up() {
  return [this, restore = api_.back_up()] {
    restore();
    restored();
  };
}

/// As if each object had changed; those that are not there any more are told of as gone.
void Cluster::restored() {
  ++epoch_;
  for (const Kind kind : kKinds) {
    const auto before = std::exchange(present_.at(static_cast<std::size_t>(kind)), {});
    std::map<kube::ObjectName, std::size_t> gone = before;
    for (const kube::ObjectName& name : api_.names(resource_of(kind))) gone.erase(name);
    for (const auto& [name, place] : gone) {
      const Change change{true, name, *json::Document::parse("{}")};
      if (kind == Kind::kInstances) take_instance(change);
      if (kind == Kind::kCertificates) take_certificate(change);
    }
    for (const kube::ObjectName& name : api_.names(resource_of(kind))) {
      take(kind, R"({"type":"MODIFIED","object":)" + *api_.object(resource_of(kind), name) + "}");
    }
  }
  seen_ = api_.version();
}

void Cluster::take(Kind kind, const std::string& line) {
  auto event = json::Document::parse(line);
  if (!event) std::abort();
  const json::Value object = (*event)["object"];
  Change change{(*event)["type"].string_or("") == "DELETED",
                {object["metadata"]["namespace"].string_or(""), object["metadata"]["name"].string_or("")},
                std::move(*event)};
  auto& log = logs_.at(static_cast<std::size_t>(kind));
  auto& present = present_.at(static_cast<std::size_t>(kind));
  if (change.deleted) {
    present.erase(change.name);
  } else {
    present[change.name] = log.size();
  }
  if (kind == Kind::kInstances) take_instance(change);
  if (kind == Kind::kCertificates) take_certificate(change);
  log.push_back(std::move(change));
}

void Cluster::take_instance(const Change& change) {
  const auto known = instances_.find(change.name.name);
  const resources::Instance* before = known == instances_.end() ? nullptr : &known->second;
  if (change.deleted) {
    on_instance_(before, nullptr);
    instances_.erase(change.name.name);
  } else {
    resources::Instance now = resources::parse_instance(change.object());
    on_instance_(before, &now);
    instances_.insert_or_assign(change.name.name, std::move(now));
  }
}

void Cluster::take_certificate(const Change& change) {
  const auto known = certificates_.find(change.name);
  const resources::ServerCertificate* before = known == certificates_.end() ? nullptr : &known->second;
  if (change.deleted) {
    on_certificate_(before, nullptr);
    certificates_.erase(change.name);
  } else {
    resources::ServerCertificate now = resources::parse_server_certificate(change.object());
    on_certificate_(before, &now);
    certificates_.insert_or_assign(change.name, std::move(now));
  }
}

const resources::ServerCertificate* Cluster::certificate_with_uid(const meta::Uid& uid) const {
  for (const auto& [name, object] : certificates_) {
    if (object.meta.uid == uid) return &object;
  }
  return nullptr;
}

const resources::Instance* Cluster::instance(const std::string& name) const {
  const auto found = instances_.find(name);
  return found == instances_.end() ? nullptr : &found->second;
}

const kube::Resource& resource_of(Kind kind) {
  switch (kind) {
    case Kind::kInstances:
      return resources::kInstances;
    case Kind::kCertificates:
      return resources::kServerCertificates;
    case Kind::kSecrets:
      return kube::kSecrets;
  }
  std::abort();
}

const char* to_string(Kind kind) {
  switch (kind) {
    case Kind::kInstances:
      return "instance";
    case Kind::kCertificates:
      return "certificate";
    case Kind::kSecrets:
      return "secret";
  }
  std::abort();
}

}  // namespace simulation
