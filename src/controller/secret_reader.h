#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <tuple>

#include "base/secret.h"
#include "base/time.h"
#include "certificate/inspect.h"
#include "controller/vocabulary.h"
#include "kube/api.h"

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

/// What one reconcile has read, by uid of the ServerCertificate; what several name is there once.
using SecretReadings = std::map<std::string, std::shared_ptr<const SecretReading>>;

/// What of an object says which Secrets are read and how they are judged: where it is the same, one reading is enough.
using SecretSource = std::tuple<std::string, std::string, std::string, std::string, std::string, std::string,
                                std::string, std::optional<bool>>;
SecretSource source_of(const ServerCertificate& object);

/// certificate::inspect(), or what stands in for it.
using Inspect = std::function<certificate::Verdict(const certificate::Material& material, base::SystemTime now)>;

/// GETs the Secrets that `object` names and lets `inspect` check what is in them. A Secret that is missing or wrong is
/// a problem in the view; an error is one of the API.
kube::Result<SecretReading> read_secrets(kube::Api& api, const ServerCertificate& object, const Inspect& inspect,
                                         base::SystemTime now, std::stop_token stop);

}  // namespace controller
