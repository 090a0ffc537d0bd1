#include "kube/ca_file_transport.h"

#include <chrono>
#include <utility>

#include "os/file.h"
#include "os/log.h"
#include "os/log_gate.h"
#include "os/mutex.h"

namespace kube {
namespace {

constexpr base::Duration kMaxAge = std::chrono::minutes(1);

using Answer = base::Result<http::Response, http::Error>;

class CaFileTransport final : public http::Transport {
 public:
  CaFileTransport(std::string file, std::string ca_pem, os::Clock& clock, TrustingTransport make,
                  std::unique_ptr<http::Transport> first)
      : file_(std::move(file)),
        clock_(clock),
        make_(std::move(make)),
        ca_pem_(std::move(ca_pem)),
        current_(std::move(first)),
        read_at_(clock.boot_now()) {}

  Answer send(const http::Request& request, std::stop_token stop) override {
    return with_trust([&](http::Transport& transport) { return transport.send(request, stop); });
  }

  Answer stream(const http::Request& request, base::Duration limit, const http::BodySink& sink,
                std::stop_token stop) override {
    return with_trust([&](http::Transport& transport) { return transport.stream(request, limit, sink, stop); });
  }

 private:
  template <class Call>
  Answer with_trust(const Call& call) {
    const std::shared_ptr<http::Transport> first = current(kMaxAge);
    Answer answer = call(*first);
    if (answer.ok() || answer.error().code != http::Error::Code::kTls) return answer;
    const std::shared_ptr<http::Transport> second = current(base::Duration::zero());
    return second == first ? std::move(answer) : call(*second);
  }

  /// The transport for the content of the file, read at most `max_age` ago.
  std::shared_ptr<http::Transport> current(base::Duration max_age) EXCLUDES(mutex_) {
    const os::MutexLock lock(mutex_);
    const base::BootTime now = clock_.boot_now();
    if (now - read_at_ < max_age) return current_;
    read_at_ = now;
    const auto content = os::read_file(file_);
    if (!content) {
      keep("cannot read the file: " + content.error(), now);
    } else if (content->view().empty()) {
      keep("the file is empty", now);
    } else if (content->view() != ca_pem_) {
      auto made = make_(std::string(content->view()));
      if (made.ok()) {
        ca_pem_ = content->view();
        current_ = std::move(*made);
        failures_.reset();
        os::log::info("reloaded the CA of the API server", {{"file", file_}});
      } else {
        keep(made.error().message, now);
      }
    }
    return current_;
  }

  void keep(const std::string& cause, base::BootTime now) REQUIRES(mutex_) {
    if (!failures_.open(cause, now)) return;
    os::log::warn("cannot use the CA file of the API server; the previous CA stays in use",
                  {{"file", file_}, {"error", cause}});
  }

  const std::string file_;
  os::Clock& clock_;
  const TrustingTransport make_;
  os::Mutex mutex_;
  std::string ca_pem_ GUARDED_BY(mutex_);
  std::shared_ptr<http::Transport> current_ GUARDED_BY(mutex_);
  base::BootTime read_at_ GUARDED_BY(mutex_);
  os::log::Gate failures_ GUARDED_BY(mutex_);
};

}  // namespace

base::Result<std::unique_ptr<http::Transport>, http::Error> make_ca_file_transport(std::string file, std::string ca_pem,
                                                                                   os::Clock& clock,
                                                                                   TrustingTransport make) {
  auto first = make(ca_pem);
  if (!first.ok() || file.empty()) return first;
  return std::unique_ptr<http::Transport>(
      std::make_unique<CaFileTransport>(std::move(file), std::move(ca_pem), clock, std::move(make), std::move(*first)));
}

}  // namespace kube
