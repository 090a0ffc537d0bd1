// What goes out on the wire, byte by byte: signatures are computed over it.
#include "transport_test_support.h"

namespace http {
namespace {

using ::testing::HasSubstr;

class TransportRequest : public TransportTest {
 protected:
  /// Keeps the requests and answers each.
  void keep(Connection& connection) {
    for (std::string request = connection.read_request(); !request.empty(); request = connection.read_request()) {
      requests_.push_back(request);
      connection.write(ok_answer());
    }
  }

  std::vector<std::string> requests_;
  ScriptServer server_{[this](Connection& connection) { keep(connection); }};
  std::unique_ptr<Transport> transport_ = plain(server_);
};

TEST_F(TransportRequest, HasNothingThatTheCallerDidNotSet) {
  Request request = get("/api/v1/secrets?limit=500");
  request.headers.set("Accept", "application/json");
  request.authorization = std::make_shared<const base::Secret>(base::Secret::copy_of("Bearer token"));
  request.headers.set("X-Sdk-Date", "20191115T033655Z");
  ASSERT_TRUE(transport_->send(request, {}).ok());
  EXPECT_THAT(requests_, ::testing::ElementsAre("GET /api/v1/secrets?limit=500 HTTP/1.1\r\n"
                                                "Accept:application/json\r\n"
                                                "Authorization:Bearer token\r\n"
                                                "Host:127.0.0.1:" +
                                                std::to_string(server_.port()) +
                                                "\r\n"
                                                "User-Agent:iotda-operator\r\n"
                                                "X-Sdk-Date:20191115T033655Z\r\n"
                                                "Connection: Keep-Alive\r\n\r\n"));
}

TEST_F(TransportRequest, CarriesItsBodyAndContentTypeUnchanged) {
  const std::string body = "{\"k\":\"" + std::string(200'000, 'v') + "\"}\n";
  Request request = post(body, false);
  request.headers.set("User-Agent", "test/1");
  request.headers.set("Host", "signed.example");
  ASSERT_TRUE(transport_->send(request, {}).ok());
  ASSERT_EQ(requests_.size(), 1U);
  EXPECT_EQ(requests_[0],
            "POST / HTTP/1.1\r\n"
            "Content-Length:" +
                std::to_string(body.size()) +
                "\r\n"
                "Content-Type:application/json\r\n"
                "Host:signed.example\r\n"
                "User-Agent:test/1\r\n"
                "Connection: Keep-Alive\r\n\r\n" +
                body);
}

TEST_F(TransportRequest, GetsNoContentTypeForABodyWithoutOne) {
  Request request = get();
  request.method = "PUT";
  request.body = base::Secret::copy_of("x");
  ASSERT_TRUE(transport_->send(request, {}).ok());
  EXPECT_THAT(requests_.at(0), ::testing::Not(HasSubstr("Content-Type")));
}

TEST_F(TransportRequest, SaysThatAPostHasNoBody) {
  Request request = get();
  request.method = "POST";
  ASSERT_TRUE(transport_->send(request, {}).ok());
  EXPECT_THAT(requests_.at(0), HasSubstr("Content-Length: 0\r\n"));
}

TEST_F(TransportRequest, KeepsItsTargetByteForByte) {
  const std::vector<std::string> targets = {
      "/",
      "/a/b/",
      "/a//b",
      "/v5/iot/p/server-certificates?marker=a%20b&x=%E4%B8%80",
      "/a%2Fb/%e4%b8%80?c=%2f%2F",
      "/a.b_c~d-e/!$&'()*+,;=:@",
      "/.well-known/../x/./y",
      "/x?a=1&a=2&b=&c",
      "/x?a+b=c+d&?/?",
      "/x?labelSelector=a%3Db%2Cc%20in%20%28d%29&watch=true&resourceVersion=12",
  };
  for (const std::string& target : targets) {
    requests_.clear();
    const auto answer = transport_->send(get(target), {});
    ASSERT_TRUE(answer.ok()) << target << ": " << answer.error().message;
    EXPECT_THAT(requests_.at(0), ::testing::StartsWith("GET " + target + " HTTP/1.1\r\n"));
  }
}

TEST_F(TransportRequest, IsRefusedRatherThanSentInAnotherForm) {
  std::vector<Request> bad;
  for (const char* target : {"", "x", "http://other.example/", "//other.example/x", "/a b", "/a\r\nX: y",
                             "/\xe4\xb8\x80", "/a#fragment", "/a\"", "/a[b]", "/x?"}) {
    bad.push_back(get(target));
  }
  for (const char* method : {"", "GE T", "GET\r\n"}) {
    bad.push_back(get());
    bad.back().method = method;
  }
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{{"X", "a\r\nY: b"},
                                                                                    {"X", "a\nb"},
                                                                                    {"X", std::string("a\0b", 3)},
                                                                                    {"X Y", "a"},
                                                                                    {"X:", "a"},
                                                                                    {"", "a"},
                                                                                    {"Content-Length", "5"},
                                                                                    {"transfer-encoding", "chunked"},
                                                                                    {"Connection", "close"}}) {
    bad.push_back(get());
    bad.back().headers.set(name, value);
  }
  for (const Request& request : bad) {
    const auto answer = transport_->send(request, {});
    ASSERT_FALSE(answer.ok()) << request.method << ' ' << request.target;
    EXPECT_EQ(answer.error().code, Error::Code::kInvalid);
  }
  EXPECT_EQ(server_.connections(), 0);
}

TEST_F(TransportRequest, NamesAnIpv6ServerInBrackets) {
  std::string request;
  std::unique_ptr<ScriptServer> server;
  try {
    server = std::make_unique<ScriptServer>(
        [&](Connection& connection) {
          request = connection.read_request();
          connection.write(ok_answer());
        },
        server_tls(), true);
  } catch (const std::exception&) {
    GTEST_SKIP() << "this machine has no IPv6";
  }
  TransportOptions options{.origin = {true, "::1", server->port()}, .tls = {}};
  options.tls.ca_pem = identity().certificate;
  const auto answer = made(std::move(options))->send(get(), {});
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_THAT(request, HasSubstr("Host:[::1]:" + std::to_string(server->port()) + "\r\n"));
}

TEST_F(TransportRequest, DoesNotFollowARedirect) {
  int followed = 0;
  const ScriptServer elsewhere([&](Connection& connection) {
    if (!connection.read_request().empty()) ++followed;
    connection.write(ok_answer());
  });
  for (const char* status : {"301", "302", "303", "307", "308"}) {
    const ScriptServer redirecting([&](Connection& connection) {
      connection.read_request();
      connection.write(std::string("HTTP/1.1 ") + status + " Moved\r\nLocation: http://127.0.0.1:" +
                       std::to_string(elsewhere.port()) + "/\r\nContent-Length: 4\r\n\r\nover");
      connection.await_close();
    });
    Request request = get();
    request.headers.set_secret("Authorization", "Bearer token");
    const auto answer = plain(redirecting)->send(request, {});
    ASSERT_TRUE(answer.ok()) << answer.error().message;
    EXPECT_EQ(std::to_string(answer->status), status);
    EXPECT_EQ(answer->body, "over");
    EXPECT_THAT(answer->headers.get("location"), ::testing::Optional(HasSubstr("127.0.0.1")));
  }
  EXPECT_EQ(elsewhere.connections(), 0);
  EXPECT_EQ(followed, 0);
}

TEST_F(TransportRequest, GivesBackStatusHeadersAndBodyAsTheyAre) {
  const ScriptServer server([](Connection& connection) {
    connection.read_request();
    connection.write(
        "HTTP/1.1 403 Forbidden\r\nX-Request-Id:  abc \r\nTransfer-Encoding: chunked\r\n\r\n"
        "5\r\n{\"a\":\r\n2;ext=1\r\n1}\r\n0\r\n\r\n");
    connection.await_close();
  });
  const auto answer = plain(server)->send(get(), {});
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(answer->status, 403);
  EXPECT_EQ(answer->body, "{\"a\":1}");
  EXPECT_EQ(answer->headers.get("x-request-id"), "abc");
}

}  // namespace
}  // namespace http
