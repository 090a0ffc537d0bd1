#pragma once

#include <string>

#include "base/secret.h"

namespace iotda {

/// An access key of Huawei Cloud; temporary access keys have a security token.
struct Credentials {
  std::string access_key;
  base::Secret secret_key;
  base::Secret security_token;  ///< empty for a permanent access key
};

}  // namespace iotda
