#include "base/result.h"

#include <gtest/gtest.h>
#include <memory>
#include <string>

namespace base {
namespace {

struct Failure {
  std::string why;
};

Result<int, Failure> half(int n) {
  if (n % 2 != 0) return Err(Failure{"odd"});
  return n / 2;
}

Result<void, Failure> even(int n) {
  if (n % 2 != 0) return Err(Failure{"odd"});
  return {};
}

TEST(Result, HoldsAValueOrAnError) {
  const auto good = half(4);
  ASSERT_TRUE(good.ok());
  EXPECT_TRUE(static_cast<bool>(good));
  EXPECT_EQ(*good, 2);
  EXPECT_EQ(good.value(), 2);
  const auto bad = half(3);
  ASSERT_FALSE(bad.ok());
  EXPECT_EQ(bad.error().why, "odd");
}

TEST(Result, OfNothingTellsSuccessFromError) {
  EXPECT_TRUE(even(2).ok());
  ASSERT_FALSE(even(1).ok());
  EXPECT_EQ(even(1).error().why, "odd");
}

TEST(Result, TakesTypesThatOnlyMove) {
  Result<std::unique_ptr<int>, Failure> r = std::make_unique<int>(7);
  EXPECT_EQ(**r, 7);
  const std::unique_ptr<int> taken = std::move(r).value();
  EXPECT_EQ(*taken, 7);
}

TEST(Result, TellsValueFromErrorWhereBothHaveTheSameType) {
  const Result<std::string, std::string> good = std::string("x");
  const Result<std::string, std::string> bad = Err(std::string("x"));
  EXPECT_TRUE(good.ok());
  EXPECT_FALSE(bad.ok());
  EXPECT_EQ(bad.error(), "x");
}

TEST(Result, ConvertsTheErrorOfALayerBelow) {
  const Result<int, std::string> r = Err("text");
  EXPECT_EQ(r.error(), "text");
}

#ifndef NDEBUG
TEST(ResultDeathTest, ReadingTheSideThatIsNotThereAborts) {
  EXPECT_DEATH((void)half(3).value(), "");
  EXPECT_DEATH((void)half(4).error(), "");
  EXPECT_DEATH((void)even(2).error(), "");
}
#endif

}  // namespace
}  // namespace base
