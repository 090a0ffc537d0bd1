#pragma once

#include <string>
#include <vector>

#include "base/secret.h"
#include "server/message.h"
#include "simulator/signature.h"

namespace simulator {

/// Adds the Authorization header of a client with this key, which signs the headers with these names.
inline void sign(server::Request& request, Algorithm algorithm, std::string_view secret_key, const std::string& scope,
                 const std::string& access_key, const std::vector<std::string>& names) {
  const Authorization authorization{.algorithm = algorithm, .access_key = access_key, .scope = scope};
  std::string joined;
  for (const std::string& name : names) joined += (joined.empty() ? "" : ";") + name;
  const std::string text = (algorithm == Algorithm::kDerived ? "V11-HMAC-SHA256 Credential=" + access_key + "/" + scope
                                                             : "SDK-HMAC-SHA256 Access=" + access_key) +
                           ", SignedHeaders=" + joined + ", Signature=" +
                           signature(authorization, *request.header("X-Sdk-Date"), *canonical_request(request, names),
                                     base::Secret::copy_of(secret_key));
  request.headers.emplace_back("Authorization", text);
}

}  // namespace simulator
