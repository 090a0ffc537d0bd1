// What `validate` finds in each input of tests/data/manifests.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <string>
#include <vector>

#include "judges.h"
#include "validate/output.h"
#include "validate/validate.h"

namespace validate {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> lines_of(const fs::path& file) {
  std::vector<std::string> lines;
  std::ifstream text(file);
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

/// "error 9 REASON: what, and what to do", in the order of the output.
std::vector<std::string> written(const Report& report) {
  std::vector<std::string> all;
  for (const Unusable& u : report.unusable) all.push_back("unusable " + std::to_string(u.line) + " : " + u.message);
  for (const auto* issues : {&report.errors, &report.warnings}) {
    for (const Issue& issue : *issues) {
      all.push_back((issues == &report.errors ? "error " : "warning ") + std::to_string(issue.line) + " " +
                    issue.reason + ": " + issue.message + ": " + issue.hint);
    }
  }
  return all;
}

/// `expected` is "KIND LINE REASON" or "KIND LINE REASON: PART"; LINE may be "*", REASON is empty for what is unusable.
bool matches(const std::string& found, const std::string& expected) {
  std::istringstream f(found);
  std::istringstream e(expected);
  std::string kind_found;
  std::string kind;
  std::string line_found;
  std::string line;
  f >> kind_found >> line_found;
  e >> kind >> line;
  std::string rest_found;
  std::string rest;
  std::getline(f, rest_found);
  std::getline(e, rest);
  const std::size_t colon = rest.find(": ");
  const std::string reason = rest.substr(0, colon);
  const std::string part = colon == std::string::npos ? "" : rest.substr(colon + 2);
  const bool in_place = line == "*" || line == line_found;
  const bool of_reason = kind == "unusable" || rest_found.starts_with(reason + ":");
  return kind == kind_found && in_place && of_reason && rest_found.find(part) != std::string::npos;
}

Options options_of(const fs::path& folder) {
  Options options;
  for (const std::string& argument : lines_of(folder / "arguments")) {
    if (argument == "--allow-missing-refs") {
      options.allow_missing_references = true;
    } else if (argument == "--allow-empty") {
      options.allow_empty = true;
    } else {
      options.files.push_back((folder / argument).string());
    }
  }
  return options;
}

TEST(Manifests, HaveTheExpectedFindings) {
  const base::SystemTime now{std::chrono::seconds(corpus::moment())};
  int looked_at = 0;
  for (const auto& entry : fs::directory_iterator(MANIFESTS)) {
    if (!entry.is_directory()) continue;
    SCOPED_TRACE(entry.path().filename());
    std::vector<std::string> expected = lines_of(entry.path() / "expected");
    ASSERT_FALSE(expected.empty());
    const int code = std::stoi(expected.front());
    expected.erase(expected.begin());
    std::istringstream nothing;
    const Report report = validate(options_of(entry.path()), nothing, now);
    EXPECT_EQ(report.exit_code(), code) << to_text(report);
    const std::vector<std::string> found = written(report);
    EXPECT_EQ(found.size(), expected.size()) << to_text(report);
    for (std::size_t i = 0; i < std::min(found.size(), expected.size()); ++i) {
      EXPECT_TRUE(matches(found[i], expected[i])) << found[i] << "\n  expected: " << expected[i];
    }
    // Whatever is in the input, the output is lines of plain text.
    const std::string text = to_text(report);
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'),
              static_cast<std::ptrdiff_t>(found.size()) + (report.warnings.empty() ? 1 : 2));
    EXPECT_TRUE(std::none_of(text.begin(), text.end(), [](char c) {
      return (static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7F;
    })) << text;
    ++looked_at;
  }
  EXPECT_GE(looked_at, 150);
}

}  // namespace
}  // namespace validate
