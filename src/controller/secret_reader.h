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

// Reads the Secrets of one object and checks what is in them.
namespace controller {

/// Certificate, key and password from the Secrets. The key and the password are wiped by the destructor.
struct SecretMaterial {
  std::string certificate_pem;
  std::string authorities;  ///< ca.crt of the same Secret; empty if there is none
  base::Secret private_key;
  base::Secret password;
};

struct SecretReading {
  SecretView view;
  SecretMaterial material;  ///< as far as it was found, even if the view has a problem
};

/// What one reconcile has read, by uid of the ServerCertificate. Objects with the same Secret share one reading.
using SecretReadings = std::map<Uid, std::shared_ptr<const SecretReading>>;

/// The fields of an object that determine which Secrets are read and how they are checked. For objects in which they
/// are equal, one reading is enough.
using SecretSource = std::tuple<std::string, std::string, std::string, std::string, std::string, std::string,
                                std::string, std::optional<bool>>;
SecretSource source_of(const ServerCertificate& object);

/// certificate::inspect(), or a replacement in tests.
using Inspect = std::function<certificate::Verdict(const certificate::Material& material, base::SystemTime now)>;

/// Reads the Secrets of the object and checks what is in them with `inspect`. If a Secret is missing or invalid, the
/// view has a problem; an error is an error of the API server.
kube::Result<SecretReading> read_secrets(kube::Api& api, const ServerCertificate& object, const Inspect& inspect,
                                         base::SystemTime now, std::stop_token stop);

}  // namespace controller
