#include "http/proxy_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "support/base64.h"

namespace http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

ProxyRules rules(const ProxyEnvironment& environment) {
  auto made = ProxyRules::make(environment);
  EXPECT_TRUE(made.ok()) << (made.ok() ? "" : made.error());
  return made.ok() ? *made : ProxyRules();
}

std::string proxy_for(const ProxyEnvironment& environment, const std::string& url) {
  const auto proxy = rules(environment).proxy_for(parse_origin(url).value_or(Origin{}));
  return proxy ? proxy->to_string() : "";
}

TEST(ProxyRules, TakeTheVariableOfTheScheme) {
  const ProxyEnvironment both{.https_proxy = "secure.proxy.tld", .http_proxy = "http.proxy.tld:3128", .no_proxy = ""};
  EXPECT_EQ(proxy_for(both, "https://secure.tld"), "http://secure.proxy.tld:80");
  EXPECT_EQ(proxy_for(both, "http://insecure.tld"), "http://http.proxy.tld:3128");
  EXPECT_EQ(proxy_for({.https_proxy = "", .http_proxy = "p", .no_proxy = ""}, "https://secure.tld"), "");
  EXPECT_EQ(proxy_for({}, "https://secure.tld"), "");
}

// The table of golang.org/x/net/http/httpproxy, TestUseProxy, and what is added to it.
TEST(ProxyRules, ReadNoProxyAsGoDoes) {
  constexpr const char* kNoProxy =
      "foobar.com, .barbaz.net, *.wildcard.io, 192.168.1.1, 192.168.1.2:81, 192.168.1.3:80, 10.0.0.0/30, "
      "2001:db8::52:0:1, [2001:db8::52:0:2]:443, [2001:db8::52:0:3]:80, 2002:db8:a::45/64 ,, ported.com:80,\t"
      "other.com:81 , UPPER.com, :1, 10.1.0.0/33, [2001:db8::5], .suffix.com:80, a:b:c";
  struct Case {
    const char* host;
    bool proxied;
  };
  for (const Case& c : {
           Case{"localhost", false},
           Case{"127.0.0.1", false},
           Case{"127.0.0.2", false},
           Case{"[::1]", false},
           Case{"[::ffff:127.0.0.1]", false},
           Case{"[::2]", true},
           Case{"192.168.1.1", false},
           Case{"[::ffff:192.168.1.1]", false},
           Case{"192.168.1.2", true},
           Case{"192.168.1.3", false},
           Case{"192.168.1.4", true},
           Case{"10.0.0.2", false},
           Case{"10.0.0.4", true},
           Case{"10.1.0.1", true},
           Case{"[2001:db8::52:0:1]", false},
           Case{"[2001:db8::52:0:2]", true},
           Case{"[2001:db8::52:0:3]", false},
           Case{"[2002:db8:a::123]", false},
           Case{"[2002:db8:b::123]", true},
           Case{"[2001:db8::5]", true},
           Case{"barbaz.net", true},
           Case{"www.barbaz.net", false},
           Case{"foobar.com", false},
           Case{"FooBar.com", false},
           Case{"www.foobar.com", false},
           Case{"foofoobar.com", true},
           Case{"baz.com", true},
           Case{"localhost.net", true},
           Case{"local.localhost", true},
           Case{"barbarbaz.net", true},
           Case{"wildcard.io", true},
           Case{"nested.wildcard.io", false},
           Case{"awildcard.io", true},
           Case{"ported.com", false},
           Case{"www.ported.com", false},
           Case{"other.com", true},
           Case{"upper.com", false},
           Case{"suffix.com", true},
           Case{"www.suffix.com", false},
           // Never, although Go would for these.
           Case{"169.254.169.254", false},
           Case{"[fe80::424b:c8be:1643:a1b6]", false},
           Case{"[::ffff:169.254.169.254]", false},
           Case{"169.253.0.1", true},
       }) {
    const std::string url = std::string("http://") + c.host + ":80";
    EXPECT_EQ(!proxy_for({.https_proxy = "", .http_proxy = "p", .no_proxy = kNoProxy}, url).empty(), c.proxied) << url;
    EXPECT_EQ(proxy_for({.https_proxy = "", .http_proxy = "p", .no_proxy = " *, a.com"}, url), "") << url;
  }
}

