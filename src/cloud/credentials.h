#pragma once

#include <optional>
#include <string>

#include "base/secret.h"
#include "base/time.h"

namespace cloud {

/// What proves to Huawei Cloud who calls: an access key, which signs each request, or a token, which is sent with it.
struct Credentials {
  std::string access_key;                   ///< AK; empty for a token
  base::Secret secret_key;                  ///< SK
  base::Secret security_token;              ///< of a temporary access key; empty for a permanent one
  base::Secret token;                       ///< X-Auth-Token; empty for an access key
  std::optional<base::SystemTime> expires;  ///< none: valid until someone revokes it
  std::string origin;                       ///< where it comes from, for messages: "Secret iotda-system/edge"

  bool is_token() const { return access_key.empty(); }
};

}  // namespace cloud
