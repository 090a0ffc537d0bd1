#include "base/secret.h"

#include <gtest/gtest.h>
#include <string>
#include <type_traits>
#include <utility>

namespace base {
namespace {

static_assert(!std::is_copy_constructible_v<Secret> && !std::is_copy_assignable_v<Secret>);
static_assert(!std::is_convertible_v<Secret, std::string> && !std::is_convertible_v<Secret, std::string_view>);

TEST(Secret, TakesOverAStringAndWipesIt) {
  std::string source = "a long enough secret that it does not fit into the string object itself";
  const std::string_view block(source.data(), source.size());
  const Secret secret(std::move(source));
  EXPECT_EQ(secret.view(), "a long enough secret that it does not fit into the string object itself");
  EXPECT_TRUE(source.empty());  // NOLINT(bugprone-use-after-move): wiped and emptied is the contract
  EXPECT_EQ(block, std::string(block.size(), '\0')) << "the string still owns its block";
}

TEST(Secret, WipesTheWholeCapacityOfAString) {
  std::string s = "0123456789012345678901234567890123456789";
  const std::string_view block(s.data(), s.size());
  s.resize(5);
  wipe(s);
  EXPECT_TRUE(s.empty());
  EXPECT_EQ(block, std::string(block.size(), '\0'));
}

TEST(Secret, IsEmptyUntilSomethingIsInIt) {
  Secret secret;
  EXPECT_TRUE(secret.empty());
  EXPECT_EQ(secret.size(), 0U);
  EXPECT_EQ(secret.view(), "");
  secret.append("");
  EXPECT_TRUE(secret.empty());
  EXPECT_TRUE(Secret(std::string()).empty());
  EXPECT_TRUE(Secret::copy_of("").clone().empty());
}

TEST(Secret, GrowsByAppending) {
  Secret secret;
  std::string expected;
  for (int i = 0; i < 1000; ++i) {
    const std::string piece = std::to_string(i);
    secret.append(piece);
    expected += piece;
  }
  EXPECT_EQ(secret.view(), expected);
}

TEST(Secret, AppendsAPartOfItself) {
  Secret secret = Secret::copy_of("abc");
  for (int i = 0; i < 10; ++i) secret.append(secret.view());
  EXPECT_EQ(secret.size(), 3U * 1024U);
  EXPECT_TRUE(secret.view().ends_with("abcabc"));
}

TEST(Secret, MovesLeaveTheSourceEmptyAndTheBlockWhereItIs) {
  Secret a = Secret::copy_of("one");
  const char* const block = a.view().data();
  Secret b = std::move(a);
  EXPECT_TRUE(a.empty());  // NOLINT(bugprone-use-after-move): the contract
  EXPECT_EQ(b.view().data(), block);
  Secret c = Secret::copy_of("two");
  c = std::move(b);
  EXPECT_EQ(c.view(), "one");
  Secret& same = c;
  c = std::move(same);
  EXPECT_EQ(c.view(), "one");
}

TEST(Secret, ClonesAreTheirOwn) {
  const Secret a = Secret::copy_of("one");
  Secret b = a.clone();
  b.append("!");
  EXPECT_EQ(a.view(), "one");
  EXPECT_EQ(b.view(), "one!");
}

}  // namespace
}  // namespace base
