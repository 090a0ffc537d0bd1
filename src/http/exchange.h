#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/secret.h"
#include "http/transport.h"
#include "http/wait.h"
#include "os/clock.h"
#include "os/mutex.h"

namespace http {

/// The progress of a call. The peer cannot have seen a request that ended before kSent.
enum class Reached { kNothing, kConnected, kSent };

/// Why there is no (complete) response.
struct Failure {
  Error error;
  Reached reached = Reached::kSent;
  /// The pooled connection was already closed before anything was written to it: use another one.
  bool stale = false;
};

/// One request and its response in progress: the network thread fills it, the calling thread waits for it. Both hold a
/// reference, so either can release it first.
class Exchange {
 public:
  /// `headers` are those of the request and those that the transport adds. `max_body` is the maximum size of a body
  /// that is kept. `streaming`: a body with status 200 is passed on by await_piece() instead of being kept, and has no
  /// size limit.
  Exchange(const Request& request, Headers headers, std::size_t max_body, bool streaming);

  const std::string method;
  const std::string target;
  const Headers headers;
  const std::shared_ptr<const base::Secret> authorization;
  const base::Secret body;

  // For the network thread.
  void head_arrived(int status, Headers headers) EXCLUDES(mutex_);
  enum class Pace {
    kGoOn,
    kFull,    ///< the piece was accepted, but the reader is behind: call hold() before the next one
    kRefuse,  ///< above the size limit or abandoned: stop reading
  };
  Pace piece_arrived(std::string_view piece) EXCLUDES(mutex_);
  /// Calls `resume` after the reader has caught up. Returns false if it already has; `resume` is then not called.
  bool hold(std::function<void()> resume) EXCLUDES(mutex_);
  /// The first of these two calls takes effect.
  void finished() EXCLUDES(mutex_);
  void failed(Failure failure) EXCLUDES(mutex_);
  /// The rest of the body is not needed: a network thread on hold resumes, and gets kRefuse.
  void abandon() EXCLUDES(mutex_);

  // For the calling thread. Waits until the headers have arrived or the exchange has ended.
  Wait await_head(os::Clock& clock, base::BootTime deadline, const std::stop_token& stop) EXCLUDES(mutex_);
  /// Waits until the exchange has ended.
  Wait await_end(os::Clock& clock, base::BootTime deadline, const std::stop_token& stop) EXCLUDES(mutex_);
  /// Waits for more of a streamed body and swaps it into `piece`. An empty piece means that the exchange has ended.
  Wait await_piece(os::Clock& clock, base::BootTime deadline, const std::stop_token& stop, std::string& piece)
      EXCLUDES(mutex_);

  bool over() const EXCLUDES(mutex_);
  int status() const EXCLUDES(mutex_);
  std::optional<Failure> failure() const EXCLUDES(mutex_);
  /// Status, headers and the kept body. Call once.
  Response take_response() EXCLUDES(mutex_);

 private:
  /// Waits until this much of a streamed body has arrived, or the exchange has ended.
  Wait await_body(std::size_t size, os::Clock& clock, base::BootTime deadline, const std::stop_token& stop)
      REQUIRES(mutex_);
  bool handing_out() const REQUIRES(mutex_) { return streaming_ && response_.status == 200; }
  bool over_locked() const REQUIRES(mutex_) { return finished_ || failure_; }

  const std::size_t max_body_;
  const bool streaming_;
  mutable os::Mutex mutex_;
  os::ConditionVariable changed_;
  Response response_ GUARDED_BY(mutex_);  // status 0: the headers have not arrived yet
  bool finished_ GUARDED_BY(mutex_) = false;
  bool abandoned_ GUARDED_BY(mutex_) = false;
  std::optional<Failure> failure_ GUARDED_BY(mutex_);
  std::function<void()> resume_ GUARDED_BY(mutex_);
  std::size_t wake_at_ GUARDED_BY(mutex_) = 1;      // size of a streamed body at which the reader must be woken
  base::BootTime last_piece_ GUARDED_BY(mutex_){};  // when the reader last took a piece
};

}  // namespace http
