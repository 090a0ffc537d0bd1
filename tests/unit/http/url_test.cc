#include "http/url.h"

#include <gtest/gtest.h>

namespace http {
namespace {

TEST(Origin, IsReadFromAUrl) {
  struct Case {
    const char* url;
    bool tls;
    const char* host;
    int port;
  };
  for (const Case& c :
       {Case{"https://a.example", true, "a.example", 443}, Case{"https://a.example/", true, "a.example", 443},
        Case{"HTTPS://A.Example:8443", true, "a.example", 8443},
        Case{"http://127.0.0.1:8080/", false, "127.0.0.1", 8080}, Case{"http://localhost", false, "localhost", 80},
        Case{"https://[::1]:6443", true, "::1", 6443}, Case{"https://[2001:DB8::1]", true, "2001:db8::1", 443}}) {
    const auto origin = parse_origin(c.url);
    ASSERT_TRUE(origin.has_value()) << c.url;
    EXPECT_EQ(origin->tls, c.tls) << c.url;
    EXPECT_EQ(origin->host, c.host) << c.url;
    EXPECT_EQ(origin->port, c.port) << c.url;
  }
}

TEST(Origin, IsNotReadFromAnythingElse) {
  for (const char* url : {"",
                          "a.example",
                          "ftp://a.example",
                          "https://",
                          "https:///",
                          "https://a.example/path",
                          "https://a.example?q",
                          "https://a.example#f",
                          "https://user@a.example",
                          "https://a.example:",
                          "https://a.example:0",
                          "https://a.example:65536",
                          "https://a.example:8443x",
                          "https://a.example:-1",
                          "https://a b",
                          "https://a..b",
                          "https://.a",
                          "https://::1",
                          "https://[::1",
                          "https://[::1]x",
                          "https://[a.example]",
                          "https://a.example//"}) {
    EXPECT_FALSE(parse_origin(url).has_value()) << url;
  }
}

TEST(Origin, NamesItsPortOnlyWhereItIsNotTheSchemesOwn) {
  EXPECT_EQ((Origin{true, "a.example", 443}.authority()), "a.example");
  EXPECT_EQ((Origin{true, "a.example", 80}.authority()), "a.example:80");
  EXPECT_EQ((Origin{false, "a.example", 80}.authority()), "a.example");
  EXPECT_EQ((Origin{false, "a.example", 443}.authority()), "a.example:443");
  EXPECT_EQ((Origin{true, "::1", 443}.authority()), "[::1]");
  EXPECT_EQ((Origin{true, "::1", 6443}.to_string()), "https://[::1]:6443");
}

TEST(Loopback, IsLocalhostAndTheAddressesOfThisMachineOnly) {
  for (const char* host : {"localhost", "LocalHost", "127.0.0.1", "127.1.2.3", "::1"})
    EXPECT_TRUE(is_loopback(host)) << host;
  for (const char* host : {"", "example.com", "localhost.example.com", "127.0.0.1.example.com", "127.example.com",
                           "128.0.0.1", "10.0.0.1", "::2", "::"}) {
    EXPECT_FALSE(is_loopback(host)) << host;
  }
}

}  // namespace
}  // namespace http
