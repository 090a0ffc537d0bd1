#pragma once

#include <boost/asio/io_service.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/streambuf.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/secret.h"
#include "http/exchange.h"
#include "http/proxy.h"
#include "http/url.h"

namespace http {

/// One TCP connection to a server through a proxy. Used on the network thread only.
///
/// The CONNECT of cpprestsdk is not used: it does not tell about the connection before TLS begins (so that neither the
/// name of the server nor its session could be set), connects a kept-alive connection a second time, and does not
/// report the status of the proxy's response. Instead, cpprestsdk gets a socket that is connected already.
class ProxyTunnel : public std::enable_shared_from_this<ProxyTunnel> {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  /// Called once, with the reason if there is no connection. The server cannot have seen anything then.
  using Done = std::function<void(const std::optional<Failure>&)>;

  /// `address` is an IPv4 or IPv6 literal of the proxy.
  ProxyTunnel(boost::asio::io_service& network, const Proxy& proxy, const std::string& address, const Origin& to);

  /// Call once.
  void open(Done done);
  /// Closes the connection if it has not been handed over; open() then fails.
  void cancel();

  /// Moves the connection, which must be open, to another object.
  void hand_over(Socket& to);
  bool handed_over() const { return handed_over_; }

 private:
  using ErrorCode = boost::system::error_code;
  void on_connected(const ErrorCode& error);
  void on_written(const ErrorCode& error);
  void on_response(const ErrorCode& error, std::size_t size);
  void give_up(const std::string& why, Reached reached);
  void end(const std::optional<Failure>& failure);
  bool failed(const ErrorCode& error, const char* what);

  Socket socket_;
  const boost::asio::ip::tcp::endpoint proxy_;
  const bool has_credentials_;
  base::Secret request_;
  boost::asio::streambuf response_;
  Done done_;
  bool cancelled_ = false;
  bool handed_over_ = false;
};

}  // namespace http
