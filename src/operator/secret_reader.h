#pragma once

#include <map>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/secret.h"
#include "kube/api.h"
#include "operator/observation.h"

namespace controller {

/// Certificate, key and password out of the Secrets; wiped with the object.
struct SecretMaterial {
  std::string certificate_pem;
  std::string authorities;  ///< ca.crt beside it, if it is there
  base::Secret private_key;
  base::Secret password;
};

struct SecretReading {
  SecretView view;
  SecretMaterial material;  ///< what was found of it, even if the view holds a problem
};

/// What one reconcile has read, by uid of the ServerCertificate.
using SecretReadings = std::map<std::string, SecretReading>;

/// GETs the Secrets that `object` names and checks what is in them. A Secret that is missing or wrong is a problem in
/// the view; an error is one of the API.
kube::Result<SecretReading> read_secrets(kube::Api& api, const ServerCertificate& object, base::SystemTime now,
                                         std::stop_token stop);

}  // namespace controller
