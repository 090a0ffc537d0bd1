#include "server/address.h"

#include <gtest/gtest.h>

namespace server {
namespace {

TEST(Address, IsReadInEveryFormThatIsWritten) {
  for (const char* text : {"127.0.0.1:8443", "[::1]:80", ":8080", "0.0.0.0:0"}) {
    const auto address = parse_address(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(to_string(*address), text);
  }
}

TEST(Address, TakesLocalhostAsTheIPv4Loopback) {
  EXPECT_EQ(parse_address("localhost:1")->host, "127.0.0.1");
}

TEST(Address, IsNoneForAnythingElse) {
  for (const char* text : {"", "8080", "host.example.com:80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1:80",
                           "127.0.0.1:8x", "[127.0.0.1]:80", ":-1"}) {
    EXPECT_FALSE(parse_address(text)) << text;
  }
}

}  // namespace
}  // namespace server
