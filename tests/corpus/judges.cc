#include "judges.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <gtest/gtest.h>
#include <sstream>

#include "base/time_format.h"

namespace corpus {

Output run(const std::string& command) {
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return {-1, {}};
  Output out;
  std::array<char, 512> piece{};
  while (fgets(piece.data(), piece.size(), pipe) != nullptr) out.text += piece.data();
  out.status = pclose(pipe);
  return out;
}

long long moment() {
  // What is valid in the corpus is so from 2020 to 2120.
  const auto now = base::parse_rfc3339("2026-06-08T02:39:00Z").value();
  return std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
}

Verdict ask_openssl(const std::string& leaf, const std::string& bundle, const std::string& roots,
                    const std::string& options) {
  const Output out =
      run("openssl verify -purpose sslserver -partial_chain -no-CApath -no-CAstore " + options + " -attime " +
          std::to_string(moment()) + " -CAfile '" + roots + "' -untrusted '" + bundle + "' '" + leaf + "'");
  const bool unknown = out.text.find("unable to get") != std::string::npos ||
                       out.text.find("self-signed certificate") != std::string::npos;
  return {out.status == 0, unknown, out.text};
}

std::map<std::string, Verdict> ask_go([[maybe_unused]] const std::string& folder) {
  std::map<std::string, Verdict> all;
#ifdef JUDGE
  const Output out = run("'" JUDGE "' '" + folder + "' " + std::to_string(moment()));
  EXPECT_EQ(out.status, 0) << out.text;
  std::istringstream lines(out.text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t name = line.find(' ');
    const std::size_t what = line.find(' ', name + 1);
    const std::string text = line.substr(what + 1);
    all[line.substr(0, what)] = {text == "ok", text == "unknown", text};
  }
#endif
  return all;
}

}  // namespace corpus
