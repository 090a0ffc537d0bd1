#include "http/exchange.h"

#include <algorithm>
#include <utility>

#include "base/number.h"

namespace http {
namespace {

// A streamed body is buffered here for its reader. Above this size the network thread stops reading, and TCP slows the
// peer.
constexpr std::size_t kHighWater = 64U << 10U;
// In a burst, the reader is not woken for each small piece but for this size or after this time, because waking it
// costs more than processing a piece. The first piece after a pause is passed on immediately.
constexpr base::Duration kBurst = std::chrono::milliseconds(1);
constexpr base::Duration kLinger = std::chrono::microseconds(200);
constexpr std::size_t kEnough = kHighWater / 2;
// Memory that a long chunk added to the buffer is freed, and not kept for the rest of a watch.
constexpr std::size_t kKeptCapacity = 2 * kHighWater;

}  // namespace

Exchange::Exchange(const Request& request, Headers headers_to_send, std::size_t max_body, bool streaming)
    : method(request.method),
      target(request.target),
      headers(std::move(headers_to_send)),
      authorization(request.authorization),
      body(request.body.clone()),
      max_body_(max_body),
      streaming_(streaming) {}

void Exchange::head_arrived(int status, Headers headers_of_answer) {
  const os::MutexLock lock(mutex_);
  response_.status = status;
  response_.headers = std::move(headers_of_answer);
  if (!handing_out()) {
    const auto size = base::parse_integer<std::size_t>(response_.headers.get("Content-Length").value_or(""));
    if (size && *size <= max_body_) response_.body.reserve(*size);
  }
  if (streaming_) changed_.notify_all();
}

Exchange::Pace Exchange::piece_arrived(std::string_view piece) {
  const os::MutexLock lock(mutex_);
  if (failure_ || abandoned_) return Pace::kRefuse;
  if (handing_out()) {
    const std::size_t before = response_.body.size();
    response_.body.append(piece);
    if (before < wake_at_ && response_.body.size() >= wake_at_) changed_.notify_all();
    return response_.body.size() < kHighWater ? Pace::kGoOn : Pace::kFull;
  }
  if (piece.size() > max_body_ - response_.body.size()) {
    failure_ =
        Failure{Error{Error::Code::kTooLarge, "the response is longer than " + std::to_string(max_body_) + " bytes"}};
    changed_.notify_all();
    return Pace::kRefuse;
  }
  response_.body.append(piece);
  return Pace::kGoOn;
}

bool Exchange::hold(std::function<void()> resume) {
  const os::MutexLock lock(mutex_);
  if (abandoned_ || response_.body.size() < kHighWater) return false;
  resume_ = std::move(resume);
  return true;
}

void Exchange::finished() {
  const os::MutexLock lock(mutex_);
  if (failure_) return;
  finished_ = true;
  changed_.notify_all();
}

void Exchange::failed(Failure failure) {
  const os::MutexLock lock(mutex_);
  if (finished_ || failure_) return;
  failure_ = std::move(failure);
  changed_.notify_all();
}

void Exchange::abandon() {
  std::function<void()> resume;
  {
    const os::MutexLock lock(mutex_);
    abandoned_ = true;
    resume.swap(resume_);
  }
  if (resume) resume();
}

Wait Exchange::await_head(os::Clock& clock, base::BootTime deadline, const std::stop_token& stop) {
  const os::MutexLock lock(mutex_);
  while (response_.status == 0 && !over_locked()) {
    if (const auto end = wait_once(mutex_, changed_, clock, deadline, stop)) return *end;
  }
  return Wait::kDone;
}

Wait Exchange::await_end(os::Clock& clock, base::BootTime deadline, const std::stop_token& stop) {
  const os::MutexLock lock(mutex_);
  while (!over_locked()) {
    if (const auto end = wait_once(mutex_, changed_, clock, deadline, stop)) return *end;
  }
  return Wait::kDone;
}

Wait Exchange::await_piece(os::Clock& clock, base::BootTime deadline, const std::stop_token& stop, std::string& piece) {
  std::function<void()> resume;
  piece.clear();
  if (piece.capacity() > kKeptCapacity) piece.shrink_to_fit();
  {
    const os::MutexLock lock(mutex_);
    const base::BootTime now = clock.boot_now();
    if (now - last_piece_ < kBurst) await_body(kEnough, clock, std::min(deadline, now + kLinger), stop);
    const Wait outcome = await_body(1, clock, deadline, stop);
    if (outcome != Wait::kDone) return outcome;
    piece.swap(response_.body);
    resume.swap(resume_);
    last_piece_ = clock.boot_now();
  }
  if (resume) resume();
  return Wait::kDone;
}

Wait Exchange::await_body(std::size_t size, os::Clock& clock, base::BootTime deadline, const std::stop_token& stop) {
  wake_at_ = size;
  while (response_.body.size() < size && !over_locked()) {
    if (const auto end = wait_once(mutex_, changed_, clock, deadline, stop)) return *end;
  }
  return Wait::kDone;
}

bool Exchange::over() const {
  const os::MutexLock lock(mutex_);
  return over_locked();
}

int Exchange::status() const {
  const os::MutexLock lock(mutex_);
  return response_.status;
}

std::optional<Failure> Exchange::failure() const {
  const os::MutexLock lock(mutex_);
  return failure_;
}

Response Exchange::take_response() {
  const os::MutexLock lock(mutex_);
  if (handing_out()) response_.body.clear();
  return std::move(response_);
}

}  // namespace http
