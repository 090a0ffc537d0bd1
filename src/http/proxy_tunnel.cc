#include "http/proxy_tunnel.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <istream>
#include <utility>

#include "base/number.h"
#include "http/keep_alive.h"

namespace http {
namespace {

constexpr std::size_t kMaxResponse = 16U << 10U;

base::Secret connect_request(const Proxy& proxy, const Origin& to) {
  const std::string host = to.host.find(':') == std::string::npos ? to.host : "[" + to.host + "]";
  const std::string server = host + ":" + std::to_string(to.port);
  base::Secret request = base::Secret::copy_of("CONNECT " + server + " HTTP/1.1\r\nHost: " + server + "\r\n");
  if (proxy.authorization) {
    request.append("Proxy-Authorization: ");
    request.append(proxy.authorization->view());
    request.append("\r\n");
  }
  request.append("\r\n");
  return request;
}

/// The status of "HTTP/1.1 200 Connection established"; 0 if it is something else.
int status_of(const std::string& line) {
  if (!line.starts_with("HTTP/1.") || line.size() < 12 || line[8] != ' ') return 0;
  return base::parse_integer<int>(line.substr(9, 3)).value_or(0);
}

std::string refusal(int status, bool has_credentials) {
  const std::string with_status = " (status " + std::to_string(status) + ")";
  if (status == 407) {
    return (has_credentials ? "the proxy rejected the user name or the password"
                            : "the proxy requires a user name and a password") +
           with_status;
  }
  if (status >= 500) return "the proxy cannot connect to the server" + with_status;
  return "the proxy does not allow this connection" + with_status;
}

}  // namespace

ProxyTunnel::ProxyTunnel(boost::asio::io_service& network, const Proxy& proxy, const std::string& address,
                         const Origin& to)
    : socket_(network),
      proxy_(boost::asio::ip::make_address(address), static_cast<unsigned short>(proxy.port)),
      has_credentials_(proxy.authorization != nullptr),
      request_(connect_request(proxy, to)),
      response_(kMaxResponse) {}

void ProxyTunnel::open(Done done) {
  done_ = std::move(done);
  ErrorCode error;
  socket_.open(proxy_.protocol(), error);
  if (failed(error, "cannot open a socket")) return;
  keep_alive(socket_.native_handle());
  socket_.async_connect(proxy_, [self = shared_from_this()](const ErrorCode& result) { self->on_connected(result); });
}

void ProxyTunnel::cancel() {
  cancelled_ = true;
  ErrorCode ignored;
  socket_.close(ignored);
}

void ProxyTunnel::hand_over(Socket& to) {
  handed_over_ = true;
  to.assign(proxy_.protocol(), socket_.release());
}

void ProxyTunnel::on_connected(const ErrorCode& error) {
  if (failed(error, "cannot connect to the proxy")) return;
  boost::asio::async_write(
      socket_, boost::asio::buffer(request_.view().data(), request_.size()),
      [self = shared_from_this()](const ErrorCode& result, std::size_t /*size*/) { self->on_written(result); });
}

void ProxyTunnel::on_written(const ErrorCode& error) {
  request_ = base::Secret();
  if (failed(error, "the proxy closed the connection")) return;
  boost::asio::async_read_until(
      socket_, response_, "\r\n\r\n",
      [self = shared_from_this()](const ErrorCode& result, std::size_t size) { self->on_response(result, size); });
}

void ProxyTunnel::on_response(const ErrorCode& error, std::size_t size) {
  if (error == boost::asio::error::eof) return give_up("the proxy closed the connection", Reached::kConnected);
  if (failed(error, "no response of the proxy")) return;
  const bool more = response_.size() > size;  // before the first byte of TLS, the server has nothing to say
  std::istream response(&response_);
  std::string line;
  std::getline(response, line);
  const int status = status_of(line);
  if (status == 0 || (status < 300 && more)) {
    return give_up("the response of the proxy is not a valid response to CONNECT", Reached::kConnected);
  }
  if (status < 200 || status >= 300) return give_up(refusal(status, has_credentials_), Reached::kConnected);
  end(std::nullopt);
}

bool ProxyTunnel::failed(const ErrorCode& error, const char* what) {
  if (!error && !cancelled_) return false;
  const Reached reached = request_.empty() ? Reached::kConnected : Reached::kNothing;
  give_up(std::string(what) + (error ? ": " + error.message() : ""), cancelled_ ? Reached::kNothing : reached);
  return true;
}

void ProxyTunnel::give_up(const std::string& why, Reached reached) {
  ErrorCode ignored;
  socket_.close(ignored);
  end(Failure{Error{Error::Code::kRefused, why}, reached});
}

void ProxyTunnel::end(const std::optional<Failure>& failure) {
  const Done done = std::exchange(done_, nullptr);
  done(failure);
}

}  // namespace http
