#include "server/http_server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/strand.hpp>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <thread>
#include <utility>
#include <vector>

#include "base/openssl.h"
#include "server/connection.h"

namespace server {
namespace {

using asio::ip::tcp;

/// Pause after a failed accept (usually no free file descriptor), to avoid a busy loop.
constexpr auto kAcceptPause = std::chrono::milliseconds(100);

void configure(asio::ssl::context& context) {
  SSL_CTX* native = context.native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
  // Not none: in TLS 1.3 the ticket carries the acknowledgement that a client with Nagle's algorithm waits for.
  // Otherwise it sends its request 40 ms later.
  SSL_CTX_set_num_tickets(native, 1);
}

ErrorCode use(asio::ssl::context& context, const TlsIdentity& identity) {
  ErrorCode error;
  // Set even without a password: OpenSSL would ask for the password of an encrypted key on the terminal.
  const auto password = [&](std::size_t, asio::ssl::context::password_purpose) {
    return std::string(identity.password.view());
  };
  context.set_password_callback(password, error);
  context.use_certificate_chain(asio::buffer(identity.certificate_pem), error);
  if (error) return error;
  const std::string_view key = identity.private_key_pem.view();
  context.use_private_key(asio::buffer(key.data(), key.size()), asio::ssl::context::pem, error);
  return error;
}

int give_password(char* buffer, int size, int /*writing*/, void* identity) {
  const std::string_view password = static_cast<const TlsIdentity*>(identity)->password.view();
  if (password.size() > static_cast<std::size_t>(size)) return -1;
  password.copy(buffer, password.size());
  return static_cast<int>(password.size());
}

bool use(SSL* ssl, TlsIdentity& identity) {
  const base::Bio chain = base::reader(identity.certificate_pem);
  bool leaf = true;
  while (const base::X509Certificate next{PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr)}) {
    const bool used = leaf ? SSL_use_certificate(ssl, next.get()) == 1 : SSL_add1_chain_cert(ssl, next.get()) == 1;
    if (!used) return false;
    leaf = false;
  }
  ERR_clear_error();  // the end of the text
  const base::Bio key_pem = base::reader(identity.private_key_pem.view());
  const base::PublicOrPrivateKey key(PEM_read_bio_PrivateKey(key_pem.get(), nullptr, give_password, &identity));
  return key && SSL_use_PrivateKey(ssl, key.get()) == 1 && !leaf;
}

/// OpenSSL calls this at each handshake, when it knows the name.
int choose_identity(SSL* ssl, void* options) {
  const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  auto identity = static_cast<const Options*>(options)->identity_for(name == nullptr ? "" : name);
  return identity && use(ssl, *identity) ? 1 : 0;
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
  // A machine without IPv6 can still use IPv4.
  const ErrorCode error = listen(acceptor, tcp::endpoint(tcp::v6(), address.port));
  const bool no_v6 = error.value() == EAFNOSUPPORT || error.value() == EADDRNOTAVAIL;
  return no_v6 ? listen(acceptor, tcp::endpoint(tcp::v4(), address.port)) : error;
}

}  // namespace

struct HttpServer::Impl {
  explicit Impl(Options options, Handler handler)
      : shared(std::move(options), std::move(handler)), io(shared.options.threads), acceptor(io), pause(io) {}
  ~Impl() {
    io.stop();
    threads.clear();
  }

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
    ErrorCode ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    if (tls) {
      std::make_shared<Connection<beast::ssl_stream<beast::tcp_stream>>>(shared, std::move(socket), *tls)->start();
    } else {
      std::make_shared<Connection<beast::tcp_stream>>(shared, std::move(socket))->start();
    }
  }

  Shared shared;  // declared before io, because destroying io destroys the connections
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
  if (o.tls || o.identity_for) {
    impl->tls.emplace(asio::ssl::context::tls_server);
    configure(*impl->tls);
  }
  if (o.identity_for) {
    SSL_CTX_set_cert_cb(impl->tls->native_handle(), choose_identity, &impl->shared.options);
  } else if (o.tls) {
    if (const ErrorCode error = use(*impl->tls, *o.tls)) {
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

}  // namespace server
