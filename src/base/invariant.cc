#include "base/invariant.h"

#include <cstdio>
#include <cstdlib>

namespace base {
namespace {

void report_plainly(std::string_view expected, const char* file, int line) {
  std::fprintf(stderr, "invariant violated expected=\"%.*s\" file=%s line=%d\n", static_cast<int>(expected.size()),
               expected.data(), file, line);
}

InvariantReport current_report = report_plainly;  // NOLINT: set once by report_violations_to()

}  // namespace

void report_violations_to(InvariantReport report) {
  current_report = report;
}

void invariant_violated(std::string_view expected, const char* file, int line) {
  current_report(expected, file, line);
  std::abort();
}

}  // namespace base