TEST(ProxyRules, KnowNetworksOfAnySize) {
  struct Case {
    const char* network;
    const char* host;
    bool proxied;
  };
  for (const Case& c : {Case{"0.0.0.0/0", "203.0.113.9", false}, Case{"0.0.0.0/0", "[2001:db8::1]", true},
                        Case{"::/0", "[2001:db8::1]", false}, Case{"::/0", "203.0.113.9", true},
                        Case{"10.0.0.7/32", "10.0.0.7", false}, Case{"10.0.0.7/32", "10.0.0.6", true},
                        Case{"10.128.0.0/9", "10.200.0.1", false}, Case{"10.128.0.0/9", "10.127.255.255", true},
                        Case{"::ffff:10.0.0.0/104", "10.9.9.9", false}, Case{"::ffff:10.0.0.0/64", "10.9.9.9", true},
                        Case{"10.0.0.0/", "10.0.0.0", true}, Case{"10.0.0.0/+8", "10.0.0.1", true},
                        Case{"10.0.0.0/-1", "10.0.0.1", true}, Case{"2001:db8::/129", "[2001:db8::1]", true}}) {
    EXPECT_EQ(
        !proxy_for({.https_proxy = "p", .http_proxy = "", .no_proxy = c.network}, std::string("https://") + c.host)
             .empty(),
        c.proxied)
        << c.network << " " << c.host;
  }
}

TEST(ProxyUrl, IsRead) {
  struct Case {
    const char* url;
    const char* proxy;
    const char* credentials;
  };
  for (const Case& c :
       {Case{"http://proxy.corp:3128", "http://proxy.corp:3128", ""}, Case{"proxy.corp", "http://proxy.corp:80", ""},
        Case{"HTTP://Proxy.Corp:3128/", "http://proxy.corp:3128", ""},
        Case{"10.0.0.1:8080", "http://10.0.0.1:8080", ""},
        Case{"http://[2001:db8::1]:3128", "http://[2001:db8::1]:3128", ""},
        Case{"http://user:pass@proxy.corp:3128", "http://proxy.corp:3128", "user:pass"},
        Case{"user:pass@proxy.corp", "http://proxy.corp:80", "user:pass"},
        Case{"http://user@proxy.corp", "http://proxy.corp:80", "user:"},
        Case{"http://u%40d:p%3A%2f%25@x@proxy.corp", "http://proxy.corp:80", "u@d:p:/%@x"},
        Case{"http://@proxy.corp", "http://proxy.corp:80", ""}}) {
    const auto proxy = parse_proxy(c.url);
    ASSERT_TRUE(proxy.ok()) << c.url;
    EXPECT_EQ(proxy->to_string(), c.proxy) << c.url;
    const std::string expected = *c.credentials == '\0' ? "" : "Basic " + test::base64_encode(c.credentials);
    EXPECT_EQ(proxy->authorization ? proxy->authorization->view() : "", expected) << c.url;
  }
}

TEST(ProxyUrl, ThatCannotBeUsedIsNamedWithoutItsPassword) {
  for (const char* url :
       {"https://user:hunter2@proxy.corp", "socks5://user:hunter2@proxy.corp", "ftp://user:hunter2@proxy.corp",
        "http://user:hunter2@proxy.corp:x", "http://user:hunter2@proxy.corp/path", "http://user:hunter2@", "http://",
        "a b", "user:hunter2@proxy.corp:0", "http://user:hunter2/@proxy.corp"}) {
    const auto rules = ProxyRules::make({.https_proxy = url, .http_proxy = "", .no_proxy = ""});
    ASSERT_FALSE(rules.ok()) << url;
    EXPECT_THAT(rules.error(), HasSubstr("environment variable HTTPS_PROXY: ")) << url;
    EXPECT_THAT(rules.error(), Not(HasSubstr("hunter2"))) << url;
  }
  EXPECT_THAT(parse_proxy("https://proxy.corp").error(), HasSubstr("proxies with https:// are not supported"));
  EXPECT_FALSE(ProxyRules::make({.https_proxy = "", .http_proxy = "socks5://a", .no_proxy = ""}).ok());
}

TEST(Proxy, HasAFingerprintThatChangesWithTheCredentialsAndHidesThem) {
  const auto with = [](const char* url) { return parse_proxy(url)->fingerprint(); };
  EXPECT_EQ(with("http://u:hunter2@p"), with("u:hunter2@p:80"));
  EXPECT_NE(with("http://u:hunter2@p"), with("http://u:hunter3@p"));
  EXPECT_NE(with("http://u:hunter2@p"), with("http://p"));
  EXPECT_THAT(with("http://u:hunter2@p"), Not(HasSubstr(test::base64_encode("u:hunter2"))));
}

}  // namespace
}  // namespace http
