#include <gtest/gtest.h>

#include "http/transport.h"

namespace http {
namespace {

TEST(Headers, AreFoundWhateverTheirCase) {
  Headers headers;
  headers.set("Content-Type", "application/json");
  EXPECT_EQ(headers.get("content-type"), "application/json");
  EXPECT_EQ(headers.get("Accept"), std::nullopt);
}

TEST(Headers, AreReplacedByALaterValueInTheSamePlace) {
  Headers headers;
  headers.set("A", "1");
  headers.set("B", "2");
  headers.set("a", "3");
  ASSERT_EQ(headers.all().size(), 2U);
  EXPECT_EQ(headers.all()[0], std::make_pair(std::string("A"), std::string("3")));
  headers.set_secret("B", "secret");
  EXPECT_EQ(headers.get("B"), "secret");
}

TEST(Headers, AreCopiedAndMoved) {
  Headers one;
  one.set("A", "1");
  Headers two;
  two.set("B", "2");
  two = one;
  EXPECT_EQ(two.get("A"), "1");
  EXPECT_EQ(two.get("B"), std::nullopt);
  Headers three;
  three = std::move(two);
  EXPECT_EQ(three.get("A"), "1");
}

TEST(Headers, WipeASecretWhenItIsReplaced) {
  Headers headers;
  headers.set_secret("Authorization", "Bearer abcdef");
  const std::string_view block = *headers.get("Authorization");  // set_secret reserves: the block is kept
  headers.set("Authorization", "x");
  EXPECT_EQ(std::string(block.data() + 2, 11), std::string(11, '\0'));
}

}  // namespace
}  // namespace http
