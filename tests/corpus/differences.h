#pragma once

#include <map>
#include <set>
#include <string>

namespace corpus {

/// The rows of differences.txt: by judge, the names of cases on which it and the verdict of the product differ, each
/// with the reason.
using Table = std::map<std::string, std::map<std::string, std::string>>;

Table read_table(const std::string& file);

/// Fails the running test for each difference that is not in the table, and for each row that is no difference.
void expect_listed(const Table& table, const std::string& judge, const std::map<std::string, std::string>& differences);

}  // namespace corpus
