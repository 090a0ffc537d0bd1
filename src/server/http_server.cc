#include "server/http_server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/strand.hpp>
#include <thread>
#include <utility>
#include <vector>

#include "server/connection.h"

namespace server {
namespace {

using asio::ip::tcp;

/// Pause after a failed accept (no file descriptors left, mostly), so that it does not spin.
constexpr auto kAcceptPause = std::chrono::milliseconds(100);

ErrorCode configure(asio::ssl::context& context, const TlsIdentity& identity) {
  SSL_CTX* native = context.native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
  // Not none: in TLS 1.3 the ticket carries the acknowledgement that a client with Nagle's algorithm waits for, 40 ms
  // else, before it sends its request.
  SSL_CTX_set_num_tickets(native, 1);
  ErrorCode error;
  // OpenSSL would ask on the terminal for the password of an encrypted key.
  context.set_password_callback([](std::size_t, asio::ssl::context::password_purpose) { return ""; }, error);
  context.use_certificate_chain(asio::buffer(identity.certificate_pem), error);
  if (error) return error;
  const std::string_view key = identity.private_key_pem.view();
  context.use_private_key(asio::buffer(key.data(), key.size()), asio::ssl::context::pem, error);
  return error;
}

ErrorCode listen(tcp::acceptor& acceptor, const tcp::endpoint& endpoint) {
  ErrorCode error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error && endpoint.address().is_v6()) {
    acceptor.set_option(asio::ip::v6_only(!endpoint.address().is_unspecified()), error);
  }
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    ErrorCode ignored;
    acceptor.close(ignored);
  }
  return error;
}

ErrorCode listen(tcp::acceptor& acceptor, const Address& address) {
  if (!address.host.empty()) {
    ErrorCode error;
    const auto host = asio::ip::make_address(address.host, error);
    return error ? error : listen(acceptor, tcp::endpoint(host, address.port));
  }
  // A machine without IPv6 still has IPv4.
  const ErrorCode error = listen(acceptor, tcp::endpoint(tcp::v6(), address.port));
  const bool no_v6 = error.value() == EAFNOSUPPORT || error.value() == EADDRNOTAVAIL;
  return no_v6 ? listen(acceptor, tcp::endpoint(tcp::v4(), address.port)) : error;
}

}  // namespace

struct HttpServer::Impl {
  explicit Impl(Options options, Handler handler)
      : shared{std::move(options), std::move(handler)}, io(shared.options.threads), acceptor(io), pause(io) {}
  ~Impl() { stop(); }

  void accept() {
    acceptor.async_accept(asio::make_strand(io), [this](ErrorCode error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (error) {
        pause.expires_after(kAcceptPause);
        pause.async_wait([this](ErrorCode cancelled) {
          if (!cancelled) accept();
        });
        return;
      }
      open(std::move(socket));
      accept();
    });
  }

  void open(tcp::socket socket) {
    if (shared.connections.load() >= shared.options.max_connections) return;
    ErrorCode ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    if (tls) {
      std::make_shared<Connection<beast::ssl_stream<beast::tcp_stream>>>(shared, std::move(socket), *tls)->start();
    } else {
      std::make_shared<Connection<beast::tcp_stream>>(shared, std::move(socket))->start();
    }
  }

  void stop() {
    io.stop();
    threads.clear();
  }

  Shared shared;  // before io: destroying io destroys the connections
  Address address;
  std::optional<asio::ssl::context> tls;
  asio::io_context io;
  tcp::acceptor acceptor;
  asio::steady_timer pause;
  std::vector<std::jthread> threads;
};

base::Result<HttpServer, Error> HttpServer::start(Options options, Handler handler) {
  auto impl = std::make_unique<Impl>(std::move(options), std::move(handler));
  const Options& o = impl->shared.options;
  if (o.tls) {
    impl->tls.emplace(asio::ssl::context::tls_server);
    if (const ErrorCode error = configure(*impl->tls, *o.tls)) {
      return base::Err(Error{"the TLS certificate or key cannot be used: " + error.message()});
    }
  }
  if (const ErrorCode error = listen(impl->acceptor, o.address)) {
    return base::Err(Error{"cannot listen on " + to_string(o.address) + ": " + error.message()});
  }
  impl->address = {o.address.host, impl->acceptor.local_endpoint().port()};
  impl->accept();
  for (int i = 0; i < o.threads; ++i) {
    impl->threads.emplace_back([io = &impl->io] { io->run(); });
  }
  return HttpServer(std::move(impl));
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::HttpServer(HttpServer&&) noexcept = default;
HttpServer& HttpServer::operator=(HttpServer&&) noexcept = default;
HttpServer::~HttpServer() = default;

const Address& HttpServer::address() const {
  return impl_->address;
}

void HttpServer::stop() {
  impl_->stop();
}

}  // namespace server
