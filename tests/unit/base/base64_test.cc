#include "base/base64.h"

#include <gtest/gtest.h>
#include <string>
#include <utility>
#include <vector>

#include "support/base64.h"

namespace base {
namespace {

// RFC 4648 §10, and bytes over all of the alphabet.
const std::vector<std::pair<std::string, std::string>> kPairs{
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
    {"\xFB\xEF\xBF", "+++/"},
};

TEST(Base64, DecodesTheVectors) {
  for (const auto& [bytes, text] : kPairs) {
    EXPECT_EQ(test::base64_encode(bytes), text);
    EXPECT_EQ(base64_decode(text), bytes);
    const auto secret = base64_decode_secret(text);
    ASSERT_TRUE(secret.has_value());
    EXPECT_EQ(secret->view(), bytes);
    EXPECT_EQ(base64_encode_secret(bytes).view(), text);
  }
}

TEST(Base64, ComesBackTheSameForEveryByteAndLength) {
  std::string bytes;
  for (int i = 0; i < 600; ++i) {
    EXPECT_EQ(base64_decode(test::base64_encode(bytes)), bytes);
    EXPECT_EQ(base64_decode(base64_encode_secret(bytes).view()), bytes);
    bytes += static_cast<char>(i * 7);
  }
}

TEST(Base64, RefusesWhatIsNotExactlyIt) {
  for (const char* text :
       {"Z", "Zg", "Zg=", "Zg===", "Zg==Zg==", "=", "====", "=Zg=", "Zm9v\n", " Zm9v", "Zm9-", "Zm_v", "Zm9vZ"}) {
    EXPECT_EQ(base64_decode(text), std::nullopt) << text;
    EXPECT_FALSE(base64_decode_secret(text).has_value()) << text;
  }
}

TEST(Base64, IgnoresBitsThatEncodeNothing) {
  EXPECT_EQ(base64_decode("Zh=="), "f");
  EXPECT_EQ(base64_decode("Zm9="), "fo");
}

}  // namespace
}  // namespace base
