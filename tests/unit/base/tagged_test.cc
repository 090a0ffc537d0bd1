#include "base/tagged.h"

#include <concepts>
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <type_traits>

namespace base {
namespace {

using Color = Tagged<struct ColorTag>;
using Shape = Tagged<struct ShapeTag>;

TEST(Tagged, IsMadeOfATextOnlyExplicitlyAndOfALiteralAlsoImplicitly) {
  static_assert(std::is_convertible_v<const char(&)[4], Color>);
  static_assert(!std::is_convertible_v<std::string, Color> && std::is_constructible_v<Color, std::string>);
  static_assert(!std::is_convertible_v<std::string_view, Color> && std::is_constructible_v<Color, std::string_view>);
  const Color red = "red";
  EXPECT_EQ(red, Color(std::string("red")));
  EXPECT_EQ(red.str(), "red");
  EXPECT_EQ(red.view(), "red");
  EXPECT_TRUE(Color().empty());
  EXPECT_LT(Color("green"), red);
}

TEST(Tagged, IsNeitherAnotherKindNorAText) {
  static_assert(!std::is_constructible_v<Color, Shape> && !std::is_assignable_v<Color&, Shape>);
  static_assert(!std::is_convertible_v<Color, std::string> && !std::is_convertible_v<Color, std::string_view>);
  static_assert(!std::equality_comparable_with<Color, Shape> && !std::equality_comparable_with<Color, std::string>);
}

TEST(Tagged, IsShownAsItsTextInMessages) {
  EXPECT_EQ(::testing::PrintToString(Color("red")), "red");
}

}  // namespace
}  // namespace base
