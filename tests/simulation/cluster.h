#pragma once

#include <array>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "json/value.h"
#include "resources/instance.h"
#include "resources/server_certificate.h"
#include "support/fake_kube_api.h"

namespace simulation {

enum class Kind { kInstances, kCertificates, kSecrets };
inline constexpr std::array<Kind, 3> kKinds{Kind::kInstances, Kind::kCertificates, Kind::kSecrets};

/// What a watch tells of one change.
struct Change {
  bool deleted = false;
  kube::ObjectName name;
  json::Document event;  ///< {"type":…,"object":…}

  json::Value object() const { return event["object"]; }
};

/// The API server with, for each kind, all changes in their order: a watch is a place in that list.
class Cluster {
 public:
  explicit Cluster(os::Clock& clock);

  testing_support::FakeKubeApi& api() { return api_; }

  /// Takes notice of what has changed since the last time. Whoever changes something calls it.
  void sync();
  /// Told of each change, with the version before (null: there was none) and the new one (null: it is gone).
  using InstanceObserver = std::function<void(const resources::Instance* before, const resources::Instance* now)>;
  using CertificateObserver =
      std::function<void(const resources::ServerCertificate* before, const resources::ServerCertificate* now)>;
  void observe(InstanceObserver instances, CertificateObserver certificates) {
    on_instance_ = std::move(instances);
    on_certificate_ = std::move(certificates);
  }

  /// Puts all objects back to what they are now.
  std::function<void()> back_up();
  /// Counts the restores: a watch of an earlier epoch has ended, and its place in the log means nothing.
  int epoch() const { return epoch_; }

  const std::vector<Change>& log(Kind kind) const { return logs_.at(static_cast<std::size_t>(kind)); }
  /// The newest version of each object that exists, as a place in the log.
  const std::map<kube::ObjectName, std::size_t>& present(Kind kind) const {
    return present_.at(static_cast<std::size_t>(kind));
  }

  const std::map<kube::ObjectName, resources::ServerCertificate>& certificates() const { return certificates_; }
  const std::map<std::string, resources::Instance>& instances() const { return instances_; }
  const resources::ServerCertificate* certificate_with_uid(const meta::Uid& uid) const;
  const resources::Instance* instance(const std::string& name) const;

 private:
  void take(Kind kind, const std::string& line);
  void take_instance(const Change& change);
  void take_certificate(const Change& change);

  testing_support::FakeKubeApi api_;
  void restored();

  std::uint64_t seen_ = 0;
  int epoch_ = 0;
  std::array<std::vector<Change>, 3> logs_;
  std::array<std::map<kube::ObjectName, std::size_t>, 3> present_;
  std::map<kube::ObjectName, resources::ServerCertificate> certificates_;
  std::map<std::string, resources::Instance> instances_;
  InstanceObserver on_instance_;
  CertificateObserver on_certificate_;
};

const kube::Resource& resource_of(Kind kind);
const char* to_string(Kind kind);

}  // namespace simulation
