#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "credentials/iam.h"
#include "credentials/ports.h"
#include "credentials/source.h"

namespace credentials {

/// What spec.credentials says about OIDC; the token itself is a file that only the environment of the Pod names.
struct Oidc {
  std::string idp_id;                 ///< an identity provider of IAM; empty: HUAWEICLOUD_SDK_IDP_ID
  std::optional<TrustAgency> agency;  ///< takes precedence
};

/// One way in which the machine itself has credentials.
struct AmbientSource {
  std::string_view type;  ///< value of spec.credentials.type
  std::string_view name;  ///< for messages
  std::unique_ptr<Source> (*make)(const Ports& ports, const Iam& iam, const Oidc& oidc);
};

/// All of them, in the order in which Ambient tries them.
const std::vector<AmbientSource>& ambient_sources();

/// The first source that is configured on this machine; it is used from then on, so that the identity never changes by
/// itself. A configured source that fails is an error: nothing after it is tried.
std::unique_ptr<Source> first_ambient_source(const Ports& ports, const Iam& iam, const Oidc& oidc);

}  // namespace credentials
