// Connections through a proxy: what it sees, and what is said when it does not do what it should.
#include <thread>

#include "connect_proxy.h"
#include "support/base64.h"
#include "transport_test_support.h"

namespace http {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class TransportProxy : public TransportTest {
 protected:
  static void answer_all(Connection& connection) {
    while (!connection.read_request().empty()) connection.write(ok_answer());
  }

  /// To a name that cannot be resolved on this machine, so that only the proxy can connect.
  std::unique_ptr<Transport> through(int proxy_port, const std::string& url = "http://127.0.0.1",
                                     const std::string& host = "iotda.test.invalid", int port = 8443) {
    TransportOptions options{.origin = {true, host, port}, .tls = {}};
    options.tls.ca_pem = identity().certificate;
    options.tls.server_name = "localhost";
    options.proxy = *parse_proxy(url + ":" + std::to_string(proxy_port));
    return made(std::move(options));
  }

  static Request secret_request() {
    Request request = post("TheBodyOfTheRequest", false);
    request.target = "/TheTargetOfTheRequest";
    request.headers.set("X-Test", "TheHeaderOfTheRequest");
    request.authorization = std::make_shared<const base::Secret>(base::Secret::copy_of("TheAuthorization"));
    return request;
  }

  ScriptServer server_{answer_all, server_tls()};
};

TEST_F(TransportProxy, SeesTheServerAndNothingOfTheRequest) {
  ConnectProxy proxy(server_.port());
  const auto transport = through(proxy.port());
  for (int i = 0; i < 3; ++i) {
    const auto response = transport->send(secret_request(), {});
    ASSERT_TRUE(response.ok()) << response.error().message;
    EXPECT_EQ(response->body, "ok");
  }
  EXPECT_THAT(proxy.heads(),
              ElementsAre("CONNECT iotda.test.invalid:8443 HTTP/1.1\r\nHost: iotda.test.invalid:8443\r\n\r\n"));
  EXPECT_EQ(server_.connections(), 1) << "the connection is used again";
  EXPECT_GT(proxy.sent().size(), 500U);
  for (const char* part : {"TheBody", "TheTarget", "TheHeader", "TheAuthorization", "HTTP/1.1"}) {
    EXPECT_THAT(proxy.sent(), Not(HasSubstr(part)));
  }
}

TEST_F(TransportProxy, GetsTheCredentialsAndTheServerDoesNot) {
  std::string seen;
  const ScriptServer server(
      [&](Connection& c) {
        seen = c.read_request();
        c.write(ok_answer());
      },
      server_tls());
  ConnectProxy proxy(server.port());
  ASSERT_TRUE(through(proxy.port(), "http://user:p%40ss@127.0.0.1")->send(secret_request(), {}).ok());
  EXPECT_THAT(proxy.heads(), ElementsAre(HasSubstr("\r\nProxy-Authorization: Basic " +
                                                   test::base64_encode("user:p@ss") + "\r\n\r\n")));
  EXPECT_THAT(seen, Not(HasSubstr("Proxy-")));
}

TEST_F(TransportProxy, IsUsedOnceForEachFreshConnection) {
  ConnectProxy proxy(server_.port());
  const auto transport = through(proxy.port());
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(transport->send(post("x", true), {}).ok());
  EXPECT_EQ(proxy.connections(), 2);
}

TEST_F(TransportProxy, AndTheServerCanHaveIpv6Addresses) {
  ConnectProxy proxy(server_.port(), ConnectProxy::established, true);
  const auto response = through(proxy.port(), "http://[::1]", "2001:db8::1", 443)->send(get(), {});
  ASSERT_TRUE(response.ok()) << response.error().message;
  EXPECT_THAT(proxy.heads(), ElementsAre(HasSubstr("CONNECT [2001:db8::1]:443 HTTP/1.1\r\n")));
}

TEST_F(TransportProxy, ThatRefusesIsNamedAndNothingWasSent) {
  struct Case {
    const char* url;
    const char* reply;
    const char* message;
  };
  for (const Case& c : {
           Case{"http://127.0.0.1", "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 3\r\n\r\nNo!",
                "the proxy requires a user name and a password (status 407)"},
           Case{"http://user:hunter2@127.0.0.1", "HTTP/1.0 407 No\r\n\r\n",
                "the proxy rejected the user name or the password (status 407)"},
           Case{"http://user:hunter2@127.0.0.1", "HTTP/1.1 403 Forbidden\r\n\r\n",
                "the proxy does not allow this connection (status 403)"},
           Case{"http://127.0.0.1", "HTTP/1.1 502 Bad Gateway\r\n\r\n",
                "the proxy cannot connect to the server (status 502)"},
           Case{"http://127.0.0.1", "HTTP/1.1 100 Continue\r\n\r\n", "(status 100)"},
           Case{"http://127.0.0.1", "SSH-2.0-OpenSSH_9.2\r\n\r\n", "not a valid response to CONNECT"},
           Case{"http://127.0.0.1", "HTTP/1.1 200 OK\r\n\r\nsurprise", "not a valid response to CONNECT"},
           Case{"http://127.0.0.1", "HTTP/1.1 200 OK\r\n", "the proxy closed the connection"},
       }) {
    ConnectProxy proxy(1, [&](const std::string&) { return c.reply; });
    const auto response = through(proxy.port(), c.url)->send(secret_request(), {});
    ASSERT_FALSE(response.ok()) << c.reply;
    EXPECT_EQ(response.error().code, Error::Code::kRefused) << response.error().message;
    EXPECT_THAT(response.error().message, HasSubstr(c.message));
    EXPECT_THAT(response.error().message, HasSubstr("iotda.test.invalid:8443 through the proxy http://127.0.0.1:" +
                                                    std::to_string(proxy.port())));
    EXPECT_THAT(response.error().message, Not(HasSubstr("hunter2")));
    EXPECT_EQ(proxy.connections(), 1) << "it is asked once";
  }
}

TEST_F(TransportProxy, ThatSendsAnEndlessHeadIsGivenUp) {
  ConnectProxy proxy(1, [](const std::string&) { return "HTTP/1.1 200 OK\r\n" + std::string(100'000, 'x'); });
  const auto response = through(proxy.port())->send(get(), {});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, Error::Code::kRefused) << response.error().message;
}

TEST_F(TransportProxy, ThatIsNotThereIsNamed) {
  const int closed = ConnectProxy(1).port();
  auto response = through(closed)->send(get(), {});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, Error::Code::kRefused);
  EXPECT_THAT(response.error().message, HasSubstr("cannot connect to the proxy: Connection refused"));

  response = through(closed, "http://proxy.test.invalid")->send(get(), {});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, Error::Code::kRefused);
  EXPECT_THAT(response.error().message, HasSubstr("proxy: cannot resolve the host name"));
}

TEST_F(TransportProxy, ThatDoesNotAnswerCostsNoMoreThanTheDeadline) {
  ConnectProxy proxy(1, [](const std::string&) { return ""; });
  const auto transport = through(proxy.port());
  Request request = get();
  request.deadline = 200ms;
  const Stopwatch watch;
  const auto response = transport->send(request, {});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, Error::Code::kRefused) << response.error().message;
  EXPECT_THAT(response.error().message, HasSubstr("timeout: no connection within"));
  EXPECT_LT(watch.elapsed(), 2s);
}

