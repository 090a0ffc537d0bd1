#include <string>
#include <vector>

#include "base/text.h"
#include "iotda/client.h"

namespace iotda {
namespace {

/// The information in a host name of Huawei Cloud; `region` is empty for any other host.
struct Domain {
  std::string region;
  bool shared = false;
};

/// Shared: iotda.{region}.myhuaweicloud.com. Dedicated: {id}.{cell}.iotda-app.{region}.myhuaweicloud.com.
Domain domain_of(const http::Origin& endpoint) {
  const std::vector<std::string> labels = base::split(base::to_lower(endpoint.host), '.');
  for (std::size_t i = 0; i + 2 < labels.size(); ++i) {
    if (labels[i + 2] != "myhuaweicloud") continue;
    const bool shared = i == 0 && labels[i] == "iotda";
    if (shared || labels[i] == "iotda-app") return {labels[i + 1], shared};
  }
  return {};
}

}  // namespace

Signing default_signing(const http::Origin& endpoint) {
  return domain_of(endpoint).shared ? Signing::kStandard : Signing::kDerived;
}

std::string region_of(const http::Origin& endpoint) {
  return domain_of(endpoint).region;
}

}  // namespace iotda
