#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/transport.h"
#include "os/clock.h"
#include "os/mutex.h"

namespace http {

/// The open body of one stream() call on a FakeTransport; the test acts as the server. Thread-safe.
class FakeStream {
 public:
  explicit FakeStream(os::Clock& clock) : clock_(clock) {}

  /// Sends a piece of the body.
  void push(std::string_view piece) EXCLUDES(mutex_);
  /// Ends the body.
  void end() EXCLUDES(mutex_);
  /// Breaks the connection.
  void fail(Error error) EXCLUDES(mutex_);
  /// Waits until the call of the client has returned, for any reason.
  void await_closed() EXCLUDES(mutex_);

 private:
  friend class FakeTransport;
  /// For the client: blocks as stream() does. Returns what ended it, other than the end of the body or the sink.
  std::optional<Error> run(base::Duration limit, const BodySink& sink, const std::stop_token& stop) EXCLUDES(mutex_);
  std::optional<Error> hand_out(base::Duration limit, const BodySink& sink, const std::stop_token& stop)
      EXCLUDES(mutex_);

  os::Clock& clock_;
  os::Mutex mutex_;
  os::ConditionVariable changed_;
  std::deque<std::string> pieces_ GUARDED_BY(mutex_);
  bool ended_ GUARDED_BY(mutex_) = false;
  std::optional<Error> error_ GUARDED_BY(mutex_);
  bool closed_ GUARDED_BY(mutex_) = false;
};

/// A Transport for tests of its users: a function provides the responses, and every request is recorded. It behaves
/// like the real one where callers can notice: a triggered stop token gives kCancelled, a stream with a status other
/// than 200 gives its body and does not call the sink, a stream blocks, and `limit` uses the given clock. Thread-safe.
class FakeTransport final : public Transport {
 public:
  struct Recorded {
    std::string method;
    std::string target;
    Headers headers;  ///< including Authorization
    std::string body;
    base::Duration deadline{};
    bool fresh_connection = false;
    std::optional<base::Duration> limit;  ///< for stream()
  };
  /// Called without a lock held; can block. For a stream with status 200 the body is its first piece.
  using Handler = std::function<base::Result<Response, Error>(const Recorded&)>;

  FakeTransport(os::Clock& clock, Handler handler) : clock_(clock), handler_(std::move(handler)) {}

  base::Result<Response, Error> send(const Request& request, std::stop_token stop) override;
  base::Result<Response, Error> stream(const Request& request, base::Duration limit, const BodySink& sink,
                                       std::stop_token stop) override;

  std::vector<Recorded> requests() const EXCLUDES(mutex_);

  /// Waits for the stream with this number (from 0, counting those with status 200 only). Valid as long as this object.
  FakeStream& await_stream(std::size_t number) EXCLUDES(mutex_);

 private:
  Recorded record(const Request& request, std::optional<base::Duration> limit) EXCLUDES(mutex_);

  os::Clock& clock_;
  const Handler handler_;
  mutable os::Mutex mutex_;
  os::ConditionVariable changed_;
  std::vector<Recorded> requests_ GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<FakeStream>> streams_ GUARDED_BY(mutex_);
};

}  // namespace http
