#include "differences.h"

#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

namespace corpus {

Table read_table(const std::string& file) {
  Table table;
  std::ifstream lines(file);
  EXPECT_TRUE(lines) << file;
  std::string reason;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.front() == '#') continue;
    // "judge: reason", then a row of names below it.
    if (line.front() != ' ') {
      reason = line;
      continue;
    }
    const std::size_t colon = reason.find(": ");
    std::istringstream names(line);
    for (std::string name; names >> name;) {
      const auto [row, first] = table[reason.substr(0, colon)].try_emplace(name, reason.substr(colon + 2));
      EXPECT_TRUE(first) << name << " is in the table twice";
    }
  }
  return table;
}

void expect_listed(const Table& table, const std::string& judge,
                   const std::map<std::string, std::string>& differences) {
  const auto rows = table.find(judge);
  const std::map<std::string, std::string> none;
  const auto& listed = rows != table.end() ? rows->second : none;
  for (const auto& [name, what] : differences) {
    EXPECT_TRUE(listed.contains(name)) << judge << " differs on " << name << ": " << what;
  }
  for (const auto& [name, reason] : listed) {
    EXPECT_TRUE(differences.contains(name)) << judge << " does not differ on " << name << " (any more): " << reason;
  }
}

}  // namespace corpus
