#include "resources/reason.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace resources {
namespace {

const std::filesystem::path kTree = IOTDA_SOURCE_DIR;

std::string text_of(const std::filesystem::path& file) {
  const std::ifstream in(file);
  EXPECT_TRUE(in) << file;
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

/// All C++ sources of a folder, but not the table itself, nor what only explains reasons.
std::string sources_of(const std::filesystem::path& folder) {
  std::string text;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::filesystem::path& file = entry.path();
    const bool code = file.extension() == ".cc" || file.extension() == ".h";
    if (file.parent_path().filename() == "overview") continue;
    if (code && !(file.stem() == "reason" && file.parent_path().filename() == "resources")) text += text_of(file);
  }
  return text;
}

/// The word stands in the text, and not only as the beginning of a longer one.
bool has_word(std::string_view text, std::string_view word) {
  for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if (end == text.size() || std::isalnum(static_cast<unsigned char>(text[end])) == 0) return true;
  }
  return false;
}

/// What stands between backquotes.
std::vector<std::string> in_backquotes(std::string_view text) {
  std::vector<std::string> words;
  for (auto begin = text.find('`'); begin != std::string_view::npos; begin = text.find('`')) {
    const auto end = text.find('`', begin + 1);
    if (end == std::string_view::npos) break;
    words.emplace_back(text.substr(begin + 1, end - begin - 1));
    text.remove_prefix(end + 1);
  }
  return words;
}

/// The reasons that docs/troubleshooting.md explains: the first of them in a row's first column, or several with
/// commas. After the heading of the operator itself its tables are about log lines.
std::set<std::string, std::less<>> documented() {
  const std::string page = text_of(kTree / "docs/troubleshooting.md");
  const auto end = page.find("\n## The operator\n");
  EXPECT_NE(end, std::string::npos) << "the heading after the tables of reasons";
  std::set<std::string, std::less<>> reasons;
  std::istringstream lines(page.substr(0, end));
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| `")) continue;
    const std::string column = line.substr(1, line.find('|', 1) - 1);
    // "`QuotaExceeded` with `Retained` in the message" is about the first.
    const std::vector<std::string> words = in_backquotes(column.substr(0, column.find(" with ")));
    reasons.insert(words.begin(), words.end());
  }
  return reasons;
}

TEST(Reasons, EachHasOneNameAndAMeaning) {
  std::set<std::string_view> names;
  for (const ReasonRow& row : reasons()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name << " is the name of two reasons";
    EXPECT_FALSE(row.meaning.empty()) << row.name;
    EXPECT_EQ(find_reason(row.name), &row);
    EXPECT_EQ(name_of(row.reason), row.name);
  }
  EXPECT_EQ(find_reason("OfAnotherVersion"), nullptr);
}

TEST(Reasons, OnlyAFaultStalls) {
  for (const ReasonRow& row : reasons()) {
    const bool fault = row.told == Told::kWarning;
    EXPECT_TRUE(fault || !stalls(row.reason)) << row.name;
  }
}

TEST(Reasons, EachHasAProducer) {
  const std::string all = sources_of(kTree / "src");
  const std::string checks = sources_of(kTree / "src/certificate");
  for (const ReasonRow& row : reasons()) {
    const std::string name(row.name);
    const bool said = has_word(all, "Reason::k" + name);
    const bool found = row.about_content && checks.find('"' + name + '"') != std::string::npos;
    EXPECT_TRUE(said || found) << "nothing in src says " << name << ": remove its row, or say it";
  }
}

TEST(Reasons, EachIsInTheTroubleshootingGuide) {
  const auto known = documented();
  for (const ReasonRow& row : reasons()) {
    EXPECT_TRUE(known.contains(row.name)) << row.name << " is in no table of docs/troubleshooting.md";
  }
}

TEST(Reasons, TheTroubleshootingGuideNamesNoOthers) {
  for (const std::string& name : documented()) {
    EXPECT_NE(find_reason(name), nullptr) << name << " in docs/troubleshooting.md is no reason";
  }
}

}  // namespace
}  // namespace resources
