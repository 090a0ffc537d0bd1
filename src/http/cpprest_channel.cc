#include "http/cpprest_channel.h"

#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cpprest/http_client.h>
#include <cpprest/producerconsumerstream.h>
#include <cpprest/rawptrstream.h>
#include <exception>
#include <mutex>
#include <openssl/err.h>
#include <poll.h>
#include <pplx/threadpool.h>
#include <stdexcept>
#include <sys/socket.h>
#include <system_error>
#include <utility>

#include "http/keep_alive.h"
#include "http/proxy_tunnel.h"

namespace http {
namespace {

namespace client = web::http::client;
using Socket = boost::asio::ip::tcp::socket;
using TlsStream = boost::asio::ssl::stream<Socket&>;

constexpr const char* kAuthorization = "Authorization";
// Headers, chunk sizes and TLS overhead that can be received in addition to a body of the maximum size.
constexpr std::size_t kOverhead = 1U << 20U;
// The timeout of cpprestsdk applies to each step and not to the whole call; the deadline of the caller replaces it.
constexpr auto kNever = std::chrono::hours(24 * 365 * 50);

boost::asio::io_service& network() {
  return crossplat::threadpool::shared_instance().service();
}

// Runs continuations immediately on the thread where they become ready, the network thread, instead of queueing them.
#pragma GCC diagnostic push
// the base class of cpprestsdk has no virtual destructor; the object is held by a shared_ptr
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"
class InlineScheduler final : public pplx::scheduler_interface {
 public:
  void schedule(pplx::TaskProc_t task, void* argument) override { task(argument); }
};
#pragma GCC diagnostic pop

class StaleConnection final : public std::exception {
 public:
  const char* what() const noexcept override { return "the server closed the idle connection"; }
};

// Receives the body of a response from cpprestsdk. The inherited functions for reading are not used.
class BodyWriter final : public Concurrency::streams::details::basic_producer_consumer_buffer<uint8_t> {
 public:
  BodyWriter(std::shared_ptr<Exchange> exchange, std::shared_ptr<TlsWatch> watch)
      : basic_producer_consumer_buffer(0), exchange_(std::move(exchange)), watch_(std::move(watch)) {}

  pplx::task<std::size_t> putn_nocopy(const uint8_t* data, std::size_t size) override {
    constexpr std::size_t kImpossible = 1U << 31U;  // a negative chunk size becomes a number above this
    if (size >= kImpossible) return refuse();
    watch_->received = 0;
    switch (exchange_->piece_arrived({reinterpret_cast<const char*>(data), size})) {
      case Exchange::Pace::kGoOn:
        return pplx::task_from_result(size);
      case Exchange::Pace::kFull:
        return caught_up(size);
      case Exchange::Pace::kRefuse:
        break;
    }
    return refuse();
  }

 private:
  static pplx::task<std::size_t> refuse() {
    return pplx::task_from_exception<std::size_t>(std::runtime_error("the body is not wanted"));
  }

  pplx::task<std::size_t> caught_up(std::size_t size) {
    const pplx::task_completion_event<std::size_t> event;
    const bool held =
        exchange_->hold([event, size] { boost::asio::post(network(), [event, size] { event.set(size); }); });
    return held ? pplx::create_task(event) : pplx::task_from_result(size);
  }

