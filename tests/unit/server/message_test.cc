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

TEST(Request, FindsAHeaderWithoutRegardToCase) {
  const Request request{.headers = {{"X-One", "1"}, {"x-one", "2"}}};
  EXPECT_EQ(request.header("X-ONE"), "1");
  EXPECT_FALSE(request.header("X-Two"));
}

}  // namespace
}  // namespace server