TEST_F(TransportProxy, IsLeftWhenTheCallIsCancelled) {
  Signal asked;
  ConnectProxy proxy(1, [&](const std::string&) {
    asked.set();
    return "";
  });
  const auto transport = through(proxy.port());
  std::stop_source stop;
  const std::jthread canceller([&] {
    EXPECT_TRUE(asked.wait());
    stop.request_stop();
  });
  const Stopwatch watch;
  const auto response = transport->send(get(), stop.get_token());
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, Error::Code::kCancelled);
  EXPECT_LT(watch.elapsed(), 5s);
}

TEST_F(TransportProxy, DeadlinesHoldBehindIt) {
  const ScriptServer silent(
      [](Connection& c) {
        c.read_request();
        c.await_close();
      },
      server_tls());
  ConnectProxy proxy(silent.port());
  Request request = get();
  request.deadline = 500ms;
  const auto response = through(proxy.port())->send(request, {});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, Error::Code::kTimeout) << response.error().message;
}

TEST_F(TransportProxy, DoesNotChangeWhomToTrust) {
  ConnectProxy proxy(server_.port());
  TransportOptions options{.origin = {true, "iotda.test.invalid", 443}, .tls = {}};
  options.tls.ca_pem = identity().certificate;  // for localhost
  options.proxy = *parse_proxy("127.0.0.1:" + std::to_string(proxy.port()));
  const auto response = made(std::move(options))->send(secret_request(), {});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, Error::Code::kTls) << response.error().message;
  EXPECT_THAT(proxy.sent(), HasSubstr("iotda.test.invalid")) << "the name of the server is sent (SNI)";
}

TEST_F(TransportProxy, NeverLetsARequestBeSentTwice) {
  ConnectProxy proxy(server_.port());
  const auto transport = through(proxy.port());
  ASSERT_TRUE(transport->send(get(), {}).ok());
  proxy.cut_on_next_byte();
  const auto response = transport->send(post("x", false), {});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, Error::Code::kBroken) << response.error().message;
  EXPECT_EQ(proxy.connections(), 1);
}

TEST_F(TransportProxy, ThatClosedTheIdleConnectionIsAskedForAnother) {
  const ScriptServer closing(
      [](Connection& c) {
        c.read_request();
        c.write(ok_answer());
      },
      server_tls());
  ConnectProxy proxy(closing.port());
  const auto transport = through(proxy.port());
  for (int i = 0; i < 3; ++i) {
    const auto response = transport->send(get(), {});
    EXPECT_TRUE(response.ok()) << response.error().message;
    std::this_thread::sleep_for(100ms);  // the close arrives
  }
  EXPECT_EQ(proxy.connections(), 3);
}

TEST_F(TransportProxy, PassesStreamsOn) {
  const ScriptServer server(
      [](Connection& c) {
        c.read_request();
        c.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (int i = 0; i < 100; ++i) c.write("3E8\r\n" + std::string(1000, 'x') + "\r\n");
        c.write("0\r\n\r\n");
      },
      server_tls());
  ConnectProxy proxy(server.port());
  std::size_t size = 0;
  const auto response = through(proxy.port())
                            ->stream(get(), 10s,
                                     [&](std::string_view piece) {
                                       size += piece.size();
                                       return true;
                                     },
                                     {});
  ASSERT_TRUE(response.ok()) << response.error().message;
  EXPECT_EQ(size, 100'000U);
}

TEST_F(TransportProxy, IsRejectedForPlainHttp) {
  TransportOptions options{.origin = {false, "server.test.invalid", 80}, .tls = {}};
  options.proxy = *parse_proxy("127.0.0.1:3128");
  const auto transport = make_cpprest_transport(std::move(options), clock_);
  ASSERT_FALSE(transport.ok());
  EXPECT_EQ(transport.error().code, Error::Code::kInvalid);
  EXPECT_THAT(transport.error().message, HasSubstr("NO_PROXY"));
}

}  // namespace
}  // namespace http
