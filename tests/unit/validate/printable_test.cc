#include "validate/printable.h"

#include <gtest/gtest.h>
#include <string>
#include <utility>
#include <vector>

namespace validate {
namespace {

TEST(Printable, IsSafeForTerminalsAndLogs) {
  const std::vector<std::pair<std::string, std::string>> table{
      {"plain text, müller 🔑", "plain text, müller 🔑"},
      {"a\nb\r\tc", "a b  c"},
      {"\x1b[31mred", "\\x1b[31mred"},
      {"\x7f", "\\x7f"},
      {"\xc2\x9b", "\\u009b"},
      {"a\xe2\x80\xa8"
       "b",
       "a\\u2028b"},
      {"a\xe2\x80\xae"
       "b",
       "a\\u202eb"},
      {"zero\xe2\x80\x8bwidth", "zero\\u200bwidth"},
      {"latin \xe4", "latin \\xe4"},
      {"cut \xe2\x82", "cut \\xe2\\x82"},
      {"##[error]forged", "#\\x23[error]forged"},
      {"##vso[task]", "#\\x23vso[task]"},
      {"#1", "#1"},
  };
  for (const auto& [text, shown] : table) EXPECT_EQ(printable(text), shown);
  EXPECT_LE(printable(std::string(100'000, 'x')).size(), 2000U);
}

TEST(Printable, AFileCannotBeginALineWithACommand) {
  EXPECT_EQ(printable_file("::error::x"), "./::error::x");
  EXPECT_EQ(printable_file("a::b"), "a::b");
}

}  // namespace
}  // namespace validate
