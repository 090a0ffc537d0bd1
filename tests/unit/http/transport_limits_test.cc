// Time, size and cancelling: what a peer may do to a caller.
#include "transport_test_support.h"

namespace http {
namespace {

using ::testing::HasSubstr;

class TransportLimits : public TransportTest {
 protected:
  static constexpr std::string_view kChunkedHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  static bool take_all(std::string_view /*piece*/) { return true; }
};

void expect_error(const base::Result<Response, Error>& result, Error::Code code) {
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, code) << result.error().message;
}

TEST_F(TransportLimits, ADeadlineHoldsAgainstAServerThatDrips) {
  for (const std::string beginning : {"", "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"}) {
    const ScriptServer server([&](Connection& c) {
      c.read_request();
      c.write(beginning);
      while (c.write("x")) std::this_thread::sleep_for(20ms);  // the server's speed, nothing waits for it
    });
    Request request = get();
    request.deadline = 300ms;
    const Stopwatch watch;
    const auto answer = plain(server)->send(request, {});
    expect_error(answer, Error::Code::kTimeout);
    EXPECT_THAT(answer.error().message, HasSubstr("no complete response within 300ms"));
    EXPECT_GE(watch.elapsed(), 300ms);
    EXPECT_LT(watch.elapsed(), 3s);
  }
}

TEST_F(TransportLimits, ADeadlineInTheHandshakeSaysThatNothingWasSent) {
  const ScriptServer server([](Connection& c) {
    c.await_close();
    c.await_close();
  });  // speaks no TLS, says nothing
  Request request = get();
  request.deadline = 200ms;
  const auto answer = secure(server)->send(request, {});
  expect_error(answer, Error::Code::kTls);
  EXPECT_THAT(answer.error().message, HasSubstr("the TLS handshake did not end within 200ms"));
  EXPECT_TRUE(answer.error().nothing_sent());
}

TEST_F(TransportLimits, ADeadlineAfterTheRequestSaysThatItMayHaveBeenSeen) {
  const ScriptServer server([](Connection& c) { c.read_request(), c.await_close(); }, server_tls());
  Request request = post("{}", true);
  request.deadline = 200ms;
  const auto answer = secure(server)->send(request, {});
  expect_error(answer, Error::Code::kTimeout);
  EXPECT_FALSE(answer.error().nothing_sent());
}

TEST_F(TransportLimits, TheHeadOfAStreamHasTheRequestsDeadline) {
  const ScriptServer server([](Connection& c) { c.read_request(), c.await_close(); });
  Request request = get();
  request.deadline = 200ms;
  expect_error(plain(server)->stream(request, 10s, take_all, {}), Error::Code::kTimeout);
}

TEST_F(TransportLimits, AStreamOutlivesTheDeadlineButNotItsLimitEvenIfSomethingArrives) {
  Signal closed;
  const ScriptServer server([&](Connection& c) {
    c.read_request();
    c.write(kChunkedHead);
    for (int i = 0; i < 10; ++i) {
      c.write("2\r\nx\n\r\n");
      std::this_thread::sleep_for(50ms);  // the server's speed, nothing waits for it
    }
    if (c.await_close()) closed.set();
  });
  Request request = get();
  request.deadline = 300ms;
  std::string got;
  const Stopwatch watch;
  const auto answer =
      plain(server)->stream(request, 800ms, [&](std::string_view piece) { return got += piece, true; }, {});
  expect_error(answer, Error::Code::kTimeout);
  EXPECT_THAT(answer.error().message, HasSubstr("timeout: the response did not end within 800ms"));
  EXPECT_EQ(got.size(), 20U);
  EXPECT_GE(watch.elapsed(), 800ms);
  EXPECT_TRUE(closed.wait());
}

TEST_F(TransportLimits, ABodyOverTheCapIsRefusedLongBeforeItsEnd) {
  constexpr std::size_t kCap = 100'000;
  const std::string block(10'000, 'x');
  struct Case {
    std::string head;
    std::string block;
  };
  for (const Case& c :
       {Case{"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n", block},
        Case{std::string(kChunkedHead), "2710\r\n" + block + "\r\n"}, Case{"HTTP/1.1 200 OK\r\n\r\n", block}}) {
    for (const bool tls : {false, true}) {
      std::size_t written = 0;
      std::optional<ScriptServer> server(
          std::in_place,
          [&](Connection& connection) {
            connection.read_request();
            connection.write(c.head);
            written = connection.write_until_stuck(c.block, 5s);
          },
          tls ? std::optional(server_tls()) : std::nullopt);
      const auto answer = (tls ? secure(*server, kCap) : plain(*server, kCap))->send(get(), {});
      expect_error(answer, Error::Code::kTooLarge);
      EXPECT_THAT(answer.error().message, HasSubstr("longer than 100000 bytes"));
      server.reset();
      EXPECT_LT(written, 16U << 20U);  // the cap and what the kernel's buffers hold
    }
  }
}

TEST_F(TransportLimits, ABodyAsLongAsTheCapIsTaken) {
  const ScriptServer server([](Connection& c) {
    while (!c.read_request().empty()) c.write(ok_answer(std::string(100'000, 'x')));
  });
  const auto answer = plain(server, 100'000)->send(get(), {});
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->body.size(), 100'000U);
  expect_error(plain(server, 99'999)->send(get(), {}), Error::Code::kTooLarge);
}

TEST_F(TransportLimits, TheErrorBodyOfAStreamHasTheCapToo) {
  const ScriptServer server([](Connection& c) {
    c.read_request();
    c.write("HTTP/1.1 500 Oops\r\nContent-Length: 1000\r\n\r\n" + std::string(1000, 'x'));
    c.await_close();
  });
  const auto fail = [](std::string_view) {
    return ADD_FAILURE() << "no piece of an error is one of the stream", false;
  };
  const auto answer = plain(server)->stream(get(), 10s, fail, {});
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->status, 500);
  EXPECT_EQ(answer->body, std::string(1000, 'x'));
  expect_error(plain(server, 999)->stream(get(), 10s, fail, {}), Error::Code::kTooLarge);
}

TEST_F(TransportLimits, AHeadOrChunkBeyondAllMeasureIsRefusedOverTls) {
  for (const std::string head :
       {"HTTP/1.1 200 OK\r\nX: ", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7fffffff\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-9\r\n"}) {
    for (const bool streaming : {false, true}) {
      std::size_t written = 0;
      std::optional<ScriptServer> server(
          std::in_place,
          [&](Connection& c) {
            c.read_request();
            c.write(head);
            written = c.write_until_stuck(std::string(10'000, 'x'), 5s);
          },
          server_tls());
      const auto transport = secure(*server, 100'000);
      const auto answer = streaming ? transport->stream(get(), 10s, take_all, {}) : transport->send(get(), {});
      expect_error(answer, Error::Code::kTooLarge);
      server.reset();
      EXPECT_LT(written, 32U << 20U);
    }
  }
}

TEST_F(TransportLimits, ACallReturnsAtOnceWhenItIsCancelledAndClosesItsConnection) {
  for (const bool streaming : {false, true}) {
    for (const bool tls : {false, true}) {
      std::stop_source stop;
      Signal closed;
      Stopwatch since_stop;
      const ScriptServer server(
          [&](Connection& c) {
            c.read_request();
            if (streaming) c.write(std::string(kChunkedHead) + "2\r\nx\n\r\n");
            since_stop = Stopwatch();
            stop.request_stop();
            if (c.await_close()) closed.set();
          },
          tls ? std::optional(server_tls()) : std::nullopt);
      const auto transport = tls ? secure(server) : plain(server);
      const auto answer = streaming ? transport->stream(get(), 10s, take_all, stop.get_token())
                                    : transport->send(get(), stop.get_token());
      expect_error(answer, Error::Code::kCancelled);
      EXPECT_LT(since_stop.elapsed(), 1s);
      EXPECT_TRUE(closed.wait());
      EXPECT_LT(since_stop.elapsed(), 1s);
    }
  }
}

TEST_F(TransportLimits, ACallThatIsCancelledBeforehandConnectsToNobody) {
  const ScriptServer server([](Connection& c) { c.read_request(), c.write(ok_answer()); });
  std::stop_source stop;
  stop.request_stop();
  expect_error(plain(server)->send(get(), stop.get_token()), Error::Code::kCancelled);
  expect_error(plain(server)->stream(get(), 10s, take_all, stop.get_token()), Error::Code::kCancelled);
  EXPECT_EQ(server.connections(), 0);
}

TEST_F(TransportLimits, AStreamWhoseSinkHasEnoughClosesItsConnection) {
  Signal closed;
  const ScriptServer server([&](Connection& c) {
    c.read_request();
    c.write(std::string(kChunkedHead) + "2\r\nx\n\r\n");
    if (c.await_close()) closed.set();
  });
  const auto transport = plain(server);
  const auto answer = transport->stream(get(), 10s, [](std::string_view) { return false; }, {});
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->status, 200);
  EXPECT_TRUE(closed.wait());
}

TEST_F(TransportLimits, AStreamThatEndsLeavesItsConnectionForTheNextCall) {
  const ScriptServer server([&](Connection& c) {
    while (!c.read_request().empty()) c.write(std::string(kChunkedHead) + "3\r\nabc\r\n0\r\n\r\n");
  });
  const auto transport = plain(server);
  std::string got;
  const auto keep = [&](std::string_view piece) { return got += piece, true; };
  EXPECT_TRUE(transport->stream(get(), 10s, keep, {}).ok());
  EXPECT_TRUE(transport->stream(get(), 10s, keep, {}).ok());
  EXPECT_EQ(got, "abcabc");
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(TransportLimits, ASlowSinkSlowsTheServerDownInsteadOfFillingMemory) {
  const std::string block(16'000, 'x');
  for (const bool tls : {false, true}) {
    Signal stuck;
    std::size_t before = 0;
    std::size_t after = 0;
    std::optional<ScriptServer> server(
        std::in_place,
        [&](Connection& c) {
          c.read_request();
          c.write(kChunkedHead);
          before = c.write_until_stuck("3e80\r\n" + block + "\r\n", 300ms);
          stuck.set();
          after = c.write_until_stuck("3e80\r\n" + block + "\r\n", 5s);
        },
        tls ? std::optional(server_tls()) : std::nullopt);
    std::size_t got = 0;
    const auto transport = tls ? secure(*server) : plain(*server);
    const auto answer = transport->stream(get(), 10s,
                                          [&](std::string_view piece) {
                                            if (got == 0) {
                                              EXPECT_TRUE(stuck.wait());
                                            }
                                            got += piece.size();
                                            return got < (32U << 20U);  // and then it goes on
                                          },
                                          {});
    EXPECT_TRUE(answer.ok());
    server.reset();
    EXPECT_LT(before, 16U << 20U);  // what the kernel's buffers hold
    EXPECT_GE(before + after, 32U << 20U);
  }
}

TEST_F(TransportLimits, AnAbandonedStreamThatIsHeldBackIsLetGo) {
  // The sink says no while the network thread waits for it: neither side may keep the other alive. The leak checker of
  // the sanitizer build looks.
  Signal closed;
  const ScriptServer server([&](Connection& c) {
    c.read_request();
    c.write(kChunkedHead);
    const std::string chunk = "3e80\r\n" + std::string(16'000, 'x') + "\r\n";
    c.write_until_stuck(chunk, 300ms);
    closed.set();
  });
  const auto transport = plain(server);
  EXPECT_TRUE(transport->stream(get(), 10s, [&](std::string_view) { return closed.wait(), false; }, {}).ok());
}

}  // namespace
}  // namespace http
