#pragma once

#include <memory>
#include <openssl/ssl.h>
#include <string>
#include <string_view>

#include "base/openssl.h"

namespace test {

/// A blocking client connection that sends and reads exactly the bytes it is told to.
class Client {
 public:
  enum class Security { kPlain, kTls };
  explicit Client(int port, Security security = Security::kPlain) {
    const std::string target = "127.0.0.1:" + std::to_string(port);
    if (security == Security::kPlain) {
      bio_.reset(BIO_new_connect(target.c_str()));
    } else {
      context_.reset(SSL_CTX_new(TLS_client_method()));
      bio_.reset(BIO_new_ssl_connect(context_.get()));
      BIO_set_conn_hostname(bio_.get(), target.c_str());
    }
    connected_ = BIO_do_connect(bio_.get()) == 1;
  }
  bool connected() const { return connected_; }

  bool send(std::string_view text) {
    return BIO_write(bio_.get(), text.data(), static_cast<int>(text.size())) == static_cast<int>(text.size());
  }

  /// Head and body of one answer; whatever came if the connection ends before.
  std::string read() {
    std::size_t end = std::string::npos;
    while (end > pending_.size()) {
      if (end == std::string::npos) end = length();
      if (end <= pending_.size()) break;
      if (!fill()) end = pending_.size();
    }
    std::string answer = pending_.substr(0, end);
    pending_.erase(0, end);
    return answer;
  }

  /// True if the peer ends the connection and sends nothing more before.
  bool ended() { return pending_.empty() && !fill(); }

 private:
  bool fill() {
    char piece[4096];
    const int n = BIO_read(bio_.get(), piece, sizeof piece);
    if (n > 0) pending_.append(piece, static_cast<std::size_t>(n));
    return n > 0;
  }

  std::size_t length() const {
    const auto head = pending_.find("\r\n\r\n");
    if (head == std::string::npos) return std::string::npos;
    const auto field = pending_.find("Content-Length: ");
    return head + 4 + (field < head ? std::stoul(pending_.substr(field + 16)) : 0);
  }

  base::Owned<SSL_CTX, SSL_CTX_free> context_;
  base::Bio bio_;
  bool connected_ = false;
  std::string pending_;
};

}  // namespace test
