#pragma once

#include <memory>
#include <string>

#include "http/exchange.h"
#include "http/tls_policy.h"
#include "http/url.h"

namespace http {

/// One connection to one address of a server, for one exchange at a time. The only place that knows cpprestsdk.
///
/// Everything of cpprestsdk runs on one thread, the network thread: its sockets are not safe against a close() from
/// another thread while they are read, which is what cancelling does. Nothing on that thread ever blocks, so one is
/// enough for any number of streams and calls. start() and abort() only leave a message for it.
class Channel {
 public:
  /// `address`: an IPv4 or IPv6 literal. `tls` is null for plain HTTP.
  Channel(const Origin& origin, const std::string& address, std::shared_ptr<TlsPolicy> tls, std::size_t max_body);
  /// Closes the connection, whatever it is doing.
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  /// Sends the request. One after the other: only once the exchange before is over.
  void start(const std::shared_ptr<Exchange>& exchange);

  /// Closes the connection under the running exchange, which then fails. Nothing is written any more as soon as it has.
  void abort();

 private:
  struct State;
  const std::shared_ptr<State> state_;
};

/// True if `target`, a path and perhaps a query, can be sent byte for byte.
bool is_sendable_target(const std::string& target);

/// Starts the network thread. Later calls do nothing.
void start_network_thread();

/// Waits until all destroyed Channels have closed their connections and let go of what they held. For a process that
/// leaves through exit handlers: they would end the network thread in the middle of that.
void await_channels_closed();

}  // namespace http