  const std::shared_ptr<Exchange> exchange_;
  const std::shared_ptr<TlsWatch> watch_;
};

// Gives cpprestsdk the connection through the proxy. There is one for each channel, so that nothing is sent twice.
void use_tunnel(ProxyTunnel& tunnel, Socket& socket, TlsWatch::Phase phase) {
  if (!tunnel.handed_over()) {
    // cpprestsdk connects it once more. connect() then returns 0 without doing anything, because it is the first call
    // after that which began to connect and returned EINPROGRESS, as with any non-blocking socket of Linux.
    tunnel.hand_over(socket);
    return;
  }
  // cpprestsdk would connect again: to send the request once more, or because it has dropped the idle connection.
  if (phase == TlsWatch::Phase::kEstablished) {
    throw std::runtime_error("the connection was closed before a response arrived");
  }
  throw StaleConnection();
}

// Called by cpprestsdk for each connection that it is about to use, pooled or new.
void on_connection(void* handle, bool ipv6, TlsPolicy* tls, TlsWatch* watch, ProxyTunnel* tunnel) {
  Socket* socket = nullptr;
  if (tls != nullptr) {
    auto* stream = static_cast<TlsStream*>(handle);
    socket = &stream->next_layer();
    if (!socket->is_open()) tls->prepare(stream->native_handle(), watch);
  } else {
    socket = static_cast<Socket*>(handle);
  }
  if (!socket->is_open() && tunnel != nullptr) {
    use_tunnel(*tunnel, *socket, watch->phase);
    return;
  }
  if (!socket->is_open()) {
    // Opened here to set its options; cpprestsdk connects it.
    boost::system::error_code failure;
    socket->open(ipv6 ? boost::asio::ip::tcp::v6() : boost::asio::ip::tcp::v4(), failure);
    if (!failure) keep_alive(socket->native_handle());
    return;
  }
  // An idle connection has nothing to read, unless the peer closed it or sent data without a request.
  pollfd idle{socket->native_handle(), POLLIN | POLLRDHUP, 0};
  if (poll(&idle, 1, 0) != 0) throw StaleConnection();
  watch->phase = TlsWatch::Phase::kEstablished;
}

std::string connect_problem(const std::error_code& code) {
  // cpprestsdk reports "refused" as "no route".
  if (code.value() == EHOSTUNREACH) return "connection refused, or no route to the host";
  return "cannot connect: " + std::generic_category().message(code.value());
}

std::string handshake_problem(const std::error_code& code) {
  const auto packed = static_cast<unsigned long>(static_cast<unsigned int>(code.value()));
  const char* reason = ERR_GET_LIB(packed) == ERR_LIB_SSL ? ERR_reason_error_string(packed) : nullptr;
  return reason != nullptr ? reason : "the server closed the connection during the handshake";
}

bool contains(std::string_view s, std::string_view part) {
  return s.find(part) != std::string_view::npos;
}

std::string exchange_problem(std::string_view what) {
  if (contains(what, "Failed to write")) return "the connection was closed while the request was sent";
  if (contains(what, "Failed to read HTTP status line")) return "the connection was closed before a response arrived";
  if (contains(what, "Invalid")) return "the response is not valid HTTP";
  if (contains(what, "Failed to read") || contains(what, "Retrieving")) {
    return "the connection was closed in the middle of the response";
  }
  return std::string(what);
}

// The error codes of cpprestsdk come from several libraries, so the cause is derived from what OpenSSL reported and,
// only without TLS, from the text. If unknown, the request counts as sent.
Failure describe(const web::http::http_exception& e, bool tls, const TlsWatch& watch) {
  const std::string_view what = e.what();
  const bool connecting = contains(what, "resolv") || contains(what, "Failed to connect");
  if (connecting && watch.phase == TlsWatch::Phase::kConnecting) {
    return {Error{Error::Code::kRefused, connect_problem(e.error_code())}, Reached::kNothing};
  }
  if (!tls) return {Error{Error::Code::kBroken, exchange_problem(what)}, Reached::kSent};
  switch (watch.phase) {
    case TlsWatch::Phase::kConnecting:
      return {Error{Error::Code::kRefused, std::string(what)}, Reached::kNothing};
    case TlsWatch::Phase::kHandshake: {
      const std::string reason = watch.failure.empty() ? handshake_problem(e.error_code()) : watch.failure;
      return {Error{Error::Code::kTls, "TLS handshake failed: " + reason}, Reached::kConnected};
    }
    case TlsWatch::Phase::kEstablished:
      break;
  }
  return {Error{Error::Code::kBroken, watch.failure.empty() ? exchange_problem(what) : watch.failure}, Reached::kSent};
}

Failure describe(const std::exception_ptr& problem, bool tls, const TlsWatch& watch) {
  try {
    std::rethrow_exception(problem);
  } catch (const StaleConnection& e) {
    return {Error{Error::Code::kBroken, e.what()}, Reached::kNothing, true};
  } catch (const web::http::http_exception& e) {
    return describe(e, tls, watch);
  } catch (const std::exception& e) {
    return {Error{Error::Code::kBroken, e.what()}, Reached::kSent};
  }
}

Headers to_headers(const web::http::http_headers& from) {
  Headers headers;
  for (const auto& [name, value] : from) headers.set(name, value);
  return headers;
}

web::http::http_request to_request(const std::shared_ptr<Exchange>& exchange, std::shared_ptr<TlsWatch> watch) {
  web::http::http_request request(exchange->method);
  request.set_request_uri(web::uri(exchange->target));
  for (const auto& [name, value] : exchange->headers.all()) request.headers()[name] = value;
  if (exchange->authorization) request.headers()[kAuthorization] = exchange->authorization->view();
  if (const std::string_view body = exchange->body.view(); !body.empty()) {
    // Set below http_request::set_body(), which would add a Content-Type. The exchange owns the buffer, and the request
    // keeps the exchange alive through its BodyWriter.
    const Concurrency::streams::rawptr_buffer<uint8_t> buffer(reinterpret_cast<const uint8_t*>(body.data()),
                                                              body.size());
    request._get_impl()->set_instream(buffer.create_istream());
    request.headers().set_content_length(body.size());
  }
  const Concurrency::streams::streambuf<uint8_t> writer(std::make_shared<BodyWriter>(exchange, std::move(watch)));
  request.set_response_stream(writer.create_ostream());
  return request;
}

// Once there is a response, the request is not written again; its body can be streamed for a long time.
void forget_authorization(web::http::http_request request) {
  const auto header = request.headers().find(kAuthorization);
  if (header == request.headers().end()) return;
  base::wipe(header->second);
  request.headers().remove(kAuthorization);
}

// Channels whose state still exists: those in use and those that are being closed.
std::atomic<int>& channels() {
  static std::atomic<int> count = 0;
  return count;
}

}  // namespace

// Used on the network thread only.
struct Channel::State : std::enable_shared_from_this<State> {
  State() { ++channels(); }
  ~State() {
    http.reset();
    exchange.reset();
    --channels();
    channels().notify_all();
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  std::shared_ptr<TlsPolicy> tls;
  std::shared_ptr<TlsWatch> watch = std::make_shared<TlsWatch>();
  std::shared_ptr<ProxyTunnel> tunnel;  // null without a proxy
  std::unique_ptr<client::http_client> http;
  std::shared_ptr<Exchange> exchange;
  pplx::cancellation_token_source cancel;

  void start(std::shared_ptr<Exchange> next, const web::http::http_request& request) {
    exchange = std::move(next);
    cancel = pplx::cancellation_token_source();
    watch->phase = TlsWatch::Phase::kConnecting;
    watch->failure.clear();
    watch->received = 0;
    if (!tunnel || tunnel->handed_over()) {
      send(request);
      return;
    }
    tunnel->open([self = shared_from_this(), request](const std::optional<Failure>& failure) {
      self->on_tunnel(failure, request);
    });
  }

  void abort() {
    cancel.cancel();
    if (tunnel) tunnel->cancel();
    if (exchange) exchange->abandon();
  }

 private:
  using Answer = pplx::task<web::http::http_response>;

  void on_tunnel(const std::optional<Failure>& failure, const web::http::http_request& request) {
    if (!failure) {
      send(request);
      return;
    }
    forget_authorization(request);
    if (exchange) take_exchange()->failed(*failure);
  }

  void send(const web::http::http_request& request) {
    try {
      http->request(request, cancel.get_token()).then([self = shared_from_this(), request](const Answer& answer) {
        forget_authorization(request);
        self->on_head(answer);
      });
    } catch (...) {
      fail(std::current_exception());
    }
  }

  void on_head(const Answer& answer) {
    try {
      const web::http::http_response response = answer.get();
      if (response.status_code() < 200) {
        // cpprestsdk treats an interim response (RFC 9110 §15.2) as the final one, and the bytes that follow as the
        // response to the next request.
        exchange->failed(
            {Error{Error::Code::kBroken, "unexpected interim response " + std::to_string(response.status_code())}});
        abort();
      } else {
        exchange->head_arrived(response.status_code(), to_headers(response.headers()));
      }
      // Always observed: cpprestsdk terminates the process for an error that is not observed.
      response.content_ready().then([self = shared_from_this()](const Answer& end) { self->on_end(end); });
    } catch (...) {
      fail(std::current_exception());
    }
  }

  void on_end(const Answer& end) {
    try {
      end.get();
      take_exchange()->finished();
    } catch (...) {
      fail(std::current_exception());
    }
  }

  void fail(const std::exception_ptr& problem) {
    if (exchange) take_exchange()->failed(describe(problem, tls != nullptr, *watch));
  }

  // An idle connection must not keep the secrets of the request or the response.
  std::shared_ptr<Exchange> take_exchange() { return std::exchange(exchange, nullptr); }
};

Channel::Channel(const Origin& origin, const std::string& address, const std::optional<Proxy>& proxy,
                 std::shared_ptr<TlsPolicy> tls, std::size_t max_body)
    : state_(std::make_shared<State>()) {
  if (proxy) state_->tunnel = std::make_shared<ProxyTunnel>(network(), *proxy, address, origin);
  client::http_client_config config;
  config.set_timeout(kNever);
  config.set_max_redirects(0);
  config.set_nativehandle_options([tls, watch = state_->watch, tunnel = state_->tunnel,
                                   ipv6 = address.find(':') != std::string::npos](client::native_handle handle) {
    on_connection(handle, ipv6, tls.get(), watch.get(), tunnel.get());
  });
  if (tls) {
    config.set_tlsext_sni_enabled(false);  // TlsPolicy sets the correct name
    config.set_ssl_context_callback([tls](boost::asio::ssl::context& context) {
      SSL_CTX_up_ref(tls->context());
      context = boost::asio::ssl::context(tls->context());
    });
  }
  state_->watch->receive_limit = max_body + kOverhead;
  state_->watch->on_flood = [weak = std::weak_ptr<State>(state_)] {
    // Posted, because this must not run inside OpenSSL.
    boost::asio::post(network(), [weak] {
      const std::shared_ptr<State> state = weak.lock();
      if (!state || !state->exchange) return;
      state->exchange->failed({Error{Error::Code::kTooLarge, "the header or a chunk of the response is too large"}});
      state->abort();
    });
  };
  state_->tls = std::move(tls);
  // An IPv6 literal without brackets: cpprestsdk passes it to the resolver unchanged, and treats the text after the
  // last colon as the port.
  const std::string url =
      (origin.tls ? "https://" : "http://") + address + ":" + std::to_string(proxy ? proxy->port : origin.port);
  state_->http = std::make_unique<client::http_client>(web::uri(url), config);
}

Channel::~Channel() {
  boost::asio::post(network(), [state = state_] {
    state->abort();
    state->http.reset();
  });
}

void Channel::start(const std::shared_ptr<Exchange>& exchange) {
  boost::asio::post(network(), [state = state_, exchange, request = to_request(exchange, state_->watch)] {
    state->start(exchange, request);
  });
}

void Channel::abort() {
  boost::asio::post(network(), [state = state_] { state->abort(); });
}

bool is_sendable_target(const std::string& target) {
  if (!target.starts_with('/') || target.find('#') != std::string::npos) return false;
  try {
    return web::uri_builder(web::uri("http://host")).append(web::uri(target)).to_uri().resource().to_string() == target;
  } catch (const std::exception&) {
    return false;
  }
}

void start_network_thread() {
  static std::once_flag once;
  std::call_once(once, [] {
    crossplat::threadpool::initialize_with_threads(1);
    pplx::set_ambient_scheduler(std::make_shared<InlineScheduler>());
    // cpprestsdk resets its timer twice for each chunk. If an earlier timer is set, this needs no system call.
    const auto earlier = std::make_shared<boost::asio::steady_timer>(network(), kNever / 2);
    earlier->async_wait([earlier](const boost::system::error_code& /*error*/) {});
  });
}

void await_channels_closed() {
  while (const int open = channels().load()) channels().wait(open);
}

}  // namespace http
