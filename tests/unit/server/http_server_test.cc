#include "server/http_server.h"

#include <atomic>
#include <future>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <thread>
#include <vector>

#include "support/certificates/certificates.h"
#include "unit/server/test_client.h"

namespace server {
namespace {

using std::chrono::milliseconds;
using test::Client;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

HttpServer serve(Handler handler, Options options = {}) {
  options.address = {"127.0.0.1", 0};
  auto server = HttpServer::start(std::move(options), std::move(handler));
  EXPECT_TRUE(server.ok()) << server.error().message;
  return std::move(server).value();
}

Response ok(const Request&) {
  return {.body = "ok"};
}

Options with_tls() {
  const test::Identity certificate = test::self_signed({});
  Options options;
  options.tls = TlsIdentity{certificate.certificate, base::Secret(certificate.key_pem())};
  return options;
}

TEST(HttpServer, HandsOverTheRequestAsItWasOnTheWire) {
  Request seen;
  HttpServer server = serve([&](const Request& r) {
    seen = r;
    return Response{};
  });
  Client client(server.address().port);
  client.send(
      "POST /a%2Fb/%7e?x=%20+y&x=1 HTTP/1.1\r\nHost: h:1\r\nX-Dup: 1\r\nx_under: a%20b \r\nx-dup:  2\r\n"
      "Content-Length: 5\r\n\r\n\r\n{}\n");
  EXPECT_THAT(client.read(), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.target, "/a%2Fb/%7e?x=%20+y&x=1");
  const std::vector<Header> headers = {
      {"Host", "h:1"}, {"X-Dup", "1"}, {"x-dup", "2"}, {"x_under", "a%20b"}, {"Content-Length", "5"}};
  EXPECT_EQ(seen.headers, headers);
  EXPECT_EQ(seen.body, "\r\n{}\n");
}

TEST(HttpServer, KeepsAConnectionForTheNextRequest) {
  HttpServer server = serve(ok);
  Client client(server.address().port);
  for (int i = 0; i < 3; ++i) {
    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_THAT(client.read(), HasSubstr("\r\n\r\nok"));
  }
}

TEST(HttpServer, AnswersPipelinedRequestsInOrder) {
  HttpServer server = serve([](const Request& r) { return Response{.body = r.target}; });
  Client client(server.address().port);
  client.send("GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.read(), HasSubstr("\r\n\r\n/1"));
  EXPECT_THAT(client.read(), HasSubstr("\r\n\r\n/2"));
}

TEST(HttpServer, EndsTheConnectionThatTheClientWantsEnded) {
  HttpServer server = serve(ok);
  for (const char* head : {"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "GET / HTTP/1.0\r\n\r\n"}) {
    Client client(server.address().port);
    client.send(head);
    EXPECT_THAT(client.read(), HasSubstr("\r\nConnection: close\r\n"));
    EXPECT_TRUE(client.ended());
  }
}

TEST(HttpServer, SpeaksTls) {
  HttpServer server = serve(ok, with_tls());
  Client client(server.address().port, Client::Security::kTls);
  ASSERT_TRUE(client.connected());
  client.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(client.read(), HasSubstr("\r\n\r\nok"));
  EXPECT_TRUE(client.ended());
}

TEST(HttpServer, SaysToContinueToAClientThatWaitsForIt) {
  HttpServer server = serve([](const Request& r) { return Response{.body = r.body}; });
  Client client(server.address().port);
  client.send("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.read(), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("hi");
  EXPECT_THAT(client.read(), HasSubstr("\r\n\r\nhi"));
}

TEST(HttpServer, RefusesWhatIsTooLongOrNoHttp) {
  Options options;
  options.max_head = 200;
  options.max_body = 10;
  HttpServer server = serve(ok, std::move(options));
  const struct {
    std::string request;
    const char* answer;
  } cases[] = {
      {"GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(300, 'x') + "\r\n\r\n", "HTTP/1.1 431 "},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n" + std::string(11, 'x'), "HTTP/1.1 413 "},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3;" + std::string(1000, 'x'), "HTTP/1.1 411 "},
      {"GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 400 "},
      {"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 1, 1\r\n\r\n", "HTTP/1.1 400 "},
      {"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 400 "},
      {"GET / HTTP/2.0\r\nHost: h\r\n\r\n", "HTTP/1.1 400 "},
      {"nonsense\r\n\r\n", "HTTP/1.1 400 "},
  };
  for (const auto& c : cases) {
    Client client(server.address().port);
    client.send(c.request);
    EXPECT_THAT(client.read(), AllOf(StartsWith(c.answer), HasSubstr("\r\nConnection: close\r\n")));
  }
}

TEST(HttpServer, TakesNoFurtherRequestAfterARefusedOne) {
  HttpServer server = serve(ok);
  Client client(server.address().port);
  client.send("GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.read(), StartsWith("HTTP/1.1 400 "));
  EXPECT_TRUE(client.ended());
}

TEST(HttpServer, GivesTheRefusalOfAHugeBodyTimeToArrive) {
  Options options;
  options.max_body = 10;
  HttpServer server = serve(ok, std::move(options));
  Client client(server.address().port);
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n");
  client.send(std::string(1000000, 'x'));
  EXPECT_THAT(client.read(), StartsWith("HTTP/1.1 413 "));
}

TEST(HttpServer, ServesOthersWhileClientsAreSlowOrHalfOpen) {
  HttpServer server = serve(ok, with_tls());
  std::vector<std::unique_ptr<Client>> slow;
  for (int i = 0; i < 20; ++i) {
    slow.push_back(std::make_unique<Client>(server.address().port));  // no handshake ever
    slow.push_back(std::make_unique<Client>(server.address().port, Client::Security::kTls));
    slow.back()->send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nx");
  }
  Client client(server.address().port, Client::Security::kTls);
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.read(), HasSubstr("\r\n\r\nok"));
}

TEST(HttpServer, EndsARequestThatDoesNotArriveInTime) {
  Options options;
  options.timeout = milliseconds(50);
  HttpServer server = serve(ok, std::move(options));
  Client silent(server.address().port);
  EXPECT_TRUE(silent.ended());
  Client head(server.address().port);
  head.send("GET / HTTP/1.1\r\nHost: h\r\nX:");
  EXPECT_TRUE(head.ended());
  Client body(server.address().port);
  body.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nx");
  EXPECT_TRUE(body.ended());
}

TEST(HttpServer, EndsAKeptAliveConnectionThatIsNotUsed) {
  Options options;
  options.idle_timeout = milliseconds(50);
  HttpServer server = serve(ok, std::move(options));
  Client client(server.address().port);
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.read(), HasSubstr("ok"));
  EXPECT_TRUE(client.ended());
}

TEST(HttpServer, GivesAConnectionWithoutARequestUpForANewOne) {
  Options options;
  options.max_connections = 8;
  HttpServer server = serve(ok, std::move(options));
  std::vector<std::unique_ptr<Client>> idle;
  for (int i = 0; i < 20; ++i) {
    idle.push_back(std::make_unique<Client>(server.address().port));
    idle.back()->send("GET / HTTP/1.1\r\nHost:");
    Client client(server.address().port);
    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_THAT(client.read(), HasSubstr("\r\n\r\nok"));
  }
  EXPECT_TRUE(idle.front()->ended());
}

TEST(HttpServer, GivesADelayedAnswerUpWithItsConnection) {
  Options options;
  options.max_connections = 2;
  HttpServer server = serve(
      [](const Request& r) {
        Response response;
        if (r.target == "/late") response.delivery.delay = std::chrono::hours(1);
        return response;
      },
      std::move(options));
  Client late(server.address().port);
  late.send("GET /late HTTP/1.1\r\nHost: h\r\n\r\n");
  Client other(server.address().port);
  other.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(other.read(), StartsWith("HTTP/1.1 200 "));
  EXPECT_TRUE(late.ended());
}

TEST(HttpServer, GivesARequestItsOwnTimeOnceItHasBegun) {
  Options options;
  options.timeout = milliseconds(50);
  options.idle_timeout = std::chrono::hours(1);
  HttpServer server = serve(ok, std::move(options));
  Client client(server.address().port);
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.read(), HasSubstr("ok"));
  client.send("G");
  EXPECT_TRUE(client.ended());
}

TEST(HttpServer, PlaysAPeerThatEndsTheConnectionWithoutAnAnswer) {
  HttpServer server = serve([](const Request&) { return Response{.delivery = {.kind = Delivery::Kind::kNone}}; });
  Client client(server.address().port);
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(client.ended());
}

TEST(HttpServer, PlaysAPeerThatEndsTheConnectionInTheBody) {
  HttpServer server =
      serve([](const Request&) { return Response{.body = "12345678", .delivery = {.kind = Delivery::Kind::kHalf}}; },
            with_tls());
  Client client(server.address().port, Client::Security::kTls);
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.read(), EndsWith("\r\nContent-Length: 8\r\n\r\n1234"));
}

TEST(HttpServer, DelaysOneAnswerWithoutHoldingUpOthers) {
  HttpServer server = serve([](const Request& r) {
    Response response{.body = r.target};
    if (r.target == "/late") response.delivery.delay = milliseconds(100);
    return response;
  });
  Client late(server.address().port);
  const auto start = std::chrono::steady_clock::now();
  late.send("GET /late HTTP/1.1\r\nHost: h\r\n\r\n");
  Client other(server.address().port);
  other.send("GET /now HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(other.read(), HasSubstr("/now"));
  EXPECT_THAT(late.read(), HasSubstr("/late"));
  EXPECT_GE(std::chrono::steady_clock::now() - start, milliseconds(100));
}

TEST(HttpServer, RunsHandlersInParallelOnItsThreads) {
  std::promise<void> second_came;
  auto came = second_came.get_future().share();
  Options options;
  options.threads = 2;
  HttpServer server = serve(
      [&](const Request& r) {
        if (r.target == "/second") second_came.set_value();
        return Response{.status = came.wait_for(std::chrono::seconds(10)) == std::future_status::ready ? 200 : 500};
      },
      std::move(options));
  Client first(server.address().port);
  first.send("GET /first HTTP/1.1\r\nHost: h\r\n\r\n");
  Client second(server.address().port);
  second.send("GET /second HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(first.read(), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(second.read(), StartsWith("HTTP/1.1 200 "));
}

TEST(HttpServer, CarriesABurstOfFreshTlsConnections) {
  constexpr int kThreads = 4;
  constexpr int kEach = 50;
  Options options = with_tls();
  options.threads = 2;
  std::atomic<int> handled = 0;
  HttpServer server = serve(
      [&](const Request&) {
        ++handled;
        return Response{.status = 201, .body = "{}"};
      },
      std::move(options));
  std::atomic<int> answered = 0;
  {
    std::vector<std::jthread> clients;
    for (int t = 0; t < kThreads; ++t) {
      clients.emplace_back([&] {
        for (int i = 0; i < kEach; ++i) {
          Client client(server.address().port, Client::Security::kTls);
          client.send("POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}");
          if (client.read().starts_with("HTTP/1.1 201 ")) ++answered;
        }
      });
    }
  }
  EXPECT_EQ(answered, kThreads * kEach);
  EXPECT_EQ(handled, kThreads * kEach);
}

TEST(HttpServer, StopsAtOnceWithConnectionsAndDelayedAnswersOpen) {
  std::promise<void> asked;
  HttpServer server = serve([&](const Request&) {
    asked.set_value();
    return Response{.delivery = {.delay = std::chrono::hours(1)}};
  });
  Client idle(server.address().port);
  Client waiting(server.address().port);
  waiting.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  asked.get_future().wait();
  const int port = server.address().port;
  { const HttpServer gone = std::move(server); }
  EXPECT_TRUE(idle.ended());
  EXPECT_TRUE(waiting.ended());
  EXPECT_FALSE(Client(port).connected());
}

TEST(HttpServer, SaysWhyItCannotStart) {
  const HttpServer first = serve(ok);
  auto second = HttpServer::start({.address = first.address()}, ok);
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(second.error().message, HasSubstr("cannot listen on 127.0.0.1:"));

  Options options;
  options.address = {"127.0.0.1", 0};
  const test::Identity encrypted = test::self_signed({});
  options.tls = TlsIdentity{encrypted.certificate, base::Secret(encrypted.key.encrypted_pkcs8("secret"))};
  auto unreadable = HttpServer::start(std::move(options), ok);
  ASSERT_FALSE(unreadable.ok());
  EXPECT_THAT(unreadable.error().message, HasSubstr("TLS"));
}

}  // namespace
}  // namespace server
