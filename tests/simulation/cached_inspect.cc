#include "cached_inspect.h"

#include <map>
#include <string>
#include <tuple>

namespace simulation {

certificate::Verdict cached_inspect(const certificate::Material& material, base::SystemTime now) {
  using Key = std::tuple<std::string, std::string, std::string, std::string>;
  static std::map<Key, certificate::Verdict> verdicts;
  const Key key{material.certificate_pem, material.private_key, material.password.value_or(""),
                std::string(material.host)};
  const auto found = verdicts.find(key);
  // Findings about dates are from the time of the first call; the operator judges dates by the facts.
  if (found != verdicts.end()) return found->second;
  return verdicts.emplace(key, certificate::inspect(material, now)).first->second;
}

}  // namespace simulation
