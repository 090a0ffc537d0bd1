#pragma once

#include <memory>
#include <optional>
#include <string>

#include "http/exchange.h"
#include "http/proxy.h"
#include "http/tls_policy.h"
#include "http/url.h"

namespace http {

/// One connection to one address of a server, for one exchange at a time. The only place that uses cpprestsdk.
///
/// All of cpprestsdk runs on one thread, the network thread: it is not safe to close its sockets on another thread
/// while they are read, which is what cancelling does. That thread never blocks, so one is enough for any number of
/// streams and calls. start() and abort() only queue work for it.
class Channel {
 public:
  /// `address` is an IPv4 or IPv6 literal: of the proxy if there is one, which takes TLS, otherwise of the server.
  /// `tls` is null for plain HTTP.
  Channel(const Origin& origin, const std::string& address, const std::optional<Proxy>& proxy,
          std::shared_ptr<TlsPolicy> tls, std::size_t max_body);
  /// Closes the connection in any state.
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  /// Sends the request. Exchanges are sequential: call this only after the previous exchange has ended.
  void start(const std::shared_ptr<Exchange>& exchange);

  /// Closes the connection of the current exchange, which then fails. Nothing more is written after that.
  void abort();

 private:
  struct State;
  const std::shared_ptr<State> state_;
};

/// True if `target`, a path with an optional query, can be sent byte for byte.
bool is_sendable_target(const std::string& target);

/// Starts the network thread. Later calls have no effect.
void start_network_thread();

/// Waits until all destroyed Channels have closed their connections and released their resources. For a process that
/// ends through exit handlers, which would stop the network thread before that.
void await_channels_closed();

}  // namespace http
