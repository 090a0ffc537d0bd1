#include "server/message.h"

#include <chrono>
#include <gtest/gtest.h>

namespace server {
namespace {

constexpr base::SystemTime kNow{std::chrono::seconds(784111777)};

TEST(Serialize, WritesStatusHeadersLengthAndBody) {
  const Response response{.status = 404, .headers = {{"X-A", "1"}}, .body = "none"};
  EXPECT_EQ(serialize(response, "GET", true, kNow),
            "HTTP/1.1 404 Not Found\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nX-A: 1\r\nContent-Length: 4\r\n\r\nnone");
}

TEST(Serialize, KeepsTheDateOfAResponseThatHasOne) {
  EXPECT_EQ(serialize({.headers = {{"date", "yesterday"}}}, "GET", true, kNow),
            "HTTP/1.1 200 OK\r\ndate: yesterday\r\nContent-Length: 0\r\n\r\n");
}

TEST(Serialize, LeavesTheBodyOutOfAnAnswerToHeadButKeepsItsLength) {
  EXPECT_EQ(serialize({.body = "four"}, "HEAD", true, kNow),
            "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 4\r\n\r\n");
}

TEST(Serialize, GivesA204NeitherLengthNorBody) {
  EXPECT_EQ(serialize({.status = 204, .body = "x"}, "DELETE", false, kNow),
            "HTTP/1.1 204 No Content\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nConnection: close\r\n\r\n");
}

TEST(Serialize, LetsNoHeaderBreakOutOfItsLine) {
  const Response response{.headers = {{"X-A", "1\r\nX-B: 2"}, {"X\nC", "3"}}};
  EXPECT_EQ(serialize(response, "GET", true, kNow),
            "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 0\r\n\r\n");
}

TEST(Refusal, IsForWhatWouldMakeTheEndOfARequestDoubtful) {
  for (const char* coding : {"chunked", "Chunked", "identity", "gzip, chunked", "xchunked", ""}) {
    const Request request{"GET", "/", {{"Host", "h"}, {"transfer-encoding", coding}}, {}};
    EXPECT_EQ(refusal_of(request, {})->status, 411) << coding;
  }
  const Request twice{"GET", "/", {{"Host", "h"}, {"Content-Length", "0"}, {"content-length", "0"}}, {}};
  EXPECT_EQ(refusal_of(twice, {})->status, 400);
}

TEST(Refusal, IsForARequestThatDoesNotNameOneHost) {
  const auto status = [](std::vector<Header> headers, bool http_1_1) {
    const auto refusal = refusal_of({"GET", "/", std::move(headers), {}}, {.http_1_1 = http_1_1});
    return refusal ? refusal->status : 0;
  };
  EXPECT_EQ(status({}, true), 400);
  EXPECT_EQ(status({}, false), 0);
  EXPECT_EQ(status({{"Host", "h"}, {"HOST", "h"}}, true), 400);
  EXPECT_EQ(status({{"Host", "h"}, {"Host", "i"}}, false), 400);
  for (const char* host : {"a b", "a/b", "user@h", "a,b", "a\tb", "h?", "\xC3\xA4"}) {
    EXPECT_EQ(status({{"Host", host}}, true), 400) << host;
  }
  for (const char* host : {"", "h", "h:8081", "[fd00::1]:8081", "10.0.0.1", "a_b.svc"}) {
    EXPECT_EQ(status({{"Host", host}}, true), 0) << host;
  }
}

TEST(Refusal, IsForMethodsThatAreNotServed) {
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get", "FOO"}) {
    const Request request{method, "/", {{"Host", "h"}}, {}};
    EXPECT_EQ(refusal_of(request, {.read_only = true})->status, 405) << method;
    EXPECT_FALSE(refusal_of(request, {})) << method;
  }
  for (const char* method : {"GET", "HEAD"}) {
    EXPECT_FALSE(refusal_of({method, "/", {{"Host", "h"}}, {}}, {.read_only = true})) << method;
  }
}

TEST(Request, FindsAHeaderWithoutRegardToCase) {
  const Request request{.headers = {{"X-One", "1"}, {"x-one", "2"}}};
  EXPECT_EQ(request.header("X-ONE"), "1");
  EXPECT_FALSE(request.header("X-Two"));
}

}  // namespace
}  // namespace server
