#include "http/cpprest_transport.h"

#include <utility>
#include <vector>

#include "base/text.h"
#include "base/time_format.h"
#include "http/cpprest_channel.h"
#include "http/exchange.h"
#include "http/request_rules.h"
#include "http/resolver.h"
#include "http/system_roots.h"
#include "http/tls_policy.h"
#include "http/wait.h"
#include "os/mutex.h"

namespace http {
namespace {

constexpr std::string_view kUserAgent = "iotda-operator";
// Shorter than the idle timeout of servers and load balancers, so that they rarely close a connection that is about to
// be used.
constexpr base::Duration kMaxIdleTime = std::chrono::seconds(30);
// How long to wait for the network thread to report the progress of a call that has timed out.
constexpr base::Duration kAfterAbort = std::chrono::milliseconds(100);

bool keeps_connection(const Response& response) {
  return !base::equals_ignoring_case(response.headers.get("Connection").value_or(""), "close");
}

Failure cancelled() {
  return {Error{Error::Code::kCancelled, "cancelled"}};
}

class CpprestTransport final : public Transport {
 public:
  CpprestTransport(TransportOptions options, std::shared_ptr<TlsPolicy> tls, os::Clock& clock)
      : origin_(std::move(options.origin)),
        proxy_(std::move(options.proxy)),
        max_body_(options.max_body),
        tls_(std::move(tls)),
        clock_(clock),
        resolver_(proxy_ ? proxy_->host : origin_.host, clock) {}

  base::Result<Response, Error> send(const Request& request, std::stop_token stop) override {
    return run(request, false, stop, [&](Channel& channel, Exchange& exchange, base::BootTime deadline) {
      return whole_answer(channel, exchange, deadline, request.deadline, stop);
    });
  }

  base::Result<Response, Error> stream(const Request& request, base::Duration limit, const BodySink& sink,
                                       std::stop_token stop) override {
    return run(request, true, stop, [&](Channel& channel, Exchange& exchange, base::BootTime deadline) -> Outcome {
      const Wait head = exchange.await_head(clock_, deadline, stop);
      if (head != Wait::kDone) return given_up(head, channel, exchange, request.deadline);
      if (exchange.status() != 200) return whole_answer(channel, exchange, deadline, request.deadline, stop);
      return pieces(exchange, limit, sink, stop);
    });
  }

 private:
  using Outcome = base::Result<Response, Failure>;
  struct Idle {
    std::unique_ptr<Channel> channel;
    base::BootTime since;
  };

  // Gets a connection for the request and lets `read` receive the response.
  template <class Read>
  base::Result<Response, Error> run(const Request& request, bool streaming, const std::stop_token& stop,
                                    const Read& read) {
    if (std::string problem = problem_of(request); !problem.empty()) {
      return base::Err(Error{Error::Code::kInvalid, std::move(problem)});
    }
    if (!is_sendable_target(request.target)) {
      return base::Err(
          Error{Error::Code::kInvalid, "the request target cannot be sent as it stands: " + request.target});
    }
    if (stop.stop_requested()) return explained(cancelled(), "");
    const base::BootTime deadline = from_now(clock_, request.deadline);
    const auto attempt = [&](std::unique_ptr<Channel> channel) -> Outcome {
      const auto exchange = std::make_shared<Exchange>(request, complete(request.headers), max_body_, streaming);
      channel->start(exchange);
      Outcome outcome = read(*channel, *exchange, deadline);
      const bool at_rest = outcome.ok() && exchange->over() && !exchange->failure();
      if (at_rest && !request.fresh_connection && keeps_connection(*outcome)) give_back(std::move(channel));
      return outcome;
    };

    while (std::unique_ptr<Channel> channel = request.fresh_connection ? nullptr : take_idle()) {
      Outcome outcome = attempt(std::move(channel));
      if (outcome.ok()) return std::move(outcome).value();
      // If one connection no longer responds, connections that have been idle for as long are dead too.
      if (outcome.error().error.code == Error::Code::kTimeout) drop_idle();
      if (!outcome.error().stale) return explained(std::move(outcome).error(), "");
    }

    auto addresses = resolver_.resolve(deadline, stop);
    if (!addresses) {
      Error problem = std::move(addresses).error();
      if (proxy_) problem.message.insert(0, "proxy: ");
      return explained({std::move(problem)}, "");
    }
    for (std::size_t i = 0;; ++i) {
      const std::string& address = (*addresses)[i];
      Outcome outcome = attempt(std::make_unique<Channel>(origin_, address, proxy_, tls_, max_body_));
      if (outcome.ok()) return std::move(outcome).value();
      const bool last = i + 1 == addresses->size() || clock_.boot_now() >= deadline;
      const Failure& failure = outcome.error();
      // A proxy that answered gives the same answer at its other addresses.
      if (last || failure.error.code != Error::Code::kRefused || failure.reached != Reached::kNothing) {
        return explained(std::move(outcome).error(), address);
      }
    }
  }

