#include "script_server.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace http {
namespace {

constexpr int kPatienceSeconds = 10;

base::X509Certificate read_certificate(const std::string& pem) {
  return base::X509Certificate(PEM_read_bio_X509(base::reader(pem).get(), nullptr, nullptr, nullptr));
}

SSL_CTX* make_context(const ServerTls& tls) {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  if (tls.max_version != 0) {
    SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context, tls.max_version);
    SSL_CTX_set_cipher_list(context, "DEFAULT@SECLEVEL=0");  // what old versions need
  }
  const base::X509Certificate certificate = read_certificate(tls.certificate_pem);
  const base::PublicOrPrivateKey key(
      PEM_read_bio_PrivateKey(base::reader(tls.key_pem).get(), nullptr, nullptr, nullptr));
  if (SSL_CTX_use_certificate(context, certificate.get()) != 1 || SSL_CTX_use_PrivateKey(context, key.get()) != 1) {
    throw std::runtime_error("the server's certificate cannot be used");
  }
  SSL_CTX_set_session_id_context(context, reinterpret_cast<const unsigned char*>("test"), 4);
  if (!tls.client_ca_pem.empty()) {
    const base::X509Certificate ca = read_certificate(tls.client_ca_pem);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), ca.get());
    X509_VERIFY_PARAM_set_purpose(SSL_CTX_get0_param(context), X509_PURPOSE_ANY);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  return context;
}

std::size_t body_length(std::string_view head) {
  constexpr std::string_view kName = "Content-Length:";
  const std::size_t at = head.find(kName);
  return at == std::string_view::npos ? 0 : std::strtoul(head.data() + at + kName.size(), nullptr, 10);
}

}  // namespace

Connection::~Connection() {
  SSL_free(ssl_);
  close();
}

void Connection::close() {
  if (fd_ < 0) return;
  before_close_();
  ::close(fd_);
  fd_ = -1;
}

long Connection::read_some(char* data, std::size_t size) {
  if (ssl_ != nullptr) return SSL_read(ssl_, data, static_cast<int>(size));
  return recv(fd_, data, size, 0);
}

std::string Connection::read_request() {
  constexpr std::string_view kEnd = "\r\n\r\n";
  char buffer[16384];
  std::size_t needed = std::string::npos;
  while (true) {
    if (const std::size_t end = unread_.find(kEnd); end != std::string::npos) {
      const std::size_t head = end + kEnd.size();
      needed = head + body_length(unread_.substr(0, head));
    }
    if (unread_.size() >= needed) break;
    const long size = read_some(buffer, sizeof buffer);
    if (size <= 0) return {};
    unread_.append(buffer, static_cast<std::size_t>(size));
  }
  std::string request = unread_.substr(0, needed);
  unread_.erase(0, needed);
  return request;
}

bool Connection::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const long size = ssl_ != nullptr ? SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()))
                                      : send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (size <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
  return true;
}

std::size_t Connection::write_until_stuck(std::string_view bytes, std::chrono::milliseconds patience) {
  std::size_t written = 0;
  pollfd writable{fd_, POLLOUT, 0};
  while (poll(&writable, 1, static_cast<int>(patience.count())) == 1 && (writable.revents & (POLLERR | POLLHUP)) == 0) {
    if (!write(bytes)) break;
    written += bytes.size();
  }
  return written;
}

bool Connection::await_close() {
  char buffer[4096];
  while (true) {
    const long size = read_some(buffer, sizeof buffer);
    if (size > 0) continue;
    return size == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
  }
}

ScriptServer::ScriptServer(Script script, std::optional<ServerTls> tls, bool ipv6) : script_(std::move(script)) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to sockets that the client has closed
  if (tls) context_.reset(make_context(*tls));
  listener_ = socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
  sockaddr_in6 address6{};
  address6.sin6_family = AF_INET6;
  address6.sin6_addr = in6addr_loopback;
  sockaddr_in address4{};
  address4.sin_family = AF_INET;
  address4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* address = ipv6 ? reinterpret_cast<sockaddr*>(&address6) : reinterpret_cast<sockaddr*>(&address4);
  socklen_t size = ipv6 ? sizeof address6 : sizeof address4;
  if (bind(listener_, address, size) != 0 || listen(listener_, 64) != 0) throw std::runtime_error("cannot listen");
  getsockname(listener_, address, &size);
  port_ = ntohs(ipv6 ? address6.sin6_port : address4.sin_port);
  acceptor_ = std::jthread([this] { accept_all(); });
}

ScriptServer::~ScriptServer() {
  std::vector<std::jthread> scripts;
  {
    const os::MutexLock lock(mutex_);
    stopping_ = true;
    for (const int fd : open_) shutdown(fd, SHUT_RDWR);
    scripts.swap(scripts_);
  }
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  scripts.clear();
  ::close(listener_);
}

void ScriptServer::accept_all() {
  while (true) {
    const int fd = accept(listener_, nullptr, nullptr);
    const os::MutexLock lock(mutex_);
    if (fd < 0 || stopping_) {
      if (fd >= 0) ::close(fd);
      return;
    }
    open_.push_back(fd);
    scripts_.emplace_back([this, fd] { serve(fd); });
  }
}

void ScriptServer::serve(int fd) {
  const timeval patience{kPatienceSeconds, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  SSL* ssl = nullptr;
  if (context_) {
    ssl = SSL_new(context_.get());
    SSL_set_fd(ssl, fd);
  }
  Connection connection(fd, ssl, [this, fd] { forget(fd); });
  if (ssl != nullptr && SSL_accept(ssl) != 1) {
    // The alert that says why is lost if the connection is closed with something unread.
    shutdown(fd, SHUT_WR);
    char rest[1024];
    while (recv(fd, rest, sizeof rest, 0) > 0) {
    }
    return;
  }
  ++connections_;
  script_(connection);
}

// Before it is closed: afterwards the number may be another socket's.
void ScriptServer::forget(int fd) {
  const os::MutexLock lock(mutex_);
  std::erase(open_, fd);
}

}  // namespace http
