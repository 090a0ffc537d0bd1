// A file for `validate`, as all three outputs show it.

#include <cstdint>
#include <sstream>
#include <string>

#include "validate/output.h"
#include "validate/validate.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  validate::Options options;
  options.files = {"-"};
  std::istringstream input(std::string(reinterpret_cast<const char*>(data), size));
  const validate::Report report = validate::validate(options, input, base::SystemTime(std::chrono::hours(490000)));
  return to_text(report).size() + to_json(report).size() + to_sarif(report, "1").size() > 0 ? 0 : 1;
}
