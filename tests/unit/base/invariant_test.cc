#include "base/invariant.h"

#include <gtest/gtest.h>
#include <memory>
#include <string>

namespace base {
namespace {

TEST(Invariant, GivesWhatIsThere) {
  int seven = 7;
  std::optional<std::string> name = "a";
  const std::optional<std::string> fixed = "b";
  EXPECT_EQ(&must(&seven, "a number"), &seven);
  must(name, "a name") = "c";
  EXPECT_EQ(name, "c");
  EXPECT_EQ(&must(fixed, "a name"), &*fixed);
  EXPECT_EQ(*must(std::optional(std::make_unique<int>(7)), "a number"), 7);
  must(true, "nothing happens");
}

// The tests of this name run before all others, while there is one thread only.
TEST(InvariantDeathTest, AbortsWithTheExpectationAndThePlace) {
  const int* missing = nullptr;
  const std::optional<std::string> nobody;
  const std::string place = ".*invariant_test\\.cc.*line";
  EXPECT_DEATH(must(missing, "each name has an entry"), "each name has an entry" + place);
  EXPECT_DEATH(must(nobody, "a name"), "a name" + place);
  EXPECT_DEATH(must(std::optional<int>(), "a number"), "a number" + place);
  EXPECT_DEATH(must(false, "it holds"), "it holds" + place);
}

}  // namespace
}  // namespace base
