#include "http/trust_roots.h"

#include "http/tls_policy.h"

namespace http {

std::string problem_of_trust_roots(const std::string& pem) {
  TlsConfig config;
  config.ca_pem = pem;
  const auto policy = TlsPolicy::make(config, {});
  return policy ? "" : policy.error().message;
}

}  // namespace http
