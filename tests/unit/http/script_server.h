#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <openssl/ssl.h>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/openssl.h"
#include "os/mutex.h"

namespace http {

/// The server's end of one connection, blocking, with 10 s as the patience of each step. For the thread of its script.
class Connection {
 public:
  Connection(int fd, SSL* ssl, std::function<void()> before_close)
      : fd_(fd), ssl_(ssl), before_close_(std::move(before_close)) {}
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// The bytes of the next request, head and body (Content-Length only); empty if the client has closed.
  std::string read_request();
  /// False if the client has closed.
  bool write(std::string_view bytes);
  /// How much of endless repetitions of `bytes` the client takes until it closes or lets the server wait for
  /// `patience`.
  std::size_t write_until_stuck(std::string_view bytes, std::chrono::milliseconds patience);
  /// True once the client has closed, whatever it sends before; false if nothing happens.
  bool await_close();
  /// Without a TLS close_notify.
  void close();

  SSL* ssl() const { return ssl_; }
  int fd() const { return fd_; }

 private:
  long read_some(char* data, std::size_t size);

  int fd_;
  SSL* ssl_;
  const std::function<void()> before_close_;
  std::string unread_;
};

struct ServerTls {
  std::string certificate_pem;
  std::string key_pem;
  int max_version = 0;        ///< 0 for the newest
  std::string client_ca_pem;  ///< if not empty, a client certificate is asked for
};

/// Listens on a free loopback port and runs a script, in a thread of its own, for each connection that is made.
class ScriptServer {
 public:
  using Script = std::function<void(Connection&)>;

  explicit ScriptServer(Script script, std::optional<ServerTls> tls = std::nullopt, bool ipv6 = false);
  /// Cuts all connections and waits for the scripts.
  ~ScriptServer();
  ScriptServer(const ScriptServer&) = delete;
  ScriptServer& operator=(const ScriptServer&) = delete;

  int port() const { return port_; }
  /// Connections made so far; with TLS those whose handshake succeeded.
  int connections() const { return connections_; }

 private:
  void accept_all();
  void serve(int fd);
  void forget(int fd);

  const Script script_;
  base::Owned<SSL_CTX, SSL_CTX_free> context_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> connections_ = 0;
  os::Mutex mutex_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::vector<int> open_ GUARDED_BY(mutex_);
  std::vector<std::jthread> scripts_ GUARDED_BY(mutex_);
  std::jthread acceptor_;
};

}  // namespace http
