#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "server/http_server.h"

/// Part of http_server.cc alone: brings in Boost.Beast.
namespace server {

namespace asio = boost::asio;
namespace beast = boost::beast;
using ErrorCode = beast::error_code;

/// What all connections of a server share; outlives them.
struct Shared {
  Options options;
  Handler handler;
  std::atomic<int> connections = 0;
};

/// One connection, from the handshake to its end. Lives as long as an operation of it is under way. Everything runs
/// on the strand of its stream, so nothing in here needs a lock.
template <class Stream>
class Connection : public std::enable_shared_from_this<Connection<Stream>> {
 public:
  template <class... Args>
  explicit Connection(Shared& shared, Args&&... stream)
      : shared_(shared), stream_(std::forward<Args>(stream)...), timer_(stream_.get_executor()) {
    ++shared_.connections;
  }
  ~Connection() { --shared_.connections; }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void start() {
    asio::dispatch(stream_.get_executor(), [self = this->shared_from_this()] { self->handshake(); });
  }

 private:
  static constexpr bool kTls = !std::is_same_v<Stream, beast::tcp_stream>;
  /// How long the peer may take to end a connection that we have ended.
  static constexpr auto kLinger = std::chrono::seconds(1);

  /// Every operation started until the next call fails once `d` is over.
  void expire_after(base::Duration d) { beast::get_lowest_layer(stream_).expires_after(d); }

  void handshake() {
    expire_after(shared_.options.timeout);
    if constexpr (kTls) {
      stream_.async_handshake(asio::ssl::stream_base::server, [self = this->shared_from_this()](ErrorCode error) {
        if (!error) self->read_head();
      });
    } else {
      read_head();
    }
  }

  void read_head() {
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(shared_.options.max_head));
    parser_->body_limit(shared_.options.max_body);
    beast::http::async_read_header(stream_, buffer_, *parser_,
                                   [self = this->shared_from_this()](ErrorCode error, std::size_t) {
                                     if (error) return self->refuse(error);
                                     self->expire_after(self->shared_.options.timeout);
                                     self->expect();
                                   });
  }

  /// RFC 9110 §10.1.1: a client may wait for this before it sends the body.
  void expect() {
    if (!beast::iequals(parser_->get()[beast::http::field::expect], "100-continue")) return read_body();
    out_ = "HTTP/1.1 100 Continue\r\n\r\n";
    asio::async_write(stream_, asio::buffer(out_), [self = this->shared_from_this()](ErrorCode error, std::size_t) {
      if (!error) self->read_body();
    });
  }

  void read_body() {
    beast::http::async_read(stream_, buffer_, *parser_,
                            [self = this->shared_from_this()](ErrorCode error, std::size_t) {
                              if (error) return self->refuse(error);
                              self->respond();
                            });
  }

  void respond() {
    auto& message = parser_->get();
    Request request;
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    for (const auto& field : message) {
      request.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
    }
    request.body = std::move(message.body());
    method_ = request.method;
    keep_alive_ = message.version() >= 11 && message.keep_alive();

    response_ = shared_.handler(request);
    if (response_.delivery.delay <= base::Duration::zero()) return deliver();
    timer_.expires_after(response_.delivery.delay);
    timer_.async_wait([self = this->shared_from_this()](ErrorCode error) {
      if (!error) self->deliver();
    });
  }

  void deliver() {
    if (response_.delivery.kind == Delivery::Kind::kNone) return close();
    const bool whole = response_.delivery.kind == Delivery::Kind::kWhole;
    out_ = serialize(response_, method_, keep_alive_, base::RealClock().system_now());
    if (!whole) {
      const std::size_t head = out_.find("\r\n\r\n") + 4;
      out_.resize(head + (out_.size() - head) / 2);
    }
    write([self = this->shared_from_this(), whole] {
      if (!whole) return self->close();
      if (!self->keep_alive_) return self->finish();
      self->expire_after(self->shared_.options.idle_timeout);
      self->read_head();
    });
  }

  /// Answers a request that cannot be read. The peer may still be sending it: what comes is taken and dropped for a
  /// moment, because closing a socket with unread bytes resets it and can destroy the answer on its way.
  void refuse(ErrorCode error) {
    if (error.category() != beast::http::make_error_code(beast::http::error::end_of_stream).category()) return;
    if (error == beast::http::error::end_of_stream || error == beast::http::error::partial_message) return finish();
    Response response;
    response.status = error == beast::http::error::header_limit ? 431
                      : error == beast::http::error::body_limit ? 413
                                                                : 400;
    out_ = serialize(response, "", false, base::RealClock().system_now());
    write([self = this->shared_from_this()] {
      self->expire_after(kLinger);
      self->drain();
    });
  }

  template <class Then>
  void write(Then then) {
    expire_after(shared_.options.timeout);
    asio::async_write(stream_, asio::buffer(out_), [then = std::move(then)](ErrorCode error, std::size_t) {
      if (!error) then();
    });
  }

  void drain() {
    stream_.async_read_some(asio::buffer(dropped_), [self = this->shared_from_this()](ErrorCode error, std::size_t) {
      if (!error) self->drain();
    });
  }

  void finish() {
    if constexpr (kTls) {
      expire_after(kLinger);
      stream_.async_shutdown([self = this->shared_from_this()](ErrorCode) { self->close(); });
    } else {
      close();
    }
  }

  void close() { beast::get_lowest_layer(stream_).close(); }

  Shared& shared_;
  Stream stream_;
  asio::steady_timer timer_;
  beast::flat_buffer buffer_;
  std::optional<beast::http::request_parser<beast::http::string_body>> parser_;
  std::string method_;
  bool keep_alive_ = false;
  Response response_;
  std::string out_;
  std::array<char, 4096> dropped_{};
};

}  // namespace server
