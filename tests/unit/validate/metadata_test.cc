#include "validate/metadata.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace validate {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// What Kubernetes' validation takes and refuses: the tables of its own tests for these forms.
TEST(Metadata, KnowsTheFormsOfNames) {
  const std::string longest_label(63, 'a');
  const std::string longest_subdomain =
      longest_label + "." + longest_label + "." + longest_label + "." + std::string(61, 'a');
  for (const std::string& good : {std::string("a"), std::string("ab"), std::string("a1"), std::string("a-1"),
                                  std::string("a--1--2--b"), std::string("0"), std::string("01"), std::string("1a"),
                                  std::string("a.a"), std::string("0.a1-b.c"), longest_subdomain}) {
    EXPECT_THAT(subdomain_problem(good), IsEmpty()) << good;
  }
  for (const std::string& bad :
       {std::string(""), std::string("A"), std::string("aBc"), std::string("-"), std::string("a-"), std::string("-a"),
        std::string("_"), std::string("a_b"), std::string("."), std::string("a."), std::string(".a"),
        std::string("a..b"), std::string(" "), std::string("a b"), std::string("a\n"), longest_subdomain + "a"}) {
    EXPECT_FALSE(subdomain_problem(bad).empty()) << bad;
  }
  EXPECT_THAT(label_problem(longest_label), IsEmpty());
  for (const std::string& bad : {std::string("a.b"), longest_label + "a", std::string("")}) {
    EXPECT_FALSE(label_problem(bad).empty()) << bad;
  }
  for (const std::string& good :
       {std::string("simple"), std::string("now-with-dashes"), std::string("1-starts-with-num"),
        std::string("1.2.3.4/1234"), std::string("Uppercase_Is.OK-123"), std::string("example.com/Uppercase_Is.OK-123"),
        longest_label, longest_subdomain + "/" + longest_label}) {
    EXPECT_THAT(qualified_name_problem(good), IsEmpty()) << good;
  }
  for (const std::string& bad :
       {std::string("nospecialchars%^=@"), std::string("cantendwithadash-"), std::string("-cantstartwithadash-"),
        std::string("only/one/slash"), std::string("Example.com/abc"), std::string("example_com/abc"),
        std::string("example.com/"), std::string("/simple"), longest_label + "a", longest_subdomain + "a/abc"}) {
    EXPECT_FALSE(qualified_name_problem(bad).empty()) << bad;
  }
}

TEST(Metadata, NamesTheFieldThatIsMeant) {
  EXPECT_EQ(unknown_field("Labels", {"labels"}), "unknown field \"Labels\"; did you mean labels?");
  EXPECT_EQ(unknown_field("lables", {"labels"}), "unknown field \"lables\"");
}

TEST(Metadata, SaysWhereAndWhat) {
  const auto root = parse_yaml("metadata:\n  name: A\n  labels:\n    a: b c\n    d: 5\n  nam: x\n", 10);
  ASSERT_TRUE(root.ok());
  const Violations found = check_metadata(*root->front());
  ASSERT_EQ(found.size(), 4U);
  EXPECT_EQ(found[0].line, 11U);
  EXPECT_THAT(found[0].message, HasSubstr("metadata.name: Invalid value \"A\""));
  EXPECT_EQ(found[1].line, 13U);
  EXPECT_EQ(found[2].line, 14U);
  EXPECT_EQ(found[2].hint, "enclose it in quotes");
  EXPECT_EQ(found[3].line, 15U);
}

}  // namespace
}  // namespace validate
