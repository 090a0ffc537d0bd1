// The bytes that a server sends in answer to a request, through sockets and the HTTP library, to the client of the
// platform or that of the API server: a byte for the call and the size of the pieces, then what is on the wire.

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include "fresh_client.h"
#include "http/cpprest_transport.h"
#include "kube/client.h"
#include "os/mutex.h"

namespace {

/// Answers each connection with the same bytes and ends it. Lives until the process ends.
class Server {
 public:
  Server() : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener_, generic, size) != 0 || listen(listener_, 16) != 0) std::abort();
    if (getsockname(listener_, generic, &size) != 0) std::abort();
    port_ = ntohs(address.sin_port);
    std::thread([this] { serve(); }).detach();
  }

  int port() const { return port_; }

  void answer_with(std::string_view bytes, std::size_t piece) {
    const os::MutexLock lock(mutex_);
    bytes_ = bytes;
    piece_ = piece;
  }

 private:
  [[noreturn]] void serve() {
    while (true) {
      const int connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0) continue;
      constexpr timeval patience{1, 0};
      setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
      setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
      constexpr int at_once = 1;
      setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
      converse(connection);
      close(connection);
    }
  }

  void converse(int connection) {
    std::array<char, 4096> buffer{};
    std::string request;
    while (request.find("\r\n\r\n") == std::string::npos) {
      const ssize_t size = recv(connection, buffer.data(), buffer.size(), 0);
      if (size <= 0) return;
      request.append(buffer.data(), static_cast<std::size_t>(size));
    }
    std::string rest;
    std::size_t piece = 0;
    {
      const os::MutexLock lock(mutex_);
      rest = bytes_;
      piece = piece_;
    }
    for (std::size_t at = 0; at < rest.size(); at += piece) {
      const std::string_view part = std::string_view(rest).substr(at, piece);
      if (send(connection, part.data(), part.size(), MSG_NOSIGNAL) < 0) return;
    }
    shutdown(connection, SHUT_WR);
    while (recv(connection, buffer.data(), buffer.size(), 0) > 0) {
    }
  }

  const int listener_;
  int port_ = 0;
  os::Mutex mutex_;
  std::string bytes_ GUARDED_BY(mutex_);
  std::size_t piece_ GUARDED_BY(mutex_) = 1;
};

/// The clients, on transports as in the operator but for TLS.
struct World {
  Server server;
  os::RealClock clock;
  http::Origin origin{false, "127.0.0.1", server.port()};
  std::unique_ptr<http::Transport> transport =
      http::make_cpprest_transport({.origin = origin, .tls = {}, .max_body = iotda::kMaxAnswer}, clock).value();
  kube::Config config;
  std::unique_ptr<kube::Api> api = kube::make_client(config, *transport, *transport, clock, nullptr);
};

template <class Result>
void expect_message(const Result& result) {
  if (!result.ok() && result.error().message.empty()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Never destroyed: the network thread goes on until the process ends.
  static World& world = *new World;  // NOLINT(cppcoreguidelines-owning-memory)
  if (size == 0) return 0;
  const unsigned call = data[0] % 6U;
  const std::size_t piece = (data[0] & 0x80U) != 0 ? size : 1 + size / 4;
  world.server.answer_with({reinterpret_cast<const char*>(data) + 1, size - 1}, piece);
  const auto always = [] { return true; };
  const fuzz::FreshClient platform({world.origin, "r", "p", "", iotda::Signing::kDerived}, *world.transport,
                                   world.clock);
  switch (call) {
    case 0:
      expect_message(platform->add({"CERT", "KEY", "Password"}, always, std::chrono::seconds(5), {}));
      break;
    case 1:
      expect_message(platform->list({}));
      break;
    case 2:
      expect_message(platform->show("65a1b2c3d4e5f60718293a4b", {}));
      break;
    case 3:
      expect_message(platform->list_domain_configurations({}));
      break;
    case 4:
      expect_message(world.api->get(kube::kSecrets, {"ns", "name"}, {}));
      break;
    default:
      expect_message(world.api->watch(kube::kSecrets, {}, [](std::string_view) { return true; }, {}));
      break;
  }
  return 0;
}
