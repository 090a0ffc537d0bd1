// Checking a certificate and its key is what would cost most of the time, always for the same few pairs. The linker
// turns each call of certificate::inspect into one of cached_inspect (--wrap in CMakeLists.txt), which asks the real
// one only about what it has not seen yet.

#include <map>
#include <string>
#include <tuple>

#include "certificate/inspect.h"

#define INSPECT                                                                                 \
  "_ZN11certificate7inspectERKNS_8MaterialENSt6chrono10time_pointINS3_3_V212system_clockENS3_8" \
  "durationIlSt5ratioILl1ELl1000000000EEEEEE"

namespace simulation {

certificate::Verdict real_inspect(const certificate::Material& material, base::SystemTime now) asm("__real_" INSPECT);
certificate::Verdict cached_inspect(const certificate::Material& material, base::SystemTime now) asm("__wrap_" INSPECT);

certificate::Verdict cached_inspect(const certificate::Material& material, base::SystemTime now) {
  using Key = std::tuple<std::string, std::string, std::string, std::string>;
  static std::map<Key, certificate::Verdict> verdicts;
  const Key key{material.certificate_pem, material.private_key, material.password.value_or(""),
                std::string(material.host)};
  const auto found = verdicts.find(key);
  // Findings about dates are from the time of the first call; the operator judges dates by the facts.
  return found != verdicts.end() ? found->second : verdicts.emplace(key, real_inspect(material, now)).first->second;
}

}  // namespace simulation
