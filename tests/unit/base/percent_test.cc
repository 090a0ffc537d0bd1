#include "base/percent.h"

#include <gtest/gtest.h>
#include <string_view>

namespace base {
namespace {

TEST(PercentEncoding, KeepsTheUnreservedCharactersOnly) {
  EXPECT_EQ(percent_encode("AZaz09-_.~"), "AZaz09-_.~");
  EXPECT_EQ(percent_encode("a b/c?d=e&f+g"), "a%20b%2Fc%3Fd%3De%26f%2Bg");
  EXPECT_EQ(percent_encode("一"), "%E4%B8%80");
  EXPECT_EQ(percent_encode(std::string_view("\0\x7f", 2)), "%00%7F");
}

TEST(Percent, DecodesWhatIsAnEscape) {
  EXPECT_EQ(percent_decode("a%20b%2fc%2F"), "a b/c/");
  EXPECT_EQ(percent_decode("%E4%B8%80+"), "一+");
  EXPECT_EQ(percent_decode("100%"), "100%");
  EXPECT_EQ(percent_decode("%4"), "%4");
  EXPECT_EQ(percent_decode("%zz%%41"), "%zz%A");
}

}  // namespace
}  // namespace base
