#include "connect_proxy.h"

#include <array>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace http {
namespace {

int connect_to(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return fd;
  close(fd);
  return -1;
}

}  // namespace

ConnectProxy::ConnectProxy(int server_port, Reply reply, bool ipv6)
    : server_port_(server_port),
      reply_(std::move(reply)),
      server_([this](Connection& connection) { serve(connection); }, std::nullopt, ipv6) {}

std::vector<std::string> ConnectProxy::heads() {
  const os::MutexLock lock(mutex_);
  return heads_;
}

std::string ConnectProxy::sent() {
  const os::MutexLock lock(mutex_);
  return sent_;
}

void ConnectProxy::serve(Connection& connection) {
  const std::string head = connection.read_request();
  if (head.empty()) return;
  {
    const os::MutexLock lock(mutex_);
    heads_.push_back(head);
  }
  const std::string reply = reply_(head);
  if (reply.empty()) {
    connection.await_close();
    return;
  }
  connection.write(reply);
  if (reply.find(" 2") != std::string::npos) {
    const int server = connect_to(server_port_);
    if (server >= 0) relay(connection, server);
    close(server);
  }
}

void ConnectProxy::relay(Connection& connection, int server) {
  std::array<char, 16384> buffer{};
  std::array<pollfd, 2> ends{pollfd{connection.fd(), POLLIN, 0}, pollfd{server, POLLIN, 0}};
  while (poll(ends.data(), ends.size(), -1) > 0) {
    const bool from_client = ends[0].revents != 0;
    const ssize_t size = recv(from_client ? ends[0].fd : server, buffer.data(), buffer.size(), 0);
    if (size <= 0) return;
    const std::string_view bytes(buffer.data(), static_cast<std::size_t>(size));
    if (!from_client) {
      connection.write(bytes);
      continue;
    }
    if (cut_) return;
    {
      const os::MutexLock lock(mutex_);
      sent_ += bytes;
    }
    if (send(server, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) return;
  }
}

}  // namespace http
