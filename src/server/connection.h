#pragma once

#include <algorithm>
#include <array>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
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

#include "os/clock.h"
#include "server/http_server.h"
#include "server/seats.h"

/// Part of http_server.cc only: includes Boost.Beast.
namespace server {

namespace asio = boost::asio;
namespace beast = boost::beast;
using ErrorCode = beast::error_code;

/// Shared by all connections of a server; outlives them.
struct Shared {
  Shared(Options o, Handler h) : options(std::move(o)), handler(std::move(h)), seats(options.max_connections) {}
  Options options;
  Handler handler;
  Seats seats;
};

/// One connection, from the handshake to its end. Exists as long as one of its operations is in progress. Everything
/// runs on the strand of its stream, so no lock is needed here.
template <class Stream>
class Connection : public std::enable_shared_from_this<Connection<Stream>> {
 public:
  template <class... Args>
  explicit Connection(Shared& shared, Args&&... stream)
      : shared_(shared),
        stream_(std::forward<Args>(stream)...),
        timer_(stream_.get_executor()),
        buffer_(shared.options.max_head) {}
  ~Connection() { shared_.seats.leave(seat_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void start() {
    ErrorCode unknown;
    const auto peer = beast::get_lowest_layer(stream_).socket().remote_endpoint(unknown);
    seat_ = shared_.seats.take(peer.address().to_string(), [weak = this->weak_from_this()] {
      if (const auto self = weak.lock()) asio::post(self->stream_.get_executor(), [self] { self->abandon(); });
    });
    asio::dispatch(stream_.get_executor(), [self = this->shared_from_this()] { self->handshake(); });
  }

 private:
  static constexpr bool kTls = !std::is_same_v<Stream, beast::tcp_stream>;
  /// Timeout for the peer to close a connection that the server has closed.
  static constexpr auto kLinger = std::chrono::seconds(1);

  /// Every operation that starts before the next call fails after `d`.
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

  /// The timeout of a request starts with its first byte.
  void await_request() {
    parser_.reset();
    if (buffer_.size() > 0) return read_head();
    expire_after(shared_.options.idle_timeout);
    stream_.async_read_some(buffer_.prepare(shared_.options.max_head),
                            [self = this->shared_from_this()](ErrorCode error, std::size_t size) {
                              if (error) return self->finish();
                              self->buffer_.commit(size);
                              self->read_head();
                            });
  }

  void read_head() {
    expire_after(shared_.options.timeout);
    request_ = {};
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(shared_.options.max_head));
    parser_->body_limit(shared_.options.max_body);
    beast::http::async_read_header(stream_, buffer_, *parser_,
                                   [self = this->shared_from_this()](ErrorCode error, std::size_t) {
                                     if (error) return self->refuse(error);
                                     self->expire_after(self->shared_.options.timeout);
                                     self->judge();
                                   });
  }

  void judge() {
    const auto& message = parser_->get();
    request_ = {std::string(message.method_string()), std::string(message.target()), {}, {}};
    for (const auto& field : message) {
      request_.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
    }
    const Head head{message.version() >= 11, shared_.options.read_only};
    keep_alive_ = head.http_1_1 && message.keep_alive();
    if (const auto refusal = refusal_of(request_, head)) return refuse(*refusal);
    expect();
  }

  /// RFC 9110 §10.1.1: a client can wait for this before it sends the body.
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
    shared_.seats.refresh(seat_);
    request_.body = std::move(parser_->get().body());
    response_ = shared_.handler(request_);
    if (response_.delivery.delay <= base::Duration::zero()) return deliver();
    timer_.expires_after(response_.delivery.delay);
    timer_.async_wait([self = this->shared_from_this()](ErrorCode error) {
      if (!error) self->deliver();
    });
  }

  void deliver() {
    if (response_.delivery.kind == Delivery::Kind::kNone) return close();
    const bool whole = response_.delivery.kind == Delivery::Kind::kWhole;
    out_ = serialize(response_, request_.method, keep_alive_, os::RealClock().system_now());
    response_ = {};
    if (!whole) {
      const std::size_t head = out_.find("\r\n\r\n") + 4;
      out_.resize(head + (out_.size() - head) / 2);
    }
    write([self = this->shared_from_this(), whole] {
      if (!whole) return self->close();
      if (!self->keep_alive_) return self->finish();
      self->await_request();
    });
  }

  /// Responds to a request that cannot be parsed.
  void refuse(ErrorCode error) {
    if (error.category() != beast::http::make_error_code(beast::http::error::end_of_stream).category()) return;
    if (error == beast::http::error::end_of_stream || error == beast::http::error::partial_message) return finish();
    Response response;
    response.status = error == beast::http::error::header_limit ? 431
                      : error == beast::http::error::body_limit ? 413
                                                                : 400;
    refuse(response);
  }

  /// Responds to a request that is rejected. The peer may still be sending it: received data is discarded for a short
  /// time, because closing a socket with unread bytes resets the connection and can destroy the response.
  void refuse(const Response& response) {
    out_ = serialize(response, request_.method, false, os::RealClock().system_now());
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

  /// In any state.
  void abandon() {
    timer_.cancel();
    close();
  }

  void close() { beast::get_lowest_layer(stream_).close(); }

  Shared& shared_;
  Seats::Id seat_ = 0;
  Stream stream_;
  asio::steady_timer timer_;
  beast::flat_buffer buffer_;
  std::optional<beast::http::request_parser<beast::http::string_body>> parser_;
  Request request_;
  bool keep_alive_ = false;
  Response response_;
  std::string out_;
  std::array<char, 4096> dropped_{};
};

}  // namespace server
