#include "http/fake_transport.h"

#include <chrono>
#include <gtest/gtest.h>
#include <thread>
#include <utility>

#include "os/fake_clock.h"

namespace http {
namespace {

using namespace std::chrono_literals;

Response answer(int status, std::string body) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

class FakeTransportTest : public ::testing::Test {
 protected:
  void open_stream(std::stop_token stop = {}) {
    client_ = std::jthread([this, stop] {
      result_ = transport_.stream(
          {}, 30s,
          [this](std::string_view piece) {
            got_ += piece;
            return !piece.ends_with("!");
          },
          stop);
    });
  }

  os::FakeClock clock_{base::SystemTime{}};
  Response answer_ = answer(200, "");
  FakeTransport transport_{clock_, [this](const FakeTransport::Recorded&) { return answer_; }};
  std::string got_;
  base::Result<Response, Error> result_{Response{}};
  std::jthread client_;
};

TEST_F(FakeTransportTest, AnswersAndKeepsWhatItWasAsked) {
  answer_ = answer(201, "made");
  Request request;
  request.method = "POST";
  request.target = "/x?y=z";
  request.body = base::Secret::copy_of("body");
  request.fresh_connection = true;
  const auto response = transport_.send(request, {});
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response->status, 201);
  ASSERT_EQ(transport_.requests().size(), 1U);
  const auto recorded = transport_.requests()[0];
  EXPECT_EQ(recorded.method, "POST");
  EXPECT_EQ(recorded.target, "/x?y=z");
  EXPECT_EQ(recorded.body, "body");
  EXPECT_TRUE(recorded.fresh_connection);
  EXPECT_FALSE(recorded.limit.has_value());
}

TEST_F(FakeTransportTest, DoesNotAskTheHandlerOnceStopped) {
  std::stop_source stop;
  stop.request_stop();
  const auto response = transport_.send({}, stop.get_token());
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, Error::Code::kCancelled);
  EXPECT_TRUE(transport_.requests().empty());
}

TEST_F(FakeTransportTest, StreamsWhatIsPushedUntilTheEnd) {
  answer_ = answer(200, "first ");
  open_stream();
  FakeStream& stream = transport_.await_stream(0);
  stream.push("second ");
  stream.push("third");
  stream.end();
  stream.await_closed();
  client_.join();
  EXPECT_TRUE(result_.ok());
  EXPECT_EQ(got_, "first second third");
}

TEST_F(FakeTransportTest, EndsAStreamWhenTheSinkSaysSo) {
  open_stream();
  transport_.await_stream(0).push("enough!");
  client_.join();
  EXPECT_TRUE(result_.ok());
}

TEST_F(FakeTransportTest, EndsAStreamWithTheErrorItIsGivenAfterThePiecesBefore) {
  open_stream();
  FakeStream& stream = transport_.await_stream(0);
  stream.push("before");
  stream.fail({Error::Code::kBroken, "cut"});
  client_.join();
  ASSERT_FALSE(result_.ok());
  EXPECT_EQ(result_.error().code, Error::Code::kBroken);
  EXPECT_EQ(got_, "before");
}

TEST_F(FakeTransportTest, EndsAStreamWhenItIsStopped) {
  std::stop_source stop;
  open_stream(stop.get_token());
  FakeStream& stream = transport_.await_stream(0);
  stop.request_stop();
  stream.await_closed();
  client_.join();
  ASSERT_FALSE(result_.ok());
  EXPECT_EQ(result_.error().code, Error::Code::kCancelled);
}

TEST_F(FakeTransportTest, EndsAnIdleStreamByItsClock) {
  open_stream();
  transport_.await_stream(0);
  while (clock_.sleepers() == 0) std::this_thread::yield();
  clock_.advance(31s);
  client_.join();
  ASSERT_FALSE(result_.ok());
  EXPECT_EQ(result_.error().code, Error::Code::kTimeout);
}

TEST_F(FakeTransportTest, GivesTheBodyAndNoPiecesForAnotherStatus) {
  answer_ = answer(410, "Gone");
  open_stream();
  client_.join();
  ASSERT_TRUE(result_.ok());
  EXPECT_EQ(result_->status, 410);
  EXPECT_EQ(result_->body, "Gone");
  EXPECT_EQ(got_, "");
}

}  // namespace
}  // namespace http
