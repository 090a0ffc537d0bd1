#pragma once

#include <functional>
#include <string>
#include <vector>

#include "os/mutex.h"
#include "script_server.h"

namespace http {

/// A proxy on loopback that connects to one server, whatever the client asks for, and keeps what it saw.
class ConnectProxy {
 public:
  /// The response to the head of a request; with a 2xx the tunnel begins. Empty: none, the client waits.
  using Reply = std::function<std::string(const std::string& head)>;
  static std::string established(const std::string& /*head*/) { return "HTTP/1.1 200 Connection established\r\n\r\n"; }

  explicit ConnectProxy(int server_port, Reply reply = established, bool ipv6 = false);

  int port() const { return server_.port(); }
  int connections() const { return server_.connections(); }
  /// Of all requests to the proxy itself.
  std::vector<std::string> heads() EXCLUDES(mutex_);
  /// All bytes that clients sent to the server.
  std::string sent() EXCLUDES(mutex_);
  /// Closes the client's end of each tunnel at the next byte that the client sends.
  void cut_on_next_byte() { cut_ = true; }

 private:
  void serve(Connection& connection);
  void relay(Connection& connection, int server);

  const int server_port_;
  const Reply reply_;
  std::atomic<bool> cut_ = false;
  os::Mutex mutex_;
  std::vector<std::string> heads_ GUARDED_BY(mutex_);
  std::string sent_ GUARDED_BY(mutex_);
  ScriptServer server_;  // last: its threads use the members
};

}  // namespace http