  Headers complete(const Headers& given) const {
    Headers headers = given;
    if (!headers.get("Host")) headers.set("Host", origin_.authority());
    if (!headers.get("User-Agent")) headers.set("User-Agent", kUserAgent);
    return headers;
  }

  Outcome whole_answer(Channel& channel, Exchange& exchange, base::BootTime deadline, base::Duration allowed,
                       const std::stop_token& stop) {
    const Wait end = exchange.await_end(clock_, deadline, stop);
    if (end != Wait::kDone) return given_up(end, channel, exchange, allowed);
    return answer_of(exchange);
  }

  static Outcome answer_of(Exchange& exchange) {
    if (std::optional<Failure> failure = exchange.failure()) return base::Err(*std::move(failure));
    return exchange.take_response();
  }

  Outcome pieces(Exchange& exchange, base::Duration limit, const BodySink& sink, const std::stop_token& stop) {
    const base::BootTime end = from_now(clock_, limit);
    std::string piece;
    while (true) {
      switch (exchange.await_piece(clock_, end, stop, piece)) {
        case Wait::kStopped:
          return base::Err(cancelled());
        case Wait::kTimeout:
          return base::Err(Failure{
              Error{Error::Code::kTimeout, "timeout: the response did not end within " + base::to_string(limit)}});
        case Wait::kDone:
          break;
      }
      if (piece.empty()) return answer_of(exchange);
      if (!sink(piece)) return exchange.take_response();
    }
  }

  // Ends a call that does not wait any longer. After a timeout, the network thread reports how far the call got,
  // because a caller must know whether the peer can have seen the request.
  Outcome given_up(Wait why, Channel& channel, Exchange& exchange, base::Duration allowed) {
    channel.abort();
    if (why == Wait::kStopped) return base::Err(cancelled());
    exchange.await_end(clock_, from_now(clock_, kAfterAbort), {});
    Failure failure = exchange.failure().value_or(Failure{});
    const std::string within = " within " + base::to_string(allowed);
    switch (failure.reached) {
      case Reached::kNothing:
        failure.error = {Error::Code::kRefused, "timeout: no connection" + within};
        break;
      case Reached::kConnected:
        failure.error = {Error::Code::kTls, "timeout: the TLS handshake did not end" + within};
        break;
      case Reached::kSent:
        failure.error = {Error::Code::kTimeout, "timeout: no complete response" + within};
        break;
    }
    return base::Err(std::move(failure));
  }

  base::Err<Error> explained(Failure failure, const std::string& address) const {
    const bool resolved = !address.empty() && address != (proxy_ ? proxy_->host : origin_.host);
    failure.error.message = origin_.host + ":" + std::to_string(origin_.port) +
                            (proxy_ ? " through the proxy " + proxy_->to_string() : "") +
                            (resolved ? " (" + address + ")" : "") + ": " + failure.error.message;
    return base::Err(std::move(failure.error));
  }

  std::unique_ptr<Channel> take_idle() EXCLUDES(mutex_) {
    const base::BootTime now = clock_.boot_now();
    std::vector<Idle> expired;  // destroyed after the lock
    const os::MutexLock lock(mutex_);
    while (!idle_.empty() && now - idle_.front().since > kMaxIdleTime) {
      expired.push_back(std::move(idle_.front()));
      idle_.erase(idle_.begin());
    }
    if (idle_.empty()) return nullptr;
    std::unique_ptr<Channel> newest = std::move(idle_.back().channel);
    idle_.pop_back();
    return newest;
  }

  void drop_idle() EXCLUDES(mutex_) {
    std::vector<Idle> dropped;
    {
      const os::MutexLock lock(mutex_);
      dropped.swap(idle_);
    }
  }

  void give_back(std::unique_ptr<Channel> channel) EXCLUDES(mutex_) {
    const base::BootTime now = clock_.boot_now();
    const os::MutexLock lock(mutex_);
    idle_.push_back({std::move(channel), now});
  }

  const Origin origin_;
  const std::optional<Proxy> proxy_;
  const std::size_t max_body_;
  const std::shared_ptr<TlsPolicy> tls_;
  os::Clock& clock_;
  Resolver resolver_;
  os::Mutex mutex_;
  std::vector<Idle> idle_ GUARDED_BY(mutex_);  // oldest first
};

}  // namespace

void initialize_process() {
  take_over_system_roots();
  start_network_thread();
}

base::Result<std::unique_ptr<Transport>, Error> make_cpprest_transport(TransportOptions options, os::Clock& clock) {
  initialize_process();
  if (options.proxy && !options.origin.tls) {
    return base::Err(Error{Error::Code::kInvalid, options.origin.to_string() +
                                                      ": plain HTTP through a proxy is not supported; use https, or "
                                                      "add the host to NO_PROXY"});
  }
  std::shared_ptr<TlsPolicy> tls;
  if (options.origin.tls) {
    auto policy = TlsPolicy::make(options.tls, options.origin);
    if (!policy) return base::Err(std::move(policy).error());
    tls = std::move(policy).value();
  }
  return std::unique_ptr<Transport>(std::make_unique<CpprestTransport>(std::move(options), std::move(tls), clock));
}

}  // namespace http
