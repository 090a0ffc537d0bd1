#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "controller/round.h"

// Reads of what the API server has now, because the store may lag behind it.
namespace controller {

/// The owner of an entry, as the API server has it now.
struct LiveOwner {
  std::optional<ServerCertificate> object;  ///< none: no object has its name
  bool same = false;                        ///< it is the owner, not a new object with its name
  bool unchanged = false;                   ///< spec and deletion are as the plan saw them

  /// It is not being deleted, and its spec has the domain.
  bool wishes(const std::string& domain) const;
};

/// Changes nothing in the store. The error is how the effect ends if the owner cannot be read: the trouble belongs to
/// the owner, unless it concerns all objects.
base::Result<LiveOwner, Step> read_owner(Round& r, const kube::ObjectName& name, const Uid& uid);

/// The Secrets of the object. The store gets their versions, so that no later plan takes what a lagging watch has shown
/// for the newest.
kube::Result<SecretReading> read_secrets_now(Round& r, const ServerCertificate& object);

/// Reads the object into the store, for example after a conflict.
Step reload_instance(Round& r);
Step reload_certificate(Round& r, const meta::Metadata& known);

}  // namespace controller
