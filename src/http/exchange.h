#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/secret.h"
#include "http/transport.h"
#include "http/wait.h"

namespace http {

/// How far a call got. What ended before kSent cannot have been seen by the peer.
enum class Reached { kNothing, kConnected, kSent };

/// Why there is no (complete) answer.
struct Failure {
  Error error;
  Reached reached = Reached::kSent;
  /// The pooled connection turned out to be closed before anything was written to it: take another one.
  bool stale = false;
};

/// One request and its answer on the way: the network thread fills it, the calling thread waits for it. Both hold it,
/// so either may leave first.
class Exchange {
 public:
  /// `headers` are those of the request and what the transport adds. `max_body`: the longest body that is kept.
  /// `streaming`: a body with status 200 is handed out by await_piece() instead of being kept, and is not limited.
  Exchange(const Request& request, Headers headers, std::size_t max_body, bool streaming);

  const std::string method;
  const std::string target;
  const Headers headers;
  const std::shared_ptr<const base::Secret> authorization;
  const base::Secret body;

  // The network thread.
  void head_arrived(int status, Headers headers) EXCLUDES(mutex_);
  enum class Pace {
    kGoOn,
    kFull,    ///< the piece is taken, but the reader is behind: hold() before the next one
    kRefuse,  ///< over the cap or abandoned: stop reading
  };
  Pace piece_arrived(std::string_view piece) EXCLUDES(mutex_);
  /// `resume` is called once the reader has caught up. False if it has already; `resume` is dropped then.
  bool hold(std::function<void()> resume) EXCLUDES(mutex_);
  /// The first of these two counts.
  void finished() EXCLUDES(mutex_);
  void failed(Failure failure) EXCLUDES(mutex_);
  /// The rest of the body is not wanted: what is on hold goes on, and gets kRefuse.
  void abandon() EXCLUDES(mutex_);

  // The calling thread.
  /// Until the head is there or the exchange is over.
  Wait await_head(base::Clock& clock, base::BootTime deadline, const std::stop_token& stop) EXCLUDES(mutex_);
  /// Until the exchange is over.
  Wait await_end(base::Clock& clock, base::BootTime deadline, const std::stop_token& stop) EXCLUDES(mutex_);
  /// Until there is more of a streamed body; swaps it into `piece`. An empty piece: the exchange is over.
  Wait await_piece(base::Clock& clock, base::BootTime deadline, const std::stop_token& stop, std::string& piece)
      EXCLUDES(mutex_);

  bool over() const EXCLUDES(mutex_);
  int status() const EXCLUDES(mutex_);
  std::optional<Failure> failure() const EXCLUDES(mutex_);
  /// Status, headers and the kept body. Once.
  Response take_response() EXCLUDES(mutex_);

 private:
  /// Until that much of a streamed body is there, or the exchange is over.
  Wait await_body(std::size_t size, base::Clock& clock, base::BootTime deadline, const std::stop_token& stop)
      REQUIRES(mutex_);
  bool handing_out() const REQUIRES(mutex_) { return streaming_ && response_.status == 200; }
  bool over_locked() const REQUIRES(mutex_) { return finished_ || failure_; }

  const std::size_t max_body_;
  const bool streaming_;
  mutable base::Mutex mutex_;
  base::ConditionVariable changed_;
  Response response_ GUARDED_BY(mutex_);  // status 0: the head is not there yet
  bool finished_ GUARDED_BY(mutex_) = false;
  bool abandoned_ GUARDED_BY(mutex_) = false;
  std::optional<Failure> failure_ GUARDED_BY(mutex_);
  std::function<void()> resume_ GUARDED_BY(mutex_);
  std::size_t wake_at_ GUARDED_BY(mutex_) = 1;      // bytes of a streamed body for which the reader wants to be woken
  base::BootTime last_piece_ GUARDED_BY(mutex_){};  // when the reader took one
};

}  // namespace http
