#include "http/fake_transport.h"

#include <utility>

#include "http/wait.h"

namespace http {
namespace {

base::Err<Error> cancelled() {
  return base::Err(Error{Error::Code::kCancelled, "cancelled"});
}

}  // namespace

void FakeStream::push(std::string_view piece) {
  const os::MutexLock lock(mutex_);
  pieces_.emplace_back(piece);
  changed_.notify_all();
}

void FakeStream::end() {
  const os::MutexLock lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

void FakeStream::fail(Error error) {
  const os::MutexLock lock(mutex_);
  error_ = std::move(error);
  changed_.notify_all();
}

void FakeStream::await_closed() {
  const os::MutexLock lock(mutex_);
  while (!closed_) changed_.wait(mutex_);
}

std::optional<Error> FakeStream::run(base::Duration limit, const BodySink& sink, const std::stop_token& stop) {
  std::optional<Error> error = hand_out(limit, sink, stop);
  const os::MutexLock lock(mutex_);
  closed_ = true;
  changed_.notify_all();
  return error;
}

std::optional<Error> FakeStream::hand_out(base::Duration limit, const BodySink& sink, const std::stop_token& stop) {
  const base::BootTime deadline = from_now(clock_, limit);
  while (true) {
    std::string piece;
    {
      const os::MutexLock lock(mutex_);
      while (pieces_.empty() && !ended_ && !error_) {
        const auto end = wait_once(mutex_, changed_, clock_, deadline, stop);
        if (end == Wait::kStopped) return Error{Error::Code::kCancelled, "cancelled"};
        if (end == Wait::kTimeout) return Error{Error::Code::kTimeout, "the response did not end"};
      }
      if (pieces_.empty()) return error_;
      piece = std::move(pieces_.front());
      pieces_.pop_front();
    }
    if (!sink(piece)) return std::nullopt;
  }
}

FakeTransport::Recorded FakeTransport::record(const Request& request, std::optional<base::Duration> limit) {
  Recorded recorded{
      request.method,           request.target, request.headers, std::string(request.body.view()), request.deadline,
      request.fresh_connection, limit};
  if (request.authorization) recorded.headers.set_secret("Authorization", request.authorization->view());
  const os::MutexLock lock(mutex_);
  requests_.push_back(recorded);
  return recorded;
}

base::Result<Response, Error> FakeTransport::send(const Request& request, std::stop_token stop) {
  if (stop.stop_requested()) return cancelled();
  auto response = handler_(record(request, std::nullopt));
  if (stop.stop_requested()) return cancelled();
  return response;
}

base::Result<Response, Error> FakeTransport::stream(const Request& request, base::Duration limit, const BodySink& sink,
                                                    std::stop_token stop) {
  if (stop.stop_requested()) return cancelled();
  auto response = handler_(record(request, limit));
  if (!response || response->status != 200) return response;

  auto opened = std::make_unique<FakeStream>(clock_);
  if (!response->body.empty()) opened->push(std::exchange(response->body, {}));
  FakeStream& stream = *opened;
  {
    const os::MutexLock lock(mutex_);
    streams_.push_back(std::move(opened));
    changed_.notify_all();
  }
  if (std::optional<Error> error = stream.run(limit, sink, stop)) return base::Err(*std::move(error));
  return response;
}

std::vector<FakeTransport::Recorded> FakeTransport::requests() const {
  const os::MutexLock lock(mutex_);
  return requests_;
}

FakeStream& FakeTransport::await_stream(std::size_t number) {
  const os::MutexLock lock(mutex_);
  while (streams_.size() <= number) changed_.wait(mutex_);
  return *streams_[number];
}

}  // namespace http
